//! The review of a session as a list of lines that can be gone through: why it has its score, what
//! earlier rules made of it, what was said of it, and who else looks.

use std::time::Duration;

use sudolog_core::risk::Finding;
use sudolog_core::triage::{Remark, RemarkKind};
use sudolog_core::wire::message::{Assessment, Review};

/// A moment of a recording that something was found at, or said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// After this event.
    Event(u64),
    /// At this time.
    At(Duration),
}

/// A line of the review.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Entry<'a> {
    /// What the lines under it are.
    Heading(&'static str),
    /// That there are none.
    Nothing(&'static str),
    /// What a rule found.
    Reason(&'a Finding),
    /// There was no room for so many findings.
    LeftOut(u64),
    /// A score that is not in force any more.
    Earlier(&'a Assessment),
    /// What somebody said.
    Said(&'a Remark),
    /// Who else looks at it, by place.
    Watcher(usize),
}

impl Entry<'_> {
    /// Where it leads in the player.
    pub(super) fn goal(&self) -> Option<Goal> {
        match self {
            Self::Reason(finding) => Some(goal_of(finding)),
            Self::Said(Remark { kind: RemarkKind::Note { elapsed_ns, .. }, .. }) => {
                Some(Goal::At(Duration::from_nanos(*elapsed_ns)))
            }
            _ => None,
        }
    }

    /// True for a line that can be chosen.
    pub(super) fn is_choice(&self) -> bool {
        !matches!(self, Self::Heading(_) | Self::Nothing(_) | Self::LeftOut(_))
    }
}

/// All lines, those that count most first.
pub(super) fn entries(review: &Review) -> Vec<Entry<'_>> {
    let mut entries = vec![Entry::Heading("Why")];
    match review.assessments.first() {
        None => entries.push(Entry::Nothing("no rules have looked at it yet")),
        Some(Assessment { findings, .. }) if findings.is_empty() => {
            entries.push(Entry::Nothing("no rule found anything"));
        }
        Some(assessment) => {
            let mut findings: Vec<&Finding> = assessment.findings.iter().collect();
            // Stable: in the order of time among equals.
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.points));
            entries.extend(findings.into_iter().map(Entry::Reason));
            let left_out = Some(assessment.left_out).filter(|left_out| *left_out > 0);
            entries.extend(left_out.map(Entry::LeftOut));
        }
    }
    if review.assessments.len() > 1 {
        entries.push(Entry::Heading("Earlier scores"));
        entries.extend(review.assessments.iter().skip(1).map(Entry::Earlier));
    }
    entries.push(Entry::Heading("Said"));
    if review.remarks.is_empty() {
        entries.push(Entry::Nothing("nothing yet"));
    }
    entries.extend(review.remarks.iter().map(Entry::Said));
    if !review.watchers.is_empty() {
        entries.push(Entry::Heading("Looking at it now"));
        entries.extend((0..review.watchers.len()).map(Entry::Watcher));
    }
    entries
}

/// Where the finding with the most points was made.
pub(super) fn riskiest(review: &Review) -> Option<Goal> {
    let findings = &review.assessments.first()?.findings;
    let most = findings.iter().rev().max_by_key(|finding| finding.points)?;
    Some(goal_of(most))
}

fn goal_of(finding: &Finding) -> Goal {
    match finding.seq {
        0 => Goal::At(Duration::ZERO),
        seq => Goal::Event(seq),
    }
}
