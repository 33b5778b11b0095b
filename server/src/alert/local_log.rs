//! This machine's own log: what went wrong with alerts is said there, whatever is configured.

use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use sudolog_core::alert::Letter;
use sudolog_core::alert::format::{Local, local};
use sudolog_core::eventlog::Severity;

/// Where the machine's log takes messages.
#[derive(Clone, Debug)]
pub(super) struct LocalLog(PathBuf);

impl LocalLog {
    /// By that socket, or by what every machine has.
    pub(super) fn new(socket: Option<PathBuf>) -> Self {
        Self(socket.unwrap_or_else(|| "/dev/log".into()))
    }

    /// Says one sentence: in the server's own log, and there. A machine without a log has the first.
    pub(super) fn say(&self, text: String) {
        tracing::error!("{text}");
        self.send(text);
    }

    /// The same, for what stands in the server's own log already.
    pub(super) fn send(&self, text: String) {
        let letter = Letter { severity: Severity::High, lines: vec![text], ..Letter::default() };
        let Ok(socket) = UnixDatagram::unbound() else { return };
        let _ = socket.set_nonblocking(true);
        for message in local(&letter, Local::Classic) {
            let _ = socket.send_to(&message, &self.0);
        }
    }
}
