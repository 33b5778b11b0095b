//! Whether the terminal is still there.
//!
//! A terminal that is gone reads as empty for ever, and what reads the keys would go on reading that. No
//! signal need come with it: SIGHUP goes to whoever leads the session.

use std::io::{self, IsTerminal as _, stdin};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::Notify;

/// The line to the operator's terminal.
pub struct Hangup {
    keyboard: Arc<OwnedFd>,
    gone: Arc<Notify>,
}

impl Hangup {
    /// Watches the terminal that the keys come from, on a thread that sleeps until it is gone.
    ///
    /// # Errors
    /// When there is no terminal, or no thread.
    pub fn new() -> io::Result<Self> {
        let keyboard: OwnedFd = if stdin().is_terminal() {
            stdin().as_fd().try_clone_to_owned()?
        } else {
            std::fs::File::open("/dev/tty")?.into()
        };
        let (keyboard, gone) = (Arc::new(keyboard), Arc::new(Notify::new()));
        let (line, tell) = (keyboard.clone(), gone.clone());
        std::thread::Builder::new().name("hangup".to_owned()).spawn(move || {
            // A signal may interrupt the sleep.
            while !is_gone(&line, None) {}
            tell.notify_one();
        })?;
        Ok(Self { keyboard, gone })
    }

    /// True once it is gone.
    pub fn is_gone(&self) -> bool {
        is_gone(&self.keyboard, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))
    }

    /// Waits until it is gone.
    pub async fn gone(&self) {
        self.gone.notified().await;
    }
}

/// Waits so long for the end of the line, for ever without a limit.
fn is_gone(keyboard: &OwnedFd, limit: Option<&Timespec>) -> bool {
    let mut fds = [PollFd::new(keyboard, PollFlags::empty())];
    let polled = poll(&mut fds, limit);
    let [fd] = &fds;
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    polled.is_ok() && fd.revents().intersects(gone)
}
