//! The limits of searching recordings.

/// Text or regular expression that is searched for.
pub const SEARCH_PATTERN_BYTES_MAX: usize = 1024;
/// Memory that a regular expression may take.
pub const SEARCH_REGEX_BYTES_MAX: usize = 1024 * 1024;
/// What lines are ranked by, that is.
pub const SEARCH_FUZZY_BYTES_MAX: usize = 128;
/// Memory for the text that one recording showed; what was shown later is searched by reading the
/// recording once more.
pub const SEARCH_INDEX_BYTES_MAX: usize = 256 * 1024 * 1024;
/// What is searched at once; then whoever searches looks whether it shall do other work.
pub const SEARCH_SLICE_BYTES: usize = 4 * 1024 * 1024;
/// The same where lines are ranked, which takes longer.
pub const SEARCH_RANK_SLICE_BYTES: usize = 256 * 1024;
/// What one event writes that is kept until the screen is looked at.
pub const SEARCH_TRACE_BYTES_MAX: usize = 512 * 1024;
/// What looking at screens for search may cost at once, in units of 10 ns: 0.3 s. Beyond it some
/// moments are not looked at, and that is said.
pub const SEARCH_CREDIT_MAX: u64 = 30_000_000;
/// What each recorded byte adds to that again.
pub const SEARCH_CREDIT_PER_BYTE: u64 = 32;
/// What each recorded millisecond adds.
pub const SEARCH_CREDIT_PER_MS: u64 = 500;
/// What each event adds.
pub const SEARCH_CREDIT_PER_EVENT: u64 = 100;
/// Hits of one search that are told at once; further ones are looked for when they are wanted.
pub const SEARCH_HITS_MAX: usize = 10_000;
/// The best lines of a search that ranks them.
pub const SEARCH_RANKED_MAX: usize = 200;
/// Text around a hit.
pub const SEARCH_CONTEXT_BYTES_MAX: usize = 512;
