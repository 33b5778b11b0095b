//! One session while its command runs: events go in, proof comes back.
//!
//! sudo's thread stamps an event, adds it to the window and to the bytes that wait to be sent, and
//! goes on; it waits only while the window is full. The recording thread ([`pump`](crate::pump))
//! moves the bytes and checks the proof. It starts with the first event, after all of sudo's forks,
//! because a thread does not survive a fork.

use std::io;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::limits::{
    CHECK_DEADLINE, CLOSE_DEADLINE, CLOSE_FROZEN_WAIT, EVENT_DATA_BYTES_MAX, UNACKED_BYTES_MAX,
};
use sudolog_core::session::{EndReason, Event, EventKind, SessionEnd, SessionId, SessionStart};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind};

use crate::pump::Pump;
use crate::shared::{Key, Shared, State};
use crate::signal::signal_name;
use crate::sys;
use crate::terminal::{self, Terminal};
use crate::transport::Connection;

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
        let shared = Arc::new(Shared::new(start, &connection, keys, on_terminal)?);
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
        // Nothing is recorded any more, so nothing is owed to the command, which has some time to end.
        if state.broken.is_some() && state.waits && state.checked < self.seq {
            return false;
        }
        // One that stands still by order has been looked at when it goes on again.
        let is_looked_at = state.checked >= self.seq || state.ordered;
        if state.waits && !is_looked_at {
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

    /// Ends the session and waits for the proof that its end is stored: `true` when it came, and so the
    /// shipper has read all that was said before; `false` when it did not and the user knows why.
    ///
    /// # Errors
    /// What is not proven, in one sentence.
    pub(crate) fn close(mut self, ended: Ended) -> Result<bool, String> {
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
            _ if state.window.is_complete() => Ok(true),
            Some(_) if state.said => Ok(false),
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

/// What Ctrl+C and Ctrl+Z send (`termios(3)`, VINTR and VSUSP as every terminal has them at first).
const INTERRUPT: u8 = 0x03;
const SUSPEND: u8 = 0x1a;
/// What enters a line: Return, newline (Ctrl+J), Ctrl+O, by which shells also fetch the next one, and
/// Ctrl+D, by which a terminal that edits lines itself hands on what it has.
const ENTERS: &[u8] = b"\r\n\x0f\x04";

#[cfg(test)]
mod tests;
