//! What is sent to one target at once: a message, or a part of a long one.

use serde::{Deserialize, Serialize};

use super::item::Item;
use crate::eventlog::Severity;
use crate::time::Timestamp;

/// A message in plain words. It is kept like this until the target has taken it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Its name: the same whenever it is sent again, so that whoever gets it twice can see that. Letters,
    /// digits, `-`, `.` and `_`.
    pub id: String,
    /// To which target of the plan.
    pub target: String,
    /// The most severe thing in it.
    pub severity: Severity,
    /// Its subject, one line.
    pub title: String,
    /// Its text.
    pub lines: Vec<String>,
    /// What it tells, for services that take more than text; those of a long message are with its
    /// first part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Item>,
    /// Numbers of the entries in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<u64>,
    /// For how many entries it stands; more than it names where some were the same again.
    pub count: u64,
    /// Which part of a message this is, from 1.
    pub part: u32,
    /// How many parts there are.
    pub of: u32,
    /// When it was made.
    pub made: Timestamp,
}

impl Letter {
    /// Its text as one.
    pub fn text(&self) -> String {
        self.lines.join("\n")
    }

    /// When it was made, RFC 3339.
    pub fn made_at(&self) -> String {
        super::stamp::rfc3339(self.made)
    }
}
