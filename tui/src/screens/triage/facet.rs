//! What sessions differ in, each a word of the filter that one key puts in and takes out.

use sudolog_core::filter::Column;
use sudolog_core::risk::{Anomaly, Level};
use sudolog_core::triage::Verdict;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{FacetOf, SessionRow};

use crate::screens::{badges, filter_line};

/// One thing that sessions can have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Facet {
    /// This level of risk.
    Level(Level),
    /// This is out of the ordinary.
    Anomaly(Anomaly),
    /// This verdict, or none.
    Verdict(Option<Verdict>),
    /// A second operator has to agree.
    Awaiting,
    /// This user, host, command, tag, or who shall look at it.
    Named(Column, Untrusted),
}

impl Facet {
    /// All that every session can have, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let verdicts = std::iter::once(None).chain(Verdict::ALL.map(Some));
        let levels = Level::ALL.into_iter().rev().map(Self::Level);
        let anomalies = Anomaly::ALL.into_iter().map(Self::Anomaly);
        let verdicts = verdicts.map(Self::Verdict).chain([Self::Awaiting]);
        levels.chain(verdicts).chain(anomalies)
    }

    /// What the server calls so; `None` for what this build does not know.
    pub fn of(of: FacetOf, value: &Untrusted) -> Option<Self> {
        let column = match of {
            FacetOf::User => Column::User,
            FacetOf::Host => Column::Host,
            FacetOf::Command => Column::Command,
            FacetOf::Assignee => Column::Assignee,
            FacetOf::Tag => Column::Tag,
            FacetOf::Risk | FacetOf::Anomaly | FacetOf::Verdict | FacetOf::Unknown => {
                let is = |facet: &Self| facet.named() == (of, value.escaped().to_string());
                return Self::all().find(is);
            }
        };
        Some(Self::Named(column, value.clone()))
    }

    /// As the server calls it.
    fn named(&self) -> (FacetOf, String) {
        match self {
            Self::Level(level) => (FacetOf::Risk, level.name().to_owned()),
            Self::Anomaly(anomaly) => (FacetOf::Anomaly, anomaly.to_string()),
            Self::Verdict(None) => (FacetOf::Verdict, "none".to_owned()),
            Self::Verdict(Some(verdict)) => (FacetOf::Verdict, verdict.to_string()),
            Self::Awaiting => (FacetOf::Verdict, "awaiting".to_owned()),
            Self::Named(..) => (FacetOf::Unknown, String::new()),
        }
    }

    /// True for a session that has it.
    pub fn fits(&self, row: &SessionRow) -> bool {
        match self {
            Self::Level(level) => row.risk.level() == *level,
            Self::Anomaly(anomaly) => row.anomalies.contains(anomaly),
            Self::Verdict(verdict) => row.standing.verdict == *verdict,
            Self::Awaiting => row.standing.awaits_second,
            Self::Named(Column::User, name) => row.user == *name,
            Self::Named(Column::Host, name) => row.host == *name,
            Self::Named(..) => false,
        }
    }

    /// What it is, in words; safe to show.
    pub fn label(&self) -> String {
        match self {
            Self::Level(level) => format!("risk {}", level.name()),
            Self::Anomaly(anomaly) => badges::in_words(*anomaly).to_owned(),
            Self::Verdict(None) => "no verdict".to_owned(),
            Self::Verdict(Some(verdict)) => format!("verdict {}", badges::verdict(*verdict)),
            Self::Awaiting => "awaits a second operator".to_owned(),
            Self::Named(Column::Assignee, name) => format!("assigned to {}", name.escaped()),
            Self::Named(column, name) => format!("{} {}", column.name(), name.escaped()),
        }
    }

    /// The word that asks for it.
    pub fn word(&self) -> String {
        match self {
            Self::Level(level) => format!("risk:{0}-{0}", level.name()),
            Self::Anomaly(anomaly) => format!("anomaly:{anomaly}"),
            Self::Verdict(None) => "verdict:none".to_owned(),
            Self::Verdict(Some(verdict)) => format!("verdict:{verdict}"),
            Self::Awaiting => "verdict:awaiting".to_owned(),
            Self::Named(column, name) => filter_line::word_of(*column, name),
        }
    }

    /// True when a filter asks for it by this word.
    pub fn is_in(&self, filter: &str) -> bool {
        filter_line::words(filter).contains(&self.word().as_str())
    }

    /// A filter with this word in it, or without where it was; other words about the same that cannot be
    /// true as well make room for it.
    pub fn toggled_in(&self, filter: &str) -> String {
        let word = self.word();
        let rival = match self {
            Self::Level(_) => "risk:".to_owned(),
            Self::Verdict(_) | Self::Awaiting => "verdict:".to_owned(),
            // One session can have several of these.
            Self::Anomaly(_) | Self::Named(Column::Tag, _) => word.clone(),
            Self::Named(column, _) => format!("{}:", column.name()),
        };
        let words = filter_line::words(filter);
        let added = (!words.contains(&word.as_str())).then_some(word.as_str());
        let kept = words.iter().copied().filter(|known| !known.starts_with(&rival));
        kept.chain(added).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(column: Column, name: &str) -> Facet {
        Facet::Named(column, name.into())
    }

    #[test]
    fn every_word_is_one_of_the_language_and_goes_in_and_out() {
        let names = ["alice", "a b", "x\"y\\", "k:v", "a,b", "-n", "e\x1b[m\u{202e}x"];
        let columns = [Column::User, Column::Host, Column::Command, Column::Tag, Column::Assignee];
        let named = names.map(|name| columns.map(|column| named(column, name)));
        for facet in Facet::all().chain(named.into_iter().flatten()) {
            let with = facet.toggled_in("after:2h \"two words\" vim");
            assert!(crate::calendar::filter(&with, Default::default()).is_ok(), "{with}");
            assert!(facet.is_in(&with), "{with}");
            assert_eq!(facet.toggled_in(&with), "after:2h \"two words\" vim");
        }
    }

    #[test]
    fn a_level_takes_the_place_of_another_and_anomalies_add_up() {
        let high = Facet::Level(Level::High);
        assert_eq!(high.toggled_in("risk:low-low a"), "a risk:high-high");
        let shell = Facet::Anomaly(Anomaly::RootShell);
        assert_eq!(shell.toggled_in("anomaly:escape"), "anomaly:escape anomaly:root_shell");
        let incident = Facet::Verdict(Some(Verdict::Incident));
        assert_eq!(incident.toggled_in("verdict:none,awaiting"), "verdict:incident");
        let bob = named(Column::User, "bob");
        assert_eq!(bob.toggled_in("user:\"al ice\" x"), "x user:bob");
        let tag = named(Column::Tag, "x");
        assert_eq!(tag.toggled_in("tag:case-7"), "tag:case-7 tag:x");
    }

    #[test]
    fn what_a_server_calls_them_is_understood() {
        for facet in Facet::all() {
            let (of, value) = facet.named();
            assert_eq!(Facet::of(of, &value.as_str().into()), Some(facet));
        }
        assert_eq!(Facet::of(FacetOf::User, &"bob".into()), Some(named(Column::User, "bob")));
        assert_eq!(Facet::of(FacetOf::Unknown, &"x".into()), None);
    }
}
