//! What a reviewer makes of a session.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing is wrong with it.
    Benign,
    /// Somebody has to look further.
    Suspicious,
    /// It is one.
    Incident,
    /// A rule was wrong.
    FalsePositive,
}

impl Verdict {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Benign, Self::Suspicious, Self::Incident, Self::FalsePositive];

    /// Its name in filters and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Suspicious => "suspicious",
            Self::Incident => "incident",
            Self::FalsePositive => "false_positive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Verdict {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == text).ok_or_else(|| {
            format!("a verdict is {}, not {text:?}", Self::ALL.map(Self::name).join(", "))
        })
    }
}
