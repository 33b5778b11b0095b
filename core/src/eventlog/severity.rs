//! How much an entry matters.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::risk::Level;

/// From what is merely written down to what should wake somebody.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// As it should be.
    #[default]
    Info,
    /// Out of the ordinary, and no harm by itself.
    Notice,
    /// Something that somebody should look at.
    Warning,
    /// Something that somebody should look at soon.
    High,
    /// Something that somebody should look at now.
    Critical,
    /// A word that this build does not know.
    #[serde(other)]
    Other,
}

impl Severity {
    /// Those that there are, the least first.
    pub const ALL: [Self; 5] =
        [Self::Info, Self::Notice, Self::Warning, Self::High, Self::Critical];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::High => "high",
            Self::Critical => "critical",
            Self::Other => "other",
        }
    }

    /// The number of RFC 5424 section 6.2.1, table 2.
    pub fn syslog(self) -> u8 {
        match self {
            Self::Critical => 2,
            Self::High => 3,
            Self::Warning => 4,
            Self::Notice | Self::Other => 5,
            Self::Info => 6,
        }
    }
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Low => Self::Notice,
            Level::Medium => Self::Warning,
            Level::High => Self::High,
            Level::Critical => Self::Critical,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|severity| severity.name() == word);
        known.ok_or_else(|| {
            format!("a severity is info, notice, warning, high or critical, not {word:?}")
        })
    }
}
