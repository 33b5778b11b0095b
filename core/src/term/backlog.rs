//! Output that waits until somebody wants to know what the screen shows.
//!
//! Of a flood only the end can still be seen: lines of plain text that have scrolled away since need
//! not be drawn. What anything else does is always drawn. One thing is given up for it: where a
//! program floods a line that does not scroll, below a region that does, what stood there before may
//! stay.

use super::filter::State;
use super::screen::SafeScreen;
use crate::limits::RISK_BACKLOG_BYTES;

/// Output in the order in which it came, and the time that it took.
#[derive(Default)]
pub(super) struct Backlog {
    bytes: Vec<u8>,
    delay_ns: u64,
}

impl Backlog {
    /// Time passed in the recording.
    pub(super) fn pass(&mut self, delay_ns: u64) {
        self.delay_ns = self.delay_ns.saturating_add(delay_ns);
    }

    /// Takes output. True when it should be drawn now: there is much of it, or something in it that
    /// may be told of.
    pub(super) fn push(&mut self, output: &[u8]) -> bool {
        self.bytes.extend_from_slice(output);
        self.bytes.len() >= RISK_BACKLOG_BYTES || memchr::memmem::find(output, b"\x1b]").is_some()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && self.delay_ns == 0
    }

    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
    }

    /// Memory that it takes.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Draws what can be seen.
    pub(super) fn draw(&mut self, screen: &mut SafeScreen) {
        screen.pass(std::mem::take(&mut self.delay_ns));
        let (other, plain) = self.bytes.split_at(plain_from(&self.bytes).min(self.bytes.len()));
        screen.feed(other);
        let visible = match screen.filter.state {
            State::Ground => visible_from(plain, screen.lines()),
            // These line ends may belong to something else.
            _ => 0,
        };
        screen.feed(plain.get(visible..).unwrap_or(plain));
        self.bytes.clear();
    }
}

/// Where the end of some plain output begins that can still be on a screen with so many rows: at a line end
/// behind which there are twice as many, so that whatever stood on the screen has scrolled away.
fn visible_from(output: &[u8], rows: u16) -> usize {
    let ends = 2 * usize::from(rows);
    match memchr::memrchr_iter(b'\n', output).nth(ends) {
        Some(end) if output.get(..end).is_some_and(|before| before.ends_with(b"\r")) => end - 1,
        _ => 0,
    }
}

/// Behind the last line in which there is more than text, line ends, colours and erased line ends.
fn plain_from(output: &[u8]) -> usize {
    if std::str::from_utf8(output).is_err() {
        return output.len();
    }
    let (mut rest, mut from) = (output, 0);
    while let Some(&byte) = rest.first() {
        let length = match byte {
            b' '..=b'~' | b'\r' | b'\n' | b'\t' => 1,
            0x1b => colour(rest),
            // The controls of Unicode.
            0xc2 if rest.get(1).is_none_or(|byte| *byte < 0xa0) => 0,
            0x80.. => 1,
            _ => 0,
        };
        rest = rest.get(length.max(1)..).unwrap_or_default();
        if length == 0 {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
            rest = rest.get(end..).unwrap_or_default();
            from = output.len() - rest.len();
        }
    }
    from
}

/// The length of a sequence that sets colours or erases to the end of a line; 0 for all else.
fn colour(rest: &[u8]) -> usize {
    let Some(body) = rest.strip_prefix(b"\x1b[") else { return 0 };
    let is_parameter = |byte: &u8| matches!(byte, b'0'..=b'9' | b';' | b':');
    let parameters = body.iter().take(SEQUENCE_BYTES_MAX).take_while(|byte| is_parameter(byte));
    let length = parameters.count();
    match body.get(length) {
        Some(b'm' | b'K') => length + 3,
        _ => 0,
    }
}

const SEQUENCE_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_plain_lines_are_left_out() {
        assert_eq!(plain_from(b"a\x1b[31mb\x1b[K\tc\r\n"), 0);
        assert_eq!(plain_from("日本 é\r\n".as_bytes()), 0);
        for other in ["\x1b[2J", "\x1b]0;x", "\x0e", "\u{9b}2J", "\x1b[", "\x1b7"] {
            let text = format!("a\r\n{other}\r\nb");
            assert_eq!(plain_from(text.as_bytes()), text.len() - 1, "{other:?}");
        }
        assert_eq!(plain_from(b"\xff\nb"), 3);
    }

    #[test]
    fn a_flood_is_passed_over() {
        let (mut backlog, mut screen) = (Backlog::default(), SafeScreen::new(4, 20));
        let flood: String = (0..1000).map(|n| format!("line {n}\r\n")).collect();
        backlog.push(flood.as_bytes());
        let before = screen.emulator.work();
        backlog.draw(&mut screen);
        assert_eq!(screen.text_lines(), ["line 997", "line 998", "line 999", ""]);
        assert!(screen.emulator.work() - before < 200);
    }

    proptest! {
        #[test]
        fn the_screen_is_the_same(
            before in "[a-d\u{1b}\\[\r\nHJ1-3;]{0,30}",
            pieces in proptest::collection::vec(
                proptest::sample::select(vec![
                    "text\r\n", "longer than a row\r\n", "\x1b[32mgreen\x1b[m", "\r\n", "\n", "日本", "\t",
                    "\x1b[2A", "\x1b[2J", "\x1b]0;title\x07", "\x1b]open", "\x1b[K", "\x1b[?1049h", "\x1b(0",
                ]),
                0..80,
            ),
        ) {
            let (mut whole, mut screen) = (SafeScreen::new(3, 10), SafeScreen::new(3, 10));
            let mut backlog = Backlog::default();
            whole.feed(before.as_bytes());
            screen.feed(before.as_bytes());
            for piece in &pieces {
                whole.feed(piece.as_bytes());
                backlog.push(piece.as_bytes());
            }
            backlog.draw(&mut screen);
            prop_assert_eq!(screen.text_lines(), whole.text_lines());
            prop_assert_eq!(screen.cursor(), whole.cursor());
        }
    }
}
