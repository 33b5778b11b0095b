//! A first look without any configuration: a server, a shipper and scripted sessions inside the
//! console, in a private directory that is gone when the console ends.
//!
//! The sessions are real programs on real terminals, run by the operator as himself. They go through
//! the same shipper and server code as those of sudo; only sudo's plugin is stood in for
//! ([`recorder`]).
//!
//! Invariant: everything is owned by one thread, which ends every program and removes the
//! directory before [`Embedded`] is dropped, also while a panic unwinds.

mod colleague;
mod directory;
mod error;
mod inbox;
mod launch;
mod parts;
mod player;
mod processes;
mod pty;
mod recorder;
mod repertoire;
mod script;
mod session;
mod stage;

#[cfg(test)]
mod fake;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

pub use error::EmbeddedError;
pub use launch::take_over;
pub use stage::Report;

use self::directory::PrivateDirectory;
use self::parts::Parts;
use crate::runtime::Signals;
use crate::source::server::Address;

/// Server, shipper and sessions, running. Dropping it ends them and removes their directory.
#[derive(Debug)]
pub struct Embedded {
    address: Address,
    data: PathBuf,
    verify_key: PathBuf,
    report: watch::Receiver<Report>,
    banner: watch::Receiver<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread tells when all is up.
struct Ready {
    address: Address,
    data: PathBuf,
    verify_key: PathBuf,
}

impl Embedded {
    /// Starts everything and returns when a console can connect. The executable must begin with
    /// [`take_over`]: it is started once more for each program.
    ///
    /// # Errors
    /// [`EmbeddedError`]; nothing is left behind then either.
    pub fn start() -> Result<Self, EmbeddedError> {
        Self::start_with(launch::launcher())
    }

    /// As [`start`](Self::start), with other words to start a program on a terminal: they are
    /// followed by its path and arguments, and must make the terminal on standard input the
    /// controlling one.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_with(launcher: Vec<OsString>) -> Result<Self, EmbeddedError> {
        let (ready, is_ready) = mpsc::sync_channel(1);
        let (stop, stopped) = oneshot::channel();
        let (reporting, report) = watch::channel(Report::default());
        let (announcing, banner) = watch::channel(String::new());
        let job = Job { launcher, report: reporting, banner: announcing, ready, stopped };
        let thread = std::thread::Builder::new()
            .name("embedded".to_owned())
            .spawn(move || job.run())
            .map_err(EmbeddedError::Thread)?;
        match is_ready.recv() {
            Ok(Ok(Ready { address, data, verify_key })) => {
                let (stop, thread) = (Some(stop), Some(thread));
                Ok(Self { address, data, verify_key, report, banner, stop, thread })
            }
            Ok(Err(error)) => {
                // It has said what it had to say, and ends.
                let _ = thread.join();
                Err(error)
            }
            Err(_) => Err(EmbeddedError::Panicked),
        }
    }

    /// Where a console connects.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The private directory: recordings, keys, and the files that the sessions work on.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The public key that acknowledgements are verified with.
    pub fn verify_key(&self) -> PathBuf {
        self.verify_key.clone()
    }

    /// How it goes, now and as it changes.
    pub fn report(&self) -> watch::Receiver<Report> {
        self.report.clone()
    }

    /// What the operator should see on every screen, now and as it changes.
    pub fn banner(&self) -> watch::Receiver<String> {
        self.banner.clone()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // The thread may have ended by itself; then nobody listens, and that is all right.
        let _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been shown already.
            let _ = thread.join();
        }
    }
}

/// What the thread is given.
struct Job {
    launcher: Vec<OsString>,
    report: watch::Sender<Report>,
    banner: watch::Sender<String>,
    ready: mpsc::SyncSender<Result<Ready, EmbeddedError>>,
    stopped: oneshot::Receiver<()>,
}

impl Job {
    /// The whole life of the thread: everything is made, runs, and is taken down here.
    fn run(self) {
        let ready = self.ready.clone();
        // Dropped in the opposite order: first whatever still runs, then the directory.
        let mut directory = None;
        let ended = runtime().and_then(|runtime| runtime.block_on(self.perform(&mut directory)));
        if let Err(error) = ended {
            let _ = ready.try_send(Err(error));
        }
    }

    async fn perform(self, place: &mut Option<PrivateDirectory>) -> Result<(), EmbeddedError> {
        // From here on a signal does not end the process before the directory is removed.
        let mut signals = Signals::new().map_err(EmbeddedError::Thread)?;
        let directory = place.insert(PrivateDirectory::create()?);
        let parts = tokio::select! {
            parts = Parts::start(directory) => parts?,
            exit = signals.next() => return Err(EmbeddedError::Interrupted(exit)),
        };
        let (address, data) = (parts.address(directory)?, directory.path().to_owned());
        let verify_key = directory.verify_key();
        let mut beside = JoinSet::new();
        beside.spawn(colleague::keep_an_eye(parts.colleagues_address(directory)?));
        let stage = parts.stage(directory, self.launcher, self.report)?;
        let shown = data.display().to_string();
        self.banner.send_replace(stage.report().borrow().banner(&shown));
        tokio::spawn(announce(stage.report(), shown, self.banner));
        let report = stage.report();
        let ready = async move {
            something_to_see(report).await;
            // Whoever started us is gone when this cannot be said; then `stopped` says so too.
            let _ = self.ready.send(Ok(Ready { address, data, verify_key }));
            self.stopped.await
        };
        stage.run_until(ready).await;
        beside.shutdown().await;
        parts.shutdown().await;
        Ok(())
    }
}

/// Waits for the first session, but not for long: what is wrong will be in the banner.
async fn something_to_see(mut report: watch::Receiver<Report>) {
    let there = report.wait_for(|report| report.started > 0 || report.problem.is_some());
    let _ = tokio::time::timeout(FIRST_SESSION_WAIT, there).await;
}

/// Keeps the banner true.
async fn announce(
    mut report: watch::Receiver<Report>,
    data: String,
    banner: watch::Sender<String>,
) {
    while report.changed().await.is_ok() {
        let text = report.borrow_and_update().banner(&data);
        banner.send_if_modified(|shown| {
            let changed = *shown != text;
            *shown = text;
            changed
        });
    }
}

fn runtime() -> Result<Runtime, EmbeddedError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(WORKERS).enable_all().build().map_err(EmbeddedError::Thread)
}

/// A shipper that waits for its link tries again within a quarter of this.
const FIRST_SESSION_WAIT: Duration = Duration::from_secs(1);
/// Threads for server, shipper and sessions together: a first look is no load.
const WORKERS: usize = 2;
