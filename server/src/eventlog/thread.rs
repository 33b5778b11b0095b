//! The one thread that writes the log.
//!
//! A disk that fails stops nothing else: hosts are told that nothing is kept and send it again; the
//! server's own entries wait here, as many as there is room for.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Entry, Kind, Severity};
use sudolog_core::limits::{
    ALARM_INTERVAL, EVENTS_BATCH_MAX, EVENTS_QUEUE_MAX, EVENTS_RETRY_INTERVAL,
    EVENTS_TOGETHER_BYTES,
};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::log::{KeepError, Names, Shared};
use super::told::ToldFile;
use super::writer::Writer;
use crate::clock::now;
use crate::journal::Place;

/// What the thread is asked.
#[derive(Debug)]
pub(super) enum Job {
    /// An entry of the server; with it, or without any, the log has all that the journal tells up to there.
    Append(Option<Box<Entry>>, Option<Place>),
    /// What a host sends.
    Keep(Batch),
    /// The log has all that the journal tells up to there.
    Told(Place),
}

/// Entries of a host, and who waits for them to be synced.
#[derive(Debug)]
pub(super) struct Batch {
    /// In their order.
    pub(super) entries: Vec<Entry>,
    /// Who waits.
    pub(super) done: oneshot::Sender<Result<(), KeepError>>,
    /// The place in the queue, given back with the answer, whoever still waits for that.
    pub(super) place: Option<OwnedSemaphorePermit>,
}

/// The thread's state.
pub(super) struct Worker {
    writer: Writer,
    told: ToldFile,
    queue: Receiver<Job>,
    shared: Arc<Shared>,
    /// The server's own entries that are not written yet, each with what it came with, and places alone.
    own: VecDeque<(Option<Entry>, Option<Place>)>,
    hosts: Vec<Batch>,
    names: Arc<Names>,
    alarmed: Option<Instant>,
    failing: bool,
}

impl Worker {
    pub(super) fn new(
        writer: Writer,
        told: ToldFile,
        queue: Receiver<Job>,
        shared: Arc<Shared>,
        names: Arc<Names>,
    ) -> Self {
        Self {
            writer,
            told,
            queue,
            shared,
            own: VecDeque::new(),
            hosts: Vec::new(),
            names,
            alarmed: None,
            failing: false,
        }
    }

    /// Writes until nobody can hand in anything any more.
    pub(super) fn run(mut self) {
        loop {
            let wait =
                if self.writer.is_surveyed() { EVENTS_RETRY_INTERVAL } else { Duration::ZERO };
            match self.queue.recv_timeout(wait) {
                Ok(job) => self.take(job),
                Err(RecvTimeoutError::Timeout) => self.writer.survey(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            for _ in 1..EVENTS_BATCH_MAX {
                let Ok(job) = self.queue.try_recv() else { break };
                self.take(job);
            }
            self.write();
        }
        self.write();
        self.told.write_now();
        let lost = self.own.iter().filter(|(entry, _)| entry.is_some()).count();
        if lost > 0 {
            tracing::error!("ALARM: {lost} entries of the event log are lost");
        }
    }

    fn take(&mut self, job: Job) {
        match job {
            Job::Append(entry, place) => self.own.push_back((entry.map(|entry| *entry), place)),
            Job::Keep(batch) => self.hosts.push(batch),
            Job::Told(place) => self.reach(place),
        }
    }

    /// The log has all up to there, on the disk.
    fn reach(&mut self, place: Place) {
        self.told.reach(place);
        self.shared.told_segment.store(place.segment, Ordering::Relaxed);
    }

    /// The server's own first: they are few, and some say that something is wrong.
    fn write(&mut self) {
        self.say_what_is_lost();
        if !self.own.is_empty() {
            let batch: Vec<Entry> =
                self.own.iter().filter_map(|(entry, _)| entry.clone()).collect();
            let count = self.own.len();
            if self.commit(batch) {
                let last = self.own.drain(..count).filter_map(|(_, place)| place).next_back();
                last.into_iter().for_each(|place| self.reach(place));
                self.shared.waiting.fetch_sub(count, Ordering::Relaxed);
            }
        }
        let mut waiting = std::mem::take(&mut self.hosts).into_iter().peekable();
        while waiting.peek().is_some() {
            self.keep_together(&mut waiting);
        }
        self.told.write_now_and_then();
    }

    /// Writes what several hosts send and syncs it once. Whoever sends much is written without the others.
    fn keep_together(&mut self, waiting: &mut Peekable<impl Iterator<Item = Batch>>) {
        let (mut entries, mut asked, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(batch) = waiting.next_if(|_| bytes < EVENTS_TOGETHER_BYTES) {
            bytes += batch.entries.iter().map(Entry::json_bytes).sum::<usize>();
            entries.extend(batch.entries);
            asked.push((batch.done, batch.place));
        }
        let kept = if self.commit(entries) { Ok(()) } else { Err(KeepError::Disk) };
        for (done, place) in asked {
            // Who asked may be gone; then the host sends it again and it counts once.
            let _ = done.send(kept);
            drop(place);
        }
    }

    fn commit(&mut self, batch: Vec<Entry>) -> bool {
        match self.writer.commit(batch, now()) {
            Ok(stored) => {
                self.shared.publish(stored);
                self.well();
                self.trim();
                true
            }
            Err(error) => {
                self.failing = true;
                self.alarm(&error);
                false
            }
        }
    }

    fn trim(&mut self) {
        loop {
            match self.writer.trim() {
                Ok(None) => return,
                Ok(Some(gone)) => {
                    tracing::info!("the event log is full: {gone}");
                    let text = format!("the event log has reached its size: {gone}");
                    self.add_own(Kind::Lost, Severity::Info, &text);
                }
                Err(error) => return self.alarm(&error),
            }
        }
    }

    fn say_what_is_lost(&mut self) {
        let lost = self.shared.lost.load(Ordering::Relaxed);
        if lost > 0 && self.own.len() < EVENTS_QUEUE_MAX {
            self.shared.lost.fetch_sub(lost, Ordering::Relaxed);
            let text = format!("{lost} entries of the server had no room in the event log's queue");
            tracing::error!("ALARM: {text}");
            self.add_own(Kind::Lost, Severity::High, &text);
        }
    }

    fn add_own(&mut self, kind: Kind, severity: Severity, text: &str) {
        let mut entry = self.names.entry(kind, severity);
        entry.text = text.into();
        self.shared.waiting.fetch_add(1, Ordering::Relaxed);
        self.own.push_back((Some(entry), None));
    }

    fn well(&mut self) {
        if std::mem::take(&mut self.failing) {
            self.alarmed = None;
            tracing::warn!("the event log can be written again");
        }
    }

    fn alarm(&mut self, error: &std::io::Error) {
        if self.alarmed.is_none_or(|last| last.elapsed() >= ALARM_INTERVAL) {
            self.alarmed = Some(Instant::now());
            tracing::error!(
                "ALARM: the event log cannot be written: {error}; make room on the disk of state_dir. \
                 Recording goes on, and hosts keep their audit events meanwhile"
            );
        }
    }
}
