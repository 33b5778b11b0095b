//! What a search in a recording brings.

use serde::{Deserialize, Serialize};

use crate::untrusted::Untrusted;

/// HITS: a piece of what a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    /// The last event that was searched.
    pub seq: u64,
    /// Further hits, in the order of time; of a fuzzy search the best lines, in place of those before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<FoundHit>,
    /// All that is stored now is searched.
    #[serde(default)]
    pub caught_up: bool,
    /// There are more hits behind those that were told.
    #[serde(default)]
    pub is_full: bool,
    /// So many hits lie before those that are told.
    #[serde(default)]
    pub skipped: u64,
    /// These are the best lines of all so far.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_best: bool,
    /// The server knows of `fuzzy`, `after` and `before`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_pages: bool,
    /// So many moments were searched only as they were written, not as they stood on the screen.
    #[serde(default)]
    pub missed: u64,
    /// Why the recording cannot be read beyond this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<Untrusted>,
}

/// Text that appeared and matches: see `term::Hit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundHit {
    /// The event that brought it.
    pub seq: u64,
    /// When, since the start.
    pub elapsed_ns: u64,
    /// The first row of its line; absent for what no screen showed after the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<u16>,
    /// What stands around the match.
    pub line: Untrusted,
    /// Where the match begins in it, bytes.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
}
