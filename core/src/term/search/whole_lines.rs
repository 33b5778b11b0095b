//! Every line that was kept, each once: those that were typed bit by bit as they stood at last.

use super::find::Place;
use super::log::{Log, Look};

/// A line that was shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct WholeLine<'a> {
    /// When it stood so.
    pub(super) look: Look,
    /// The text; printable.
    pub(super) text: &'a str,
    /// Its first row; `None` for what no screen showed.
    pub(super) row: Option<u16>,
}

impl Log {
    /// Gives the lines from a place on, about so many bytes of them; gives where to go on, and whether
    /// those were all. The last line may be given once more when it has grown.
    pub(super) fn whole_lines(
        &self,
        mut place: Place,
        bytes_max: usize,
        mut look: impl FnMut(WholeLine<'_>),
    ) -> (Place, bool) {
        let mut bytes = 0;
        while let Some(chunk) = self.chunks.get(place.chunk) {
            while place.part < chunk.parts.len() && bytes < bytes_max {
                let from = chunk.line_from(place.part);
                let last = chunk.last_part(place.part);
                let Some(part) = chunk.parts.get(last) else { break };
                let text = chunk.text.get(from..part.end as usize).unwrap_or_default();
                bytes += text.len() + 1;
                look(WholeLine { look: self.look_of(part), text, row: part.row() });
                place.part = last + 1;
            }
            if place.part < chunk.parts.len() || place.chunk + 1 == self.chunks.len() {
                break;
            }
            place = Place { chunk: place.chunk + 1, part: 0 };
        }
        let last = self.chunks.get(place.chunk);
        let is_end = |len| place.part >= len && place.chunk + 1 == self.chunks.len();
        (place, last.is_none_or(|chunk| is_end(chunk.parts.len())))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::log::Fresh;
    use super::*;

    #[test]
    fn lines_are_given_as_they_stood_at_last() {
        let mut log = Log::default();
        let at = |seq| Look::new(seq, Duration::from_secs(seq));
        let fresh =
            |text: &'static str| Fresh { text, row: 3, from: 0, to: text.len(), gone: false };
        let begun = log.push(at(1), fresh("$ c")).unwrap();
        let begun = log.go_on(begun, at(2), "at").unwrap();
        let mut given = Vec::new();
        let (place, all) = log.whole_lines(Place::default(), usize::MAX, |line| {
            given.push((line.look.seq, line.text.to_owned()));
        });
        assert!(all);
        log.go_on(begun, at(3), " x").unwrap();
        log.push(at(4), fresh("next"));
        let (place, all) = log.whole_lines(place, 1, |line| {
            given.push((line.look.seq, line.text.to_owned()));
        });
        assert!(!all);
        let (_, all) = log.whole_lines(place, 1, |line| {
            given.push((line.look.seq, line.text.to_owned()));
        });
        assert!(all);
        let expected = [(2, "$ cat"), (3, "$ cat x"), (4, "next")];
        assert_eq!(given, expected.map(|(seq, text)| (seq, text.to_owned())));
    }
}
