//! A running session: what was sent, what is proven, and whether the command may go on.
//!
//! Inputs change what is known ([`Session::handle`]); [`Session::poll`] then decides, after each
//! batch of inputs and at [`Session::next_wake`]. What it does is told by the folder's files: `proving`,
//! `deciding`, `telling`, `ending`. Invariants: an acknowledgement counts only after
//! the [`Window`] accepted it; a terminating session is never frozen again; termination never
//! thaws.

mod deciding;
mod ending;
mod proving;
mod telling;

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::ack::{AckVerifiers, Debt, SignedAck, Window, WindowError};
use sudolog_core::limits::{
    BIRTH_DEADLINE, EVENT_DATA_BYTES_MAX, FROZEN_EXTRA_BYTES, RESUME_GRACE,
    UNACKED_EVENT_OVERHEAD_BYTES,
};
use sudolog_core::session::{SessionId, SessionStart};

use super::ack::{AckGate, Worth};
use super::decision::{Facts, FreezeCause, Orders, next_change};
use super::notices::Notices;
use super::report::Report;
use super::traffic::{GroupState, Input, Output};

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The command runs.
    Running,
    /// It stands still, or is being brought to.
    Frozen(FreezeCause),
    /// It is being ended; at that time what is left is killed, `None` when it was.
    Terminating(Option<Instant>),
    /// sudo has gone; what it recorded is still being proven.
    Gone {
        /// Since when.
        since: Instant,
    },
}

/// Traffic to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// No connection: events only gather in the window.
    Down,
    /// RESUME is out: likewise.
    Resuming,
    /// Everything goes out as it comes.
    Open,
}

/// One session, from OPENED to the last proof.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    keys: Arc<AckVerifiers>,
    state: State,
    window: Window,
    gate: AckGate,
    debt: Debt,
    flow: Flow,
    connection: u64,
    facts: Facts,
    group: GroupState,
    /// The plugin has frozen the session since the last decision.
    was_held: bool,
    report: Report,
    /// What the server must hear.
    notices: Notices,
    /// The last that sudo recorded was that it was suspended.
    suspended: bool,
    /// It was started inside another session, and may stand still with that one.
    nested: bool,
    /// When what was ordered to stand still should do so, for a freeze that was not told yet.
    still_by: Option<Instant>,
    /// CLOSE came.
    closed: bool,
    /// sudo went without CLOSE and the server does not know yet.
    gone_untold: bool,
    /// How long processes may outlive sudo; `None` is for ever.
    linger: Option<Duration>,
    /// When those that still do are killed.
    linger_until: Option<Instant>,
    /// The grace for telling the server the rest is over.
    given_up: bool,
    bad_acks: u32,
}

impl Session {
    /// A session that was opened now over that connection. `freeze_timeout` of `None` is never.
    pub fn new(
        now: Instant,
        start: &SessionStart,
        keys: Arc<AckVerifiers>,
        connection: u64,
        freeze_timeout: Option<Duration>,
    ) -> Self {
        Self {
            id: start.session_id,
            keys,
            state: State::Running,
            window: Window::new(start),
            gate: AckGate::default(),
            debt: Debt::default(),
            flow: Flow::Open,
            connection,
            facts: Facts {
                link_lost: None,
                debt_since: None,
                proven_at: now,
                unproven_at: None,
                frozen_since: None,
                // It is heard once its event loop runs; what was called before that may take time.
                sudo_heard: Some(now + BIRTH_DEADLINE),
                silence_limit: None,
                held: false,
                orders: Orders::default(),
                refused: false,
                freeze_timeout,
            },
            group: GroupState::default(),
            was_held: false,
            report: Report::new(now),
            notices: Notices::default(),
            suspended: false,
            nested: start.parent.is_some(),
            still_by: None,
            closed: false,
            gone_untold: false,
            linger: None,
            linger_until: None,
            given_up: false,
            bad_acks: 0,
        }
    }

    /// The same where processes are stopped one by one: a sudo whose command is stopped so stops itself
    /// and is silent, and must not be waited for.
    #[must_use]
    pub fn ignoring_silence(mut self) -> Self {
        self.facts.sudo_heard = None;
        self
    }

    /// The same with a limit for processes that outlive sudo.
    #[must_use]
    pub fn lingering_for(mut self, limit: Option<Duration>) -> Self {
        self.linger = limit;
        self
    }

    /// Takes an input. Call [`poll`](Self::poll) after the last one of a batch.
    ///
    /// # Errors
    /// [`WindowError`]: the plugin broke the numbering, so its connection must be closed.
    pub fn handle(
        &mut self,
        now: Instant,
        input: Input,
        out: &mut Vec<Output>,
    ) -> Result<(), WindowError> {
        if matches!(input, Input::Heard | Input::Event(_)) {
            self.facts.sudo_heard = self.facts.sudo_heard.map(|_| now);
        }
        match input {
            Input::Event(event) => return self.event(now, event, out),
            Input::Close(end) => return self.close(now, end, out),
            Input::Heard => {}
            Input::PluginGone => self.plugin_gone(now, out),
            Input::Link(link) => self.link(now, link, out),
            Input::Resumed(resumed) => self.resumed(now, resumed, out),
            Input::Ack(ack) => {
                if let Some(ack) = self.gate.offer(ack) {
                    self.check(now, &ack, out);
                }
            }
            Input::Order(order) => self.order(order, out),
            Input::Denied(denied) => self.denied(denied, out),
            Input::Held(held) => {
                self.facts.held = held;
                self.was_held |= held;
            }
            Input::Group(group) => self.group = group,
            Input::ThawedByOthers => self.thawed_by_others(now, out),
            Input::Escape(text) => self.escape(now, &text, out),
            Input::Noticed(notice) => self.tell_surely(now, notice, out),
        }
        Ok(())
    }

    /// Checks acknowledgements that are due, and decides.
    pub fn poll(&mut self, now: Instant, out: &mut Vec<Output>) {
        let urgent = self.is_proof_urgent(now);
        let (head, _) = self.window.head();
        let closed = self.closed;
        let worth = |ack: &SignedAck| match ack.seq == head {
            _ if urgent => Worth::Now,
            true if closed => Worth::Now,
            true => Worth::Soon,
            false => Worth::Later,
        };
        if let Some(ack) = self.gate.take(now, worth) {
            self.check(now, &ack, out);
        }
        self.facts.debt_since = self.debt.since();
        if self.is_full() {
            // Nobody listens to it.
            self.facts.sudo_heard = self.facts.sudo_heard.map(|heard_at| heard_at.max(now));
        }
        let may_be_silent = self.suspended || self.nested;
        self.facts.silence_limit = self.facts.freeze_timeout.filter(|_| !may_be_silent);
        match self.state {
            State::Running | State::Frozen(_) => self.decide(now, out),
            State::Terminating(Some(at)) if now >= at => {
                out.push(Output::Kill);
                self.state = State::Terminating(None);
            }
            State::Gone { since } => self.gone(now, since, out),
            State::Terminating(_) => {}
        }
        self.tell_frozen(now, out);
    }

    /// When to poll again though nothing happens.
    pub fn next_wake(&self) -> Option<Instant> {
        let state = match self.state {
            State::Running => next_change(&self.facts, false),
            State::Frozen(_) => {
                [next_change(&self.facts, true), self.still_by].into_iter().flatten().min()
            }
            State::Terminating(kill_at) => kill_at,
            State::Gone { since } => {
                let telling = (!self.is_done_telling()).then(|| since + RESUME_GRACE);
                telling.into_iter().chain(self.linger_until).min()
            }
        };
        [state, self.gate.next_wake()].into_iter().flatten().min()
    }

    /// True when nothing more may be read from the plugin until proof comes. An honest plugin,
    /// whose own window is never smaller than this one, waits a little earlier by itself; so its
    /// heartbeats are read even then.
    pub fn is_full(&self) -> bool {
        let slack = EVENT_DATA_BYTES_MAX + UNACKED_EVENT_OVERHEAD_BYTES;
        self.window.is_full_beyond(FROZEN_EXTRA_BYTES + slack)
    }

    /// True when sudo has gone, the server knows all there is to know, or can no longer be told,
    /// and no process is left.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Gone { .. }) && !self.group.populated && self.is_done_telling()
    }

    /// The session's name.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Where the session stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// The connection over which the session runs, or last ran.
    pub fn connection(&self) -> u64 {
        self.connection
    }

    /// True when sudo went without saying how the session ended.
    pub fn is_incomplete(&self) -> bool {
        matches!(self.state, State::Gone { .. }) && !self.window.is_complete()
    }

    /// True while the command must stand still.
    pub fn stands_still(&self) -> bool {
        matches!(self.state, State::Frozen(_))
    }
}

#[cfg(test)]
mod tests;
