//! Numbers entries and writes them in batches; begins a new segment when one is full or its disk
//! failed, and beyond the log's size removes the oldest, first of whoever has the most.

use std::collections::VecDeque;
use std::path::Path;
use std::{fmt, io};

use sudolog_core::eventlog::{Entry, Stored};
use sudolog_core::limits::{EVENTS_LOG_BYTES_MAX, EVENTS_SEGMENT_BYTES, EVENTS_SOURCE_BYTES_MAX};
use sudolog_core::time::Timestamp;

use super::accounts::{Accounts, Payer};
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
    accounts: Accounts,
    segment_bytes: u64,
    log_bytes: u64,
    source_bytes: u64,
}

/// What had to go.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gone {
    /// Between these numbers, both included.
    pub(super) entries: (u64, u64),
    /// Only those of a source that had too much.
    pub(super) payer: Option<Payer>,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.entries;
        match &self.payer {
            None => write!(f, "its oldest entries, {first} to {last}, are removed"),
            Some(payer) => {
                let whose = payer.words();
                write!(f, "entries {whose}, which has the most, are removed from {first} to {last}")
            }
        }
    }
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
        let accounts = Accounts::of_segments(segments.iter().map(|(first, _)| *first));
        Self {
            disk,
            segments,
            next,
            broken: false,
            seen,
            accounts,
            segment_bytes: EVENTS_SEGMENT_BYTES,
            log_bytes: EVENTS_LOG_BYTES_MAX,
            source_bytes: EVENTS_SOURCE_BYTES_MAX,
        }
    }

    /// True when it is known of all segments who fills them.
    pub(super) fn is_surveyed(&self) -> bool {
        self.accounts.uncounted().is_none()
    }

    /// Looks who fills one more segment. One that cannot be read is nobody's.
    pub(super) fn survey(&mut self) {
        let Some(first) = self.accounts.uncounted() else { return };
        let bytes = self.counting_bytes(first).unwrap_or_default();
        let is_newest = self.segments.back().is_some_and(|(newest, _)| *newest == first);
        // What a crash left of a join must not count again when the segment that has it too is gone.
        if !is_newest && (bytes.len() as u64) < self.length(first) && !bytes.is_empty() {
            let _ = self.disk.replace(first, &bytes).map(|()| self.set(first, &bytes));
        }
        self.accounts.count(first, &bytes);
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
            if self.seen.add(entry.source, &entry.host, &entry.id) {
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
                fresh.iter().map(|stored| &stored.entry).for_each(|entry| {
                    self.seen.forget(entry.source, &entry.host, &entry.id);
                });
                Err(error)
            }
        }
    }

    /// Makes the log shorter where it is longer than it may be: by one segment, or by what a source that has
    /// more than its share has in one. Says what went; ask again.
    ///
    /// # Errors
    /// When a file cannot be removed; it is tried again the next time.
    pub(super) fn trim(&mut self) -> io::Result<Option<Gone>> {
        let (Some(&(oldest, _)), Some(&(newest, _))) =
            (self.segments.front(), self.segments.back())
        else {
            return Ok(None);
        };
        if self.segments.len() <= 1 || self.total_bytes() <= self.log_bytes {
            return Ok(None);
        }
        if let Some((payer, first)) = self.accounts.heaviest(self.source_bytes, newest)
            // There may be no room for the shorter file; then it is all of the oldest.
            && self.thin(first, &payer).is_ok_and(|shorter| shorter)
        {
            return Ok(Some(Gone { entries: (first, self.last_of(first)), payer: Some(payer) }));
        }
        let last = self.last_of(oldest);
        self.drop_segment(oldest)?;
        Ok(Some(Gone { entries: (oldest, last), payer: None }))
    }

    /// Leaves out of a segment what one source has in it; true when it is shorter for that.
    fn thin(&mut self, first: u64, payer: &Payer) -> io::Result<bool> {
        let bytes = self.counting_bytes(first)?;
        let is_other = |line: &&[u8]| Payer::of(line).as_ref() != Some(payer);
        let left: Vec<u8> =
            line::all(&bytes).filter(is_other).flat_map(|line| [line, b"\n"].concat()).collect();
        if left.is_empty() {
            self.drop_segment(first)?;
            return Ok(true);
        }
        let is_shorter = left.len() < bytes.len();
        if is_shorter {
            self.disk.replace(first, &left)?;
        }
        self.set(first, &left);
        if is_shorter {
            // Without room the log only stays in more pieces than it need be.
            let _ = self.join_at(first);
        }
        Ok(is_shorter)
    }

    /// Two segments beside each other of which one would do: the older one. Otherwise what is thinned again and
    /// again would fall into more and more files.
    fn join_at(&mut self, first: u64) -> io::Result<()> {
        let Some(at) = self.segments.iter().position(|(other, _)| *other == first) else {
            return Ok(());
        };
        for older in [at, at.saturating_sub(1)] {
            self.join_with_next(older)?;
        }
        Ok(())
    }

    fn join_with_next(&mut self, at: usize) -> io::Result<()> {
        let (Some(&older), Some(&newer)) = (self.segments.get(at), self.segments.get(at + 1))
        else {
            return Ok(());
        };
        let is_newest = at + 2 == self.segments.len();
        if is_newest || older.1 + newer.1 > self.segment_bytes {
            return Ok(());
        }
        let mut bytes = self.counting_bytes(older.0)?;
        bytes.extend(self.counting_bytes(newer.0)?);
        // Killed between the two: what the older one has from the newer one's first number on does not count.
        self.disk.replace(older.0, &bytes)?;
        self.drop_segment(newer.0)?;
        self.set(older.0, &bytes);
        Ok(())
    }

    /// What counts of a segment: behind its end there may be what was cut off, and from the first number of the next
    /// one on what a crash left.
    fn counting_bytes(&self, first: u64) -> io::Result<Vec<u8>> {
        let (mut bytes, last) = (self.disk.read(first)?, self.last_of(first));
        bytes.truncate(usize::try_from(self.length(first)).unwrap_or(usize::MAX));
        let counts = |line: &&[u8]| line::number(line).is_none_or(|number| number <= last);
        Ok(line::all(&bytes).filter(counts).flat_map(|line| [line, b"\n"].concat()).collect())
    }

    fn length(&self, first: u64) -> u64 {
        let known = self.segments.iter().find(|(other, _)| *other == first);
        known.map_or(0, |(_, length)| *length)
    }

    /// A segment holds these bytes now.
    fn set(&mut self, first: u64, bytes: &[u8]) {
        if let Some((_, length)) = self.segments.iter_mut().find(|(other, _)| *other == first) {
            *length = bytes.len() as u64;
        }
        self.accounts.count(first, bytes);
    }

    fn drop_segment(&mut self, first: u64) -> io::Result<()> {
        self.disk.remove(first)?;
        self.segments.retain(|(other, _)| *other != first);
        self.accounts.forget(first);
        Ok(())
    }

    /// The last number that belongs to a segment, if it is there or was.
    fn last_of(&self, first: u64) -> u64 {
        let next = self.segments.iter().map(|(other, _)| *other).find(|other| *other > first);
        next.unwrap_or(self.next).saturating_sub(1)
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
        if let Some((first, _)) = self.segments.back() {
            line::all(bytes).for_each(|line| self.accounts.add(*first, line));
        }
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
        self.accounts.begin(self.next);
        self.broken = false;
        Ok(())
    }

    fn total_bytes(&self) -> u64 {
        self.segments.iter().map(|(_, length)| length).sum()
    }
}

#[cfg(test)]
mod tests;
