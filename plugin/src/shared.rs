//! What sudo's thread and the recording thread both see of a session.

use std::io;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::BytesMut;
use sudolog_core::ack::{AckError, AckVerifiers, Debt, SignedAck, Window};
use sudolog_core::limits::FROZEN_EXTRA_BYTES;
use sudolog_core::session::{EndReason, SessionStart};
use sudolog_core::untrusted::Untrusted;

use crate::cgroup::Cgroup;
use crate::sys::Wake;
use crate::transport::Connection;

/// What both threads see.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Something came back from the shipper, or the connection broke.
    pub(crate) progress: Condvar,
    /// Something waits to be sent.
    pub(crate) wake: Wake,
    pub(crate) keys: AckVerifiers,
    pub(crate) cgroup: Cgroup,
    /// The command has a terminal, and so a monitor of sudo's between.
    pub(crate) on_terminal: bool,
}

impl Shared {
    /// Nothing has been recorded yet.
    pub(crate) fn new(
        start: &SessionStart,
        connection: &Connection,
        keys: AckVerifiers,
        on_terminal: bool,
    ) -> io::Result<Self> {
        Ok(Self {
            state: Mutex::new(State::new(start, connection.opened.wait)),
            progress: Condvar::new(),
            wake: Wake::new()?,
            keys,
            cgroup: Cgroup::new(connection.opened.cgroup.as_ref().map(path)),
            on_terminal,
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic behind this lock has already ended the session.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a waiting sudo look again.
    pub(crate) fn notify(&self) {
        self.progress.notify_all();
    }
}

/// The session's state.
pub(crate) struct State {
    pub(crate) window: Window,
    pub(crate) debt: Debt,
    /// Encoded frames that the shipper has not got yet. Never more than the window holds.
    pub(crate) out: BytesMut,
    /// Why nothing can be recorded any more.
    pub(crate) broken: Option<String>,
    /// The session stands still, and the user was told.
    pub(crate) frozen: bool,
    /// By order of an operator or a rule.
    pub(crate) ordered: bool,
    /// What is entered waits for the rules.
    pub(crate) waits: bool,
    /// The last event that they have looked at.
    pub(crate) checked: u64,
    /// The server was told that something did not wait for them long enough.
    pub(crate) told_unchecked: bool,
    /// An event that they forbid, and which rule it is.
    pub(crate) forbidden: Option<(u64, String)>,
    /// What the user typed meanwhile that must be answered.
    pub(crate) key: Option<Key>,
    /// Why the session was ended, when it did not end by itself.
    pub(crate) end_reason: Option<EndReason>,
    /// The command is over; only proof is waited for.
    pub(crate) closing: bool,
    /// Until when.
    pub(crate) close_by: Option<Instant>,
    /// The user was told on the terminal why the session is broken.
    pub(crate) said: bool,
    /// The recording thread may end.
    pub(crate) done: bool,
}

impl State {
    fn new(start: &SessionStart, waits: bool) -> Self {
        Self {
            window: Window::new(start),
            debt: Debt::default(),
            out: BytesMut::new(),
            broken: None,
            frozen: false,
            waits,
            checked: 0,
            ordered: false,
            told_unchecked: false,
            forbidden: None,
            key: None,
            end_reason: None,
            closing: false,
            close_by: None,
            said: false,
            done: false,
        }
    }

    /// Takes an acknowledgement.
    ///
    /// # Errors
    /// When it proves nothing.
    pub(crate) fn prove(&mut self, ack: &SignedAck, keys: &AckVerifiers) -> Result<(), AckError> {
        let proof = self.window.acknowledge(ack, keys)?;
        self.debt.pay(proof.seq(), Instant::now());
        Ok(())
    }

    /// True when nothing more can be recorded now. What a frozen command had already written and
    /// what the user types must not wait for its thaw, so a frozen session may record a little more.
    pub(crate) fn is_full(&self) -> bool {
        self.window.is_full_beyond(if self.frozen { FROZEN_EXTRA_BYTES } else { 0 })
    }
}

/// A key that is answered although the command stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// Ctrl+C: the command is to end.
    Interrupt,
    /// Ctrl+Z was answered by suspending sudo, and sudo goes on.
    Continued,
}

fn path(bytes: &Untrusted) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes.as_bytes()))
}
