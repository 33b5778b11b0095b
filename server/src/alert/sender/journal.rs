//! This machine's own log, by its socket.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};

use sudolog_core::alert::format::{Local, local};
use sudolog_core::alert::{Answer, Letter};
use sudolog_core::limits::ALERT_SEND_TIME;

use super::Sender;

/// A log's socket.
pub(super) struct Journal {
    path: PathBuf,
    form: Local,
}

impl Journal {
    /// That of journald; where there is none, what every machine has.
    pub(super) fn new(socket: &Path) -> Self {
        let is_journald = |path: &Path| path.ends_with("journal/socket");
        if is_journald(socket) && socket.exists() {
            return Self { path: socket.to_owned(), form: Local::Journald };
        }
        let path = if is_journald(socket) { Path::new("/dev/log") } else { socket };
        Self { path: path.to_owned(), form: Local::Classic }
    }
}

impl Sender for Journal {
    fn send(&mut self, letter: &Letter) -> Answer {
        let sent = UnixDatagram::unbound().and_then(|socket| {
            socket.set_write_timeout(Some(ALERT_SEND_TIME))?;
            for message in local(letter, self.form) {
                socket.send_to(&message, &self.path)?;
            }
            Ok(())
        });
        match sent {
            Ok(()) => Answer::Taken,
            Err(error) => Answer::Failed(format!("{}: {error}", self.path.display())),
        }
    }
}
