//! The states in which an operator sees a session.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One word for where a session stands; the words are part of `list --json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionState {
    /// The command runs and its recording arrives.
    Live,
    /// The command is stopped until proof of recording returns, or by an operator.
    Frozen,
    /// The host is connected to, but the recording is behind.
    Lagging,
    /// Ended, and the last event and the end are durable.
    Complete,
    /// Ended without CLOSE, or not heard of for longer than the resume grace.
    Incomplete,
}

impl SessionState {
    /// True while the session may still grow.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Live | Self::Frozen | Self::Lagging)
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Live => "live",
            Self::Frozen => "frozen",
            Self::Lagging => "lagging",
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
        })
    }
}
