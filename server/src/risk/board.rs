//! What the rules make of sessions that run, and how far they are with those that lie in the store.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sudolog_core::risk::Rules;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::Assessment;

/// Shared between the thread that assesses and those that answer consoles; clones share it.
#[derive(Clone, Debug)]
pub struct Board(Arc<Mutex<Notes>>);

#[derive(Debug)]
struct Notes {
    rules: Arc<Rules>,
    running: HashMap<Tsid, Assessment>,
    progress: Progress,
}

/// How far the recordings in the store are assessed by the rules in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many have been assessed since the rules came into force.
    pub done: u64,
    /// How many are left.
    pub left: u64,
}

impl Default for Board {
    fn default() -> Self {
        Self::new(Arc::new(Rules::built_in()))
    }
}

impl Board {
    /// With these rules in force.
    pub fn new(rules: Arc<Rules>) -> Self {
        let (running, progress) = (HashMap::new(), Progress::default());
        Self(Arc::new(Mutex::new(Notes { rules, running, progress })))
    }

    /// The rules in force.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.lock().rules)
    }

    /// What the rules make so far of a session that runs.
    pub fn running(&self, tsid: Tsid) -> Option<Assessment> {
        self.lock().running.get(&tsid).cloned()
    }

    /// How far the store is.
    pub fn progress(&self) -> Progress {
        self.lock().progress
    }

    /// Other rules are in force: nothing was assessed by them yet.
    pub(super) fn set_rules(&self, rules: Arc<Rules>) {
        let mut notes = self.lock();
        notes.rules = rules;
        notes.running.clear();
    }

    pub(super) fn put(&self, tsid: Tsid, assessment: Assessment) {
        self.lock().running.insert(tsid, assessment);
    }

    pub(super) fn remove(&self, tsid: Tsid) {
        self.lock().running.remove(&tsid);
    }

    pub(super) fn set_progress(&self, progress: Progress) {
        self.lock().progress = progress;
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
