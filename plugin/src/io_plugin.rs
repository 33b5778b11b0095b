//! The recording half: one session from `open` to `close`, called on sudo's one thread.

use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use sudolog_core::session::{Event, EventKind, SessionId};
use sudolog_core::untrusted::Untrusted;

use crate::birth::Forks;
use crate::conversation::Conversation;
use crate::facts::Facts;
use crate::options::Options;
use crate::pairs::Pairs;
use crate::recorder::{Ended, Recorder};
use crate::signal::signal_name;
use crate::start::session_start;
use crate::{birth, transport};

/// The arguments of sudo's `open`, copied.
pub(crate) struct OpenCall {
    pub(crate) settings: Pairs,
    pub(crate) user_info: Pairs,
    /// Absent when sudo only asks for the version.
    pub(crate) command_info: Option<Pairs>,
    pub(crate) argv: Vec<Untrusted>,
    pub(crate) options: Vec<Untrusted>,
}

struct Plugin {
    conversation: Conversation,
    recorder: Option<Recorder>,
}

/// sudo opens one session in its life.
static PLUGIN: Mutex<Option<Plugin>> = Mutex::new(None);
/// What became of that session.
static PROVEN: AtomicBool = AtomicBool::new(false);

fn lock() -> MutexGuard<'static, Option<Plugin>> {
    PLUGIN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the session and returns when its start is stored. `false` when there is nothing to record.
///
/// # Errors
/// Why the command is refused. The user was told: sudo itself shows nothing.
pub(crate) fn open(call: &OpenCall, conversation: Conversation) -> Result<bool, String> {
    let Some(command_info) = &call.command_info else {
        *lock() = Some(Plugin { conversation, recorder: None });
        return Ok(false);
    };
    match begin(call, command_info) {
        Ok(recorder) => {
            *lock() = Some(Plugin { conversation, recorder: Some(recorder) });
            Ok(true)
        }
        Err(why) => {
            conversation
                .error(&format!("the command is not run because it cannot be recorded: {why}"));
            Err(why)
        }
    }
}

fn begin(call: &OpenCall, command_info: &Pairs) -> Result<Recorder, String> {
    let options = Options::parse(&call.options).map_err(|e| e.to_string())?;
    let keys = transport::read_keys(&options.key).map_err(|e| e.to_string())?;
    let facts = Facts::gather()?;
    let mut start =
        session_start(&call.settings, &call.user_info, command_info, &call.argv, &facts)?;
    let connection =
        transport::open_session(&options.socket, &start, &keys).map_err(|e| match e {
            transport::RefusedError::Stranger(_) => format!("{e}: {}", options.key.display()),
            e => e.to_string(),
        })?;
    // The shipper knows inside which session this sudo was called; the chain covers it.
    start.parent = connection.opened.parent;
    if let Some(directory) = &connection.opened.cgroup {
        use std::os::unix::ffi::OsStrExt as _;
        let directory = std::path::Path::new(std::ffi::OsStr::from_bytes(directory.as_bytes()));
        let to_main = u32::from(facts.background);
        let to_command = to_main + 1 + u32::from(facts.terminal);
        birth::arm(directory, Forks { to_main, to_command }, connection.socket.as_raw_fd())
            .map_err(|e| format!("{}: {e}", directory.display()))?;
    }
    Recorder::new(&start, connection, keys, facts.terminal).map_err(|e| e.to_string())
}

/// The session that is recorded.
pub(crate) fn session() -> Option<SessionId> {
    lock().as_ref().and_then(|plugin| plugin.recorder.as_ref()).map(Recorder::session)
}

/// Says something that is not recorded over the session's connection. False when there is none.
pub(crate) fn tell(frames: &[u8]) -> bool {
    let mut plugin = lock();
    let recorder = plugin.as_mut().and_then(|plugin| plugin.recorder.as_mut());
    recorder.is_some_and(|recorder| recorder.tell(frames))
}

/// sudo's event loop runs: from here on no fork comes that a thread would not survive.
pub(crate) fn watch() -> Result<(), String> {
    with_recorder(|recorder| recorder.watch().map_err(|e| e.to_string()))
}

/// Records data of a stream; `false` when the command must not get it.
pub(crate) fn log(kind: EventKind, data: &[u8]) -> Result<bool, String> {
    let mut allowed = true;
    with_recorder(|recorder| {
        allowed = recorder.log(kind, data)?;
        Ok(())
    })?;
    Ok(allowed)
}

/// Records a window size.
pub(crate) fn winsize(lines: u16, columns: u16) -> Result<(), String> {
    let data = Event::winsize_data(lines, columns);
    with_recorder(|recorder| recorder.record(EventKind::Winsize, data))
}

/// Records that the command was suspended or resumed by a signal.
pub(crate) fn suspend(signal: i32) -> Result<(), String> {
    let name = Bytes::from(signal_name(signal));
    with_recorder(|recorder| recorder.record(EventKind::Suspend, name))
}

/// Ends the session: `exit_status` is a wait status, or `error` is an errno.
pub(crate) fn close(exit_status: i32, error: i32) {
    let Some(Plugin { conversation, recorder: Some(recorder) }) = lock().take() else { return };
    let ended = if error == 0 { Ended::Ran(exit_status) } else { Ended::NotRun(error) };
    match recorder.close(ended) {
        Ok(proven) => PROVEN.store(proven, Ordering::Relaxed),
        Err(why) => conversation.error(why.trim_start_matches("sudolog: ")),
    }
}

/// The session was closed and its end proven, so whatever was told over its connection arrived.
pub(crate) fn is_proven() -> bool {
    PROVEN.load(Ordering::Relaxed)
}

/// Answers `sudo -V`.
pub(crate) fn show_version() {
    if let Some(plugin) = lock().as_ref() {
        plugin.conversation.info(concat!("Sudolog plugin version ", env!("CARGO_PKG_VERSION")));
    }
}

fn with_recorder(work: impl FnOnce(&mut Recorder) -> Result<(), String>) -> Result<(), String> {
    match lock().as_mut().and_then(|plugin| plugin.recorder.as_mut()) {
        Some(recorder) => work(recorder),
        None => Ok(()),
    }
}
