//! The record path as one thing: started, asked, stopped.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use sudolog_core::ack::AckSigner;
use sudolog_core::limits::SINK_BATCHES_MAX;
use sudolog_core::session::Tsid;

use super::committer::{Committer, Health};
use super::fanout::{Fanout, Subscription};
use super::hosts::Hosts;
use super::queue::Queue;
use super::rebuild::{Rebuilt, rebuild};
use super::registry::Registry;
use crate::store::{Catalog, Layout, Sink, StoreError};

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
    queue: Queue,
    hosts: Hosts,
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
        let registry = Registry::default();
        let Rebuilt { layout, index, journal_dir, writer, logs, last_seq } =
            rebuild(&config, &registry)?;
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
        let (queue, intake) = Queue::new();
        let (to_sink, batches) = sync_channel(SINK_BATCHES_MAX);
        let health = Arc::new(Health::default());
        let signer = Arc::new(config.signer);
        let committer = Committer {
            intake,
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
            queue,
            hosts: Hosts::new(),
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
        self.0.sink_stop.store(true, Ordering::Relaxed);
        let threads =
            std::mem::take(&mut *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let spawned: io::Result<_> = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.map_err(StoreError::at(Path::new("thread")))
}
