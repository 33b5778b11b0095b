//! Reading what is stored, from the files. The writer goes on meanwhile: nobody reads beyond what was
//! synced when they began.

use std::io;
use std::path::Path;

use sudolog_core::eventlog::Stored;

use super::{line, segment};

/// What there is to read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent<'a> {
    /// The log's directory.
    pub(super) dir: &'a Path,
    /// The newest entry that is synced.
    pub(super) newest: u64,
}

/// A segment's bytes and which of its numbers count.
pub(super) struct Chapter {
    bytes: Vec<u8>,
    first: u64,
    /// The last number that counts.
    last: u64,
}

impl Extent<'_> {
    /// Entries with greater numbers, the oldest first. What is damaged is left out.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub(super) fn after(self, number: u64, most: usize) -> io::Result<Vec<Stored>> {
        let firsts = segment::list(self.dir)?;
        let begin = firsts.partition_point(|first| *first <= number + 1).saturating_sub(1);
        let mut found = Vec::new();
        for at in begin..firsts.len() {
            let Some(chapter) = self.chapter(&firsts, at, Vec::new())? else { break };
            for line in chapter.lines(number) {
                if found.len() >= most {
                    return Ok(found);
                }
                found.extend(line::decode(line));
            }
        }
        Ok(found)
    }

    /// The segment at that place of the list, read into that buffer; `None` when nothing of it counts yet.
    pub(super) fn chapter(
        self,
        firsts: &[u64],
        at: usize,
        buffer: Vec<u8>,
    ) -> io::Result<Option<Chapter>> {
        let Some(&first) = firsts.get(at) else { return Ok(None) };
        if first > self.newest {
            return Ok(None);
        }
        let end = firsts.get(at + 1).map_or(self.newest, |next| self.newest.min(next - 1));
        let mut bytes = segment::read_into(self.dir, first, buffer)?;
        // One that is gone since the list was made may have been joined to one before it.
        for before in firsts.get(..at).unwrap_or_default().iter().rev() {
            if !bytes.is_empty() {
                break;
            }
            bytes = segment::read_into(self.dir, *before, bytes)?;
        }
        Ok(Some(Chapter { bytes, first, last: end }))
    }
}

impl Chapter {
    /// Its lines with a number greater than that, the oldest first.
    fn lines(&self, after: u64) -> impl Iterator<Item = &[u8]> {
        line::all(&self.bytes)
            .filter(move |l| line::number(l).is_some_and(|number| self.counts(after, number)))
    }

    /// True for a number behind `after` that counts.
    pub(super) fn counts(&self, after: u64, number: u64) -> bool {
        number > after && (self.first..=self.last).contains(&number)
    }

    /// All of it, also what does not count.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its buffer, for another one.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}
