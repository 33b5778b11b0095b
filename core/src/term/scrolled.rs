//! What scrolls off the top of the main screen, as text, for whoever wants a transcript.

use vt100::capture::{BasicFormattedCaptureState, RowContents, basic_formatted_to_plain};

use crate::untrusted::is_misleading;

/// Keeps nothing unless it is told to.
#[derive(Default)]
pub(super) struct Scrolled {
    kept: Option<String>,
    state: BasicFormattedCaptureState,
}

impl Scrolled {
    /// Keeps what scrolls away from now on.
    pub(super) fn keep(&mut self) {
        self.kept.get_or_insert_default();
    }

    /// What scrolled away since this was last called: printable lines, those that the terminal
    /// wrapped in one piece. The line break after the last one comes with the next.
    pub(super) fn take(&mut self) -> String {
        let kept = self.kept.as_mut().map(std::mem::take).unwrap_or_default();
        let harmless =
            |c| if c != '\n' && is_misleading(c) { char::REPLACEMENT_CHARACTER } else { c };
        basic_formatted_to_plain(&kept).flat_map(str::chars).map(harmless).collect()
    }
}

impl vt100::Callbacks for Scrolled {
    fn on_scroll(&mut self, row: RowContents<'_>, alternate_screen: bool) {
        if let Some(kept) = self.kept.as_mut().filter(|_| !alternate_screen) {
            // Writing to a String cannot fail.
            let _ = row.write_formatted_basic(kept, &mut self.state);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::term::SafeScreen;

    #[test]
    fn lines_come_in_order_and_whole() {
        let mut screen = SafeScreen::new(2, 4);
        screen.feed(b"early\r\n");
        assert_eq!(screen.take_scrolled(), "", "nobody asked for it");
        screen.keep_scrolled();
        screen.feed(b"\x1b[2J\x1b[Habcdef\r\n\x1b[31mred\x1b[m\r\n");
        let mut text = screen.take_scrolled();
        screen.feed(b"last\r\n\r\n");
        text += &screen.take_scrolled();
        assert_eq!(text, "abcdef\nred\nlast");
    }

    #[test]
    fn full_screen_programs_and_controls_leave_nothing() {
        let mut screen = SafeScreen::new(2, 10);
        screen.keep_scrolled();
        screen.feed("a\u{202e}b\r\n\x1b[?1049h1\r\n2\r\n3\r\n4\x1b[?1049l\r\n".as_bytes());
        screen.feed(b"\r\n");
        let text = screen.take_scrolled();
        assert!(text.starts_with('a') && text.contains('b'), "{text:?}");
        assert!(!text.contains(['\u{202e}', '1', '2', '3']), "{text:?}");
    }
}
