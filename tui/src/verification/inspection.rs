//! A check in the background of the console: one thread that reads a second handle of the recording, so
//! that neither the screen nor the player waits for it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sudolog_core::ack::AckVerifiers;
use sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX;
use sudolog_core::session::Tsid;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::keys::shown;
use super::{KeyFileError, Progress, Report, VerifyKeys, verify};
use crate::source::archive::{Archive, Leftovers};
use crate::source::server::{Client, RemoteRecording};
use crate::source::{Recording, RecordingError};

/// A recording to check.
#[derive(Clone, Debug)]
pub enum Subject {
    /// A session of a server.
    Session(Client, Tsid),
    /// A directory, and what to call it.
    Directory(PathBuf, String),
}

/// What a check tells. Texts are safe to show.
#[derive(Clone, Debug)]
pub enum News {
    /// How far it is.
    Progress(Progress),
    /// It is done, with the keys of this file.
    Done(Box<Report>, String),
    /// It cannot be done, for this reason.
    Failed(String),
}

/// A check, and the console's end of what it tells. Dropping it ends it.
pub struct Inspection {
    news: mpsc::Receiver<News>,
    stopped: Arc<AtomicBool>,
}

impl Inspection {
    /// Begins to check with the keys of a file. Needs a tokio runtime.
    pub fn start(subject: Subject, key_file: PathBuf) -> Self {
        let (sender, news) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let stopped = Arc::new(AtomicBool::new(false));
        let work = Work { news: sender, stopped: Arc::clone(&stopped) };
        spawn_blocking(move || work.run(subject, &key_file));
        Self { news, stopped }
    }

    /// Waits for what is new. Safe to cancel. `None` when there is nothing more.
    pub async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }
}

impl Drop for Inspection {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

impl Subject {
    /// Another handle of it. Blocks.
    ///
    /// # Errors
    /// [`RecordingError`]
    pub fn open(self, leftovers: Leftovers) -> Result<Box<dyn Recording>, RecordingError> {
        Ok(match self {
            Self::Session(client, tsid) => Box::new(RemoteRecording::open(client, tsid)?),
            Self::Directory(path, name) => {
                Box::new(Archive::open(&path, &name)?.with_leftovers(leftovers))
            }
        })
    }
}

struct Work {
    news: mpsc::Sender<News>,
    stopped: Arc<AtomicBool>,
}

/// Why a check was not done.
enum Stop {
    /// Nobody waits for it any more.
    Gone,
    /// There is no key to check with.
    NoKey(KeyFileError),
    /// The recording cannot be read.
    Trouble(RecordingError),
}

impl From<RecordingError> for Stop {
    fn from(error: RecordingError) -> Self {
        Self::Trouble(error)
    }
}

impl Work {
    fn run(self, subject: Subject, key_file: &Path) {
        let last = match self.check(subject, key_file) {
            Ok(report) => News::Done(Box::new(report), shown(key_file)),
            Err(Stop::Trouble(error)) => News::Failed(error.to_string()),
            Err(Stop::NoKey(error)) => News::Failed(format!("{error}: {KEY_WANTED}")),
            Err(Stop::Gone) => return,
        };
        // Nobody is left to be told when the pane is closed.
        let _ = self.news.blocking_send(last);
    }

    fn check(&self, subject: Subject, key_file: &Path) -> Result<Report, Stop> {
        let mut recording = subject.open(Leftovers::Ignore)?;
        let keys = match VerifyKeys::read(key_file) {
            Ok(keys) => keys.keys,
            // What was never signed needs no key to be told from the rest.
            Err(_) if recording.proof()?.is_none() => AckVerifiers::default(),
            Err(error) => return Err(Stop::NoKey(error)),
        };
        verify(recording.as_mut(), &keys, |progress| {
            if self.stopped.load(Ordering::Relaxed) {
                return Err(Stop::Gone);
            }
            match self.news.try_send(News::Progress(progress)) {
                // A console that is slow to draw misses a number, and the check goes on.
                Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => Ok(()),
                Err(mpsc::error::TrySendError::Closed(_)) => Err(Stop::Gone),
            }
        })
    }
}

/// What to do about a key that is not there.
const KEY_WANTED: &str = "name the server's ack-verify.pub as `verify_key` in tui.toml";
