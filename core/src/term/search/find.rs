//! Finds a pattern in the lines that were kept, in slices, so that whoever waits for the same thread
//! does not wait long.

use std::ops::Range;
use std::time::Duration;

use super::lines::{cut_before, cut_behind};
use super::log::{Chunk, Log, Part, Place as Standing};
use super::pattern::{Haystack, Pattern};
use crate::limits::SEARCH_CONTEXT_BYTES_MAX;

/// Text that appeared and matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The event that brought it.
    pub seq: u64,
    /// When, since the start of the recording.
    pub elapsed: Duration,
    /// The first row of its line. Absent for what was gone before the event was over: no screen shows
    /// it, but it was written.
    pub row: Option<u16>,
    /// The line, or what stands around the match in a long one; printable.
    pub line: String,
    /// The match in it, in bytes.
    pub range: Range<usize>,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub(super) chunk: usize,
    pub(super) part: usize,
}

/// What a slice of a search brought.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// In the order of time; one for each line and moment.
    pub hits: Vec<Hit>,
    /// Where to go on.
    pub place: Place,
    /// True when there is nothing more to search for now.
    pub caught_up: bool,
}

impl Log {
    /// Searches on from a place, through about so many bytes and to so many hits at most.
    pub(super) fn find(
        &self,
        pattern: &Pattern,
        mut place: Place,
        bytes_max: usize,
        hits_max: usize,
    ) -> Found {
        let (mut hits, mut bytes) = (Vec::new(), 0);
        while bytes < bytes_max && hits.len() < hits_max {
            let Some(chunk) = self.chunks.get(place.chunk) else { break };
            if place.part < chunk.parts.len() {
                let mut slice = Slice { log: self, chunk, pattern, hits_max, hits: &mut hits };
                bytes += chunk.text.len().saturating_sub(chunk.line_from(place.part));
                place.part = slice.search(place.part);
            }
            if place.part < chunk.parts.len() || place.chunk + 1 == self.chunks.len() {
                break;
            }
            place = Place { chunk: place.chunk + 1, part: 0 };
        }
        let caught_up = match self.chunks.get(place.chunk) {
            Some(chunk) => place.part >= chunk.parts.len() && place.chunk + 1 == self.chunks.len(),
            None => true,
        };
        Found { hits, place, caught_up }
    }
}

/// The search in one chunk.
struct Slice<'a> {
    log: &'a Log,
    chunk: &'a Chunk,
    pattern: &'a Pattern,
    hits_max: usize,
    hits: &'a mut Vec<Hit>,
}

impl Slice<'_> {
    /// Searches from a part on; gives the first one that was not searched.
    fn search(&mut self, from: usize) -> usize {
        let parts = self.chunk.parts.len();
        // What goes on from before is searched whole: a match may have begun there.
        let mut first = self.chunk.first_part(from);
        if self.pattern.stays_in_line() {
            return self.search_span(first, parts, from);
        }
        while first < parts {
            let behind = self.chunk.last_part(first) + 1;
            let searched = self.search_span(first, behind, from);
            if searched < behind {
                return searched;
            }
            first = behind;
        }
        parts
    }

    /// Searches whole lines, from part `first` to before part `behind`, for what ends in `from` or
    /// later; gives the first part that was not searched.
    fn search_span(&mut self, first: usize, behind: usize, from: usize) -> usize {
        let Some(last) = behind.checked_sub(1).and_then(|last| self.chunk.parts.get(last)) else {
            return behind;
        };
        let start = self.chunk.line_from(first);
        let text = self.chunk.text.get(start..last.end as usize).unwrap_or_default();
        let mut haystack = Haystack::new(text);
        let (mut at, mut part, mut hit) = (0, first, None);
        while let Some(found) = self.pattern.find(&mut haystack, at) {
            at = found.end;
            let found = start + found.start..start + found.end;
            part += self.parts_before(part, found.end);
            if part < from || hit == Some(part) || !self.is_fresh(part, &found) {
                continue;
            }
            if self.hits.len() >= self.hits_max {
                return part;
            }
            self.hit(part, found);
            // One for each line and moment is enough.
            hit = Some(part);
            if self.chunk.last_part(part) == part {
                at = (self.part_end(part) + 1).saturating_sub(start).min(text.len());
            }
        }
        behind
    }

    /// How many parts from this one on end before the end of a match.
    fn parts_before(&self, part: usize, end: usize) -> usize {
        let rest = self.chunk.parts.get(part..).unwrap_or_default();
        let ends_before = |part: &Part| (part.end as usize) < end;
        // It is mostly near.
        let near = rest.iter().take(NEAR_PARTS).position(|part| !ends_before(part));
        near.unwrap_or_else(|| rest.partition_point(ends_before))
    }

    fn part_end(&self, part: usize) -> usize {
        self.chunk.parts.get(part).map_or(0, |part| part.end as usize)
    }

    /// True when some of the match was not there before.
    fn is_fresh(&self, part: usize, found: &Range<usize>) -> bool {
        let Some(found_in) = self.chunk.parts.get(part) else { return false };
        if found_in.place == Standing::Behind {
            return true;
        }
        let line = self.chunk.line_from(part);
        let (from, to) = (found.start.saturating_sub(line), found.end.saturating_sub(line));
        from < found_in.fresh_to.into() && to > found_in.fresh_from.into()
    }

    fn hit(&mut self, part: usize, found: Range<usize>) {
        let Some(found_in) = self.chunk.parts.get(part) else { return };
        let line = self.chunk.line_from(part);
        let text = self.chunk.text.get(line..self.part_end(part)).unwrap_or_default();
        let (line, range) = context(text, found.start - line..found.end - line);
        let look = self.log.look_of(found_in);
        let (seq, elapsed) = (look.seq, look.elapsed());
        self.hits.push(Hit { seq, elapsed, row: found_in.row(), line, range });
    }
}

/// What stands around a match, as much as is worth reading.
pub(super) fn context(line: &str, range: Range<usize>) -> (String, Range<usize>) {
    let room = SEARCH_CONTEXT_BYTES_MAX.saturating_sub(range.len());
    let from = if line.len() <= SEARCH_CONTEXT_BYTES_MAX {
        0
    } else {
        cut_behind(line, range.start.saturating_sub(room / 2))
    };
    let text = line.get(from..).unwrap_or_default();
    let text = text.get(..cut_before(text, SEARCH_CONTEXT_BYTES_MAX)).unwrap_or_default();
    let range = range.start - from..(range.end - from).min(text.len());
    (text.to_owned(), range)
}

const NEAR_PARTS: usize = 16;
