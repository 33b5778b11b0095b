//! The log as everybody else sees it: handed entries, read, waited for.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use sudolog_core::eventlog::{Entry, EntryId, Kind, Severity, Source, Stored};
use sudolog_core::limits::{
    EVENTS_KEEPS_MAX, EVENTS_QUEUE_MAX, EVENTS_RECENT_BYTES, EVENTS_RECENT_MAX,
};
use sudolog_core::session::SessionId;
use sudolog_core::wire::message::EventsQuery;
use tokio::sync::{Semaphore, oneshot, watch};

use super::read::Extent;
use super::scan::{Bounds, Found};
use super::thread::{Batch, Job, Worker};
use super::told::ToldFile;
use super::writer::Writer;
use crate::clock::now;
use crate::journal::Place;

/// The open log; clones share it.
#[derive(Clone, Debug)]
pub struct EventLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    keeps: Arc<Semaphore>,
    told: Place,
    /// What the journal tells and there was no room for yet.
    late: Mutex<VecDeque<Entry>>,
    shared: Arc<Shared>,
    names: Arc<Names>,
}

/// What the writing thread and everybody else have in common.
#[derive(Debug)]
pub(super) struct Shared {
    /// The newest entry that is synced.
    pub(super) newest: watch::Sender<u64>,
    /// The server's own entries that wait.
    pub(super) waiting: AtomicUsize,
    /// Those that there was no room for.
    pub(super) lost: AtomicU64,
    /// Of what the journal tells, something is among those: more than [`EVENTS_QUEUE_MAX`] of it waited.
    has_holes: AtomicBool,
    /// What an earlier run could not tell still waits.
    is_behind: AtomicBool,
    /// All that the journal tells before this segment is synced here.
    pub(super) told_segment: AtomicU64,
    recent: Mutex<Recent>,
}

/// Names the server's own entries of one run.
#[derive(Debug)]
pub(super) struct Names {
    run: SessionId,
    last: AtomicU64,
}

/// The newest entries, so that whoever keeps up need not read files.
#[derive(Debug, Default)]
struct Recent {
    entries: VecDeque<Stored>,
    bytes: usize,
}

/// Entries that are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// The disk.
    #[error("the event log cannot be written at present; the server's log says why")]
    Disk,
    /// The end.
    #[error("the server is stopping")]
    Stopping,
}

impl EventLog {
    /// The log in `dir`, which is made when it is missing, and its writing thread.
    ///
    /// # Errors
    /// When the directory or its newest file cannot be used.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let writer = Writer::open(dir)?;
        let told = ToldFile::in_dir(dir);
        let shared = Arc::new(Shared {
            newest: watch::channel(writer.newest()).0,
            waiting: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            has_holes: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
            told_segment: AtomicU64::new(0),
            recent: Mutex::default(),
        });
        // One place each for a start that makes good what a crash left out, and for what it says then.
        let (jobs, queue) = sync_channel(EVENTS_QUEUE_MAX + EVENTS_KEEPS_MAX + 2);
        let mut random = [0; 10];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let run = SessionId::v7(now().as_nanos() / 1_000_000, random);
        let names = Arc::new(Names { run, last: AtomicU64::new(0) });
        let inner = Inner {
            dir: dir.to_owned(),
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::default(),
            keeps: Arc::new(Semaphore::new(EVENTS_KEEPS_MAX)),
            told: told.place(),
            late: Mutex::default(),
            shared: Arc::clone(&shared),
            names: Arc::clone(&names),
        };
        let log = Self(Arc::new(inner));
        let worker = Worker::new(writer, told, queue, shared, names);
        let thread = std::thread::Builder::new().name("events".into()).spawn(|| worker.run())?;
        *log.0.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(log)
    }

    /// An entry of this server, now, under a name of its own; not handed in yet.
    pub fn entry(&self, kind: Kind, severity: Severity) -> Entry {
        self.0.names.entry(kind, severity)
    }

    /// Hands in an entry of the server and never waits. What there is no room for is counted, and an
    /// entry says so as soon as there is.
    pub fn append(&self, entry: Entry) {
        if !self.queue(Some(entry), None) {
            self.0.shared.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The same for all that the journal tells up to that place: once they are written, a server that starts
    /// anew need not look at it for what the log may lack. Only one thread calls this.
    pub(super) fn append_up_to(&self, entries: Vec<Entry>, place: Place) {
        let mut late = self.0.late.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            if late.len() == EVENTS_QUEUE_MAX {
                self.catch_up(&mut late, None);
            }
            if late.len() < EVENTS_QUEUE_MAX {
                late.push_back(entry);
            } else {
                self.0.shared.lost.fetch_add(1, Ordering::Relaxed);
                self.0.shared.has_holes.store(true, Ordering::Relaxed);
            }
        }
        self.catch_up(&mut late, Some(place));
    }

    /// Hands in what there was no room for, in order; with the last of it goes the place.
    fn catch_up(&self, late: &mut VecDeque<Entry>, place: Option<Place>) {
        while let Some(entry) = late.front() {
            let place = place.filter(|_| late.len() == 1 && self.may_reach_further());
            if !self.queue(Some(entry.clone()), place) {
                return;
            }
            late.pop_front();
        }
    }

    /// Nothing of the journal before that segment is still to be handed in, by the thread that hands it in.
    pub(super) fn hands_in_from(&self, segment: u64) {
        let place = Place { segment, end: 0 };
        let mut late = self.0.late.lock().unwrap_or_else(PoisonError::into_inner);
        if !late.is_empty() {
            self.catch_up(&mut late, Some(place));
        } else if self.may_reach_further() {
            // Where there is no room for it, the next place says it as well.
            self.queue(None, Some(place));
        }
    }

    /// What there was no room for is made good by the next start, so no place lies behind it; nor behind what an
    /// earlier run owes.
    fn may_reach_further(&self) -> bool {
        let shared = &self.0.shared;
        !shared.has_holes.load(Ordering::Relaxed) && !shared.is_behind.load(Ordering::Relaxed)
    }

    /// All that the journal tells before this segment is in the log, on the disk.
    pub(super) fn told_segment(&self) -> u64 {
        self.0.shared.told_segment.load(Ordering::Relaxed)
    }

    /// True when there was room for it.
    fn queue(&self, entry: Option<Entry>, place: Option<Place>) -> bool {
        let shared = &self.0.shared;
        let room = |waiting| (waiting < EVENTS_QUEUE_MAX).then_some(waiting + 1);
        let taken = shared.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, room).is_ok();
        // Places are counted for both kinds of job, so the channel has room.
        if taken && self.send(Job::Append(entry.map(Box::new), place)) {
            return true;
        }
        if taken {
            shared.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        false
    }

    /// Keeps what a host sends; when it returns `Ok`, all of it is synced. What came already is kept
    /// once. The caller has put the host's name into each entry.
    ///
    /// # Errors
    /// [`KeepError`]; the host must send all of it again.
    pub async fn keep(&self, entries: Vec<Entry>) -> Result<(), KeepError> {
        let place =
            Arc::clone(&self.0.keeps).acquire_owned().await.map_err(|_| KeepError::Stopping)?;
        let (done, answer) = oneshot::channel();
        if !self.send(Job::Keep(Batch { entries, done, place: Some(place) })) {
            return Err(KeepError::Stopping);
        }
        answer.await.map_err(|_| KeepError::Stopping)?
    }

    /// The same for a thread that is no asynchronous task, and there is one such thread at most.
    ///
    /// # Errors
    /// As [`keep`](Self::keep).
    pub(super) fn keep_now(&self, entries: Vec<Entry>) -> Result<(), KeepError> {
        let (done, answer) = oneshot::channel();
        if !self.send(Job::Keep(Batch { entries, done, place: None })) {
            return Err(KeepError::Stopping);
        }
        answer.blocking_recv().unwrap_or(Err(KeepError::Stopping))
    }

    /// Up to which place of the journal the log has all that it tells, as far as this is known.
    pub fn told(&self) -> Place {
        self.0.told
    }

    /// Something that the journal tells could not be written: until [`has_all_up_to`](Self::has_all_up_to) the log counts
    /// as having nothing more of it.
    pub fn fall_behind(&self) {
        self.0.shared.is_behind.store(true, Ordering::Relaxed);
    }

    /// Nothing before that place is missing any more.
    pub fn has_all_up_to(&self, place: Place) {
        self.send(Job::Told(place));
        self.0.shared.is_behind.store(false, Ordering::Relaxed);
    }

    /// At most so many entries with greater numbers, the oldest first: all that is synced. What is
    /// damaged, or had to go because the log was full, is left out. Reads files: not for the event
    /// loop, unless the number is one of the newest.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn after(&self, number: u64, most: usize) -> io::Result<Vec<Stored>> {
        if number >= self.newest() {
            return Ok(Vec::new());
        }
        if let Some(found) = self.0.shared.recent().after(number, most) {
            return Ok(found);
        }
        self.extent().after(number, most)
    }

    /// Entries that `query` asks for and `may` allows, the newest first. Reads files: not for the event
    /// loop.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub fn find(
        &self,
        query: &EventsQuery,
        may: &dyn Fn(&Stored) -> bool,
        bounds: Bounds,
    ) -> io::Result<Found> {
        self.extent().find(query, may, bounds)
    }

    /// The number of the newest entry that is synced, 0 when there is none.
    pub fn newest(&self) -> u64 {
        *self.0.shared.newest.borrow()
    }

    /// The same, to wait for a change of it.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.0.shared.newest.subscribe()
    }

    /// Writes what waits and ends the thread. Nothing is taken in any more.
    pub fn shutdown(&self) {
        self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("ALARM: the event log's thread panicked");
        }
    }

    pub(super) fn extent(&self) -> Extent<'_> {
        Extent { dir: &self.0.dir, newest: self.newest() }
    }

    fn send(&self, job: Job) -> bool {
        let jobs = self.0.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }
}

impl Names {
    /// An entry with a new name.
    pub(super) fn entry(&self, kind: Kind, severity: Severity) -> Entry {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let id = EntryId::numbered(self.run, number);
        let mut entry = Entry::new(id, now(), Source::Server, kind);
        entry.severity = severity;
        entry
    }
}

impl Shared {
    /// Tells everybody what is stored now.
    pub(super) fn publish(&self, stored: Vec<Stored>) {
        let Some(newest) = stored.last().map(|stored| stored.number) else { return };
        self.recent().push(stored);
        self.newest.send_replace(newest);
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn push(&mut self, stored: Vec<Stored>) {
        for stored in stored {
            self.bytes += stored.entry.bytes();
            self.entries.push_back(stored);
        }
        while self.entries.len() > EVENTS_RECENT_MAX || self.bytes > EVENTS_RECENT_BYTES {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.entry.bytes();
        }
    }

    /// `None` when it does not reach back so far.
    fn after(&self, number: u64, most: usize) -> Option<Vec<Stored>> {
        let oldest = self.entries.front()?.number;
        (oldest <= number + 1).then(|| {
            let from = self.entries.partition_point(|stored| stored.number <= number);
            self.entries.range(from..).take(most).cloned().collect()
        })
    }
}

#[cfg(test)]
pub(super) mod tests;
