//! The limits of the recorded terminal: its screen, its sequences, what is typed on it.

use std::time::Duration;

/// What the emulator may do before others have their turn, in units of `SafeScreen::feed_within`:
/// 2 to 4 ms.
pub const EMULATOR_SLICE_WORK: u64 = 200_000;
/// Keys of a recording that the player keeps, the newest.
pub const KEYSTROKES_MAX: usize = 16 * 1024;
/// Typed characters that may still be echoed.
pub const KEYSTROKES_PENDING_MAX: usize = 64;
/// A character that is not echoed within this time is not shown.
pub const ECHO_WAIT: Duration = Duration::from_secs(1);
/// Entered lines of a recording that the player keeps, the first.
pub const ENTERED_LINES_MAX: usize = 4096;
/// Characters of an entered line that are kept.
pub const ENTERED_LINE_CHARS_MAX: usize = 400;
/// A longer line is no prompt.
pub const PROMPT_BYTES_MAX: usize = 256;
/// Rows of a recorded screen that are drawn; larger sizes are stored but clamped for display.
pub const SCREEN_LINES_MAX: u16 = 500;
/// Columns of a recorded screen that are drawn.
pub const SCREEN_COLUMNS_MAX: u16 = 1000;
/// A screen smaller than this is drawn as if it had this many rows and columns.
pub const SCREEN_SIDE_MIN: u16 = 2;
/// One recorded escape or control sequence, at most; a longer one is shown as text.
pub const TERM_SEQUENCE_BYTES_MAX: usize = 256;
/// Payload of a recorded OSC, SOS or PM string that is swallowed; what follows is shown as text.
pub const TERM_STRING_BYTES_MAX: usize = 64 * 1024;
/// The same for DCS and APC, which carry pictures.
pub const TERM_PICTURE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that the emulator is given at once, at most; what a parser reset can garble, with what was put off until
/// then ([`TERM_DEFERRED_BYTES_MAX`]).
pub const TERM_RUN_BYTES_MAX: usize = 4096;
/// Bytes between two safety copies of the screen, from which a parser reset is mended; one for
/// each cell where the screen has more cells than this, so that copying stays cheap beside it.
pub const TERM_JOURNAL_BYTES_MAX: usize = 64 * 1024;
/// Output that the emulator is given later because most of it will have scrolled away by then; where
/// half of it is still seen, it is given at once.
pub const TERM_DEFERRED_BYTES_MAX: usize = 32 * 1024;
/// Different styles in such output that are left behind; with more it is given at once.
pub const TERM_DEFERRED_STYLES_MAX: usize = 64;
/// What expensive sequences of a recording (clearing, scrolling, repeating) may cost at once, in
/// units of `SafeScreen::feed_within`: 15 ms. Beyond it they are left out and the screen says so.
pub const TERM_CREDIT_MAX: u32 = 1_500_000;
/// What each byte of text or of a sequence adds to that again: 64 KiB bring 16 ms.
pub const TERM_CREDIT_PER_BYTE: u32 = 24;
/// What each recorded millisecond adds: a twentieth of a processor.
pub const TERM_CREDIT_PER_MS: u32 = 5_000;

const _: () = {
    assert!(TERM_RUN_BYTES_MAX + TERM_SEQUENCE_BYTES_MAX <= TERM_JOURNAL_BYTES_MAX);
    assert!(TERM_DEFERRED_BYTES_MAX + TERM_RUN_BYTES_MAX <= TERM_JOURNAL_BYTES_MAX);
    assert!(SCREEN_SIDE_MIN <= SCREEN_LINES_MAX && SCREEN_SIDE_MIN <= SCREEN_COLUMNS_MAX);
    // The most expensive sequence at the largest screen can be paid for: two units a cell.
    assert!(2 * SCREEN_LINES_MAX as u32 * SCREEN_COLUMNS_MAX as u32 <= TERM_CREDIT_MAX);
};
