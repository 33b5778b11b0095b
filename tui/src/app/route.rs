//! Which screen is shown, and what it knows.

use std::time::Duration;

use crate::keymap::Scope;
use crate::screens::browse::Browse;
use crate::screens::live::Live;
use crate::screens::replay::Replay;

/// One screen with its state.
pub enum Route {
    /// Running sessions.
    Live(Box<Live>),
    /// All sessions.
    Browse(Box<Browse>),
    /// One recording.
    Replay(Box<Replay>),
}

impl Route {
    /// Whose keys are in force.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Live(_) => Scope::Live,
            Self::Browse(browse) if browse.input().is_some() => Scope::Filter,
            Self::Browse(_) => Scope::Browse,
            Self::Replay(_) => Scope::Replay,
        }
    }

    /// When it changes by itself next, in time since the console began.
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        match self {
            Self::Live(_) | Self::Browse(_) => Some(now.saturating_add(AGES_INTERVAL)),
            Self::Replay(replay) => replay.deadline(now),
        }
    }
}

/// Ages of sessions are shown to the second.
const AGES_INTERVAL: Duration = Duration::from_secs(1);
