//! A recorded screen as text: for transcripts and for the clipboard.

use sudolog_core::term::SafeScreen;

/// The screen as lines, wrapped ones in one piece, without the blank ones at its end. Made of the emulator's
/// cells, so that there is no control in it but the ends of lines.
pub fn screen_text(screen: &SafeScreen) -> String {
    let mut text = String::new();
    for row in 0..screen.lines() {
        text.push_str(&screen.row_text(row));
        if !screen.row_wraps(row) {
            text.push('\n');
        }
    }
    text.truncate(text.trim_end_matches('\n').len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}
