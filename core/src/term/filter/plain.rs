//! Finds what may go to the emulator as it stands: runs of text with common controls and colours.
//!
//! Nearly every recorded byte is in such a run, so this is what makes the filter cheap.

use unicode_width::UnicodeWidthChar;

use super::cover::Touch;
use super::price::Prices;
use super::text::{Decoded, decode};
use super::{BS, ESC};
use crate::limits::{TERM_RUN_BYTES_MAX, TERM_SEQUENCE_BYTES_MAX};
use crate::term::purse::Purse;

/// The beginning of the input that can be passed on in one piece.
pub(super) struct Run {
    /// Its length; 0 when the first byte needs a closer look.
    pub(super) bytes: usize,
    /// The character at its end, when it ends with one that takes a cell.
    pub(super) last: Option<char>,
    /// What the purse holds after it.
    pub(super) purse: Purse,
    /// What was paid.
    pub(super) price: u64,
    /// What it may do to the cells.
    pub(super) touch: Touch,
}

/// Measures the run at the beginning of `bytes`; it ends before what the purse cannot pay for.
pub(super) fn run(bytes: &[u8], purse: Purse, prices: Prices) -> Run {
    let bytes = bytes.get(..TERM_RUN_BYTES_MAX).unwrap_or(bytes);
    let (mut at, mut last, mut moved, mut touch) = (0, None, false, Touch::Moved);
    let mut bill = Bill { purse, from: 0, open: 0, price: 0 };
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let text = match byte {
            b' '..=b'~' => ascii(rest),
            0x80.. => ordinary(rest),
            _ => 0,
        };
        if text > 0 {
            (last, moved, touch) = (Some((at, text)), false, Touch::Drawn);
            at += text;
            continue;
        }
        let (length, price, touches) = match byte {
            b'\r' | b'\t' => (1, 0, Touch::Moved),
            // Behind text the cursor may be waiting to wrap, which line feed and backspace end.
            b'\n' if moved => (1, prices.scroll(1), Touch::Shifted),
            BS if moved => (1, 0, Touch::Moved),
            ESC => sequence(rest, prices),
            _ => break,
        };
        if length == 0 || (price > 0 && !bill.pay(at, length, price)) {
            break;
        }
        (last, moved, touch) = (None, byte != b'\t' && byte != ESC, touch.max(touches));
        at += length;
    }
    let last = last
        .and_then(|(from, length)| last_char(bytes.get(from..from + length)?))
        .filter(|c| c.width().is_some_and(|width| width > 0));
    let (purse, price) = bill.close(at);
    Run { bytes: at, last, purse, price, touch }
}

/// What a run earns and spends, added up no more often than it must be.
struct Bill {
    purse: Purse,
    /// Where the bytes begin whose credit is not in the purse yet, and what they cost.
    from: usize,
    open: u64,
    price: u64,
}

impl Bill {
    /// Pays for a sequence of `length` bytes at `at`: first with what it brings itself.
    fn pay(&mut self, at: usize, length: usize, price: u64) -> bool {
        let brought = Purse::brought_by(length);
        if price <= brought {
            self.open += price;
        } else {
            self.purse.gain(Purse::brought_by(at - self.from) - self.open);
            (self.from, self.open) = (at, 0);
            if self.price > RUN_PRICE_MAX || !self.purse.pay(price - brought) {
                return false;
            }
            self.from += length;
        }
        self.price += price;
        true
    }

    /// The purse after all bytes up to `at`, and what was spent.
    fn close(mut self, at: usize) -> (Purse, u64) {
        self.purse.gain(Purse::brought_by(at - self.from) - self.open);
        (self.purse, self.price)
    }
}

/// Length, price and effect of the sequence at the beginning.
fn sequence(rest: &[u8], prices: Prices) -> (usize, u64, Touch) {
    let length = pass_through(rest);
    match rest.get(..length).and_then(<[u8]>::last) {
        Some(b'm') => (length, 0, Touch::Drawn),
        Some(b'K') => (length, prices.erase_row(), Touch::Erased),
        _ => (length, 0, Touch::Moved),
    }
}

fn ascii(rest: &[u8]) -> usize {
    rest.iter().position(|b| !matches!(b, b' '..=b'~')).unwrap_or(rest.len())
}

fn last_char(text: &[u8]) -> Option<char> {
    match text.last() {
        Some(&byte) if byte.is_ascii() => Some(byte.into()),
        _ => std::str::from_utf8(text).ok()?.chars().next_back(),
    }
}

/// The length of the character at the beginning if the emulator may see it as it is.
fn ordinary(rest: &[u8]) -> usize {
    match *rest {
        // Most of what is written, and none of it is a control, a selector or U+FFFD.
        [0xc3..=0xdf, 0x80..=0xbf, ..] => 2,
        [0xe1..=0xec, 0x80..=0xbf, 0x80..=0xbf, ..] => 3,
        _ => match decode(rest) {
            Decoded::Character(_, length) => length,
            _ => 0,
        },
    }
}

/// The length of the sequence at the beginning if the emulator understands it as it is, clamps it
/// by itself, and does the right thing with a cursor that waits to wrap: colours and styles,
/// erasing towards the end, going to a position or to the right, hiding the cursor.
fn pass_through(rest: &[u8]) -> usize {
    let Some([b'[', body @ ..]) = rest.get(1..) else { return 0 };
    if matches!(body, [b'?', b'2', b'5', b'h' | b'l', ..]) {
        return 6;
    }
    let (mut number, mut digits) = (0_u16, 0);
    for (at, &byte) in body.iter().take(PASS_THROUGH_BYTES_MAX).enumerate() {
        match byte {
            b'0'..=b'9' => {
                number = number.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                digits += 1;
            }
            b';' if !needs_rewriting(number) => (number, digits) = (0, 0),
            b'm' if !needs_rewriting(number) => return at + 3,
            b'K' if number == 0 && at == digits => return at + 3,
            b'H' | b'G' | b'C' => return at + 3,
            _ => return 0,
        }
    }
    0
}

/// Double underline and the underline colours; see [`sgr`](super::sgr).
fn needs_rewriting(number: u16) -> bool {
    matches!(number, 21 | 58 | 59)
}

/// A whole `CSI` sequence at the beginning: its body from behind `[` to the final byte, and its
/// length. `None` when it is cut off, broken up by other bytes, or too long.
pub(super) fn complete_csi(rest: &[u8]) -> Option<(&[u8], usize)> {
    let body = rest.strip_prefix(b"\x1b[")?;
    let body = body.get(..TERM_SEQUENCE_BYTES_MAX - 2).unwrap_or(body);
    let end = body.iter().position(|b| !matches!(b, b' '..=b'?'))?;
    let last = *body.get(end)?;
    matches!(last, b'@'..=b'~').then_some((body.get(..=end)?, end + 3))
}

/// About half a millisecond: runs stay short enough to be interrupted between them.
const RUN_PRICE_MAX: u64 = 50_000;
/// Longer colour sequences are parsed properly.
const PASS_THROUGH_BYTES_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::emulator::Emulator;

    fn of(bytes: &[u8]) -> Run {
        run(bytes, Purse::default(), Prices::of(&Emulator::new(24, 80)))
    }

    fn length(text: &str) -> usize {
        of(text.as_bytes()).bytes
    }

    #[test]
    fn text_and_colours_go_through_in_one_piece() {
        for text in [
            "ls -l\r\nnaïve 日本\t\r\n",
            "\x1b[01;34mdir\x1b[0m\x1b[K\r\n",
            "a\x1b[m\x1b[Kb",
            "\x1b[?25l\x1b[12;40Hx\x1b[5C",
        ] {
            assert_eq!(length(text), text.len(), "{text:?}");
        }
    }

    #[test]
    fn stops_at_what_needs_a_closer_look() {
        for (text, expected) in [
            ("abc\n", 3),
            ("abc\x08", 3),
            ("\x1b[2Kx", 0),
            ("a\x1b[Jx", 1),
            ("a\x1b[2Ab", 1),
            ("a\x1b[4:3m", 1),
            ("a\x1b[58;5;1m", 1),
            ("a\x1b]0;t\x07", 1),
            ("a\u{fe0f}", 1),
            ("a\u{9b}", 1),
            ("a\x0eb", 1),
        ] {
            assert_eq!(length(text), expected, "{text:?}");
        }
        assert_eq!(of(b"a\xff").bytes, 1);
        assert_eq!(of(b"a\xe6\x97").bytes, 1);
    }

    #[test]
    fn knows_the_character_at_the_end() {
        assert_eq!(of(b"abc").last, Some('c'));
        assert_eq!(of("a\r日".as_bytes()).last, Some('日'));
        assert_eq!(of(b"abc\x1b[m").last, None);
        assert_eq!(of(b"abc\r").last, None);
    }

    #[test]
    fn stops_at_what_cannot_be_paid() {
        let prices = Prices::of(&Emulator::new(500, 1000));
        let poor = |text: &[u8]| run(text, Purse::with(0), prices);
        assert_eq!(poor(b"abc\r\n").bytes, 5, "text pays for its line");
        assert_eq!(poor(b"\r\nabc").bytes, 1);
        assert_eq!(poor(b"a\x1b[Kb").bytes, 1);
        assert_eq!(poor(b"a\x1b[K").purse, poor(b"a").purse);
        assert_eq!((poor(b"a\x1b[1m").touch, poor(b"\r").touch), (Touch::Drawn, Touch::Moved));
    }
}
