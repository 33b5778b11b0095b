//! When an event happened, for a player that holds millions of them.

use std::time::Duration;

use crate::session::Event;
use crate::wire::message::Step;

/// When an event happened, and whether there is something to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(u64);

impl Moment {
    /// Of this event, so long after the start.
    pub fn new(elapsed: Duration, event: &Event) -> Self {
        Self::of(elapsed, Step::of(event).is_seen)
    }

    /// Of an event so long after the start that changes what is seen, or not.
    pub fn of(elapsed: Duration, is_seen: bool) -> Self {
        let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX).min(u64::MAX >> 1);
        Self(nanos << 1 | u64::from(is_seen))
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        Duration::from_nanos(self.0 >> 1)
    }

    /// False for what changes nothing on the screen: input.
    pub fn is_seen(self) -> bool {
        self.0 & 1 == 1
    }
}
