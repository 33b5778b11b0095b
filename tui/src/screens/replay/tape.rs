//! What the player knows of the events: when each happened. The events themselves stay on the disk.

use std::time::Duration;

use sudolog_core::term::Track;

use sudolog_core::term::Moment;

/// The times of all events that were read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tape {
    moments: Vec<Moment>,
    complete: bool,
}

impl Tape {
    /// More was read; `complete` once nothing can follow.
    pub(super) fn append(&mut self, moments: Vec<Moment>, complete: bool) {
        self.moments.extend(moments);
        self.complete = complete;
    }

    /// Length of what was read.
    pub(super) fn total(&self) -> Duration {
        self.moments.last().map_or(Duration::ZERO, |moment| moment.elapsed())
    }

    fn moment(&self, seq: u64) -> Option<Moment> {
        let at = usize::try_from(seq.min(self.last_seq())).ok()?.checked_sub(1)?;
        self.moments.get(at).copied()
    }
}

impl Track for Tape {
    fn last_seq(&self) -> u64 {
        self.moments.len() as u64
    }

    fn elapsed(&self, seq: u64) -> Duration {
        self.moment(seq).map_or(Duration::ZERO, Moment::elapsed)
    }

    fn is_complete(&self) -> bool {
        self.complete
    }

    fn is_step(&self, seq: u64) -> bool {
        self.moment(seq).is_none_or(Moment::is_seen)
    }
}
