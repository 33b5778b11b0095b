//! A keyframe: the screen at one point of a recording, from which a seek or a late joiner goes on.

use std::time::Duration;

use super::screen::{SafeScreen, Snapshot};
use crate::wire::message::ScreenDump;

/// The screen after event `seq`.
#[derive(Clone)]
pub struct Keyframe {
    /// The last event that it covers, 0 before the first.
    pub seq: u64,
    /// Time of that event since the start.
    pub elapsed: Duration,
    /// The screen then, exact.
    pub state: Snapshot,
}

impl Keyframe {
    /// The screen to feed with the events after [`seq`](Self::seq).
    pub fn to_screen(&self) -> SafeScreen {
        SafeScreen::from_snapshot(&self.state)
    }

    /// As it goes over the wire.
    pub fn to_wire(&self) -> ScreenDump {
        self.to_screen().to_wire(self.seq, self.elapsed)
    }
}
