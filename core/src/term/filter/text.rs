//! Characters: decoding, line drawing, insert mode and no autowrap.

use unicode_width::UnicodeWidthChar;

use super::cover::Touch;
use super::price::Prices;
use super::{Filter, State};
use crate::term::cell::STAND_IN;
use crate::term::emulator::Emulator;

/// The beginning of some bytes as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// A character that is printed as it is, and its length.
    Character(char, usize),
    /// Something that is shown as a replacement: no UTF-8, U+FFFD, an 8-bit control.
    Replaced(usize),
    /// A variation selector, dropped.
    Dropped(usize),
    /// The bytes end within a character.
    Incomplete,
}

/// Reads one character that is not ASCII; `bytes` is not empty.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    let window = bytes.get(..4).unwrap_or(bytes);
    let Some(chunk) = window.utf8_chunks().next() else { return Decoded::Incomplete };
    if let Some(c) = chunk.valid().chars().next() {
        return match c {
            '\u{80}'..='\u{9f}' | '\u{fffd}' => Decoded::Replaced(c.len_utf8()),
            '\u{fe00}'..='\u{fe0f}' => Decoded::Dropped(c.len_utf8()),
            _ => Decoded::Character(c, c.len_utf8()),
        };
    }
    let cut_off = window.len() == chunk.invalid().len() && is_cut_off(window);
    if cut_off { Decoded::Incomplete } else { Decoded::Replaced(chunk.invalid().len()) }
}

fn is_cut_off(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

impl Filter {
    /// True when text needs no attention at all.
    pub(super) fn plain_mode(&self) -> bool {
        self.autowrap && !self.insert && !self.charsets.line_drawing()
    }

    /// Takes one character from ground.
    pub(super) fn text(&mut self, rest: &[u8], emulator: &mut Emulator) -> usize {
        match rest {
            [byte @ 0..0x80, ..] => {
                let c = self.charsets.translate(*byte);
                self.purse.earn(1);
                self.print(c, emulator);
                1
            }
            _ => match decode(rest) {
                Decoded::Character(c, length) => {
                    self.purse.earn(length);
                    self.print(c, emulator);
                    length
                }
                Decoded::Replaced(length) => {
                    self.purse.earn(length);
                    self.print(STAND_IN, emulator);
                    length
                }
                Decoded::Dropped(length) => length,
                Decoded::Incomplete => {
                    self.held.clear();
                    self.held.extend_from_slice(rest);
                    self.state = State::Character;
                    rest.len()
                }
            },
        }
    }

    /// Continues a character that the last chunk began.
    pub(super) fn character(&mut self, byte: u8, emulator: &mut Emulator) -> usize {
        let mut held = std::mem::take(&mut self.held);
        held.push(byte);
        self.state = State::Ground;
        let taken = self.text(&held, emulator);
        // A byte that does not belong to the character is left to be looked at anew.
        usize::from(taken == held.len())
    }

    /// Prints one character in any mode.
    pub(super) fn print(&mut self, c: char, emulator: &mut Emulator) {
        let width = c.width().map_or(1, |width| u16::try_from(width.min(2)).unwrap_or(2));
        if !self.plain_mode() && width > 0 {
            self.make_room(width, emulator);
        }
        self.touch(Touch::Drawn);
        emulator.write(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.preceding = (width > 0).then_some(c);
    }

    fn make_room(&mut self, width: u16, emulator: &mut Emulator) {
        let (_, columns) = emulator.size();
        let room = columns.saturating_sub(emulator.cursor().1);
        match (self.autowrap, self.insert) {
            (false, _) if room < width => {
                emulator.write_fmt(format_args!("\x1b[{}G", columns - width + 1));
            }
            (true, true) if room < width => emulator.write(b"\r\n"),
            _ => {}
        }
        if self.insert && self.afford(Prices::of(emulator).shift(), emulator) {
            emulator.write_fmt(format_args!("\x1b[{width}@"));
        }
    }

    /// REP: the character before it again, at most a screen full.
    pub(super) fn repeat(&mut self, count: u16, emulator: &mut Emulator) {
        let Some(c) = self.preceding else { return };
        let (lines, columns) = emulator.size();
        let times = u32::from(count).min(u32::from(lines) * u32::from(columns));
        let prices = Prices::of(emulator);
        if !self.plain_mode() {
            if self.afford(prices.print_slowly(times), emulator) {
                (0..times).for_each(|_| self.print(c, emulator));
            }
        } else if self.afford(prices.print(times), emulator) {
            self.touch(Touch::Drawn);
            // The emulator repeats what was printed last, which a late joiner's has not printed.
            emulator.write(c.encode_utf8(&mut [0; 4]).as_bytes());
            if times > 1 {
                emulator.write_fmt(format_args!("\x1b[{}b", times - 1));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_characters_and_marks_the_rest() {
        assert_eq!(decode("日本".as_bytes()), Decoded::Character('日', 3));
        assert_eq!(decode(b"\xff\xff"), Decoded::Replaced(1));
        assert_eq!(decode(b"\xc0\xaf"), Decoded::Replaced(1));
        assert_eq!(decode(b"\xe6\x97a"), Decoded::Replaced(2));
        assert_eq!(decode(b"\xe6\x97"), Decoded::Incomplete);
        assert_eq!(decode(b"\xf0"), Decoded::Incomplete);
        assert_eq!(decode(b"\xc2\x9b31m"), Decoded::Replaced(2));
        assert_eq!(decode(b"\x9b31m"), Decoded::Replaced(1));
        assert_eq!(decode("\u{fe0f}".as_bytes()), Decoded::Dropped(3));
    }
}
