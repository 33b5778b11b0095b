//! Short words and signs for a session's risk, for what is out of the ordinary about it, and for how it
//! stands: none of them needs a colour.

use ratatui::text::Span;
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::triage::{Standing, Verdict};
use sudolog_core::wire::message::SessionRow;

use crate::theme::{Role, Theme};

/// `85 C`: the score and the letter of its level.
pub(crate) fn risk(score: Score) -> String {
    format!("{score} {}", score.level().letter())
}

/// The same with the numbers under one another, with the look of its level.
pub(super) fn risk_span(score: Score, theme: &Theme) -> Span<'static> {
    let role = Role::of_level(score.level());
    Span::styled(format!("{:>width$}", risk(score), width = RISK_COLUMNS), theme.style(role))
}

/// What is out of the ordinary, in words: `root shell, escape`.
pub(super) fn anomalies(set: &[Anomaly]) -> String {
    let words: Vec<&str> = worth_telling(set).map(in_words).collect();
    words.join(", ")
}

/// The same in letters, where there is no room for words: `re`.
pub(super) fn letters(set: &[Anomaly]) -> String {
    worth_telling(set).map(letter).collect()
}

/// Both of a row: what is out of the ordinary, and how it stands.
pub(super) fn told(row: &SessionRow) -> String {
    let parts = [anomalies(&row.anomalies), standing(&row.standing)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

/// That the risk is high is told by the number already.
fn worth_telling(set: &[Anomaly]) -> impl Iterator<Item = Anomaly> {
    set.iter().copied().filter(|anomaly| *anomaly != Anomaly::HighRisk)
}

/// An anomaly in a word or two.
pub(super) fn in_words(anomaly: Anomaly) -> &'static str {
    match anomaly {
        Anomaly::Incomplete => "incomplete",
        Anomaly::HighRisk => "high risk",
        Anomaly::RootShell => "root shell",
        Anomaly::AfterHours => "after hours",
        Anomaly::VeryLong => "very long",
        Anomaly::Escape => "escape",
        Anomaly::WrongAck => "wrong ack",
        Anomaly::Unrecorded => "unrecorded",
        Anomaly::FirstSeen => "first seen",
        Anomaly::Outage => "outage",
        Anomaly::Divergence => "divergence",
        Anomaly::SeqGap => "gap",
        Anomaly::Unchecked => "unchecked",
        Anomaly::Other => "other",
    }
}

fn letter(anomaly: Anomaly) -> char {
    match anomaly {
        Anomaly::Incomplete => 'i',
        Anomaly::HighRisk => 'h',
        Anomaly::RootShell => 'r',
        Anomaly::AfterHours => 'a',
        Anomaly::VeryLong => 'l',
        Anomaly::Escape => 'e',
        Anomaly::WrongAck => 'w',
        Anomaly::Unrecorded => 'u',
        Anomaly::FirstSeen => 'f',
        Anomaly::Outage => 'o',
        Anomaly::Divergence => 'd',
        Anomaly::SeqGap => 'g',
        Anomaly::Unchecked => 'c',
        Anomaly::Other => '?',
    }
}

/// A verdict in a word or two.
pub(crate) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Benign => "benign",
        Verdict::Suspicious => "suspicious",
        Verdict::Incident => "incident",
        Verdict::FalsePositive => "false positive",
    }
}

/// How a session stands, in one line and escaped: `incident by olga, awaits a second; @vic; #case-7; 2
/// notes`. Empty when nobody has said anything.
pub(super) fn standing(standing: &Standing) -> String {
    let mut parts = Vec::new();
    if let Some(given) = standing.verdict {
        let by: Vec<String> =
            standing.reviewed_by.iter().map(|name| name.escaped().to_string()).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(" and ")) };
        let second = if standing.awaits_second { ", awaits a second" } else { "" };
        parts.push(format!("{}{by}{second}", verdict(given)));
    }
    parts.extend(standing.assignee.as_ref().map(|name| format!("@{}", name.escaped())));
    parts.extend(standing.tags.iter().map(|tag| format!("#{}", tag.escaped())));
    match standing.notes {
        0 => {}
        1 => parts.push("1 note".to_owned()),
        notes => parts.push(format!("{notes} notes")),
    }
    parts.join("; ")
}

/// `100 C`
pub(super) const RISK_COLUMNS: usize = 5;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_anomaly_has_a_word_and_a_letter_of_its_own() {
        let words: HashSet<_> = Anomaly::ALL.into_iter().map(in_words).collect();
        let signs: HashSet<_> = Anomaly::ALL.into_iter().map(letter).collect();
        assert_eq!((words.len(), signs.len()), (Anomaly::ALL.len(), Anomaly::ALL.len()));
        let set = [Anomaly::HighRisk, Anomaly::RootShell, Anomaly::Escape];
        assert_eq!((anomalies(&set), letters(&set)), ("root shell, escape".into(), "re".into()));
    }

    #[test]
    fn levels_are_told_without_colours() {
        let told = [0, 25, 50, 75, 100].map(|points| risk(Score::capped(points)));
        assert_eq!(told, ["0 L", "25 M", "50 H", "75 C", "100 C"]);
    }

    #[test]
    fn what_was_said_is_escaped() {
        let said = Standing {
            verdict: Some(Verdict::Incident),
            reviewed_by: vec!["ol\x1bga".into()],
            awaits_second: true,
            assignee: Some("v\u{202e}ic".into()),
            tags: vec!["a".into(), "b".into()],
            notes: 2,
        };
        let told = r"incident by ol\u{1b}ga, awaits a second; @v\u{202e}ic; #a; #b; 2 notes";
        assert_eq!(standing(&said), told);
        assert_eq!(standing(&Standing::default()), "");
    }
}
