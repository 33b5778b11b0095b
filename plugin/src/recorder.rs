//! One session while its command runs: events go in, proof comes back.
//!
//! sudo's thread stamps an event, adds it to the window and to the bytes that wait to be sent, and
//! goes on; it waits only while the window is full. The recording thread ([`pump`](crate::pump))
//! moves the bytes and checks the proof. It starts with the first event, after all of sudo's forks,
//! because a thread does not survive a fork.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use sudolog_core::ack::{AckError, AckVerifiers, Debt, SignedAck, Window};
use sudolog_core::limits::{
    CHECK_DEADLINE, CLOSE_DEADLINE, CLOSE_FROZEN_WAIT, EVENT_DATA_BYTES_MAX, FROZEN_EXTRA_BYTES,
    UNACKED_BYTES_MAX,
};
use sudolog_core::session::{EndReason, Event, EventKind, SessionEnd, SessionId, SessionStart};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind};

use crate::cgroup::Cgroup;
use crate::pump::Pump;
use crate::sys::{self, Wake};
use crate::terminal::{self, Terminal};
use crate::transport::Connection;

/// What both threads see.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// Something came back from the shipper, or the connection broke.
    progress: Condvar,
    /// Something waits to be sent.
    pub(crate) wake: Wake,
    pub(crate) keys: AckVerifiers,
    pub(crate) cgroup: Cgroup,
    /// The command has a terminal, and so a monitor of sudo's between.
    pub(crate) on_terminal: bool,
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

/// A key that is answered although the command stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// Ctrl+C: the command is to end.
    Interrupt,
    /// Ctrl+Z was answered by suspending sudo, and sudo goes on.
    Continued,
}

impl State {
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
    fn is_full(&self) -> bool {
        self.window.is_full_beyond(if self.frozen { FROZEN_EXTRA_BYTES } else { 0 })
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic behind this lock has already ended the session.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a waiting sudo look again.
    pub(crate) fn notify(&self) {
        self.progress.notify_all();
    }
}

/// The session as sudo's thread holds it.
pub(crate) struct Recorder {
    shared: Arc<Shared>,
    /// Moved into the thread when it starts; used on the spot when it never does.
    pump: Option<Pump>,
    thread: Option<std::thread::JoinHandle<()>>,
    terminal: Terminal,
    began: Instant,
    last: Instant,
    seq: u64,
    session: SessionId,
}

/// How the command ended, as sudo's `close` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It ran; a wait status (`wait(2)`).
    Ran(i32),
    /// It could not be run; an errno.
    NotRun(i32),
}

impl Recorder {
    /// A session that the server has accepted; `on_terminal` when sudo gives the command one.
    pub(crate) fn new(
        start: &SessionStart,
        connection: Connection,
        keys: AckVerifiers,
        on_terminal: bool,
    ) -> io::Result<Self> {
        let state = State {
            window: Window::new(start),
            debt: Debt::default(),
            out: BytesMut::new(),
            broken: None,
            frozen: false,
            waits: false,
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
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            progress: Condvar::new(),
            wake: Wake::new()?,
            keys,
            cgroup: Cgroup::new(connection.opened.cgroup.as_ref().map(path)),
            on_terminal,
        });
        let pump = Pump::new(connection, Arc::clone(&shared))?;
        let now = Instant::now();
        let terminal = Terminal::new();
        Ok(Self {
            shared,
            pump: Some(pump),
            thread: None,
            terminal,
            began: now,
            last: now,
            seq: 0,
            session: start.session_id,
        })
    }

    /// Which session it is.
    pub(crate) fn session(&self) -> SessionId {
        self.session
    }

    /// Starts the recording thread, once.
    pub(crate) fn watch(&mut self) -> io::Result<()> {
        if let Some(pump) = self.pump.take() {
            self.thread = Some(sys::spawn_without_signals(move || pump.run())?);
        }
        Ok(())
    }

    /// Records data of a stream. Returns when it is on its way; waits while too much is unproven.
    /// `false` when the command must not get it.
    pub(crate) fn log(&mut self, kind: EventKind, data: &[u8]) -> Result<bool, String> {
        for piece in data.chunks(EVENT_DATA_BYTES_MAX) {
            self.record(kind, Bytes::copy_from_slice(piece))?;
        }
        if kind == EventKind::Ttyin {
            self.answer_keys(data);
            if data.iter().any(|byte| ENTERS.contains(byte)) {
                return Ok(self.is_allowed());
            }
        }
        Ok(true)
    }

    /// Where a rule may forbid what is entered, it waits until the rules have looked at it, as long as
    /// nobody notices. A line that was forbidden must reach nothing that still runs.
    fn is_allowed(&self) -> bool {
        let deadline = Instant::now() + CHECK_DEADLINE;
        let mut state = self.shared.lock();
        while state.waits && state.checked < self.seq && !state.frozen && state.broken.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.release_unchecked(&mut state, "the rules were not heard in time");
                return true;
            }
            let waited = self.shared.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // One that stands still by order has been looked at when it goes on again.
        let is_looked_at = state.checked >= self.seq || state.ordered;
        if state.waits && !is_looked_at && state.broken.is_none() {
            self.release_unchecked(&mut state, "it was entered into a session that stood still");
        }
        let forbidden = state.forbidden.take().filter(|(seq, _)| *seq == self.seq);
        let Some((_, rule)) = forbidden else { return true };
        state.end_reason = EndReason::new(EndReason::TERMINATED);
        drop(state);
        terminal::warn(&format!("sudolog: not run: rule {rule} forbids it and ends the session."));
        let _ = self.shared.cgroup.kill();
        false
    }

    /// Tells the server, once, that something was entered that the rules had not looked at.
    fn release_unchecked(&self, state: &mut State, why: &str) {
        if !std::mem::replace(&mut state.told_unchecked, true) {
            let notice =
                Notice { after_seq: Some(self.seq), ..Notice::new(NoticeKind::Unchecked, why) };
            Message::Notice(notice).encode(0, &mut state.out);
            self.shared.wake.wake();
        }
    }

    /// Ctrl+C and Ctrl+Z reach the frozen command through its terminal, but it can answer only when
    /// it is thawed.
    fn answer_keys(&self, data: &[u8]) {
        if !data.contains(&INTERRUPT) && !data.contains(&SUSPEND) || !self.stands_still() {
            return;
        }
        let key = if data.contains(&INTERRUPT) {
            Key::Interrupt
        } else {
            self.terminal.suspend();
            Key::Continued
        };
        self.shared.lock().key = Some(key);
        self.shared.wake.wake();
    }

    /// Whether a key typed now meets a frozen command. The kernel is asked, because the shipper's word
    /// comes a moment after its deed: a key between the two would be lost, or end a command that goes
    /// on already.
    fn stands_still(&self) -> bool {
        self.shared.cgroup.is_ordered_to_freeze().unwrap_or_else(|| self.shared.lock().frozen)
    }

    /// Records one event.
    pub(crate) fn record(&mut self, kind: EventKind, data: Bytes) -> Result<(), String> {
        let now = Instant::now();
        let delay = nanos(now.saturating_duration_since(self.last));
        let event = Event::new(self.seq + 1, delay, kind, data).map_err(|e| e.to_string())?;
        self.watch().map_err(|e| format!("sudolog: no thread for the recording: {e}"))?;
        let mut state = self.shared.lock();
        while state.is_full() && state.broken.is_none() {
            if state.frozen {
                return Err(
                    "sudolog: too much was typed into the frozen session; it is ended".into()
                );
            }
            state = self.shared.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(why) = &state.broken {
            return Err(why.clone());
        }
        state.window.push(event.clone()).map_err(|e| e.to_string())?;
        state.debt.owe(event.seq(), now);
        let idle = state.out.is_empty();
        Message::Event(event).encode(0, &mut state.out);
        drop(state);
        self.seq += 1;
        self.last = now;
        if idle {
            self.shared.wake.wake();
        }
        Ok(())
    }

    /// Says something that is not recorded and needs no answer, over the session's connection: at once
    /// when the recording thread does not run yet, and never waiting. False when that is of no use any
    /// more.
    pub(crate) fn tell(&mut self, frames: &[u8]) -> bool {
        let mut state = self.shared.lock();
        let full = state.out.len() + frames.len() > UNACKED_BYTES_MAX;
        if full || state.broken.is_some() || state.done {
            return false;
        }
        state.out.extend_from_slice(frames);
        drop(state);
        match &mut self.pump {
            // What fails here fails again where somebody acts on it.
            Some(pump) => drop(pump.send()),
            None => self.shared.wake.wake(),
        }
        true
    }

    /// Ends the session and waits for the proof that its end is stored.
    ///
    /// # Errors
    /// What is not proven, in one sentence.
    pub(crate) fn close(mut self, ended: Ended) -> Result<(), String> {
        let end = self.end(ended);
        let deadline = Instant::now() + CLOSE_DEADLINE;
        let mut state = self.shared.lock();
        (state.closing, state.close_by) = (true, Some(deadline));
        if state.broken.is_none() {
            state.window.push_end(end.clone()).map_err(|e| e.to_string())?;
            Message::Close(end).encode(0, &mut state.out);
        }
        if state.frozen {
            state.close_by = Some(Instant::now() + CLOSE_FROZEN_WAIT);
        }
        drop(state);
        match self.pump.take() {
            Some(mut pump) => pump.settle(deadline),
            None => self.wait_for_proof(),
        }
        let mut state = self.shared.lock();
        state.done = true;
        let result = match &state.broken {
            _ if state.window.is_complete() => Ok(()),
            Some(_) if state.said => Ok(()),
            Some(why) => Err(why.clone()),
            None => Err("the log server has not confirmed the end of the recording; the shipper \
                         delivers it when the server is back"
                .into()),
        };
        drop(state);
        self.shared.wake.wake();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        result
    }

    fn wait_for_proof(&self) {
        self.shared.wake.wake();
        let mut state = self.shared.lock();
        while !state.window.is_complete() && state.broken.is_none() {
            let left = state.close_by.map(|at| at.saturating_duration_since(Instant::now()));
            let Some(left) = left.filter(|left| !left.is_zero()) else { return };
            let waited = self.shared.progress.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn end(&self, ended: Ended) -> SessionEnd {
        let reason = self.shared.lock().end_reason.clone().unwrap_or_default();
        let mut end = SessionEnd {
            final_seq: self.seq,
            run_time_ns: nanos(self.began.elapsed()),
            exit_value: None,
            signal: None,
            dumped_core: false,
            error: None,
            reason,
        };
        match ended {
            Ended::Ran(status) if libc::WIFSIGNALED(status) => {
                end.signal = Some(signal_name(libc::WTERMSIG(status)).into());
                end.dumped_core = libc::WCOREDUMP(status);
            }
            Ended::Ran(status) => end.exit_value = Some(libc::WEXITSTATUS(status)),
            Ended::NotRun(errno) => {
                let text = io::Error::from_raw_os_error(errno).to_string();
                end.error = Some(Untrusted::from(format!("exec: {text}")));
                end.reason = EndReason::new(EndReason::EXEC_ERROR).unwrap_or_default();
            }
        }
        end
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn path(bytes: &Untrusted) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes.as_bytes()))
}

/// The name without `SIG`, as sudo writes it; a number where there is no name (`signal(7)`).
pub(crate) fn signal_name(signal: i32) -> String {
    let known = SIGNALS.iter().find(|(number, _)| *number == signal);
    known.map_or_else(|| signal.to_string(), |(_, name)| (*name).to_owned())
}

/// What Ctrl+C and Ctrl+Z send (`termios(3)`, VINTR and VSUSP as every terminal has them at first).
const INTERRUPT: u8 = 0x03;
const SUSPEND: u8 = 0x1a;
/// What enters a line: Return, newline (Ctrl+J), Ctrl+O, by which shells also fetch the next one, and
/// Ctrl+D, by which a terminal that edits lines itself hands on what it has.
const ENTERS: &[u8] = b"\r\n\x0f\x04";

const SIGNALS: [(i32, &str); 31] = [
    (libc::SIGHUP, "HUP"),
    (libc::SIGINT, "INT"),
    (libc::SIGQUIT, "QUIT"),
    (libc::SIGILL, "ILL"),
    (libc::SIGTRAP, "TRAP"),
    (libc::SIGABRT, "ABRT"),
    (libc::SIGBUS, "BUS"),
    (libc::SIGFPE, "FPE"),
    (libc::SIGKILL, "KILL"),
    (libc::SIGUSR1, "USR1"),
    (libc::SIGSEGV, "SEGV"),
    (libc::SIGUSR2, "USR2"),
    (libc::SIGPIPE, "PIPE"),
    (libc::SIGALRM, "ALRM"),
    (libc::SIGTERM, "TERM"),
    (libc::SIGSTKFLT, "STKFLT"),
    (libc::SIGCHLD, "CHLD"),
    (libc::SIGCONT, "CONT"),
    (libc::SIGSTOP, "STOP"),
    (libc::SIGTSTP, "TSTP"),
    (libc::SIGTTIN, "TTIN"),
    (libc::SIGTTOU, "TTOU"),
    (libc::SIGURG, "URG"),
    (libc::SIGXCPU, "XCPU"),
    (libc::SIGXFSZ, "XFSZ"),
    (libc::SIGVTALRM, "VTALRM"),
    (libc::SIGPROF, "PROF"),
    (libc::SIGWINCH, "WINCH"),
    (libc::SIGIO, "IO"),
    (libc::SIGPWR, "PWR"),
    (libc::SIGSYS, "SYS"),
];

#[cfg(test)]
mod tests;
