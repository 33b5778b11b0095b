//! Output that the emulator is given later, because most of it will have scrolled away by then.
//!
//! Only for what goes on at the bottom of the screen, line by line: its columns are known without
//! the emulator, and of all rows that such output fills, none but the last screen full is ever seen.
//! So a log of megabytes costs the emulator a screen full for each look at it.

use memchr::{memchr, memrchr_iter};

use crate::limits::{TERM_DEFERRED_BYTES_MAX, TERM_DEFERRED_STYLES_MAX};

/// Whole characters and whole sequences, in order: text, CR, LF, tab, styles, erasing towards the
/// end of the line, showing and hiding the cursor.
#[derive(Debug, Default)]
pub(super) struct Deferred {
    bytes: Vec<u8>,
}

impl Deferred {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Goes on; `lines` is how many the screen has. `false` when there is so much that cannot be left
    /// out that it must be [taken](Self::take) now.
    pub(super) fn push(&mut self, bytes: &[u8], lines: u16) -> bool {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() <= TERM_DEFERRED_BYTES_MAX {
            return true;
        }
        self.leave_out(lines);
        self.bytes.len() <= TERM_DEFERRED_BYTES_MAX / 2
    }

    /// What makes of a screen, as it was before the first of it came, the one that all of it makes.
    pub(super) fn take(&mut self, lines: u16) -> Vec<u8> {
        self.leave_out(lines);
        std::mem::take(&mut self.bytes)
    }

    /// Leaves out what will have scrolled away, but for the style that it leaves behind.
    fn leave_out(&mut self, lines: u16) {
        let Some(cut) = self.seen_from(lines) else { return };
        let (gone, seen) = self.bytes.split_at(cut);
        let Some(left) = Left::of(gone) else { return };
        // Its own row, as the one before which the cut is was.
        let mut bytes = b"\r\n".to_vec();
        left.write(&mut bytes);
        if bytes.len() < cut {
            bytes.extend_from_slice(seen);
            self.bytes = bytes;
        }
    }

    /// Where the first row begins that is still on the screen after the last byte: in the first
    /// column, and with so many line feeds behind it that nothing from before is left.
    fn seen_from(&self, lines: u16) -> Option<usize> {
        let mut line_feeds =
            memrchr_iter(b'\n', &self.bytes).skip(usize::from(lines).saturating_sub(1));
        let behind_return =
            |at: &usize| at.checked_sub(1).and_then(|at| self.bytes.get(at)) == Some(&b'\r');
        line_feeds.find(behind_return).map(|at| at + 1)
    }
}

/// What output leaves behind that has scrolled away.
#[derive(Debug, Default)]
struct Left<'a> {
    /// Style sequences, those that the next ones do not undo.
    styles: Vec<&'a [u8]>,
    /// Showing or hiding the cursor.
    cursor: &'a [u8],
}

impl<'a> Left<'a> {
    /// `None` when that is too much.
    fn of(mut gone: &'a [u8]) -> Option<Self> {
        let mut left = Self::default();
        while let Some(from) = memchr(ESC, gone) {
            let rest = gone.get(from..).unwrap_or_default();
            let end = rest.iter().skip(2).position(|byte| matches!(byte, b'@'..=b'~'))?;
            let (sequence, further) = rest.split_at_checked(end + 3)?;
            match sequence {
                [.., b'm'] => left.style(sequence)?,
                [.., b'h' | b'l'] => left.cursor = sequence,
                _ => {}
            }
            gone = further;
        }
        Some(left)
    }

    /// Each sequence sets some of the style whatever was before: so the last one of a kind is enough.
    fn style(&mut self, sequence: &'a [u8]) -> Option<()> {
        if matches!(sequence, [_, _, b'm'] | [_, _, b';', ..] | [_, _, b'0', b'm' | b';', ..]) {
            self.styles.clear();
        } else if let Some(same) = self.styles.iter().rposition(|style| *style == sequence) {
            self.styles.remove(same);
        }
        self.styles.push(sequence);
        (self.styles.len() <= TERM_DEFERRED_STYLES_MAX).then_some(())
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        self.styles.iter().for_each(|style| bytes.extend_from_slice(style));
        bytes.extend_from_slice(self.cursor);
    }
}

const ESC: u8 = 0x1b;

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(lines: u16, output: &str) -> String {
        let mut deferred = Deferred::default();
        assert!(deferred.push(output.as_bytes(), lines));
        String::from_utf8(deferred.take(lines)).unwrap()
    }

    #[test]
    fn a_screen_full_is_left_with_its_style() {
        assert_eq!(taken(3, "one\r\ntwo\r\nthree\r\nfour\r\nfive\r\n"), "\r\nfour\r\nfive\r\n");
        let styled = "\x1b[1mold\x1b[0;31m and\x1b[42m\x1b[31m more\x1b[?25l\r\na\r\nb\r\nc";
        assert_eq!(taken(3, styled), "\r\n\x1b[0;31m\x1b[42m\x1b[31m\x1b[?25la\r\nb\r\nc");
        assert_eq!(
            taken(3, "\x1b[31ma\x1b[32mb\x1b[31m\x1b[K\r\n1\r\n2\r\n3"),
            "\r\n\x1b[32m\x1b[31m1\r\n2\r\n3"
        );
    }

    #[test]
    fn what_may_be_seen_stays() {
        for output in ["a", "a\r\nb\r\nc", "a\nb\nc\nd\ne", "\x1b[1m\r\n1\r\n2\r\n"] {
            assert_eq!(taken(3, output), output);
        }
    }

    #[test]
    fn it_stays_small_and_says_when_it_cannot() {
        let mut deferred = Deferred::default();
        let line = format!("{}\r\n", "x".repeat(70));
        for _ in 0..10_000 {
            assert!(deferred.push(line.as_bytes(), 24));
            assert!(deferred.bytes.len() <= TERM_DEFERRED_BYTES_MAX + line.len());
        }
        let mut deferred = Deferred::default();
        let pushes = (0..10_000).take_while(|_| deferred.push(b"no end of it \r", 24)).count();
        assert!((1..10_000).contains(&pushes));
    }
}
