//! What the sessions that are here differ in, each a word of the filter that one key puts in and takes out.

use sudolog_core::risk::{Anomaly, Level};
use sudolog_core::triage::Verdict;
use sudolog_core::wire::message::SessionRow;

use crate::screens::badges;

/// One thing that sessions can have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// This level of risk.
    Level(Level),
    /// This is out of the ordinary.
    Anomaly(Anomaly),
    /// This verdict, or none.
    Verdict(Option<Verdict>),
    /// A second operator has to agree.
    Awaiting,
}

impl Facet {
    /// All of them, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let verdicts = std::iter::once(None).chain(Verdict::ALL.map(Some));
        let levels = Level::ALL.into_iter().rev().map(Self::Level);
        let anomalies = Anomaly::ALL.into_iter().map(Self::Anomaly);
        levels.chain(anomalies).chain(verdicts.map(Self::Verdict)).chain([Self::Awaiting])
    }

    /// True for a session that has it.
    pub fn fits(self, row: &SessionRow) -> bool {
        match self {
            Self::Level(level) => row.risk.level() == level,
            Self::Anomaly(anomaly) => row.anomalies.contains(&anomaly),
            Self::Verdict(verdict) => row.standing.verdict == verdict,
            Self::Awaiting => row.standing.awaits_second,
        }
    }

    /// What it is, in words.
    pub fn label(self) -> String {
        match self {
            Self::Level(level) => format!("risk {}", level.name()),
            Self::Anomaly(anomaly) => badges::in_words(anomaly).to_owned(),
            Self::Verdict(None) => "no verdict".to_owned(),
            Self::Verdict(Some(verdict)) => format!("verdict {}", badges::verdict(verdict)),
            Self::Awaiting => "awaits a second operator".to_owned(),
        }
    }

    /// The word that asks for it.
    pub fn word(self) -> String {
        match self {
            Self::Level(level) => format!("risk:{0}-{0}", level.name()),
            Self::Anomaly(anomaly) => format!("anomaly:{anomaly}"),
            Self::Verdict(None) => "verdict:none".to_owned(),
            Self::Verdict(Some(verdict)) => format!("verdict:{verdict}"),
            Self::Awaiting => "verdict:awaiting".to_owned(),
        }
    }

    /// A filter with this word in it, or without where it was; other words about the same that cannot be
    /// true as well make room for it.
    pub fn toggled_in(self, filter: &str) -> String {
        let word = self.word();
        let is_in = filter.split_whitespace().any(|known| known == word);
        let rival = match self {
            Self::Level(_) => "risk:",
            Self::Verdict(_) | Self::Awaiting => "verdict:",
            Self::Anomaly(_) => &word,
        };
        let kept = filter.split_whitespace().filter(|known| !known.starts_with(rival));
        let added = (!is_in).then_some(word.as_str());
        kept.chain(added).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_one_of_the_language_and_goes_in_and_out() {
        for facet in Facet::all() {
            let with = facet.toggled_in("user:alice vim");
            assert!(crate::calendar::filter(&with, Default::default()).is_ok(), "{with}");
            assert_eq!(facet.toggled_in(&with), "user:alice vim");
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
    }
}
