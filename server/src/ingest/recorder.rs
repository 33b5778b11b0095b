//! The record path as one thing: started, asked, stopped.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use sudolog_core::ack::AckSigner;
use sudolog_core::limits::{EVENTS_RETRY_INTERVAL, SINK_BATCHES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::triage::Policy;

use super::allowance::Allowances;
use super::committer::Committer;
use super::hosts::Hosts;
use super::queue::Queue;
use super::rebuild::{Rebuilt, rebuild};
use super::witnessed::Unrecorded;
use crate::eventlog::{EventLog, KeepError, Left, Reporter};
use crate::journal::{Place, Record};
use crate::sessions::{Fanout, Fresh, Registry, Subscription};
use crate::store::{Catalog, Health, Layout, Sink, StoreError};

/// What the record path needs.
#[derive(Debug)]
pub struct RecorderConfig {
    /// Where recordings go.
    pub log_dir: PathBuf,
    /// Where journal and index go.
    pub state_dir: PathBuf,
    /// The key that signs acknowledgements.
    pub signer: AckSigner,
    /// By which an index that is missing counts what operators said.
    pub policy: Policy,
}

/// The running record path; clones share it.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    queue: Queue,
    hosts: Hosts,
    registry: Registry,
    catalog: Catalog,
    fanout: Fanout,
    fresh: Fresh,
    events: EventLog,
    allowances: Allowances,
    unrecorded: Unrecorded,
    layout: Layout,
    state_dir: PathBuf,
    signer: Arc<AckSigner>,
    last_seq: AtomicU32,
    ended: Vec<Tsid>,
    health: Arc<Health>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Recorder {
    /// Makes whole what a crash left, and starts the threads.
    ///
    /// # Errors
    /// When the directories cannot be used or the journal has a hole.
    pub fn start(config: RecorderConfig) -> Result<Self, StoreError> {
        let registry = Registry::default();
        let events_dir = config.state_dir.join("events");
        let events = EventLog::open(&events_dir).map_err(StoreError::at(&events_dir))?;
        let reporter = Reporter::to(events.clone());
        let mut rebuilt = rebuild(&config, &registry, events.told())?;
        let layout = rebuilt.layout.clone();
        let catalog = Catalog::open(layout.clone(), &config.state_dir, registry.clone())?;
        let untold = std::mem::take(&mut rebuilt.untold);
        if make_good(&events, &reporter, catalog.clone(), untold, rebuilt.begins)? {
            let journal_dir = config.state_dir.join("journal");
            // Only now may they go: what is in the event log by now is nowhere else if we are killed.
            rebuilt.spent.release(rebuilt.begins.segment).map_err(StoreError::at(&journal_dir))?;
        }
        let Rebuilt { index, spent, writer, logs, last_seq, ended, .. } = rebuilt;
        let (fanout, fresh) = (Fanout::default(), Fresh::default());
        let health = Arc::new(Health::default());
        let sink = Sink {
            layout: layout.clone(),
            index,
            spent,
            registry: registry.clone(),
            fanout: fanout.clone(),
            fresh: fresh.clone(),
            reporter,
            logs,
            rows: Vec::new(),
            health: Arc::clone(&health),
        };
        let (queue, intake) = Queue::new();
        let (to_sink, batches) = sync_channel(SINK_BATCHES_MAX);
        let signer = Arc::new(config.signer);
        let committer = Committer {
            intake,
            writer,
            signer: Arc::clone(&signer),
            sink: to_sink,
            health: Arc::clone(&health),
            fresh: fresh.clone(),
        };
        let threads = vec![
            spawn("journal", move || committer.run())?,
            spawn("sink", move || sink.run(&batches))?,
        ];
        Ok(Self(Arc::new(Inner {
            queue,
            hosts: Hosts::new(),
            registry,
            catalog,
            fanout,
            fresh,
            events,
            allowances: Allowances::default(),
            unrecorded: Unrecorded::default(),
            layout,
            state_dir: config.state_dir,
            signer,
            last_seq: AtomicU32::new(last_seq),
            ended,
            health,
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
        if self.0.registry.by_tsid(tsid).is_some() {
            return Some(subscription);
        }
        // Nobody else will ever end what has ended.
        self.0.fanout.end(tsid);
        None
    }

    /// Which sessions have something new in the files.
    pub fn fresh(&self) -> &Fresh {
        &self.0.fresh
    }

    /// Sessions that the journal brought back with their end: whoever looks at sessions may not have looked at all of
    /// them when the server ended.
    pub fn ended_at_start(&self) -> &[Tsid] {
        &self.0.ended
    }

    /// What happened beside the recordings.
    pub fn events(&self) -> &EventLog {
        &self.0.events
    }

    /// How much of that each host may say.
    pub(super) fn allowances(&self) -> &Allowances {
        &self.0.allowances
    }

    /// How many sessions without a recording each host was given.
    pub(super) fn unrecorded(&self) -> &Unrecorded {
        &self.0.unrecorded
    }

    /// The log directory and the state directory.
    pub fn places(&self) -> (&Path, &Path) {
        (self.0.layout.root(), &self.0.state_dir)
    }

    /// Why no session may start now, for the user; `None` when one may.
    pub fn complaint(&self) -> Option<&'static str> {
        self.0.health.complaint()
    }

    /// Looks how much room is left on both disks.
    pub fn look_at_disks(&self) {
        self.0.health.look(&[self.0.layout.root(), &self.0.state_dir]);
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

    /// The way to the journal.
    pub(super) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// Who is connected.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    /// Ends the threads after all that was submitted is stored, as far as the disk lets. Blocks.
    pub fn shutdown(&self) {
        self.0.queue.close();
        self.0.health.stop();
        self.0.fresh.close();
        let threads =
            std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

/// Tells the event log what an earlier run could not. Where the log's disk fails nobody waits for it: the rest is
/// told as soon as it can be. True when all is.
fn make_good(
    events: &EventLog,
    reporter: &Reporter,
    catalog: Catalog,
    untold: Vec<(Tsid, Record)>,
    begins: Place,
) -> Result<bool, StoreError> {
    let (tried, first_try) = sync_channel(1);
    let (events, reporter) = (events.clone(), reporter.clone());
    spawn("events-late", move || {
        let mut left = untold;
        loop {
            match reporter.make_good(|tsid| catalog.row(tsid).ok().flatten(), &left) {
                Ok(()) => {
                    events.has_all_up_to(begins);
                    let _ = tried.try_send(true);
                    return;
                }
                Err(Left { why: KeepError::Stopping, .. }) => return,
                Err(Left { why: KeepError::Disk, records }) => left = records.to_vec(),
            }
            // The journal keeps it as long as it can.
            events.fall_behind();
            let _ = tried.try_send(false);
            std::thread::sleep(EVENTS_RETRY_INTERVAL);
        }
    })?;
    // Done, or it failed once.
    Ok(first_try.recv().unwrap_or(false))
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let spawned: io::Result<_> = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(StoreError::at(Path::new("thread")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_a_session_that_has_ended_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(RecorderConfig {
            log_dir: dir.path().join("iolog"),
            state_dir: dir.path().join("state"),
            signer: AckSigner::from_seed(&[1; 32]),
            policy: Policy::default(),
        })
        .unwrap();
        for _ in 0..10 {
            assert!(recorder.subscribe(Tsid::from_seq(7).unwrap()).is_none());
        }
        assert_eq!(recorder.0.fanout.viewers(), 0);
        recorder.shutdown();
    }
}
