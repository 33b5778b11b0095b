//! Lines with the moments at which they appeared, packed so that many megabytes can be searched in
//! a few milliseconds.
//!
//! Text lies in chunks, one line after another. What is typed at the end of the line that was kept
//! last goes on in place, as a further part with its own moment.

use std::time::Duration;

use super::lines::cut_before;

/// Every line that was kept.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) chunks: Vec<Chunk>,
    looks: Vec<Look>,
    /// Memory taken, about.
    bytes: usize,
    /// How often it was emptied.
    emptied: u32,
}

/// A moment at which something appeared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) seq: u64,
    elapsed_ns: u64,
}

/// Some lines.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Each line with a line break behind it.
    pub(super) text: String,
    pub(super) parts: Vec<Part>,
}

/// A line, or the next part of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Where it ends in the text, without the line break.
    pub(super) end: u32,
    look: u32,
    /// What of it was not there before: a match outside is no appearance.
    pub(super) fresh_from: u16,
    pub(super) fresh_to: u16,
    /// The line's first row.
    row: u16,
    pub(super) place: Place,
}

/// Where a part stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// On the screen, at the beginning of a line.
    Line,
    /// On the screen, behind the part before it.
    Behind,
    /// It was gone before the screen could be looked at.
    Gone,
}

/// A line to keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fresh<'a> {
    pub(super) text: &'a str,
    /// First row.
    pub(super) row: u32,
    /// What of it was not there before, in bytes; where both are the same, something was taken out.
    pub(super) from: usize,
    pub(super) to: usize,
    /// It is not on the screen any more.
    pub(super) gone: bool,
}

/// A part that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartId {
    emptied: u32,
    chunk: usize,
    part: usize,
}

impl Look {
    pub(super) fn new(seq: u64, elapsed: Duration) -> Self {
        Self { seq, elapsed_ns: u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX) }
    }

    pub(super) fn elapsed(self) -> Duration {
        Duration::from_nanos(self.elapsed_ns)
    }
}

impl Log {
    /// Memory taken, about.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets all of it.
    pub(super) fn empty(&mut self) {
        *self = self.emptied();
    }

    /// An empty one, in which none of the parts is known that were kept here.
    pub(super) fn emptied(&self) -> Self {
        Self { emptied: self.emptied.wrapping_add(1), ..Self::default() }
    }

    /// Keeps a line.
    pub(super) fn push(&mut self, look: Look, fresh: Fresh<'_>) -> Option<PartId> {
        let look = self.look(look)?;
        let row = u16::try_from(fresh.row).unwrap_or(u16::MAX);
        let place = if fresh.gone { Place::Gone } else { Place::Line };
        let mut last = None;
        for (at, piece) in pieces(fresh.text) {
            // What a piece has in common with the one before it was searched there.
            let known = if at == 0 { 0 } else { PIECE_OVERLAP_BYTES as u16 };
            let within = |place: usize| {
                u16::try_from(place.saturating_sub(at).min(piece.len())).unwrap_or(0)
            };
            let fresh_from = within(fresh.from).max(known);
            let fresh_to = within(fresh.to).max(fresh_from);
            if fresh.to >= at && fresh.from <= at + piece.len() {
                let part = Part { end: 0, look, fresh_from, fresh_to, row, place };
                last = self.append(part, piece, fresh.text.len() == piece.len());
            }
        }
        last
    }

    /// Keeps what came behind a line. `None` when that line was not the last that was kept.
    pub(super) fn go_on(&mut self, id: PartId, look: Look, text: &str) -> Option<PartId> {
        let last = self.last_part()?;
        let chunk = self.chunks.last()?;
        let before = *chunk.parts.last()?;
        let line = chunk.text.len().saturating_sub(chunk.line_from(last.part));
        let room = line + text.len() < PIECE_BYTES && chunk.text.len() < CHUNK_BYTES;
        if id != last || !room {
            return None;
        }
        let look = self.look(look)?;
        let chunk = self.chunks.last_mut()?;
        chunk.text.pop();
        let part = Part { look, place: Place::Behind, ..before };
        self.append(part, text, true)
    }

    /// What appeared when.
    pub(super) fn look_of(&self, part: &Part) -> Look {
        let first = Look { seq: 0, elapsed_ns: 0 };
        self.looks.get(part.look as usize).copied().unwrap_or(first)
    }

    /// Adds to the last chunk. Gives the part a name only when it is all of a line.
    fn append(&mut self, part: Part, text: &str, whole: bool) -> Option<PartId> {
        if part.place != Place::Behind
            && self.chunks.last().is_none_or(|chunk| chunk.text.len() >= CHUNK_BYTES)
        {
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.text.shrink_to_fit();
                chunk.parts.shrink_to_fit();
            }
            self.chunks.push(Chunk::default());
        }
        let chunk = self.chunks.last_mut()?;
        chunk.text.push_str(text);
        let end = u32::try_from(chunk.text.len()).ok()?;
        chunk.text.push('\n');
        chunk.parts.push(Part { end, ..part });
        self.bytes += text.len() + 1 + size_of::<Part>();
        self.last_part().filter(|_| whole)
    }

    fn last_part(&self) -> Option<PartId> {
        let chunk = self.chunks.len().checked_sub(1)?;
        let part = self.chunks.get(chunk)?.parts.len().checked_sub(1)?;
        Some(PartId { emptied: self.emptied, chunk, part })
    }

    fn look(&mut self, look: Look) -> Option<u32> {
        if self.looks.last() != Some(&look) {
            self.looks.push(look);
            self.bytes += size_of::<Look>();
        }
        u32::try_from(self.looks.len() - 1).ok()
    }
}

impl Chunk {
    /// Where the line with this part begins in the text.
    pub(super) fn line_from(&self, part: usize) -> usize {
        match self.first_part(part).checked_sub(1).and_then(|before| self.parts.get(before)) {
            Some(before) => before.end as usize + 1,
            None => 0,
        }
    }

    /// The first part of the line with this one.
    pub(super) fn first_part(&self, part: usize) -> usize {
        let mut first = part;
        while first > 0 && self.goes_on(first) {
            first -= 1;
        }
        first
    }

    /// The last part of the line with this one.
    pub(super) fn last_part(&self, part: usize) -> usize {
        let mut last = part;
        while self.goes_on(last + 1) {
            last += 1;
        }
        last
    }

    fn goes_on(&self, part: usize) -> bool {
        self.parts.get(part).is_some_and(|part| part.place == Place::Behind)
    }
}

impl Part {
    /// The first row of its line; `None` when it is on no screen that one can look at.
    pub(super) fn row(&self) -> Option<u16> {
        (self.place != Place::Gone).then_some(self.row)
    }
}

/// A long line in pieces that overlap, and where each begins.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let from = next?;
        let to = cut_before(text, from + PIECE_BYTES);
        next = (to < text.len())
            .then(|| cut_before(text, to.saturating_sub(PIECE_OVERLAP_BYTES)))
            .filter(|next| *next > from);
        Some((from, text.get(from..to)?))
    })
}

/// A longer line is kept in pieces.
const PIECE_BYTES: usize = 16 * 1024;
/// What a piece has in common with the next: longer matches may be missed where it ends.
const PIECE_OVERLAP_BYTES: usize = 1024;
/// What is searched in one go.
const CHUNK_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(text: &str) -> Fresh<'_> {
        Fresh { text, row: 3, from: 0, to: text.len(), gone: false }
    }

    fn at(seq: u64) -> Look {
        Look::new(seq, Duration::from_secs(seq))
    }

    #[test]
    fn what_is_typed_goes_on_in_place() {
        let mut log = Log::default();
        let first = log.push(at(1), fresh("$ c")).unwrap();
        let second = log.go_on(first, at(2), "a").unwrap();
        assert_eq!(log.go_on(first, at(3), "t"), None, "it is not the last any more");
        log.go_on(second, at(3), "t").unwrap();
        log.push(at(4), fresh("next")).unwrap();
        let chunk = &log.chunks[0];
        assert_eq!(chunk.text, "$ cat\nnext\n");
        assert_eq!((chunk.first_part(2), chunk.last_part(0), chunk.line_from(3)), (0, 2, 6));
        let seqs: Vec<u64> = chunk.parts.iter().map(|part| log.look_of(part).seq).collect();
        assert_eq!(seqs, [1, 2, 3, 4]);
    }

    #[test]
    fn a_long_line_is_kept_whole_in_pieces() {
        let text = "é".repeat(PIECE_BYTES);
        let mut log = Log::default();
        assert_eq!(log.push(at(1), fresh(&text)), None);
        let lines: Vec<&str> = log.chunks[0].text.lines().collect();
        assert_eq!(lines.len(), 3);
        let overlaps = lines.windows(2).all(|pair| {
            let (head, tail) = (pair[0], pair[1]);
            head.ends_with(tail.get(..PIECE_OVERLAP_BYTES).unwrap())
        });
        assert!(overlaps);
        let known = (lines.len() - 1) * PIECE_OVERLAP_BYTES;
        assert_eq!(lines.iter().map(|line| line.len()).sum::<usize>(), text.len() + known);
    }

    #[test]
    fn chunks_are_bounded() {
        let mut log = Log::default();
        for seq in 0..40_000 {
            log.push(at(seq), fresh("a line of text that is not very long, as they are"));
        }
        assert!(log.chunks.len() > 1);
        assert!(log.chunks.iter().all(|chunk| chunk.text.len() < CHUNK_BYTES + PIECE_BYTES));
    }
}
