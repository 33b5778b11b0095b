//! Recordings in the store that the rules in force have not assessed, one after the other.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use sudolog_core::session::Tsid;

use super::board::Progress;
use super::tail::Tail;
use crate::store::{Index, StoreError};

/// What is to be done, and how far it is.
pub(super) struct Backlog {
    begun: Option<(Tsid, Box<Tail>)>,
    /// The newest first.
    waiting: VecDeque<Tsid>,
    progress: Progress,
    filled: Instant,
}

/// What is to be done next.
pub(super) enum Piece {
    /// This recording was begun with.
    Begun(Tsid, Box<Tail>),
    /// This one was not.
    Untouched(Tsid),
}

impl Default for Backlog {
    fn default() -> Self {
        let progress = Progress::default();
        Self { begun: None, waiting: VecDeque::new(), progress, filled: Instant::now() }
    }
}

impl Backlog {
    /// True when there is nothing to be done.
    pub(super) fn is_empty(&self) -> bool {
        self.begun.is_none() && self.waiting.is_empty()
    }

    /// True while that recording is begun and not read to its end.
    pub(super) fn is_at(&self, tsid: Tsid) -> bool {
        self.begun.as_ref().is_some_and(|(begun, _)| *begun == tsid)
    }

    /// True when it should be looked whether something was passed over.
    pub(super) fn is_old(&self) -> bool {
        self.filled.elapsed() >= FILL_INTERVAL
    }

    /// How far it is.
    pub(super) fn progress(&self) -> Progress {
        self.progress
    }

    /// Looks which recordings are to be assessed by the rules with that hash.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(super) fn fill(&mut self, index: &Index, rules: &str) -> Result<(), StoreError> {
        self.filled = Instant::now();
        let (left, newest) = index.unassessed(rules, AT_ONCE)?;
        self.progress.left = left;
        self.waiting = newest.into();
        Ok(())
    }

    /// What is to be done next.
    pub(super) fn next(&mut self) -> Option<Piece> {
        if let Some((tsid, tail)) = self.begun.take() {
            return Some(Piece::Begun(tsid, tail));
        }
        let tsid = self.waiting.pop_front()?;
        self.progress.done += 1;
        self.progress.left = self.progress.left.saturating_sub(1);
        Some(Piece::Untouched(tsid))
    }

    /// There is more of it.
    pub(super) fn put_back(&mut self, tsid: Tsid, tail: Tail) {
        self.begun = Some((tsid, Box::new(tail)));
    }

    /// The index fails: what is in the store would be read again and again for nothing. It is looked
    /// up again after a while.
    pub(super) fn give_up_for_now(&mut self) {
        self.waiting.clear();
        self.progress.left = 0;
    }
}

/// How often it is looked whether something in the store was passed over.
const FILL_INTERVAL: Duration = Duration::from_secs(60);
/// So many recordings of the store are looked up at once.
const AT_ONCE: u32 = 1000;
