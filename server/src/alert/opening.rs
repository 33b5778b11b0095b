//! The outbox on its way: opened at the start, or again and again until it can be.
//!
//! A server without it records as it always does; without a server nobody could run anything. What happens
//! meanwhile is in the event log, and is told as soon as there is an outbox.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use sudolog_core::alert::{Desk, Plan};
use sudolog_core::limits::OUTBOX_RETRY_INTERVAL;

use super::bell::Bell;
use super::crew::Crew;
use super::dispatcher::Dispatcher;
use super::local_log::LocalLog;
use super::memory_file::MemoryFile;
use super::outbox::Outbox;
use super::plan_file::Beginning;
use crate::clock::now;
use crate::eventlog::EventLog;
use crate::warnings::Warnings;

/// Where the outbox is found as soon as it is open, and why it is not.
#[derive(Debug, Default)]
pub(super) struct Slot {
    outbox: OnceLock<Arc<Outbox>>,
    trouble: Mutex<String>,
}

/// All that is needed to begin.
pub(super) struct Opening {
    pub(super) dir: PathBuf,
    /// The newest entry of the event log when the server started.
    pub(super) newest: u64,
    pub(super) beginning: Beginning,
    pub(super) in_force: Arc<Mutex<Arc<Plan>>>,
    pub(super) local_log: LocalLog,
    pub(super) log: EventLog,
    pub(super) warnings: Warnings,
    pub(super) bell: Arc<Bell>,
    pub(super) slot: Arc<Slot>,
}

/// The outbox, and the last entry of the event log that it knows.
pub(super) type Opened = (Arc<Outbox>, u64);

impl Slot {
    /// The outbox.
    ///
    /// # Errors
    /// Why there is none, in a sentence.
    pub(super) fn outbox(&self) -> Result<&Outbox, String> {
        let trouble = || self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.outbox.get().map(Arc::as_ref).ok_or_else(trouble)
    }
}

impl Opening {
    /// Tries to open it, and says wherever an operator may look when it cannot be.
    pub(super) fn open(&self) -> Option<Opened> {
        match self.try_open() {
            Ok((outbox, read)) => {
                outbox.set_trouble(self.beginning.wrong.clone().unwrap_or_default());
                let outbox = Arc::clone(self.slot.outbox.get_or_init(|| Arc::new(outbox)));
                self.warnings.clear(WARNING);
                Some((outbox, read))
            }
            Err(error) => {
                let dir = self.dir.display();
                let text = format!(
                    "[alerts] {dir}: the outbox cannot be opened: {error}; NOBODY is told anything until it \
                     can be, which is tried every {} s. Recording goes on",
                    OUTBOX_RETRY_INTERVAL.as_secs()
                );
                let mut trouble = self.slot.trouble.lock().unwrap_or_else(PoisonError::into_inner);
                if *trouble != text {
                    trouble.clone_from(&text);
                    self.local_log.send(text.clone());
                    self.warnings.raise(WARNING, text);
                }
                None
            }
        }
    }

    fn try_open(&self) -> io::Result<(Outbox, u64)> {
        let outbox = Outbox::open(&self.dir)?;
        // What happened before there were alerts is no news.
        let read = outbox.place().unwrap_or(self.newest).min(self.log.newest());
        outbox.put(&[], read)?;
        Ok((outbox, read))
    }

    /// Goes on with what was opened, or tries again until it is.
    pub(super) fn run(self, mut opened: Option<Opened>) {
        while opened.is_none() {
            if !self.rest() {
                return;
            }
            opened = self.open();
        }
        if let Some(opened) = opened {
            self.dispatcher(opened).run();
        }
    }

    /// False at the end.
    fn rest(&self) -> bool {
        let until = Instant::now() + OUTBOX_RETRY_INTERVAL;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            // It is rung for what can only be told later.
            if !self.bell.wait(left) {
                return false;
            }
        }
    }

    fn dispatcher(self, (outbox, read): Opened) -> Dispatcher {
        let Self { dir, beginning, in_force, local_log, log, warnings, bell, .. } = self;
        let Beginning { file, is_without, .. } = beginning;
        let plan = Arc::clone(file.plan());
        let mut crew = Crew::new(Arc::clone(&outbox), local_log.clone());
        if !is_without {
            crew.set_plan(&plan);
        }
        let memory = MemoryFile::in_dir(&dir);
        let desk = desk(plan, &outbox, &memory, log.newest());
        Dispatcher {
            memory,
            written_changes: desk.changes(),
            written: Instant::now(),
            settled: read,
            desk,
            file,
            warnings,
            in_force,
            log,
            outbox,
            crew,
            local_log,
            read,
            pending: Vec::new(),
            looked: Instant::now(),
            bell,
        }
    }
}

/// One that knows what an earlier run knew.
fn desk(plan: Arc<Plan>, outbox: &Outbox, memory: &MemoryFile, newest: u64) -> Desk {
    let mut desk = Desk::new(plan, outbox.told());
    if let Some(memory) = memory.read() {
        // Another event log is there now, and its numbers say nothing.
        let is_other = memory.read > newest;
        let memory = if is_other { memory.without_places() } else { memory };
        desk.remember(memory, Instant::now(), now());
    }
    desk
}

/// Under this name it is said that there is no outbox.
const WARNING: &str = "outbox";
