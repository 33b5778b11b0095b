//! What is known of a recording beside it and belongs on its timeline: what the rules found, what
//! operators noted, which commands sudo told of, and what the one who is looking marked.

use std::collections::HashSet;
use std::time::Duration;

use sudolog_core::eventlog::Stored;
use sudolog_core::risk::Finding;
use sudolog_core::term::{Mark, MarkKind};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::{Remark, RemarkKind};
use sudolog_core::wire::message::Review;

/// Marks that are not in the recording, in no order.
#[derive(Clone, Debug, Default)]
pub(super) struct Beside {
    reviewed: Vec<Mark>,
    commands: Vec<Mark>,
    own: Vec<Duration>,
    /// Where one was before the last jump to a mark of one's own.
    came_from: Option<Duration>,
}

impl Beside {
    /// Takes what was found and said, in place of what was known of that.
    pub(super) fn learn_review(&mut self, review: &Review) {
        let found = review.assessments.first().map(|assessment| assessment.findings.as_slice());
        let found = found.unwrap_or_default().iter().map(finding);
        let taken: HashSet<_> = review.remarks.iter().filter_map(taken_back).collect();
        let stands = |remark: &&Remark| !taken.contains(&(remark.who.as_bytes(), remark.act));
        let noted = review.remarks.iter().filter(stands).filter_map(note);
        self.reviewed = found.chain(noted).collect();
    }

    /// Takes the commands that ran within the session, which began then.
    pub(super) fn learn_commands(&mut self, commands: &[Stored], start: Timestamp) {
        let after = |time: Timestamp| {
            let since = time.as_nanos().saturating_sub(start.as_nanos());
            Duration::from_nanos(since)
        };
        let mark = |stored: &Stored| {
            let kind = MarkKind::SubCommand(stored.entry.command());
            Mark { seq: 0, elapsed: after(stored.entry.time), kind }
        };
        self.commands = commands.iter().map(mark).collect();
    }

    /// Puts a mark here, or takes away the one that is here.
    pub(super) fn toggle(&mut self, here: Duration) {
        let known = self.own.iter().position(|at| at.abs_diff(here) < SAME_MOMENT);
        match known {
            Some(at) => drop(self.own.remove(at)),
            None if self.own.len() < OWN_MAX => self.own.push(here),
            None => {
                self.own.remove(0);
                self.own.push(here);
            }
        }
    }

    /// Where to go from here: to the mark that was put last, from there back to where one was.
    pub(super) fn swap(&mut self, here: Duration) -> Option<Duration> {
        let last = *self.own.last()?;
        if here.abs_diff(last) < SAME_MOMENT {
            return self.came_from.replace(last);
        }
        self.came_from = Some(here);
        Some(last)
    }

    /// All of them.
    pub(super) fn marks(&self) -> impl Iterator<Item = Mark> {
        let own = self.own.iter().map(|at| Mark { seq: 0, elapsed: *at, kind: MarkKind::Own });
        self.reviewed.iter().chain(&self.commands).cloned().chain(own)
    }
}

fn finding(finding: &Finding) -> Mark {
    let Finding { rule, points, text, .. } = finding;
    let kind = MarkKind::Finding { rule: rule.clone(), points: *points, text: text.clone() };
    Mark { seq: finding.seq, elapsed: Duration::from_nanos(finding.elapsed_ns), kind }
}

fn note(remark: &Remark) -> Option<Mark> {
    let RemarkKind::Note { elapsed_ns, text } = &remark.kind else { return None };
    let kind = MarkKind::Note { who: remark.who.clone(), text: text.clone() };
    Some(Mark { seq: 0, elapsed: Duration::from_nanos(*elapsed_ns), kind })
}

/// Whose act does not count any more.
fn taken_back(remark: &Remark) -> Option<(&[u8], u64)> {
    let RemarkKind::TakeBack { taken } = remark.kind else { return None };
    Some((remark.who.as_bytes(), taken))
}

/// Nearer together, two moments are one to a person.
const SAME_MOMENT: Duration = Duration::from_millis(500);
/// Marks of one's own; the oldest goes.
const OWN_MAX: usize = 100;

#[cfg(test)]
mod tests {
    use sudolog_core::eventlog::{Entry, EntryId, Kind, Source};
    use sudolog_core::session::SessionState;
    use sudolog_core::wire::message::Assessment;

    use super::*;
    use crate::screens::live::sample::row;

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn remark(act: u64, who: &str, kind: RemarkKind) -> Remark {
        Remark { act, at: Timestamp::default(), who: who.into(), kind }
    }

    fn words(beside: &Beside) -> Vec<(Duration, MarkKind)> {
        beside.marks().map(|mark| (mark.elapsed, mark.kind)).collect()
    }

    #[test]
    fn what_was_found_and_noted_is_marked_and_what_was_taken_back_is_not() {
        let finding: Finding = serde_json::from_str(
            r#"{"rule":"log-delete","category":"tamper","points":70,"source":"typed","seq":4,
                "elapsed_ns":7000000000,"text":"rm /var/log/messages"}"#,
        )
        .unwrap();
        let note = |second: u64, text: &str| RemarkKind::Note {
            elapsed_ns: second * 1_000_000_000,
            text: text.into(),
        };
        let review = Review {
            row: row(2, SessionState::Complete),
            assessments: vec![
                Assessment { findings: vec![finding], ..Assessment::default() },
                Assessment::default(),
            ],
            remarks: vec![
                remark(1, "olga", note(3, "look here")),
                remark(2, "olga", note(5, "a mistake")),
                remark(2, "vera", note(6, "another act of that number")),
                remark(3, "olga", RemarkKind::TakeBack { taken: 2 }),
            ],
            watchers: Vec::new(),
        };
        let mut beside = Beside::default();
        beside.learn_review(&review);
        beside.learn_review(&review);
        let (rule, text) = ("log-delete".to_owned(), "rm /var/log/messages".into());
        let note = |who: &str, text: &str| MarkKind::Note { who: who.into(), text: text.into() };
        let expected = [
            (s(7), MarkKind::Finding { rule, points: 70, text }),
            (s(3), note("olga", "look here")),
            (s(6), note("vera", "another act of that number")),
        ];
        assert_eq!(words(&beside), expected);
    }

    #[test]
    fn commands_stand_where_they_ran() {
        let start = Timestamp { seconds: 100, nanoseconds: 0 };
        let stored = |number, seconds| {
            let time = Timestamp { seconds, nanoseconds: 500_000_000 };
            let id: EntryId = format!("call.{number}").parse().unwrap();
            let mut entry = Entry::new(id, time, Source::Sudo, Kind::Accept);
            entry.argv = vec!["/usr/bin/id".into(), "-u".into()];
            Stored { number, stored: time, entry }
        };
        let mut beside = Beside::default();
        beside.learn_commands(&[stored(1, 102), stored(2, 99)], start);
        let command = || MarkKind::SubCommand("/usr/bin/id -u".into());
        let expected = [(Duration::from_millis(2500), command()), (s(0), command())];
        assert_eq!(words(&beside), expected, "a clock that was set back is no reason to lose one");
    }

    #[test]
    fn ones_own_marks_come_and_go_and_lead_back() {
        let mut beside = Beside::default();
        assert_eq!(beside.swap(s(1)), None);
        beside.toggle(s(10));
        beside.toggle(s(20));
        assert_eq!(beside.swap(s(50)), Some(s(20)), "the last one");
        assert_eq!(beside.swap(s(20)), Some(s(50)), "and back");
        assert_eq!(beside.swap(s(50)), Some(s(20)));
        beside.toggle(Duration::from_millis(20_300));
        assert_eq!(words(&beside), [(s(10), MarkKind::Own)]);
        (0..1000).for_each(|second| beside.toggle(s(1000 + second)));
        assert_eq!(beside.marks().count(), OWN_MAX);
    }
}
