//! Applies what the journal holds to the iolog files, off the acknowledgement path.
//!
//! One thread takes batches in the journal's order. A disk error here loses nothing: the batch stays
//! and is tried again, the journal keeps its segments, and when the queue is full acknowledgements
//! wait. Events are published to live viewers only after the files hold them, so whoever subscribes
//! first and reads the files then sees no gap. A recording whose files somebody takes away or replaces
//! while it grows is given up with an alarm, so that no other has to wait for it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use sudolog_core::ack::SignedAck;
use sudolog_core::limits::OPEN_RECORDINGS_MAX;
use sudolog_core::session::{EventKind, SessionEnd, SessionId, SessionState, Tsid};
use sudolog_core::wire::message::SessionRow;

use super::health::{Health, Storage};
use super::{Index, Layout, Log, Spent, StoreError};
use crate::eventlog::{Reporter, is_told};
use crate::journal::{Place, Record};
use crate::sessions::{Fanout, Fresh, Registry, Session};

/// What was synced in the journal at once.
#[derive(Debug, Default)]
pub struct Batch {
    /// Sessions and what happened to them, in order.
    pub entries: Vec<(Arc<Session>, Record)>,
    /// The newest acknowledgement of each session in it.
    pub acks: HashMap<SessionId, SignedAck>,
    /// Where it ends in the journal.
    pub place: Place,
    /// The batch began this journal segment; those before it are done with once synced here.
    pub rotated: Option<u64>,
}

/// The writing end of the store.
#[derive(Debug)]
pub struct Sink {
    /// Where recordings lie.
    pub layout: Layout,
    /// Written at start and end of each session.
    pub index: Index,
    /// Segments of the journal are removed when they are done with.
    pub spent: Spent,
    /// Finished sessions are taken out of it.
    pub registry: Registry,
    /// Told what is in the files.
    pub fanout: Fanout,
    /// Told which sessions have something new.
    pub fresh: Fresh,
    /// Told what happens to sessions.
    pub reporter: Reporter,
    /// Recordings that are open.
    pub logs: HashMap<Tsid, Log>,
    /// Rows that the index has not got yet.
    pub rows: Vec<SessionRow>,
    /// Told how the disk is; says when a failing one is not to be insisted on any longer.
    pub(crate) health: Arc<Health>,
}

impl Sink {
    /// Applies batches until the other end hangs up. Ends early only when it is told to stop while
    /// the disk fails; the journal then brings it back at the next start.
    pub fn run(mut self, batches: &Receiver<Batch>) {
        let mut looked = Instant::now();
        loop {
            let done = match batches.recv_timeout(CHECKPOINT_LOOK) {
                Ok(batch) => self.apply(batch),
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let now = Instant::now();
            let checked = if now.saturating_duration_since(looked) < CHECKPOINT_LOOK {
                Ok(())
            } else {
                looked = now;
                self.write_checkpoints(now)
            };
            if done.and(checked).is_err() {
                return;
            }
        }
    }

    /// Signs what sessions have stored that rest by now: where one is broken shall be found within
    /// seconds of the recording, and one that runs can be checked up to here.
    fn write_checkpoints(&mut self, now: Instant) -> Result<(), StoreError> {
        let due = self.logs.iter().filter(|(_, log)| log.is_checkpoint_due(now));
        let due: Vec<Tsid> = due.map(|(tsid, _)| *tsid).collect();
        for tsid in due {
            let Some(log) = self.logs.get_mut(&tsid) else { continue };
            if keep(&self.health, || log.flush())?.is_none() {
                self.logs.remove(&tsid);
                let session = self.registry.by_tsid(tsid);
                self.rows
                    .extend(session.map(|session| session.row(SessionState::Incomplete, None)));
            }
        }
        self.save_rows();
        self.release_spent();
        Ok(())
    }

    fn apply(&mut self, batch: Batch) -> Result<(), StoreError> {
        if let Some(number) = batch.rotated {
            self.spend_below(number)?;
        }
        for (session, record) in &batch.entries {
            self.take(session, record, &batch.acks)?;
        }
        self.flush(&batch)?;
        self.save_rows();
        self.publish(&batch);
        self.close_idle(&batch);
        Ok(())
    }

    fn take(
        &mut self,
        session: &Session,
        record: &Record,
        acks: &HashMap<SessionId, SignedAck>,
    ) -> Result<(), StoreError> {
        let (tsid, start) = (session.tsid(), session.start());
        match record {
            Record::Open { start: whole, .. } => {
                let layout = &self.layout;
                let log = keep(&self.health, || {
                    let log = Log::create(layout.make(tsid)?, whole)?;
                    layout.write_seq(tsid)?;
                    Ok(log)
                })?;
                let kept =
                    if log.is_some() { SessionState::Live } else { SessionState::Incomplete };
                log.into_iter().for_each(|log| drop(self.logs.insert(tsid, log)));
                self.rows.push(session.row(kept, None));
            }
            Record::Event { event, chain } => {
                if let Some(log) = self.logs.get_mut(&tsid) {
                    log.push(event, *chain);
                    acks.get(&start.session_id)
                        .into_iter()
                        .for_each(|ack| log.checkpoint(ack.clone()));
                }
            }
            Record::Close { end, .. } => {
                if let Some(mut log) = self.logs.remove(&tsid) {
                    acks.get(&start.session_id)
                        .into_iter()
                        .for_each(|ack| log.checkpoint(ack.clone()));
                    match keep(&self.health, || log.finish(start, end))? {
                        Some(()) => self.finished(session, &log, SessionState::Complete, Some(end)),
                        None => self.finished(session, &log, SessionState::Incomplete, None),
                    }
                }
            }
            Record::Gone { reason } => {
                if let Some(mut log) = self.logs.remove(&tsid) {
                    keep(&self.health, || log.give_up(reason.as_bytes()))?;
                    self.finished(session, &log, SessionState::Incomplete, None);
                }
            }
            Record::Incident(incident) => {
                if let Some(log) = self.logs.get_mut(&tsid) {
                    keep(&self.health, || log.incident(incident))?;
                }
            }
            Record::Carry(_) => {}
        }
        Ok(())
    }

    fn finished(
        &mut self,
        session: &Session,
        log: &Log,
        state: SessionState,
        end: Option<&SessionEnd>,
    ) {
        session.set_stored(log.position());
        self.rows.push(session.row(state, end));
    }

    fn flush(&mut self, batch: &Batch) -> Result<(), StoreError> {
        for (session, record) in &batch.entries {
            if !matches!(record, Record::Event { .. }) {
                continue;
            }
            let Some(log) = self.logs.get_mut(&session.tsid()) else { continue };
            if !log.is_dirty() {
                continue;
            }
            if keep(&self.health, || log.flush())?.is_some() {
                session.set_stored(log.position());
            } else {
                self.logs.remove(&session.tsid());
                self.rows.push(session.row(SessionState::Incomplete, None));
            }
        }
        Ok(())
    }

    fn publish(&self, batch: &Batch) {
        // What nothing recorded is in the event log: that is where it came from.
        let told = batch.entries.iter().filter(|(session, record)| {
            is_told(record) && !session.start().session_id.is_unrecorded()
        });
        let told = told.map(|(session, record)| (session.row(session.state(), None), record));
        self.reporter.recorded(told, batch.place);
        for (session, record) in &batch.entries {
            match record {
                Record::Event { event, .. } => self.fanout.event(session.tsid(), event),
                Record::Close { .. } | Record::Gone { .. } => {
                    self.registry.remove(session);
                    self.fanout.end(session.tsid());
                }
                Record::Open { .. } | Record::Carry(_) | Record::Incident(_) => {}
            }
        }
        let is_typed = |record: &Record| matches!(record, Record::Event { event, .. } if event.kind() == EventKind::Ttyin);
        let typed = batch.entries.iter().filter(|(_, record)| is_typed(record));
        self.fresh.hurry(typed.map(|(session, _)| (&session.start().submit_host, session.tsid())));
        self.fresh.add(batch.entries.iter().map(|(session, _)| session.tsid()));
    }

    /// The index may fail without harm: it can be built anew.
    fn save_rows(&mut self) {
        if self.rows.is_empty() {
            return;
        }
        match self.index.put(&self.rows) {
            Ok(()) => self.rows.clear(),
            Err(error) => {
                tracing::error!("{error}");
                // Kept for the next try, but not for ever.
                let surplus = self.rows.len().saturating_sub(ROWS_KEPT_MAX);
                self.rows.drain(..surplus);
            }
        }
    }

    /// Everything before segment `number` is in the files; syncs them, so that the segments can go.
    fn spend_below(&mut self, number: u64) -> Result<(), StoreError> {
        let root = self.layout.root();
        self.health.insist(Storage::Recordings, || {
            let dir = std::fs::File::open(root).map_err(StoreError::at(root))?;
            rustix::fs::syncfs(&dir).map_err(|e| StoreError::at(root)(e.into()))
        })?;
        self.spent.spend(number);
        self.reporter.recorded_before(number);
        self.release_spent();
        Ok(())
    }

    /// Lets segments go that nobody needs.
    fn release_spent(&mut self) {
        if let Err(error) = self.spent.release(self.reporter.needs_from()) {
            tracing::error!("a segment of the journal cannot be removed: {error}");
        }
    }

    /// Keeps the number of open files bounded: when it is too high, every recording that this batch
    /// did not touch is closed until it grows again.
    fn close_idle(&mut self, batch: &Batch) {
        if self.logs.values().filter(|log| log.has_open_files()).count() <= OPEN_RECORDINGS_MAX {
            return;
        }
        let busy: std::collections::HashSet<Tsid> =
            batch.entries.iter().map(|(s, _)| s.tsid()).collect();
        let idle = self.logs.iter_mut().filter(|(tsid, _)| !busy.contains(tsid));
        idle.for_each(|(_, log)| log.close_files());
    }
}

/// Writes one recording: tries until it works, unless the disk is well and the recording is not what
/// it was. Then `None`.
fn keep<T>(
    health: &Health,
    mut work: impl FnMut() -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    health.insist(Storage::Recordings, || match work() {
        Err(error) if error.is_tampering() => {
            tracing::error!("SECURITY: a recording was tampered with while it grew: {error}");
            Ok(None)
        }
        other => other.map(Some),
    })
}

/// How often it is looked which sessions rest.
const CHECKPOINT_LOOK: Duration = Duration::from_secs(1);
const ROWS_KEPT_MAX: usize = 10_000;
