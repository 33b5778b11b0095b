//! Alerts as one thing: started, asked, acted upon, stopped.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::Context as _;
use sudolog_core::alert::{Desk, Letter, Plan};
use sudolog_core::eventlog::Severity;
use sudolog_core::wire::message::{AlertAct, Alerts, AlertsQuery};

use super::bell::Bell;
use super::crew::Crew;
use super::dispatcher::{Dispatcher, WARNING};
use super::local_log::LocalLog;
use super::memory_file::MemoryFile;
use super::outbox::{Outbox, OutboxError};
use super::plan_file::{Beginning, PlanFile};
use crate::clock::now;
use crate::eventlog::EventLog;
use crate::warnings::Warnings;

/// The way to alerts; clones share it. Without a file of alerts there is nothing behind it.
#[derive(Clone, Debug, Default)]
pub struct Dispatch(Option<Arc<Inner>>);

/// What alerts are started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The file of alerts.
    pub file: PathBuf,
    /// Where the machine's own log takes messages, if not where all machines have it.
    pub local_log: Option<PathBuf>,
    /// The outbox is in there.
    pub state_dir: PathBuf,
    /// What is told.
    pub log: EventLog,
    /// Where it is said that the file cannot be used.
    pub warnings: Warnings,
}

#[derive(Debug)]
struct Inner {
    outbox: Arc<Outbox>,
    plan: Arc<Mutex<Arc<Plan>>>,
    bell: Arc<Bell>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// There are no alerts.
    #[error("no alerts are configured: name a file in server.toml, [alerts] config")]
    None,
    /// No such target.
    #[error("there is no target {0:?}")]
    Target(String),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A word that this build does not know.
    #[error("this server does not know what to do")]
    Unknown,
}

impl Dispatch {
    /// Reads the file and the outbox and starts the threads. Within a tokio runtime. A file that cannot be used
    /// is said, and the one that was last good is in force.
    ///
    /// # Errors
    /// When the outbox cannot be opened.
    pub fn start(setup: Setup) -> anyhow::Result<Self> {
        let Setup { file, local_log, state_dir, log, warnings } = setup;
        let Beginning { file, wrong, is_without } = PlanFile::begin(&file, &state_dir);
        let dir = state_dir.join("outbox");
        let outbox = Arc::new(Outbox::open(&dir).with_context(|| dir.display().to_string())?);
        let plan = Arc::clone(file.plan());
        let in_force = Arc::new(Mutex::new(Arc::clone(&plan)));
        // What happened before there were alerts is no news.
        let read = outbox.place().map_or(log.newest(), |place| place.min(log.newest()));
        outbox.put(&[], read).with_context(|| dir.display().to_string())?;
        let local_log = LocalLog::new(local_log);
        let mut crew = Crew::new(Arc::clone(&outbox), local_log.clone());
        if !is_without {
            crew.set_plan(&plan);
        }
        if let Some(wrong) = wrong {
            outbox.set_trouble(wrong.clone());
            local_log.send(wrong.clone());
            warnings.raise(WARNING, wrong);
        }
        let bell = Arc::new(Bell::default());
        ring_for(&log, &bell);
        let memory = MemoryFile::in_dir(&dir);
        let desk = desk(plan, &outbox, &memory, log.newest());
        let dispatcher = Dispatcher {
            memory,
            written_changes: desk.changes(),
            written: Instant::now(),
            settled: read,
            desk,
            file,
            warnings,
            in_force: Arc::clone(&in_force),
            log,
            outbox: Arc::clone(&outbox),
            crew,
            local_log,
            read,
            pending: Vec::new(),
            looked: Instant::now(),
            bell: Arc::clone(&bell),
        };
        let thread = std::thread::Builder::new().name("alerts".to_owned());
        let thread = Mutex::new(Some(thread.spawn(move || dispatcher.run())?));
        Ok(Self(Some(Arc::new(Inner { outbox, plan: in_force, bell, thread }))))
    }

    /// How targets and messages stand.
    pub fn status(&self, query: &AlertsQuery) -> Alerts {
        match &self.0 {
            Some(inner) => inner.outbox.status(&inner.plan(), query),
            None => Alerts { trouble: ActError::None.to_string().into(), ..Alerts::default() },
        }
    }

    /// Does something about alerts.
    ///
    /// # Errors
    /// [`ActError`]; then nothing was done.
    pub fn act(&self, act: &AlertAct) -> Result<(), ActError> {
        let inner = self.0.as_ref().ok_or(ActError::None)?;
        match act {
            AlertAct::Test { target } => {
                let plan = inner.plan();
                if plan.target(target).is_none() {
                    return Err(ActError::Target(target.chars().take(64).collect()));
                }
                let letter = test_letter(&plan, target);
                Ok(inner.outbox.put_extra(letter).map_err(OutboxError::from)?)
            }
            AlertAct::Retry { numbers } => Ok(inner.outbox.retry(numbers)?),
            AlertAct::Discard { numbers } => Ok(inner.outbox.discard(numbers)?),
            AlertAct::Unknown => Err(ActError::Unknown),
        }
    }

    /// Ends the threads; one that hangs in a try is not waited for. Blocks for a moment.
    pub fn shutdown(&self) {
        let Some(inner) = &self.0 else { return };
        inner.bell.end();
        let thread = inner.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("ALARM: the thread of alerts panicked");
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.bell.end();
    }
}

impl Inner {
    fn plan(&self) -> Arc<Plan> {
        Arc::clone(&self.plan.lock().unwrap_or_else(PoisonError::into_inner))
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

/// Rings whenever the log has something new. Ends with the log, or with the runtime; the dispatcher looks by
/// itself too.
fn ring_for(log: &EventLog, bell: &Arc<Bell>) {
    let (mut newest, ringing) = (log.watch(), Arc::clone(bell));
    tokio::spawn(async move {
        while newest.changed().await.is_ok() {
            ringing.ring();
        }
    });
}

/// A message that says that it is none.
pub(super) fn test_letter(plan: &Plan, target: &str) -> Letter {
    let made = now();
    Letter {
        id: format!("test-{}", made.as_nanos()),
        target: target.to_owned(),
        severity: Severity::Info,
        title: format!("{} test", plan.prefix()),
        lines: vec!["This is a test. Nothing has happened.".to_owned()],
        items: Vec::new(),
        entries: Vec::new(),
        count: 1,
        part: 1,
        of: 1,
        made,
    }
}
