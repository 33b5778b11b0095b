//! Bytes that come in pieces, line by line. Where the pieces are cut makes no difference.

use crate::limits::{RISK_LINE_BYTES_MAX, RISK_OVERLAP_BYTES};

/// The line that has begun.
#[derive(Debug, Default)]
pub(super) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Takes bytes and gives every line that ends with them; of a long one pieces that overlap.
    pub(super) fn push(&mut self, data: &[u8], mut look: impl FnMut(&[u8])) {
        let mut rest = data;
        while !rest.is_empty() {
            let room = RISK_LINE_BYTES_MAX.saturating_sub(self.begun.len()).min(rest.len());
            let near = rest.get(..room).unwrap_or(rest);
            match memchr::memchr(b'\n', near) {
                // Most lines need not be copied.
                Some(end) if self.begun.is_empty() => {
                    look(without_return(rest.get(..end).unwrap_or_default()));
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                Some(end) => {
                    self.begun.extend_from_slice(rest.get(..end).unwrap_or_default());
                    look(without_return(&self.begun));
                    self.begun.clear();
                    rest = rest.get(end + 1..).unwrap_or_default();
                }
                None => {
                    self.begun.extend_from_slice(near);
                    rest = rest.get(room..).unwrap_or_default();
                    if self.begun.len() >= RISK_LINE_BYTES_MAX {
                        look(&self.begun);
                        self.begun.drain(..RISK_LINE_BYTES_MAX - RISK_OVERLAP_BYTES);
                    }
                }
            }
        }
    }

    /// Gives what has begun, which may go on.
    pub(super) fn rest(&self, mut look: impl FnMut(&[u8])) {
        if !self.begun.is_empty() {
            look(without_return(&self.begun));
        }
    }

    pub(super) fn shrink(&mut self) {
        self.begun.shrink_to_fit();
    }

    /// Memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.begun.capacity()
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
        let (mut lines, mut got) = (Lines::default(), Vec::new());
        pieces.for_each(|piece| lines.push(piece, |line| got.push(line.to_vec())));
        lines.rest(|line| got.push(line.to_vec()));
        assert!(lines.bytes() <= 2 * RISK_LINE_BYTES_MAX);
        got
    }

    #[test]
    fn a_long_line_comes_in_pieces_that_overlap() {
        let long: Vec<u8> = (0..20_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
        let got = lines([long.as_slice()].into_iter());
        assert_eq!(got.len(), 3);
        for pair in got.windows(2) {
            assert!(pair[1].starts_with(&pair[0][pair[0].len() - RISK_OVERLAP_BYTES..]));
        }
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference(
            data in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'x')], 0..300),
            repeat in 1_usize..60,
            cut in 1_usize..50,
        ) {
            let data = data.repeat(repeat);
            prop_assert_eq!(lines(data.chunks(cut)), lines([data.as_slice()].into_iter()));
        }
    }
}
