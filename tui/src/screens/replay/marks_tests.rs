//! What happened to a session from outside, on its timeline: wherever it says that it was.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::{Incident, IncidentKind};
use sudolog_core::term::{Mark, MarkKind};
use sudolog_core::time::Timestamp;

use super::mark_words::{caption, is_alarm, summary};
use super::marks::{Marks, Reach};
use super::sample::{about, moments, read, read_with};
use super::tape::Tape;
use super::{Replay, ReplayAction, Start};
use crate::source::Standing;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Events at these seconds.
fn tape(seconds: &[u64]) -> Tape {
    let mut tape = Tape::default();
    tape.append(moments(1, seconds), true);
    tape
}

fn incident(at_ms: u64, after_seq: u64, kind: IncidentKind, text: &str) -> Incident {
    let at = Timestamp::from_nanos(at_ms * 1_000_000);
    Incident { at, after_seq, kind, who: None, text: text.into() }
}

fn marks(incidents: &[Incident], reach: Reach) -> Marks {
    Marks::new(&[], incidents, &tape(&[1, 10, 30, 100]), reach)
}

fn times(marks: &Marks) -> Vec<u64> {
    marks.all().iter().map(|mark| mark.elapsed.as_secs()).collect()
}

use IncidentKind::{Frozen, OrderFreeze, Thawed};

#[test]
fn a_freeze_lasts_as_long_as_the_clock_says() {
    let outage = [
        incident(50_000, 2, Frozen, "the log server is not heard"),
        incident(62_400, 2, Thawed, "the command goes on"),
    ];
    let marks = marks(&outage, Reach::Ended);
    assert_eq!(marks.stretches(), [(s(10), Duration::from_millis(22_400))]);
    let said = caption(&marks.around(s(15), s(2)));
    assert_eq!(said, "■ frozen 12.4 s: the log server is not heard");
    assert!(marks.around(s(23), s(2)).is_empty(), "it is over");
    assert_eq!(summary(&marks), "1 mark, ■ frozen 1x, 12.4 s in all");
}

#[test]
fn who_ordered_what_and_why_is_said_and_escaped() {
    let mut order = incident(5, 2, OrderFreeze, "odd \x1b[31m\u{202e}");
    order.who = Some("ol\nga".into());
    let marks = marks(&[order, incident(6, 2, Frozen, "x")], Reach::Ended);
    let said = caption(&marks.around(s(10), s(2)));
    assert_eq!(said, r"┼ freeze ordered by ol\nga: odd \u{1b}[31m\u{202e}  ■ frozen: x");
}

#[test]
fn what_is_not_read_yet_waits_and_what_is_behind_the_end_stands_there() {
    let late = [incident(1, 3, OrderFreeze, ""), incident(2, 999, OrderFreeze, "")];
    assert_eq!(times(&marks(&late, Reach::Reading)), [30]);
    assert_eq!(times(&marks(&late, Reach::Growing)), [30, 100]);
    assert_eq!(times(&marks(&late, Reach::Ended)), [30, 100]);
    let before = [incident(1, 0, OrderFreeze, "")];
    assert_eq!(times(&marks(&before, Reach::Ended)), [0]);
}

#[test]
fn absurd_times_are_bounded_by_the_recording() {
    let mut forever = [incident(0, 1, Frozen, ""), incident(1, 1, Thawed, "")];
    forever[1].at = Timestamp { seconds: i64::MAX, nanoseconds: u32::MAX };
    let marks_of = |incidents: &[Incident]| marks(incidents, Reach::Ended);
    assert_eq!(marks_of(&forever).stretches(), [(s(1), s(10))], "the next event is seen");
    assert!(caption(&marks_of(&forever).around(s(1), s(2))).starts_with("■ frozen 5124095:34:33"));
    forever.swap(0, 1);
    assert!(marks_of(&forever).stretches().is_empty(), "a thaw before it ends no freeze");
    let backwards = [incident(9, 2, Frozen, ""), incident(3, 1, Thawed, "")];
    assert_eq!(marks_of(&backwards).stretches(), [(s(10), s(10))]);
    let ancient = Timestamp { seconds: i64::MIN, nanoseconds: 0 };
    let ancient = Incident { at: ancient, ..incident(0, u64::MAX, Frozen, "") };
    assert_eq!(times(&marks_of(std::slice::from_ref(&ancient))), [100]);
    assert_eq!(marks(&[ancient], Reach::Growing).stretches(), [(s(100), s(100))]);
}

#[test]
fn a_freeze_that_is_not_over_reaches_to_the_end() {
    let now = [incident(9, 2, Frozen, "by order")];
    assert_eq!(marks(&now, Reach::Growing).stretches(), [(s(10), s(100))]);
    let said = caption(&marks(&now, Reach::Growing).around(s(99), s(2)));
    assert_eq!(said, "■ frozen: by order");
    assert_eq!(summary(&marks(&now, Reach::Growing)), "1 mark, ■ frozen now");
    assert!(marks(&now, Reach::Ended).stretches().is_empty(), "nobody knows how long");
}

#[test]
fn a_thousand_of_them_stay_in_order() {
    let many: Vec<_> = (0..1000_u64)
        .map(|n| incident(n, (n * 7) % 9, if n % 2 == 0 { Frozen } else { Thawed }, "x"))
        .collect();
    let marks = marks(&many, Reach::Ended);
    assert!(marks.all().is_sorted_by_key(|mark| mark.elapsed));
    assert_eq!((marks.all().len(), marks.stretches().len()), (500, 500));
    assert!(caption(&marks.around(s(100), s(2))).contains("  +"));
}

#[test]
fn what_makes_a_session_doubtful_is_an_alarm() {
    let alarm = |kind| {
        let incident = Arc::new(incident(1, 1, kind, ""));
        is_alarm(&MarkKind::Incident { incident, lasted: None })
    };
    assert!(
        [IncidentKind::Escape, IncidentKind::BadAck, IncidentKind::Lost]
            .map(alarm)
            .iter()
            .all(|a| *a)
    );
    assert!(![Frozen, Thawed, OrderFreeze, IncidentKind::Other].map(alarm).iter().any(|a| *a));
}

#[test]
fn keys_go_from_mark_to_mark() {
    let mut replay = Replay::new(about(), Start::default());
    let incidents = [incident(1, 2, OrderFreeze, ""), incident(2, 9, Frozen, "")];
    replay.learn(s(0), read_with(1, &[1, 2, 3, 40], Some(Standing::Whole), &incidents));
    replay.act(s(0), ReplayAction::TogglePlay);
    let mut seen = Vec::new();
    for _ in 0..4 {
        replay.act(s(0), ReplayAction::NextMark);
        seen.push(replay.position(s(0)).as_secs());
    }
    assert_eq!(seen, [2, 3, 40, 40], "the order, the pause, the freeze, and no more");
    for want in [3, 2, 0, 0] {
        replay.act(s(0), ReplayAction::PreviousMark);
        assert_eq!(replay.position(s(0)), s(want));
    }
}

#[test]
fn the_key_back_leads_on_while_it_plays() {
    let mut replay = Replay::new(about(), Start::default());
    let incidents = [incident(1, 2, OrderFreeze, ""), incident(2, 4, OrderFreeze, "")];
    replay.learn(s(0), read_with(1, &[1, 2, 3, 4, 5], Some(Standing::Whole), &incidents));
    replay.tick(s(5));
    replay.act(s(0), ReplayAction::Tenth(9));
    replay.act(s(0), ReplayAction::TogglePlay);
    replay.act(s(0), ReplayAction::PreviousMark);
    assert_eq!(replay.position(s(0)), s(2), "one is just behind the one at 4 s");
}

#[test]
fn a_recording_that_grows_learns_what_happens_to_it() {
    let mut replay = Replay::new(about(), Start::default());
    replay.learn(s(0), read(1, &[1, 2], Some(Standing::Growing)));
    assert_eq!(summary(replay.marks()), "no marks");
    let escape = [incident(1, 2, IncidentKind::Escape, "a process has left")];
    replay.learn(s(1), read_with(3, &[], Some(Standing::Growing), &escape));
    assert_eq!(summary(replay.marks()), "1 mark, ! 1 to look at");
    let recorded = Mark { seq: 1, elapsed: s(1), kind: MarkKind::CommandStart };
    let both = Marks::new(&[recorded], &escape, &tape(&[1, 2]), Reach::Growing);
    assert_eq!(times(&both), [1, 2]);
}
