//! The thread between the event log and the outbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::alert::{Desk, Letter, Plan};
use sudolog_core::limits::{ALERT_MEMORY_INTERVAL, ALERT_TURN_ENTRIES, ALERTS_LOOK_INTERVAL};

use super::bell::Bell;
use super::crew::Crew;
use super::local_log::LocalLog;
use super::memory_file::MemoryFile;
use super::outbox::Outbox;
use super::plan_file::PlanFile;
use crate::clock::now;
use crate::eventlog::EventLog;
use crate::warnings::Warnings;

/// What the thread works with.
pub(super) struct Dispatcher {
    pub(super) file: PlanFile,
    pub(super) warnings: Warnings,
    pub(super) in_force: Arc<Mutex<Arc<Plan>>>,
    pub(super) log: EventLog,
    pub(super) outbox: Arc<Outbox>,
    pub(super) crew: Crew,
    pub(super) local_log: LocalLog,
    pub(super) desk: Desk,
    /// The last entry that was read.
    pub(super) read: u64,
    pub(super) memory: MemoryFile,
    /// How often the desk's memory had changed when it was written.
    pub(super) written_changes: u64,
    pub(super) written: Instant,
    /// Whoever begins behind this entry with the memory that is written knows what this run knows.
    pub(super) settled: u64,
    /// Letters that could not be put into the outbox yet.
    pub(super) pending: Vec<Letter>,
    pub(super) looked: Instant,
    pub(super) bell: Arc<Bell>,
}

impl Dispatcher {
    pub(super) fn run(mut self) {
        let mut wait = Duration::ZERO;
        while self.bell.wait(wait) {
            wait = self.turn();
        }
        // What was collected is not lost: the place in the log is before it.
        self.write_memory();
        self.outbox.close();
    }

    /// Does what there is to do, and says how long nothing else will be.
    fn turn(&mut self) -> Duration {
        if self.looked.elapsed() >= ALERTS_LOOK_INTERVAL {
            self.looked = Instant::now();
            self.look_at_file();
        }
        if !self.pending.is_empty() && !self.put() {
            return ALERTS_LOOK_INTERVAL;
        }
        let plan = Arc::clone(self.file.plan());
        for target in plan.targets() {
            self.desk.set_waiting(&target.name, self.outbox.waiting(&target.name));
        }
        let entries = match self.log.after(self.read, ALERT_TURN_ENTRIES) {
            Ok(entries) => entries,
            Err(error) => {
                self.outbox.set_trouble(format!("the event log cannot be read: {error}"));
                return ALERTS_LOOK_INTERVAL;
            }
        };
        let is_full = entries.len() >= ALERT_TURN_ENTRIES;
        self.look_for_gaps(entries.iter().map(|entry| entry.number));
        for stored in &entries {
            self.desk.take(stored, Instant::now(), now());
            self.read = self.read.max(stored.number);
        }
        self.pending.extend(self.desk.letters(Instant::now(), now()));
        if self.desk.changes() == self.written_changes {
            self.settled = self.read;
        }
        let place = self.place();
        let is_far = place.saturating_sub(self.outbox.place().unwrap_or(0)) >= PLACE_STEP;
        if (!self.pending.is_empty() || is_far) && !self.put() {
            return ALERTS_LOOK_INTERVAL;
        }
        if self.written.elapsed() >= ALERT_MEMORY_INTERVAL {
            self.write_memory();
        }
        if is_full {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let next = self.desk.next(now).map(|next| next.saturating_duration_since(now));
        next.unwrap_or(ALERTS_LOOK_INTERVAL).min(ALERTS_LOOK_INTERVAL)
    }

    /// A log that is full drops what is oldest of whoever has the most, whether it was looked at or not.
    fn look_for_gaps(&mut self, numbers: impl Iterator<Item = u64>) {
        let (mut missing, mut read) = (0, self.read);
        for number in numbers {
            missing += number.saturating_sub(read + 1);
            read = number;
        }
        if missing > 0 {
            let text = format!(
                "{missing} events went from the event log, or are damaged, before alerts could be made of \
                 them"
            );
            tracing::error!("ALARM: {text}");
            self.outbox.set_trouble(text.clone());
            self.local_log.say(text);
        }
    }

    /// Puts what is pending into the outbox; false when the disk does not let us.
    fn put(&mut self) -> bool {
        let place = self.place();
        match self.outbox.put(&self.pending, place) {
            Ok(()) => {
                self.pending.clear();
                true
            }
            Err(error) => {
                tracing::warn!("the outbox cannot be written, alerts wait: {error}");
                false
            }
        }
    }

    /// Everything up to there is in a letter, or never will be, and another run need not look at it.
    fn place(&self) -> u64 {
        let read = self.read.min(self.settled);
        self.desk.oldest().map_or(read, |oldest| oldest.saturating_sub(1).min(read))
    }

    /// Writes down what another run must know, if that has changed. All letters are in the outbox by then, or it
    /// would know of letters that nobody has.
    fn write_memory(&mut self) {
        let changes = self.desk.changes();
        self.written = Instant::now();
        if changes == self.written_changes || !self.pending.is_empty() {
            return;
        }
        if self.memory.write(&self.desk.memory(self.read, Instant::now(), now())) {
            (self.written_changes, self.settled) = (changes, self.read);
        }
    }

    fn look_at_file(&mut self) {
        match self.file.look() {
            Ok(false) => {}
            Ok(true) => {
                let plan = Arc::clone(self.file.plan());
                tracing::info!("other alerts are in force: {} targets", plan.targets().len());
                self.desk.set_plan(Arc::clone(&plan), Instant::now(), now());
                self.crew.set_plan(&plan);
                *self.in_force.lock().unwrap_or_else(PoisonError::into_inner) = plan;
                self.outbox.set_trouble(String::new());
                self.warnings.clear(WARNING);
            }
            Err(error) => {
                let text = format!("[alerts] {error}; the old file stays in force");
                self.outbox.set_trouble(text.clone());
                self.local_log.send(text.clone());
                self.warnings.raise(WARNING, text);
            }
        }
    }
}

/// Under this name it is said what is wrong with the file.
pub(super) const WARNING: &str = "alerts";
/// The place is written down at least this often, in entries.
const PLACE_STEP: u64 = 1000;
