//! Alerts as one thing: started, asked, acted upon, stopped.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use sudolog_core::alert::{Letter, Plan};
use sudolog_core::eventlog::Severity;
use sudolog_core::wire::message::{AlertAct, Alerts, AlertsQuery};

use super::bell::Bell;
use super::dispatcher::WARNING;
use super::local_log::LocalLog;
use super::opening::{Opening, Slot};
use super::outbox::OutboxError;
use super::plan_file::PlanFile;
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
    slot: Arc<Slot>,
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
    /// There is no outbox yet.
    #[error("{0}")]
    NotOpen(String),
    /// The outbox.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// A word that this build does not know.
    #[error("this server does not know what to do")]
    Unknown,
}

impl Dispatch {
    /// Reads the file and the outbox and starts the threads. Within a tokio runtime. A file that cannot be used
    /// is said, and the one that was last good is in force; an outbox that cannot be opened is said, and tried
    /// again.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(setup: Setup) -> io::Result<Self> {
        let Setup { file, local_log, state_dir, log, warnings } = setup;
        let beginning = PlanFile::begin(&file, &state_dir);
        let local_log = LocalLog::new(local_log);
        if let Some(wrong) = &beginning.wrong {
            local_log.send(wrong.clone());
            warnings.raise(WARNING, wrong.clone());
        }
        let plan = Arc::new(Mutex::new(Arc::clone(beginning.file.plan())));
        let (bell, slot) = (Arc::new(Bell::default()), Arc::new(Slot::default()));
        ring_for(&log, &bell);
        let opening = Opening {
            dir: state_dir.join("outbox"),
            newest: log.newest(),
            beginning,
            in_force: Arc::clone(&plan),
            local_log,
            log,
            warnings,
            bell: Arc::clone(&bell),
            slot: Arc::clone(&slot),
        };
        let opened = opening.open();
        let thread = std::thread::Builder::new().name("alerts".to_owned());
        let thread = Mutex::new(Some(thread.spawn(move || opening.run(opened))?));
        Ok(Self(Some(Arc::new(Inner { slot, plan, bell, thread }))))
    }

    /// How targets and messages stand.
    pub fn status(&self, query: &AlertsQuery) -> Alerts {
        let trouble = match &self.0 {
            Some(inner) => match inner.slot.outbox() {
                Ok(outbox) => return outbox.status(&inner.plan(), query),
                Err(trouble) => trouble,
            },
            None => ActError::None.to_string(),
        };
        Alerts { trouble: trouble.as_str().into(), ..Alerts::default() }
    }

    /// Does something about alerts.
    ///
    /// # Errors
    /// [`ActError`]; then nothing was done.
    pub fn act(&self, act: &AlertAct) -> Result<(), ActError> {
        let inner = self.0.as_ref().ok_or(ActError::None)?;
        let outbox = inner.slot.outbox().map_err(ActError::NotOpen)?;
        match act {
            AlertAct::Test { target } => {
                let plan = inner.plan();
                if plan.target(target).is_none() {
                    return Err(ActError::Target(target.chars().take(64).collect()));
                }
                let letter = test_letter(&plan, target);
                Ok(outbox.put_extra(letter).map_err(OutboxError::from)?)
            }
            AlertAct::Retry { numbers } => Ok(outbox.retry(numbers)?),
            AlertAct::Discard { numbers } => Ok(outbox.discard(numbers)?),
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
