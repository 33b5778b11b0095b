//! What a recording looks like along its length: how long, how busy, and the marks worth a jump.
//!
//! Bounded whatever the recording: further marks are counted, and the activity histogram doubles
//! the width of its slots when it grows out of them.

use std::sync::Arc;
use std::time::Duration;

use crate::limits::{TIMELINE_MARKS_MAX, TIMELINE_SLOTS};
use crate::session::Incident;
use crate::untrusted::Untrusted;

/// The timeline of one recording, as far as it was read.
#[derive(Clone, Debug)]
pub struct Timeline {
    total: Duration,
    marks: Vec<Mark>,
    marks_left_out: u64,
    slots: Vec<u64>,
    slot: Duration,
}

/// A moment worth a jump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The event that it belongs to; 0 before the first.
    pub seq: u64,
    /// When, since the start.
    pub elapsed: Duration,
    /// What happened.
    pub kind: MarkKind,
}

/// What a [`Mark`] stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// The recording begins, or what is known of it.
    Start,
    /// The window has a new size.
    Resize {
        /// Rows.
        lines: u16,
        /// Columns.
        columns: u16,
    },
    /// The command was stopped or continued, by this signal (without `SIG`).
    Suspend(String),
    /// Nothing happened for this long; the mark stands at the beginning.
    Gap(Duration),
    /// The emulator gave up and was rebuilt: the screen may differ from what the user saw.
    ParserReset,
    /// More expensive sequences came than can be shown in time; the screen is approximate until it
    /// is cleared as a whole.
    Approximate,
    /// A control string did not end, so that text was swallowed before it was cut.
    HiddenText,
    /// A line was typed of which the terminal showed nothing, as at the prompt for a password.
    HiddenLine,
    /// The shell says that a command begins to run.
    CommandStart,
    /// The shell says that a command has ended, with its exit value if it said it.
    CommandEnd(Option<i32>),
    /// Something happened to the session from outside: it is kept beside the recording, and its mark
    /// stands where it came in between.
    Incident {
        /// What.
        incident: Arc<Incident>,
        /// How long it lasted, by the clock, where that is known.
        lasted: Option<Duration>,
    },
    /// The command ran another one, and sudo told of it (`log_subcmds` or `intercept` of `sudoers(5)`).
    SubCommand(Untrusted),
    /// A rule found something.
    Finding {
        /// The rule's name.
        rule: String,
        /// What it counts, 0 to 100.
        points: u8,
        /// What it found.
        text: Untrusted,
    },
    /// An operator noted something.
    Note {
        /// Who.
        who: Untrusted,
        /// The words.
        text: Untrusted,
    },
    /// The operator who is looking marked it, for now.
    Own,
}

impl Timeline {
    pub(super) fn new(start: Mark) -> Self {
        let total = start.elapsed;
        let slots = vec![0; TIMELINE_SLOTS];
        let mut timeline =
            Self { total, marks: vec![start], marks_left_out: 0, slots, slot: FIRST_SLOT };
        timeline.advance(total, 0);
        timeline
    }

    /// Time from the start to the last event.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The marks, in order; at most
    /// [`TIMELINE_MARKS_MAX`](crate::limits::TIMELINE_MARKS_MAX).
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// How many marks there was no room for.
    pub fn marks_left_out(&self) -> u64 {
        self.marks_left_out
    }

    /// The first mark after a moment.
    pub fn next_mark(&self, elapsed: Duration) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.elapsed > elapsed)
    }

    /// The last mark before a moment.
    pub fn previous_mark(&self, elapsed: Duration) -> Option<&Mark> {
        self.marks.iter().rev().find(|mark| mark.elapsed < elapsed)
    }

    /// Output bytes in each of `columns` equal parts of the recording, for drawing.
    pub fn activity(&self, columns: u16) -> Vec<u64> {
        let mut parts = vec![0_u64; columns.into()];
        let used = self.slots_used();
        for (at, bytes) in self.slots.iter().take(used).enumerate() {
            if let Some(part) = parts.get_mut(at * usize::from(columns) / used) {
                *part = part.saturating_add(*bytes);
            }
        }
        parts
    }

    /// Memory that it takes, about.
    pub(super) fn bytes(&self) -> usize {
        self.marks.capacity() * size_of::<Mark>() + TIMELINE_SLOTS * size_of::<u64>()
    }

    pub(super) fn advance(&mut self, elapsed: Duration, output_bytes: usize) {
        self.total = self.total.max(elapsed);
        while self.slot_of(elapsed) >= TIMELINE_SLOTS {
            self.halve();
        }
        let at = self.slot_of(elapsed);
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = slot.saturating_add(output_bytes as u64);
        }
    }

    pub(super) fn mark(&mut self, seq: u64, elapsed: Duration, kind: MarkKind) {
        if self.marks.len() < TIMELINE_MARKS_MAX {
            self.marks.push(Mark { seq, elapsed, kind });
        } else {
            self.marks_left_out += 1;
        }
    }

    /// Takes what was told of a recording: marks that follow.
    pub(super) fn told(&mut self, marks: impl IntoIterator<Item = Mark>, left_out: u64) {
        let room = TIMELINE_MARKS_MAX - self.marks.len();
        self.marks.extend(marks.into_iter().take(room));
        self.marks_left_out = left_out;
    }

    fn halve(&mut self) {
        let (pairs, _) = self.slots.as_chunks::<2>();
        self.slots = pairs.iter().map(|[a, b]| a.saturating_add(*b)).collect();
        self.slots.resize(TIMELINE_SLOTS, 0);
        self.slot = self.slot.saturating_mul(2);
    }

    fn slot_of(&self, elapsed: Duration) -> usize {
        usize::try_from(elapsed.as_nanos() / self.slot.as_nanos()).unwrap_or(usize::MAX)
    }

    fn slots_used(&self) -> usize {
        self.slot_of(self.total).min(TIMELINE_SLOTS - 1) + 1
    }
}

const FIRST_SLOT: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline {
        Timeline::new(Mark { seq: 0, elapsed: Duration::ZERO, kind: MarkKind::Start })
    }

    #[test]
    fn activity_keeps_every_byte_however_long_it_gets() {
        let mut timeline = timeline();
        for second in 0..100_000 {
            timeline.advance(Duration::from_secs(second), 3);
        }
        let parts = timeline.activity(80);
        assert_eq!((parts.len(), parts.iter().sum::<u64>()), (80, 300_000));
        let (least, most) = (parts.iter().min().unwrap(), parts.iter().max().unwrap());
        assert!(*least * 2 > *most, "an even recording is drawn even: {least} to {most}");
        timeline.advance(Duration::MAX, 1);
        assert_eq!(timeline.activity(7).iter().sum::<u64>(), 300_001);
        assert!(timeline.activity(0).is_empty());
    }

    #[test]
    fn marks_are_bounded_and_found() {
        let mut timeline = timeline();
        for n in 1..=5000 {
            timeline.mark(n, Duration::from_secs(n), MarkKind::ParserReset);
        }
        assert_eq!(timeline.marks().len(), TIMELINE_MARKS_MAX);
        assert_eq!(timeline.marks_left_out(), 5001 - TIMELINE_MARKS_MAX as u64);
        assert_eq!(timeline.next_mark(Duration::from_secs(7)).map(|mark| mark.seq), Some(8));
        assert_eq!(timeline.previous_mark(Duration::from_secs(7)).map(|mark| mark.seq), Some(6));
        assert_eq!(timeline.previous_mark(Duration::ZERO), None);
    }
}
