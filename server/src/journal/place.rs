//! A point in the journal: everything before it is told by two numbers.

/// Up to there, in the order in which the journal grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the segment; those before it lie before this place as a whole.
    pub segment: u64,
    /// So many of its bytes.
    pub end: u64,
}
