//! A screen as control sequences for any terminal: how an export that begins in the middle of a
//! recording shows what was there already.
//!
//! Only what other terminals understand is used. What they have no sequence for is left out: the character
//! sets that DECSC saved, and a hidden alternate screen.

use super::writer::{self, Detail};
use crate::term::cell::STAND_IN;
use crate::term::filter::State;
use crate::term::quiet::caught;
use crate::term::screen::SafeScreen;

impl SafeScreen {
    /// What brings a blank terminal of this size to this screen, so that the output that follows means the
    /// same as it did. Of a character that is still incomplete the bytes are left out: whoever writes text
    /// has them in any case.
    ///
    /// Holds recorded text; meant for files that players of terminal recordings read.
    pub fn to_sequences(&self) -> String {
        let draw = |detail| caught(|| writer::draw(self.emulator.screen(), detail));
        let drawing = [Detail::Everything, Detail::Text].into_iter().find_map(draw);
        let mut text = drawing.unwrap_or_default();
        // Not every player knows mode 47.
        text = text.replace(writer::ENTER, "\x1b[?1047h").replace(writer::LEAVE, "\x1b[?1047l");
        text = text.replace(STAND_IN, "\u{fffd}");
        let [g0, g1] = self.filter.charsets.drawing;
        let modes = [
            (g0, "\x1b(0"),
            (g1, "\x1b)0"),
            (self.filter.charsets.shifted, "\x0e"),
            (self.filter.insert, "\x1b[4h"),
            (!self.filter.autowrap, "\x1b[?7l"),
        ];
        modes.iter().filter(|(on, _)| *on).for_each(|(_, sequence)| text.push_str(sequence));
        match &self.filter.state {
            State::Ground | State::Character => {}
            State::Sequence => text.push_str(&String::from_utf8_lossy(&self.filter.held)),
            State::String(string) => {
                text.push('\x1b');
                text.push(char::from(string.kind));
                text.push_str(&String::from_utf8_lossy(&string.head));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::term::SafeScreen;
    use crate::term::properties::{acts, perform, picture, size};

    fn drawn_anew(screen: &SafeScreen) -> SafeScreen {
        let mut other = SafeScreen::new(screen.lines(), screen.columns());
        other.feed(screen.to_sequences().as_bytes());
        other
    }

    #[test]
    fn what_follows_means_the_same() {
        let cases: [(&[u8], &[u8]); 8] = [
            (b"\x1b(0", b"lqqk"),
            (b"\x1b)0\x0e", b"x\x0fx"),
            (b"\x1b[31", b";1mred"),
            (b"\x1b]0;tit", b"le\x07text"),
            (b"\x1b[?7l0123456789abcdefgh", b"ij"),
            (b"\x1b[4habc\x1b[H", b"X"),
            (b"\x1b[2;3r\x1b[?6h", b"\x1b[Ha\r\nb\r\nc\r\nd"),
            (b"main\x1b[?1049hother", b" more\x1b[?1049l on"),
        ];
        for (before, after) in cases {
            let mut original = SafeScreen::new(5, 19);
            original.feed(before);
            let mut joined = drawn_anew(&original);
            original.feed(after);
            joined.feed(after);
            assert_eq!(picture(&original), picture(&joined), "{before:?}");
        }
    }

    proptest! {
        #[test]
        fn a_blank_terminal_comes_to_the_same_screen((lines, columns) in size(), acts in acts(60)) {
            let mut original = SafeScreen::new(lines, columns);
            acts.iter().for_each(|act| perform(&mut original, act));
            let text = |screen: &SafeScreen| (screen.text_lines(), screen.cursor());
            prop_assert_eq!(text(&original), text(&drawn_anew(&original)));
        }
    }
}
