//! Making whole what a crash left: journal and recordings agree again before anything new comes.
//!
//! Everything that the journal holds is written again from the place where its oldest segment
//! begins; what the files had beyond that is cut off first, so nothing is twice and nothing missing.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use sudolog_core::ack::{AckSigner, SignedAck};
use sudolog_core::session::{SessionId, SessionState, Tsid};
use sudolog_core::wire::message::SessionRow;

use super::recorder::RecorderConfig;
use crate::clock::now_ns;
use crate::eventlog::is_told;
use crate::journal::{self, Entry, Place, Record, Recovered, Tail, Writer};
use crate::sessions::{Brief, Registry, Session};
use crate::store::{Directory, Index, Layout, Log, Spent, StoreError, reindex};

/// Everything that the record path goes on with.
pub(super) struct Rebuilt {
    /// Where recordings lie.
    pub(super) layout: Layout,
    /// Over them.
    pub(super) index: Index,
    /// The journal's segments before the new one.
    pub(super) spent: Spent,
    /// Its writing end, in a new segment.
    pub(super) writer: Writer,
    /// The recordings that are open.
    pub(super) logs: HashMap<Tsid, Log>,
    /// The largest number given so far.
    pub(super) last_seq: u32,
    /// What the journal holds that the event log may lack.
    pub(super) untold: Vec<(Tsid, Record)>,
    /// Where the new segment begins; those before it are still there.
    pub(super) begins: Place,
    /// Sessions that have ended, by what the journal holds.
    pub(super) ended: Vec<Tsid>,
}

/// Replays the journal into the recordings and puts open sessions into the registry. The event log has all up
/// to `told`.
///
/// # Errors
/// When the directories cannot be used or the journal has a hole.
pub(super) fn rebuild(
    config: &RecorderConfig,
    registry: &Registry,
    told: Place,
) -> Result<Rebuilt, StoreError> {
    let state = Layout::open(&config.state_dir)?;
    let journal_dir = state.root().join("journal");
    Layout::open(&journal_dir)?;
    let layout = Layout::open(&config.log_dir)?;
    if !config.state_dir.join("index.db").exists() {
        reindex(&config.log_dir, &config.state_dir, &config.policy)?;
    }
    let at_journal = || StoreError::at(&journal_dir);
    let recovered = journal::recover(&journal_dir).map_err(at_journal())?;
    let (number, previous_end) = (recovered.next_number, recovered.previous_end);
    // A place that this journal has not reached is one of another journal.
    let told = Some(told).filter(|told| told.segment < number).unwrap_or_default();
    let mut recordings = Recordings::new(&layout, &config.signer, told);
    recordings.apply(recovered)?;
    let mut index = Index::open(&config.state_dir)?;
    index.put(&recordings.rows())?;
    index.put_running(&recordings.running())?;
    let stranded = recordings.stranded(&index)?;
    index.put(&stranded)?;
    sync_all(layout.root())?;
    let writer = Writer::create(&journal_dir, number, previous_end, recordings.tails())
        .map_err(at_journal())?;
    let untold = std::mem::take(&mut recordings.untold);
    let mut last_seq = layout.last_seq().max(index.last_seq()?);
    let mut logs = HashMap::new();
    for (id, (tail, start, log)) in recordings.open {
        last_seq = last_seq.max(tail.tsid.seq());
        let directory = Directory(layout.directory(tail.tsid));
        let session = Session::recovered(tail.tsid, start, &tail.at, directory.age());
        session.recover(&directory.incidents());
        session.acknowledge(SignedAck::sign(
            &config.signer,
            id,
            tail.at.seq,
            now_ns(),
            tail.at.chain,
        ));
        registry.insert(session);
        logs.insert(tail.tsid, log);
    }
    let begins = Place { segment: number, end: 0 };
    let spent = Spent::new(journal_dir, number);
    let ended = recordings.ended;
    Ok(Rebuilt { layout, index, spent, writer, logs, last_seq, untold, begins, ended })
}

/// The recordings while the journal makes them whole.
struct Recordings<'a> {
    layout: &'a Layout,
    signer: &'a AckSigner,
    open: BTreeMap<SessionId, (Tail, Brief, Log)>,
    /// Recordings that have ended: the index must learn what their files say.
    ended: Vec<Tsid>,
    /// The event log has all up to there.
    told: Place,
    /// What lies behind it and the event log is told of.
    untold: Vec<(Tsid, Record)>,
}

impl<'a> Recordings<'a> {
    fn new(layout: &'a Layout, signer: &'a AckSigner, told: Place) -> Self {
        let (open, ended, untold) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { layout, signer, open, ended, told, untold }
    }

    fn apply(&mut self, recovered: Recovered) -> Result<(), StoreError> {
        for (id, tail) in recovered.carried {
            self.carry(id, tail);
        }
        for (entry, place) in recovered.entries.into_iter().zip(recovered.places) {
            if place > self.told {
                self.look_at(&entry);
            }
            self.take(entry)?;
        }
        for (_, _, log) in self.open.values_mut() {
            log.flush()?;
            log.close_files();
        }
        for (id, tail) in recovered.open {
            if let Some(entry) = self.open.get_mut(&id) {
                entry.0 = tail;
            }
        }
        Ok(())
    }

    /// A recording that somebody took away cannot be made whole; the server starts all the same.
    fn carry(&mut self, id: SessionId, tail: Tail) {
        let dir = self.layout.directory(tail.tsid);
        let start = Directory(dir.clone()).session().map(|(start, _)| Brief::of(tail.tsid, &start));
        match (start, Log::resume(dir, tail.at)) {
            (Some(start), Ok(log)) => {
                self.open.insert(id, (tail, start, log));
            }
            (_, Err(error)) => {
                tracing::error!("SECURITY: recording {} was tampered with: {error}", tail.tsid)
            }
            (None, Ok(_)) => {
                tracing::error!("SECURITY: recording {} has lost its log.json", tail.tsid)
            }
        }
    }

    /// The event log may lack it.
    fn look_at(&mut self, entry: &Entry) {
        // What nothing recorded is in the event log: that is where it came from.
        if !is_told(&entry.record) || entry.session.is_unrecorded() {
            return;
        }
        let tsid = match &entry.record {
            Record::Open { tsid, .. } => Some(*tsid),
            _ => self.open.get(&entry.session).map(|(tail, _, _)| tail.tsid),
        };
        self.untold.extend(tsid.map(|tsid| (tsid, entry.record.clone())));
    }

    fn take(&mut self, entry: Entry) -> Result<(), StoreError> {
        match entry.record {
            Record::Open { tsid, start } => {
                let log = Log::create(self.layout.make(tsid)?, &start)?;
                self.layout.write_seq(tsid)?;
                let at = *log.position();
                let tail = Tail { tsid, host: start.submit_host.clone(), at };
                self.open.insert(entry.session, (tail, Brief::of(tsid, &start), log));
            }
            Record::Event { event, chain } => {
                if let Some((_, _, log)) = self.open.get_mut(&entry.session) {
                    log.push(&event, chain);
                    if log.buffered() >= FLUSH_BYTES {
                        log.flush()?;
                    }
                }
            }
            Record::Close { end, chain } => {
                if let Some((tail, start, mut log)) = self.open.remove(&entry.session) {
                    let seq = end.final_seq.saturating_add(1);
                    log.checkpoint(SignedAck::sign(
                        self.signer,
                        entry.session,
                        seq,
                        now_ns(),
                        chain,
                    ));
                    log.finish(&start, &end)?;
                    self.ended.push(tail.tsid);
                }
            }
            Record::Gone { reason } => {
                if let Some((tail, _, mut log)) = self.open.remove(&entry.session) {
                    log.flush()?;
                    // What was acknowledged stays provable, also without an end.
                    let at = *log.position();
                    let signer = self.signer;
                    let ack = SignedAck::sign(signer, entry.session, at.seq, now_ns(), at.chain);
                    log.checkpoint(ack);
                    log.give_up(reason.as_bytes())?;
                    self.ended.push(tail.tsid);
                }
            }
            Record::Incident(incident) => {
                if let Some((_, _, log)) = self.open.get_mut(&entry.session) {
                    log.incident(&incident)?;
                }
            }
            Record::Carry(_) => {}
        }
        Ok(())
    }

    fn rows(&self) -> Vec<SessionRow> {
        let row = |tsid: &Tsid| Directory(self.layout.directory(*tsid)).row(*tsid);
        self.ended.iter().filter_map(row).collect()
    }

    /// Sessions that go on, whatever the index thinks of them: it may have been built while nobody had
    /// them in hand.
    fn running(&self) -> Vec<SessionRow> {
        let row = |(tail, start, _): &(Tail, Brief, Log)| {
            start.row(SessionState::Live, (tail.at.seq, tail.at.elapsed_ns), None)
        };
        self.open.values().map(row).collect()
    }

    /// Those that the index takes for running and nobody will ever go on with.
    fn stranded(&self, index: &Index) -> Result<Vec<SessionRow>, StoreError> {
        let in_hand: HashSet<Tsid> = self.open.values().map(|(tail, _, _)| tail.tsid).collect();
        let mut rows = Vec::new();
        for tsid in index.running()?.into_iter().filter(|tsid| !in_hand.contains(tsid)) {
            let row = match Directory(self.layout.directory(tsid)).row(tsid) {
                Some(row) => Some(row),
                None => index.get(tsid)?,
            };
            rows.extend(row.map(|row| match row.state.is_open() {
                true => SessionRow { state: SessionState::Incomplete, ..row },
                false => row,
            }));
        }
        Ok(rows)
    }

    fn tails(&self) -> BTreeMap<SessionId, Tail> {
        self.open.iter().map(|(id, (tail, _, _))| (*id, tail.clone())).collect()
    }
}

fn sync_all(root: &Path) -> Result<(), StoreError> {
    let dir = std::fs::File::open(root).map_err(StoreError::at(root))?;
    rustix::fs::syncfs(&dir).map_err(|e| StoreError::at(root)(e.into()))
}

const FLUSH_BYTES: usize = 1024 * 1024;
