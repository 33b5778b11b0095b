//! Appends batches to the journal and keeps count of every open session.
//!
//! Invariant I1: when [`Writer::commit`] returns `Ok`, the whole batch is synced. After an error
//! the same batch is given again; it then goes into a new segment, whose header says how much of
//! the failed one counts.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use sudolog_core::limits::JOURNAL_SEGMENT_BYTES;
use sudolog_core::session::SessionId;

use super::place::Place;
use super::position::{Position, Tail};
use super::record::{Entry, Record};
use super::segment::{self, Disk, Files, Header};

/// The journal's writing end.
#[derive(Debug)]
pub struct Writer<D = Files> {
    disk: D,
    /// The current segment's number.
    number: u64,
    /// Everything of it before this place is synced.
    end: u64,
    /// Nothing may be appended to the segment any more.
    broken: bool,
    tails: BTreeMap<SessionId, Tail>,
    buffer: Vec<u8>,
}

/// What a commit did beside writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The batch went into the current segment.
    Appended,
    /// The batch began this new segment. Those before it can be removed once all that came before
    /// this batch is synced in the iologs.
    Rotated(u64),
}

impl Writer {
    /// A journal in `dir` that goes on with these open sessions in segment `number`.
    ///
    /// # Errors
    /// When the segment cannot be made.
    pub fn create(
        dir: &Path,
        number: u64,
        previous_end: u64,
        tails: BTreeMap<SessionId, Tail>,
    ) -> io::Result<Self> {
        Self::create_on(Files::new(dir), number, previous_end, tails)
    }
}

impl<D: Disk> Writer<D> {
    /// The same on any disk.
    ///
    /// # Errors
    /// When the segment cannot be made.
    pub fn create_on(
        mut disk: D,
        number: u64,
        previous_end: u64,
        tails: BTreeMap<SessionId, Tail>,
    ) -> io::Result<Self> {
        let mut buffer = Vec::new();
        put_head(number, previous_end, &tails, &mut buffer)?;
        disk.create(number, JOURNAL_SEGMENT_BYTES, &buffer)?;
        let end = buffer.len() as u64;
        Ok(Self { disk, number, end, broken: false, tails, buffer })
    }

    /// Writes and syncs a batch.
    ///
    /// # Errors
    /// Of the disk. Nothing of the batch counts; give it again.
    pub fn commit(&mut self, batch: &[Entry]) -> io::Result<Committed> {
        let cost: u64 = batch.iter().map(|entry| entry.record.cost_bytes() as u64).sum();
        let full = self.end.saturating_add(cost) > JOURNAL_SEGMENT_BYTES;
        let done = if self.broken || full { self.rotate(batch)? } else { self.append(batch)? };
        batch.iter().for_each(|entry| count(&mut self.tails, entry));
        Ok(done)
    }

    /// How many bytes of the current segment are synced.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// All that is committed lies before it.
    pub fn place(&self) -> Place {
        Place { segment: self.number, end: self.end }
    }

    fn append(&mut self, batch: &[Entry]) -> io::Result<Committed> {
        self.buffer.clear();
        batch.iter().try_for_each(|entry| entry.encode(self.number, &mut self.buffer))?;
        let result = self.disk.append(self.end, &self.buffer);
        self.broken = result.is_err();
        result?;
        self.end += self.buffer.len() as u64;
        Ok(Committed::Appended)
    }

    fn rotate(&mut self, batch: &[Entry]) -> io::Result<Committed> {
        let number = self.number + 1;
        self.buffer.clear();
        put_head(number, self.end, &self.tails, &mut self.buffer)?;
        batch.iter().try_for_each(|entry| entry.encode(number, &mut self.buffer))?;
        let reserve = JOURNAL_SEGMENT_BYTES.max(self.buffer.len() as u64);
        self.disk.create(number, reserve, &self.buffer)?;
        (self.number, self.end, self.broken) = (number, self.buffer.len() as u64, false);
        Ok(Committed::Rotated(number))
    }
}

fn put_head(
    number: u64,
    previous_end: u64,
    tails: &BTreeMap<SessionId, Tail>,
    out: &mut Vec<u8>,
) -> io::Result<()> {
    Header { number, previous_end }.encode(out);
    tails.iter().try_for_each(|(session, tail)| {
        Entry { session: *session, record: Record::Carry(tail.clone()) }.encode(number, out)
    })
}

/// Counts one record. What speaks of a session that is not open is passed over: the machine in
/// front of the journal lets none through.
pub(super) fn count(tails: &mut BTreeMap<SessionId, Tail>, entry: &Entry) {
    match &entry.record {
        Record::Open { tsid, start } => {
            let tail =
                Tail { tsid: *tsid, host: start.submit_host.clone(), at: Position::start(start) };
            tails.insert(entry.session, tail);
        }
        Record::Carry(tail) => {
            tails.insert(entry.session, tail.clone());
        }
        Record::Event { event, chain } => {
            if let Some(tail) = tails.get_mut(&entry.session) {
                tail.at.advance(event, *chain);
            }
        }
        Record::Incident(_) => {}
        Record::Close { .. } | Record::Gone { .. } => {
            tails.remove(&entry.session);
        }
    }
}

/// Removes every segment below `number`.
///
/// # Errors
/// When one cannot be removed; it is removed at the next start.
pub fn remove_below(dir: &Path, number: u64) -> io::Result<()> {
    segment::list(dir)?
        .into_iter()
        .filter(|n| *n < number)
        .try_for_each(|n| segment::remove(dir, n))
}
