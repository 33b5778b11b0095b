//! The outbox: letters that nobody has taken yet, on disk before anything is made of them.
//!
//! Invariants: a letter is in a synced file before the place in the event log moves past its entries, so
//! that a killed server loses none; and one that was sent is sent again after a crash at most once, under
//! the same id. A full disk makes the dispatcher wait, and nobody else.

mod files;
mod record;
mod shelf;
mod status;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::alert::{Answer, Bucket, Letter};
use sudolog_core::wire::message::DeliveryState;

use shelf::Shelf;

pub(super) use status::place;

/// The open outbox; shared by the dispatcher, a thread for each target, and whoever asks.
#[derive(Debug)]
pub struct Outbox {
    shelf: Mutex<Shelf>,
    changed: Condvar,
}

/// Why the outbox did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Our disk.
    #[error("the outbox cannot be written: {0}")]
    Disk(#[from] io::Error),
    /// There is no such letter, or it does not stand like that.
    #[error("message {0} is not there, or not one of those that were given up or wait")]
    NoSuch(u64),
}

/// What somebody should hear of a try that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing.
    None,
    /// It failed, and the ones before had not.
    Failing(String),
    /// It is given up.
    GivenUp(String),
}

impl Outbox {
    /// Opens the outbox in `dir`, made when missing.
    ///
    /// # Errors
    /// When the disk does not let us.
    pub fn open(dir: &Path) -> io::Result<Self> {
        Ok(Self { shelf: Mutex::new(Shelf::open(dir)?), changed: Condvar::new() })
    }

    /// The place in the event log that was reached; `None` when nothing was ever read.
    pub fn place(&self) -> Option<u64> {
        self.shelf().place()
    }

    /// Entries behind that place that are in letters already, by target.
    pub fn told(&self) -> HashSet<(String, u64)> {
        self.shelf().told()
    }

    /// Takes letters in and moves the place, both or neither; synced when it returns.
    ///
    /// # Errors
    /// Of the disk; then nothing was taken in.
    pub fn put(&self, letters: &[Letter], place: u64) -> io::Result<()> {
        let done = self.shelf().put(letters, Some(place));
        self.changed.notify_all();
        done
    }

    /// Takes a letter in that is of no entry.
    ///
    /// # Errors
    /// Of the disk.
    pub(super) fn put_extra(&self, letter: Letter) -> io::Result<()> {
        let done = self.shelf().put(&[letter], None);
        self.changed.notify_all();
        done
    }

    /// Waits for a letter to that target that may be sent now, by its own time, the target's, and the
    /// bucket's; `None` when `stop` was set.
    pub(super) fn next(
        &self,
        target: &str,
        bucket: &Bucket,
        stop: &AtomicBool,
    ) -> Option<(u64, Letter)> {
        let mut shelf = self.shelf();
        loop {
            if stop.load(Ordering::Relaxed) || shelf.is_closed {
                return None;
            }
            let now = Instant::now();
            let wait = match shelf.next(target, now) {
                shelf::Next::Ready(number, letter) => match bucket.wait(now) {
                    Duration::ZERO => return Some((number, letter)),
                    wait => wait,
                },
                shelf::Next::At(at) => at.saturating_duration_since(now),
                shelf::Next::Nothing => LONG,
            };
            let waited = self.changed.wait_timeout(shelf, wait.min(LONG));
            shelf = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// What came of a try.
    pub(super) fn answered(&self, number: u64, answer: Answer, chance: u32) -> News {
        let news = self.shelf().answered(number, answer, chance, Instant::now());
        self.changed.notify_all();
        news
    }

    /// Tries letters again at once, the given up ones too.
    ///
    /// # Errors
    /// [`OutboxError`]; then none is.
    pub fn retry(&self, numbers: &[u64]) -> Result<(), OutboxError> {
        let done = self.shelf().set(numbers, DeliveryState::Waiting);
        self.changed.notify_all();
        done
    }

    /// Forgets letters that were given up.
    ///
    /// # Errors
    /// [`OutboxError`]; then none is.
    pub fn discard(&self, numbers: &[u64]) -> Result<(), OutboxError> {
        self.shelf().set(numbers, DeliveryState::Dropped)
    }

    /// Gives up what waits for targets that there are no more; says how many.
    pub(super) fn abandon(&self, known: &HashSet<&str>) -> usize {
        self.shelf().abandon(known)
    }

    /// How many letters wait for a target.
    pub fn waiting(&self, target: &str) -> usize {
        self.shelf().waiting(target)
    }

    /// What is wrong with alerts themselves; empty when nothing is.
    pub(super) fn set_trouble(&self, trouble: String) {
        self.shelf().trouble = trouble;
    }

    /// Nothing is sent or written any more.
    pub(super) fn close(&self) {
        self.shelf().is_closed = true;
        self.changed.notify_all();
    }

    /// Wakes those who wait, to look whether they should stop.
    pub(super) fn wake(&self) {
        // Whoever was about to wait has the lock until it does.
        drop(self.shelf());
        self.changed.notify_all();
    }

    pub(super) fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody waits longer without looking again.
const LONG: Duration = Duration::from_secs(60);
