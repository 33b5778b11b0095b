//! The limits of exports: how large a page may become, and what redaction keeps in mind.

use std::time::Duration;

/// Rules of one redaction.
pub const REDACT_RULES_MAX: usize = 64;
/// One of them, bytes.
pub const REDACT_RULE_BYTES_MAX: usize = 1024;
/// Memory that one of them may take, compiled.
pub const REDACT_RULE_MEMORY_BYTES_MAX: usize = 1024 * 1024;
/// Characters on the screens of one recording that are hidden; rules that match more are refused.
pub const REDACTED_CELLS_MAX: usize = 4 * 1024 * 1024;
/// Different texts that rules matched and that are hidden wherever else they stand.
pub const REDACTED_TEXTS_MAX: usize = 16 * 1024;
/// The same, all together, bytes.
pub const REDACTED_TEXTS_BYTES_MAX: usize = 1024 * 1024;
/// One of them; a longer one is hidden only where its rule matches.
pub const REDACTED_TEXT_BYTES_MAX: usize = 4096;
/// A shorter one, in characters, is hidden only where its rule matches: it would be found everywhere.
pub const REDACTED_TEXT_CHARS_MIN: usize = 4;
/// Characters of the beginning, or of the end, of such a text that are hidden where the rest is not there
/// yet, or cut off by the edge of the screen.
pub const REDACTED_PART_CHARS_MIN: usize = 3;
/// A line of a transcript in which rules are looked for as a whole.
pub const REDACT_LINE_BYTES_MAX: usize = 256 * 1024;

/// The frames of a page; a part of a recording is exported where all of it is more.
pub const HTML_FRAMES_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Frames of a page are no closer: what happens within this time becomes one of them.
pub const HTML_FRAME_INTERVAL: Duration = Duration::from_millis(30);
/// A picture that another program made and that is taken over.
pub const GIF_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How long that program may work.
pub const GIF_DRAWING_TIME: Duration = Duration::from_secs(30 * 60);
/// What that program says, the end of it.
pub const GIF_PROGRAM_WORDS_BYTES_MAX: usize = 4096;

const _: () = {
    assert!(REDACTED_TEXT_BYTES_MAX * 2 <= REDACT_LINE_BYTES_MAX);
    assert!(REDACTED_PART_CHARS_MIN < REDACTED_TEXT_CHARS_MIN);
};
