//! Between the stream and those who look at it: a queue that never makes the reader wait.
//!
//! `auditd` must get rid of its records at once, or it loses them, or holds up the machine. When nobody
//! keeps up, records go that nobody waits for; when only others are left, the oldest of these. What went is
//! counted.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use memchr::memmem::find;
use sudolog_core::kaudit::Piece;
use sudolog_core::limits::{KAUDIT_QUEUE_BYTES_MAX, KAUDIT_QUEUE_RECORDS_MAX};

/// The queue.
#[derive(Debug, Default)]
pub(super) struct Intake {
    table: Mutex<Table>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Table {
    /// Records that somebody may wait for, each with its place in the stream.
    wanted: VecDeque<(u64, Piece)>,
    /// The others.
    plain: VecDeque<(u64, Piece)>,
    next: u64,
    bytes: usize,
    /// Stamps of the last events of which a record was wanted: their other records are so, too.
    recent: VecDeque<Box<[u8]>>,
    dropped: u64,
    is_closed: bool,
}

/// What is taken at once.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) pieces: Vec<Piece>,
    /// Records that were dropped since the last batch.
    pub(super) dropped: u64,
    /// The stream has ended, or shall not be read further.
    pub(super) is_closed: bool,
    /// Nothing comes behind this.
    pub(super) is_last: bool,
}

impl Intake {
    /// Adds records. Never waits for room.
    pub(super) fn put(&self, pieces: &mut Vec<Piece>) {
        let mut table = self.table();
        pieces.drain(..).for_each(|piece| table.put(piece));
        drop(table);
        self.news.notify_one();
    }

    /// The stream has ended, or shall not be read further.
    pub(super) fn close(&self) {
        self.table().is_closed = true;
        self.news.notify_one();
    }

    /// Takes what is there, in its order; waits so long for something.
    pub(super) fn take(&self, wait: Duration) -> Batch {
        let table = self.table();
        let is_idle = |table: &mut Table| {
            table.wanted.is_empty()
                && table.plain.is_empty()
                && table.dropped == 0
                && !table.is_closed
        };
        let waited = self.news.wait_timeout_while(table, wait, is_idle);
        let (mut table, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let mut pieces = Vec::new();
        while pieces.len() < BATCH_RECORDS
            && let Some(piece) = table.take()
        {
            pieces.push(piece);
        }
        let is_last = table.is_closed && table.wanted.is_empty() && table.plain.is_empty();
        let (is_closed, dropped) = (table.is_closed, std::mem::take(&mut table.dropped));
        Batch { pieces, dropped, is_closed, is_last }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change under the lock is whole before anything in it could panic.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn put(&mut self, piece: Piece) {
        let is_wanted = self.is_wanted(&piece);
        self.bytes += piece.bytes().len();
        self.next += 1;
        let queue = if is_wanted { &mut self.wanted } else { &mut self.plain };
        queue.push_back((self.next, piece));
        while self.wanted.len() + self.plain.len() > KAUDIT_QUEUE_RECORDS_MAX
            || self.bytes > KAUDIT_QUEUE_BYTES_MAX
        {
            let Some((_, gone)) = self.plain.pop_front().or_else(|| self.wanted.pop_front()) else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(gone.bytes().len());
            self.dropped += 1;
        }
    }

    fn take(&mut self) -> Option<Piece> {
        let place =
            |queue: &VecDeque<(u64, Piece)>| queue.front().map_or(u64::MAX, |(place, _)| *place);
        let is_wanted = place(&self.wanted) < place(&self.plain);
        let queue = if is_wanted { &mut self.wanted } else { &mut self.plain };
        let (_, piece) = queue.pop_front()?;
        self.bytes = self.bytes.saturating_sub(piece.bytes().len());
        Some(piece)
    }

    /// A guess by a first look: a rule's key, sudo's own words, or something about the stream itself.
    fn is_wanted(&mut self, piece: &Piece) -> bool {
        let bytes = piece.bytes();
        let stamp = stamp(bytes);
        if self.recent.iter().any(|recent| **recent == *stamp) {
            return true;
        }
        let is_wanted = match piece {
            Piece::Line(..) => {
                has_key(bytes) || TYPES.iter().any(|word| find(bytes, word).is_some())
            }
            Piece::Frame(number, _) => {
                has_key(bytes)
                    || matches!(number, 1123 | 1305 | 1200..=1299)
                    || TYPES.iter().any(|word| find(bytes, word).is_some())
            }
        };
        if is_wanted {
            if self.recent.len() >= RECENT_MAX {
                self.recent.pop_front();
            }
            self.recent.push_back(stamp.into());
        }
        is_wanted
    }
}

/// What names the event; empty for what is no record.
fn stamp(bytes: &[u8]) -> &[u8] {
    let begin = find(bytes, b"audit(").unwrap_or(bytes.len());
    let stamp = bytes.get(begin..).unwrap_or_default();
    let end = stamp.iter().position(|byte| *byte == b')').unwrap_or(stamp.len());
    stamp.get(..end).unwrap_or_default()
}

fn has_key(bytes: &[u8]) -> bool {
    let value = find(bytes, b" key=").and_then(|at| bytes.get(at + 5..));
    value.is_some_and(|value| !value.starts_with(b"(null)"))
}

const TYPES: [&[u8]; 3] = [b"type=USER_CMD ", b"type=CONFIG_CHANGE ", b"type=DAEMON_"];
const RECENT_MAX: usize = 64;
/// Enough that the lock costs little, and few enough that an order to stop is heard soon.
const BATCH_RECORDS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Piece {
        Piece::Line(text.into(), false)
    }

    #[test]
    fn records_that_nobody_waits_for_go_first_and_the_order_stays() {
        let intake = Intake::default();
        let mut pieces = Vec::new();
        for n in 0..KAUDIT_QUEUE_RECORDS_MAX {
            pieces.push(line(&format!("type=SYSCALL msg=audit(1.000:{n}): key=(null)")));
        }
        pieces.push(line("type=SYSCALL msg=audit(2.000:7): exe=\"/x\" key=\"alert\""));
        pieces.push(line("type=EXECVE msg=audit(2.000:7): argc=1"));
        intake.put(&mut pieces);
        let (mut dropped, mut all) = (0, Vec::new());
        loop {
            let batch = intake.take(Duration::ZERO);
            dropped += batch.dropped;
            if batch.pieces.is_empty() {
                break;
            }
            all.extend(batch.pieces);
        }
        assert_eq!((dropped, all.len()), (2, KAUDIT_QUEUE_RECORDS_MAX));
        assert_eq!(all[0], line("type=SYSCALL msg=audit(1.000:2): key=(null)"));
        assert_eq!(all.last(), Some(&line("type=EXECVE msg=audit(2.000:7): argc=1")));
    }

    #[test]
    fn wanted_records_outlive_a_flood_and_bytes_are_bounded() {
        let intake = Intake::default();
        let wanted = line("type=USER_CMD msg=audit(1.000:1): pid=1");
        intake.put(&mut vec![wanted.clone()]);
        for n in 0..20 {
            let long = format!("type=PATH msg=audit(2.000:{n}): {}", "x".repeat(8000));
            intake.put(&mut vec![line(&long); 1000]);
        }
        assert!(intake.table().bytes <= KAUDIT_QUEUE_BYTES_MAX);
        assert_eq!(intake.take(Duration::ZERO).pieces[0], wanted);
    }

    #[test]
    fn an_end_is_said_once_all_is_taken() {
        let intake = Intake::default();
        intake.put(&mut vec![line("a"); BATCH_RECORDS + 1]);
        intake.close();
        assert!(!intake.take(Duration::ZERO).is_last);
        let last = intake.take(Duration::ZERO);
        assert!(last.is_last && last.pieces.len() == 1);
    }
}
