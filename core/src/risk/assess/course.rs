//! The course of a session in numbers, and which facts of it hold.

use super::who::{Circumstances, Ending};
use crate::limits::{PASTE_PAUSE, VERY_LONG};
use crate::risk::rules::{EndKind, Fact, When};
use crate::session::{Event, EventKind};

/// What is counted while a session runs.
#[derive(Clone, Debug)]
pub(super) struct Course {
    circumstances: Circumstances,
    has_tty: bool,
    /// Up to the last event.
    elapsed_ns: u64,
    /// Up to now, whether anything happened or not.
    passed_ns: u64,
    last_input_ns: u64,
    /// The longest pause before an input.
    idle_ns: u64,
    output_bytes: u64,
    /// Input that came at once, up to now and at most.
    burst_bytes: u64,
    paste_bytes: u64,
    end: Option<EndKind>,
}

impl Course {
    pub(super) fn new(circumstances: Circumstances, has_tty: bool) -> Self {
        Self {
            circumstances,
            has_tty,
            elapsed_ns: 0,
            passed_ns: 0,
            last_input_ns: 0,
            idle_ns: 0,
            output_bytes: 0,
            burst_bytes: 0,
            paste_bytes: 0,
            end: None,
        }
    }

    /// Nanoseconds from the start to the last event: the place in the recording.
    pub(super) fn elapsed_ns(&self) -> u64 {
        self.elapsed_ns
    }

    pub(super) fn circumstances(&self) -> Circumstances {
        self.circumstances
    }

    pub(super) fn is_very_long(&self) -> bool {
        u128::from(self.lasts_ns()) > VERY_LONG.as_nanos()
    }

    pub(super) fn end_kind(&self) -> Option<EndKind> {
        self.end
    }

    pub(super) fn take(&mut self, event: &Event) {
        self.elapsed_ns = self.elapsed_ns.saturating_add(event.delay_ns());
        let bytes = event.data().len() as u64;
        match event.kind() {
            EventKind::Ttyin => self.input(bytes),
            EventKind::Ttyout | EventKind::Stdout | EventKind::Stderr => {
                self.output_bytes = self.output_bytes.saturating_add(bytes);
            }
            EventKind::Stdin | EventKind::Winsize | EventKind::Suspend => {}
        }
    }

    /// So much time has passed since the start, though nothing happened. The next event says by itself
    /// how much of it lies before it.
    pub(super) fn pass(&mut self, passed_ns: u64) {
        self.passed_ns = passed_ns.max(self.passed_ns);
    }

    pub(super) fn clocks_differ(&mut self, seconds: u64) {
        let skew = &mut self.circumstances.clock_skew_s;
        *skew = seconds.max(*skew);
    }

    pub(super) fn end(&mut self, ending: Ending) {
        self.pass(ending.run_time_ns.unwrap_or(0));
        self.end = ending.kind;
    }

    /// True when a fact holds.
    pub(super) fn fulfils(&self, When { fact, tty }: &When) -> bool {
        let circumstances = self.circumstances;
        tty.is_none_or(|tty| tty == self.has_tty)
            && match fact {
                Fact::End(kinds) => self.end.is_some_and(|end| kinds.contains(&end)),
                Fact::SkewAbove(s) => circumstances.clock_skew_s > *s,
                Fact::OutsideHours => circumstances.after_hours,
                Fact::FirstSeen => circumstances.first_seen,
                Fact::RejectsAtLeast(count, _) => circumstances.rejects_before >= *count,
                Fact::IdleAbove(s) => self.idle_ns > nanos(*s),
                Fact::DurationAbove(s) => self.lasts_ns() > nanos(*s),
                Fact::OutputAbove(bytes) => self.output_bytes > *bytes,
                Fact::PasteAbove(bytes) => self.paste_bytes > *bytes,
            }
    }

    fn lasts_ns(&self) -> u64 {
        self.passed_ns.max(self.elapsed_ns)
    }

    fn input(&mut self, bytes: u64) {
        let pause = self.elapsed_ns.saturating_sub(self.last_input_ns);
        self.idle_ns = self.idle_ns.max(pause);
        let goes_on = u128::from(pause) < PASTE_PAUSE.as_nanos();
        self.burst_bytes = if goes_on { self.burst_bytes.saturating_add(bytes) } else { bytes };
        self.paste_bytes = self.paste_bytes.max(self.burst_bytes);
        self.last_input_ns = self.elapsed_ns;
    }
}

fn nanos(seconds: u64) -> u64 {
    seconds.saturating_mul(1_000_000_000)
}
