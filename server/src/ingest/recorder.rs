//! The record path as one thing: started, asked, stopped.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use sudolog_core::ack::{AckSigner, SignedAck};
use sudolog_core::limits::{RESUME_GRACE, SINK_BATCHES_MAX};
use sudolog_core::session::{SessionId, SessionStart, SessionState, Tsid};
use tokio::sync::mpsc;

use super::committer::{Committer, Health, Submission, now_ns};
use super::fanout::{Fanout, Subscription};
use super::registry::{Registry, Session};
use crate::journal::{self, Entry, Record, Recovered, Tail, Writer};
use crate::store::{Catalog, Index, Layout, Log, Sink, StoreError, reindex};

/// What the record path needs.
#[derive(Debug)]
pub struct RecorderConfig {
    /// Where recordings go.
    pub log_dir: PathBuf,
    /// Where journal and index go.
    pub state_dir: PathBuf,
    /// The key that signs acknowledgements.
    pub signer: AckSigner,
}

/// The running record path; clones share it.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    submissions: Mutex<Option<mpsc::Sender<Submission>>>,
    registry: Registry,
    catalog: Catalog,
    fanout: Fanout,
    layout: Layout,
    signer: Arc<AckSigner>,
    last_seq: AtomicU32,
    health: Arc<Health>,
    sink_stop: Arc<AtomicBool>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Recorder {
    /// Makes whole what a crash left, and starts the threads.
    ///
    /// # Errors
    /// When the directories cannot be used or the journal has a hole.
    pub fn start(config: RecorderConfig) -> Result<Self, StoreError> {
        let state = Layout::open(&config.state_dir)?;
        let journal_dir = state.root().join("journal");
        Layout::open(&journal_dir)?;
        let layout = Layout::open(&config.log_dir)?;
        if !config.state_dir.join("index.db").exists() {
            reindex(&config.log_dir, &config.state_dir)?;
        }
        let at_journal = || StoreError::at(&journal_dir);
        let recovered = journal::recover(&journal_dir).map_err(at_journal())?;
        let (next_number, previous_end) = (recovered.next_number, recovered.previous_end);
        let mut rebuilt = Rebuilt::new(&layout, &config.signer);
        rebuilt.apply(recovered)?;
        let mut index = Index::open(&config.state_dir)?;
        rebuilt.index(&mut index)?;
        sync_all(layout.root())?;
        let writer = Writer::create(&journal_dir, next_number, previous_end, rebuilt.tails())
            .map_err(at_journal())?;
        journal::writer::remove_below(&journal_dir, next_number).map_err(at_journal())?;

        let registry = Registry::default();
        let mut last_seq = layout.last_seq().max(index.last_seq()?);
        let mut logs = HashMap::new();
        for (tail, start, log) in rebuilt.open.into_values() {
            last_seq = last_seq.max(tail.tsid.seq());
            let session = Session::recovered(tail.tsid, start, &tail.at);
            let id = session.start().session_id;
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
        let catalog = Catalog::open(layout.clone(), &config.state_dir, registry.clone())?;
        let fanout = Fanout::default();
        let sink_stop = Arc::new(AtomicBool::new(false));
        let sink = Sink {
            layout: layout.clone(),
            index,
            journal_dir,
            registry: registry.clone(),
            fanout: fanout.clone(),
            logs,
            rows: Vec::new(),
            stop: Arc::clone(&sink_stop),
        };
        let (submit, submissions) = mpsc::channel(SUBMISSIONS_MAX);
        let (to_sink, batches) = sync_channel(SINK_BATCHES_MAX);
        let health = Arc::new(Health::default());
        let signer = Arc::new(config.signer);
        let committer = Committer {
            submissions,
            writer,
            signer: Arc::clone(&signer),
            sink: to_sink,
            health: Arc::clone(&health),
        };
        let threads = vec![
            spawn("journal", move || committer.run())?,
            spawn("sink", move || sink.run(&batches))?,
        ];
        Ok(Self(Arc::new(Inner {
            submissions: Mutex::new(Some(submit)),
            registry,
            catalog,
            fanout,
            layout,
            signer,
            last_seq: AtomicU32::new(last_seq),
            health,
            sink_stop,
            threads: Mutex::new(threads),
        })))
    }

    /// Sessions in hand.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// What consoles ask.
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    /// The key that signs.
    pub fn signer(&self) -> &AckSigner {
        &self.0.signer
    }

    /// Everything that is stored of this session from now on; `None` when it is not running.
    pub fn subscribe(&self, tsid: Tsid) -> Option<Subscription> {
        let subscription = self.0.fanout.subscribe(tsid);
        // The sink forgets a session first and tells its viewers then: a session that is still
        // known here will tell this viewer too.
        self.0.registry.by_tsid(tsid).map(|_| subscription)
    }

    /// False while the journal cannot be written: new sessions are refused.
    pub fn is_healthy(&self) -> bool {
        !self.0.health.is_failing()
    }

    /// The number for the next session; never one whose directory exists. `None` when all numbers
    /// are used up.
    pub fn next_tsid(&self) -> Option<Tsid> {
        loop {
            let tsid =
                Tsid::from_seq(self.0.last_seq.fetch_add(1, Ordering::Relaxed).checked_add(1)?)?;
            if !self.0.layout.directory(tsid).exists() {
                return Some(tsid);
            }
        }
    }

    /// Brings records to the journal; waits while too much waits there.
    pub(super) async fn submit(&self, submission: Submission) -> bool {
        let sender = self.0.submissions.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match sender {
            Some(sender) => sender.send(submission).await.is_ok(),
            None => false,
        }
    }

    /// Gives up sessions that nobody has resumed within the grace, and forgets those that are over.
    pub async fn sweep(&self, now: Instant) {
        for session in self.0.registry.all() {
            if session.loose_for(now).is_none_or(|loose| loose < RESUME_GRACE) {
                continue;
            }
            let gone = session.machine().give_up("the host did not come back in time");
            if let Some(record) = gone {
                tracing::warn!(
                    "SECURITY: session {} of {} is INCOMPLETE: the host did not come back",
                    session.tsid(),
                    session.start().submit_host
                );
                self.submit(Submission {
                    session: Arc::clone(&session),
                    records: vec![record],
                    permit: None,
                })
                .await;
            }
            self.0.registry.remove(&session);
        }
    }

    /// Ends the threads after all that was submitted is stored, as far as the disk lets. Blocks.
    pub fn shutdown(&self) {
        self.0.submissions.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.0.health.stop();
        self.0.sink_stop.store(true, Ordering::Relaxed);
        let threads =
            std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

/// The recordings as the journal makes them whole.
struct Rebuilt<'a> {
    layout: &'a Layout,
    signer: &'a AckSigner,
    open: BTreeMap<SessionId, (Tail, SessionStart, Log)>,
    rows: Vec<(Tsid, Option<SessionState>)>,
}

impl<'a> Rebuilt<'a> {
    fn new(layout: &'a Layout, signer: &'a AckSigner) -> Self {
        Self { layout, signer, open: BTreeMap::new(), rows: Vec::new() }
    }

    fn apply(&mut self, recovered: Recovered) -> Result<(), StoreError> {
        for (id, tail) in recovered.carried {
            self.carry(id, tail);
        }
        for entry in recovered.entries {
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
        let start = crate::store::Directory(dir.clone()).session().map(|(start, _)| start);
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

    fn take(&mut self, entry: Entry) -> Result<(), StoreError> {
        match entry.record {
            Record::Open { tsid, start } => {
                let log = Log::create(self.layout.make(tsid)?, &start)?;
                self.layout.write_seq(tsid)?;
                let at = *log.position();
                let tail = Tail { tsid, host: start.submit_host.clone(), at };
                self.open.insert(entry.session, (tail, *start, log));
                self.rows.push((tsid, Some(SessionState::Live)));
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
                    self.rows.push((tail.tsid, None));
                }
            }
            Record::Gone { reason } => {
                if let Some((tail, _, mut log)) = self.open.remove(&entry.session) {
                    log.give_up(reason.as_bytes())?;
                    self.rows.push((tail.tsid, None));
                }
            }
            Record::Carry(_) => {}
        }
        Ok(())
    }

    fn index(&self, index: &mut Index) -> Result<(), StoreError> {
        let row = |(tsid, state): &(Tsid, Option<SessionState>)| {
            let row = crate::store::Directory(self.layout.directory(*tsid)).row(*tsid)?;
            Some(sudolog_core::wire::message::SessionRow {
                state: state.unwrap_or(row.state),
                ..row
            })
        };
        let rows: Vec<_> = self.rows.iter().filter_map(row).collect();
        index.put(&rows)
    }

    fn tails(&self) -> BTreeMap<SessionId, Tail> {
        self.open.iter().map(|(id, (tail, _, _))| (*id, tail.clone())).collect()
    }
}

fn sync_all(root: &Path) -> Result<(), StoreError> {
    let dir = std::fs::File::open(root).map_err(StoreError::at(root))?;
    rustix::fs::syncfs(&dir).map_err(|e| StoreError::at(root)(e.into()))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let spawned: io::Result<_> = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(StoreError::at(Path::new("thread")))
}

/// Submissions that wait for the journal; each carries its share of its connection's memory.
const SUBMISSIONS_MAX: usize = 16 * 1024;
const FLUSH_BYTES: usize = 1024 * 1024;
