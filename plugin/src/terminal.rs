//! The user's terminal: what it is told while sudo's own functions are busy, and how it looks to the
//! shell while the session is suspended.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use crate::sys::{self, Modes};

/// The terminal as it was before sudo began to pass keys through.
pub(crate) struct Terminal {
    before: Option<Modes>,
}

impl Terminal {
    /// Remembers how the terminal is set now. Call it before the command runs.
    pub(crate) fn new() -> Self {
        Self { before: open().and_then(|terminal| Modes::of(&terminal).ok()) }
    }

    /// Hands the terminal back to the user's shell, as Ctrl+Z does, and takes it again when the shell
    /// continues sudo, which knows nothing of it.
    pub(crate) fn suspend(&self) {
        let (Some(before), Some(terminal)) = (&self.before, open()) else { return };
        let Ok(during) = Modes::of(&terminal) else { return };
        let _ = before.apply(&terminal);
        sys::suspend_group();
        if sys::is_foreground(&terminal) {
            let _ = during.apply(&terminal);
        }
    }
}

/// Writes a line to the user's terminal: sudo's own functions belong to its main thread. A terminal
/// that nobody reads, or that was stopped by Ctrl+S, must not hold the recording up: then the line
/// is lost. True when the user may have seen it.
pub(crate) fn say(text: &str) -> bool {
    let text = format!("\r\n{text}\r\n");
    open().is_some_and(|mut terminal| terminal.write(text.as_bytes()).is_ok())
}

/// An outage began: in red, where there are colours; the words say it too.
pub(crate) fn warn(text: &str) -> bool {
    say(&format!("\x1b[1;31m{text}\x1b[0m"))
}

/// It is over: in green.
pub(crate) fn relieve(text: &str) -> bool {
    say(&format!("\x1b[1;32m{text}\x1b[0m"))
}

fn open() -> Option<File> {
    File::options()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NOCTTY | libc::O_NONBLOCK)
        .open("/dev/tty")
        .ok()
}
