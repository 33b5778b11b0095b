//! Numbers entries and writes them in batches; begins a new segment when one is full or its disk
//! failed, and removes the oldest beyond the log's size.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use sudolog_core::eventlog::{Entry, Stored};
use sudolog_core::limits::{EVENTS_LOG_BYTES_MAX, EVENTS_SEGMENT_BYTES};
use sudolog_core::time::Timestamp;

use super::line;
use super::recover::Found;
use super::seen::Seen;
use super::segment::{Disk, Files};

/// The log's writing end.
#[derive(Debug)]
pub(super) struct Writer<D = Files> {
    disk: D,
    /// First number and length of every segment, the oldest first; the last one is written to.
    segments: VecDeque<(u64, u64)>,
    /// The number that the next entry gets.
    next: u64,
    /// Nothing may be appended to the newest segment any more.
    broken: bool,
    seen: Seen,
    segment_bytes: u64,
    log_bytes: u64,
}

impl Writer {
    /// The log in `dir`, which is made when it is missing.
    ///
    /// # Errors
    /// When the directory or its newest segment cannot be used.
    pub(super) fn open(dir: &Path) -> io::Result<Self> {
        let mut disk = Files::open(dir)?;
        let found = Found::in_dir(dir)?;
        if let Some(&(first, end)) = found.segments.back() {
            disk.resume(first, end)?;
        }
        Ok(Self::on(disk, found))
    }
}

impl<D: Disk> Writer<D> {
    /// Goes on behind what was found, on any disk.
    pub(super) fn on(disk: D, found: Found) -> Self {
        let Found { segments, next, seen } = found;
        let (segment_bytes, log_bytes) = (EVENTS_SEGMENT_BYTES, EVENTS_LOG_BYTES_MAX);
        Self { disk, segments, next, broken: false, seen, segment_bytes, log_bytes }
    }

    /// The newest entry that is stored, 0 when there is none.
    pub(super) fn newest(&self) -> u64 {
        self.next - 1
    }

    /// Writes and syncs; gives back what is stored now, in order. What came already is left out.
    ///
    /// # Errors
    /// Of the disk. Nothing of the batch counts; give it again.
    pub(super) fn commit(
        &mut self,
        batch: impl IntoIterator<Item = Entry>,
        now: Timestamp,
    ) -> io::Result<Vec<Stored>> {
        let mut fresh = Vec::new();
        let mut bytes = Vec::new();
        for entry in batch {
            if self.seen.add(&entry.host, &entry.id) {
                let number = self.next + fresh.len() as u64;
                line::encode(number, now, &entry, &mut bytes);
                fresh.push(Stored { number, stored: now, entry });
            }
        }
        if fresh.is_empty() {
            return Ok(fresh);
        }
        match self.write(&bytes) {
            Ok(()) => {
                self.next += fresh.len() as u64;
                Ok(fresh)
            }
            Err(error) => {
                // Not kept, so it must not count as a second time when it comes again.
                fresh.iter().for_each(|s| self.seen.forget(&s.entry.host, &s.entry.id));
                Err(error)
            }
        }
    }

    /// Removes the oldest segments beyond the log's size; says which entries went.
    ///
    /// # Errors
    /// When a file cannot be removed; it is tried again the next time.
    pub(super) fn trim(&mut self) -> io::Result<Option<(u64, u64)>> {
        let mut gone = None;
        while self.segments.len() > 1 && self.total_bytes() > self.log_bytes {
            let (Some(&(first, _)), Some(&(next, _))) =
                (self.segments.front(), self.segments.get(1))
            else {
                break;
            };
            self.disk.remove(first)?;
            self.segments.pop_front();
            gone = Some((gone.map_or(first, |(first, _)| first), next - 1));
        }
        Ok(gone)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = bytes.len() as u64;
        let fits = |(_, end): &(u64, u64)| *end == 0 || end + length <= self.segment_bytes;
        if self.broken || !self.segments.back().is_some_and(fits) {
            self.begin()?;
        }
        let Some((_, end)) = self.segments.back_mut() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let written = self.disk.append(*end, bytes);
        self.broken = written.is_err();
        written?;
        *end += length;
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        self.disk.create(self.next)?;
        // A segment of which nothing counts has the same name, and was emptied.
        if self.segments.back().is_some_and(|(first, _)| *first == self.next) {
            self.segments.pop_back();
        } else {
            self.seen.begin_segment();
        }
        self.segments.push_back((self.next, 0));
        self.broken = false;
        Ok(())
    }

    fn total_bytes(&self) -> u64 {
        self.segments.iter().map(|(_, length)| length).sum()
    }
}

#[cfg(test)]
mod tests;
