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
            let Some(chapter) = self.chapter(&firsts, at)? else { break };
            for line in chapter.lines(number) {
                if found.len() >= most {
                    return Ok(found);
                }
                found.extend(line::decode(line));
            }
        }
        Ok(found)
    }

    /// The segment at that place of the list; `None` when nothing of it counts yet.
    pub(super) fn chapter(self, firsts: &[u64], at: usize) -> io::Result<Option<Chapter>> {
        let Some(&first) = firsts.get(at) else { return Ok(None) };
        if first > self.newest {
            return Ok(None);
        }
        let end = firsts.get(at + 1).map_or(self.newest, |next| self.newest.min(next - 1));
        let bytes = segment::read(self.dir, first)?;
        Ok(Some(Chapter { bytes, first, last: end }))
    }
}

impl Chapter {
    /// Its lines with a number greater than that, the oldest first.
    pub(super) fn lines(&self, after: u64) -> impl DoubleEndedIterator<Item = &[u8]> {
        let wanted = after.saturating_add(1).max(self.first)..=self.last;
        let lines = self.bytes.split(|byte| *byte == b'\n');
        lines.filter(move |l| line::number(l).is_some_and(|number| wanted.contains(&number)))
    }
}
