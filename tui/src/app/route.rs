//! Which screen is shown, and what it knows.

use std::time::Duration;

use crate::keymap::Scope;
use crate::screens::live::Live;

/// One screen with its state.
pub enum Route {
    /// Running sessions.
    Live(Box<Live>),
}

impl Route {
    /// Whose keys are in force.
    pub fn scope(&self) -> Scope {
        match self {
            Self::Live(_) => Scope::Live,
        }
    }

    /// When it changes by itself next, in time since the console began.
    pub fn deadline(&self, now: Duration) -> Option<Duration> {
        match self {
            Self::Live(_) => Some(now + AGES_INTERVAL),
        }
    }
}

/// Ages of sessions are shown to the second.
const AGES_INTERVAL: Duration = Duration::from_secs(1);
