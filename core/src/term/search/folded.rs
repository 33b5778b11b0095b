//! Finds ASCII text in which small and capital letters are the same, about as fast as other text.
//!
//! Where the text holds signs or digits in a row, those are looked for, and the letters around them are
//! compared: there is nothing to be folded then. Otherwise the haystack is folded piece by piece, each of
//! which fits into the processor's nearest memory.

use std::ops::Range;

use memchr::memmem::Finder;

/// What is looked for.
#[derive(Clone, Debug)]
pub(super) struct Folded {
    /// In small letters.
    finder: Finder<'static>,
    /// Signs and digits in it, and where they stand.
    anchor: Option<(usize, Finder<'static>)>,
}

/// A piece of the haystack in small letters, and where it begins.
#[derive(Debug, Default)]
pub(super) struct Piece {
    from: usize,
    text: Vec<u8>,
}

impl Folded {
    /// For text in small letters.
    pub(super) fn new(text: &str) -> Self {
        let finder = Finder::new(text.as_bytes()).into_owned();
        let anchor = anchor(text).filter(|run| run.len() >= ANCHOR_BYTES_MIN);
        let anchor = anchor
            .and_then(|run| Some((run.start, Finder::new(text.as_bytes().get(run)?).into_owned())));
        Self { finder, anchor }
    }

    /// The first occurrence from `at` on.
    pub(super) fn find(&self, haystack: &[u8], piece: &mut Piece, at: usize) -> Option<usize> {
        match &self.anchor {
            Some((offset, anchor)) => self.find_around(haystack, at, *offset, anchor),
            None => self.find_in_pieces(haystack, piece, at),
        }
    }

    /// How long it is.
    pub(super) fn len(&self) -> usize {
        self.finder.needle().len()
    }

    fn find_around(
        &self,
        haystack: &[u8],
        at: usize,
        offset: usize,
        anchor: &Finder<'_>,
    ) -> Option<usize> {
        let mut from = at + offset;
        loop {
            let start = from + anchor.find(haystack.get(from..)?)? - offset;
            let found = haystack.get(start..start + self.len())?;
            if found.eq_ignore_ascii_case(self.finder.needle()) {
                return Some(start);
            }
            from = start + offset + 1;
        }
    }

    fn find_in_pieces(&self, haystack: &[u8], piece: &mut Piece, at: usize) -> Option<usize> {
        let mut at = at;
        loop {
            if !piece.holds(at, self.len()) {
                piece.fold(haystack, at);
            }
            let rest = piece.text.get(at - piece.from..).unwrap_or_default();
            if let Some(found) = self.finder.find(rest) {
                return Some(at + found);
            }
            let end = piece.from + piece.text.len();
            if end >= haystack.len() {
                return None;
            }
            // What begins in this piece may end in the next one.
            at = at.max((end + 1).saturating_sub(self.len()));
        }
    }
}

impl Piece {
    fn holds(&self, at: usize, bytes: usize) -> bool {
        self.from <= at && at + bytes <= self.from + self.text.len()
    }

    fn fold(&mut self, haystack: &[u8], from: usize) {
        let rest = haystack.get(from..).unwrap_or_default();
        let text = rest.get(..PIECE_BYTES).unwrap_or(rest);
        self.from = from;
        self.text.clear();
        self.text.extend_from_slice(text);
        self.text.make_ascii_lowercase();
    }
}

/// The longest run without letters.
fn anchor(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    let runs = text.split(|c: char| c.is_ascii_alphabetic()).map(|run| {
        let range = from..from + run.len();
        from = range.end + 1;
        range
    });
    runs.max_by_key(|run| run.len())
}

/// Shorter ones stand everywhere.
const ANCHOR_BYTES_MIN: usize = 3;
/// More than any text that is searched for, so that each piece brings one further.
const PIECE_BYTES: usize = 32 * 1024;
const _: () = assert!(PIECE_BYTES > 2 * crate::limits::SEARCH_PATTERN_BYTES_MAX);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str, haystack: &str) -> Vec<usize> {
        let (folded, mut piece) = (Folded::new(text), Piece::default());
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(start) = folded.find(haystack.as_bytes(), &mut piece, at) {
            found.push(start);
            at = start + folded.len();
        }
        found
    }

    fn expected(text: &str, haystack: &str) -> Vec<usize> {
        let haystack = haystack.to_ascii_lowercase();
        haystack.match_indices(text).map(|(at, _)| at).collect()
    }

    #[test]
    fn it_is_found_wherever_it_stands() {
        let haystack = format!(
            "{}NeeDle-0042x{}needle-0042",
            "x".repeat(PIECE_BYTES - 3),
            "-00".repeat(20_000)
        );
        for text in ["needle", "needle-0042", "-0042x", "e-00", "0042x-00", "x"] {
            assert_eq!(all(text, &haystack), expected(text, &haystack), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_found_as_in_small_letters(text in "[ab-]{1,6}", haystack in "[abAB-]{0,60}") {
            prop_assert_eq!(all(&text, &haystack), expected(&text, &haystack));
        }
    }
}
