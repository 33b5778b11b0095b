//! A running session: what was sent, what is proven, and whether the command may go on.
//!
//! Inputs change what is known ([`Session::handle`]); [`Session::poll`] then decides, after each
//! batch of inputs and at [`Session::next_wake`]. Invariants: an acknowledgement counts only after
//! the [`Window`] accepted it; a terminating session is never frozen again; termination never
//! thaws.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::ack::{AckVerifiers, Debt, SignedAck, Window, WindowError};
use sudolog_core::limits::{
    ACK_DEBT, BIRTH_DEADLINE, EVENT_DATA_BYTES_MAX, FROZEN_EXTRA_BYTES, RESUME_GRACE,
    STILL_DEADLINE, TERMINATE_GRACE, UNACKED_BYTES_MAX, UNACKED_EVENT_OVERHEAD_BYTES,
};
use sudolog_core::session::{Event, EventKind, SessionEnd, SessionId, SessionStart};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, Order, OrderKind, Resume, Resumed};

use super::ack::{AckGate, Worth};
use super::decision::{Decision, EndCause, Facts, FreezeCause, Orders, decide, next_change};
use super::link::Link;
use super::report::Report;
use super::traffic::{GroupState, Input, Outgoing, Output};

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
            Input::Link(link) => self.link(link, out),
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
            Input::ThawedByOthers => self.thawed_by_others(out),
            Input::Escape(text) => self.escape(&text, out),
            Input::Unchecked(notice) => self.unchecked(notice, out),
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

    fn event(
        &mut self,
        now: Instant,
        event: Event,
        out: &mut Vec<Output>,
    ) -> Result<(), WindowError> {
        self.debt.owe(event.seq(), now);
        self.suspended = event.kind() == EventKind::Suspend && event.data().as_ref() != b"CONT";
        if self.flow == Flow::Open {
            self.window.push(event.clone())?;
            out.push(Output::ToServer(Outgoing::Event(event)));
        } else {
            self.window.push(event)?;
        }
        Ok(())
    }

    fn close(
        &mut self,
        now: Instant,
        end: SessionEnd,
        out: &mut Vec<Output>,
    ) -> Result<(), WindowError> {
        self.window.push_end(end.clone())?;
        self.debt.owe(self.window.head().0, now);
        self.closed = true;
        self.send(Message::Close(end), out);
        Ok(())
    }

    /// What is left of a session that nobody can prove any more is ended; after a proper CLOSE
    /// processes that linger may go on.
    fn plugin_gone(&mut self, now: Instant, out: &mut Vec<Output>) {
        let proper = self.closed && self.state == State::Running;
        if proper {
            self.linger_until = self.linger.map(|limit| now + limit);
        } else {
            out.push(Output::Kill);
        }
        if !self.closed {
            self.gone_untold = true;
            self.tell_gone(out);
        }
        self.state = State::Gone { since: now };
    }

    /// sudo has gone: what lingers, and what the server is still told, both have their time.
    fn gone(&mut self, now: Instant, since: Instant, out: &mut Vec<Output>) {
        self.given_up |= now >= since + RESUME_GRACE;
        if self.linger_until.is_some_and(|at| now >= at) {
            self.linger_until = None;
            if self.group.populated {
                out.push(Output::Kill);
            }
        }
    }

    fn link(&mut self, link: Link, out: &mut Vec<Output>) {
        match link {
            Link::Up(connection) => {
                self.facts.link_lost = None;
                if connection != self.connection {
                    self.connection = connection;
                    self.resume(out);
                }
            }
            Link::Down(outage) => {
                self.facts.link_lost = Some(outage.heard_at);
                self.flow = Flow::Down;
            }
        }
    }

    fn resume(&mut self, out: &mut Vec<Output>) {
        if self.is_done_telling() {
            return;
        }
        let (seq, chain) = self.window.acked();
        let resume = Resume { session_id: self.id, first_seq: seq + 1, chain };
        self.flow = Flow::Resuming;
        out.push(Output::ToServer(Outgoing::control(Message::Resume(resume))));
    }

    /// Sends again what the server lacks. A server that wants what it has acknowledged has lost
    /// it, and one that has more than was sent has something else: neither can go on.
    fn resumed(&mut self, now: Instant, resumed: Resumed, out: &mut Vec<Output>) {
        if self.flow != Flow::Resuming {
            return;
        }
        let ((acked, _), (head, _)) = (self.window.acked(), self.window.head());
        if !(acked + 1..=head + 1).contains(&resumed.next_seq) {
            self.flow = Flow::Down;
            self.facts.refused = true;
            let next = resumed.next_seq;
            out.push(Output::Security(format!(
                "the server wants event {next}, but {acked} is acknowledged and {head} was sent"
            )));
            return;
        }
        self.flow = Flow::Open;
        let (events, end) = self.window.resend_from(resumed.next_seq);
        out.extend(events.map(|event| Output::ToServer(Outgoing::Event(event.clone()))));
        if let Some(end) = end.filter(|end| resumed.next_seq <= end.final_seq + 1) {
            out.push(Output::ToServer(Outgoing::control(Message::Close(end.clone()))));
        }
        let cause = match self.state {
            State::Frozen(cause) => Some(cause),
            _ => None,
        };
        for message in self.report.late(now, cause) {
            self.send(message, out);
        }
        self.tell_gone(out);
    }

    fn check(&mut self, now: Instant, ack: &SignedAck, out: &mut Vec<Output>) {
        match self.window.acknowledge(ack, &self.keys) {
            Ok(proof) => {
                self.debt.pay(proof.seq(), now);
                self.facts.proven_at = now;
                out.push(Output::Proof(ack.clone()));
            }
            Err(error) => self.bad_ack(error, out),
        }
    }

    fn thawed_by_others(&mut self, out: &mut Vec<Output>) {
        if let State::Frozen(cause) = self.state {
            out.push(Output::Freeze(cause));
            self.escape("the frozen cgroup was thawed by somebody else; it is frozen again", out);
        }
    }

    fn order(&mut self, order: Order, out: &mut Vec<Output>) {
        match order.kind {
            OrderKind::Freeze => self.facts.orders.freeze = true,
            OrderKind::Thaw => self.facts.orders.freeze = false,
            OrderKind::Terminate => self.facts.orders.terminate = true,
            OrderKind::Message | OrderKind::Other => {}
        }
        self.report.order(&order);
        out.push(Output::ToPlugin(Message::Order(order)));
    }

    fn denied(&mut self, denied: Denied, out: &mut Vec<Output>) {
        self.flow = Flow::Down;
        self.facts.refused = true;
        out.push(Output::ToPlugin(Message::Denied(denied)));
    }

    fn decide(&mut self, now: Instant, out: &mut Vec<Output>) {
        let decision = decide(now, &self.facts);
        self.facts.note(now, decision);
        let was_held = std::mem::take(&mut self.was_held);
        match (decision, self.state) {
            (Decision::Freeze(cause), State::Running) => {
                self.state = State::Frozen(cause);
                self.still_by = Some(now + STILL_DEADLINE);
                out.push(Output::Freeze(cause));
            }
            // Whoever was not there to be told is told now; that sudo is stopped is news as well.
            (Decision::Freeze(cause), State::Frozen(before))
                if (cause == FreezeCause::Silent) != (before == FreezeCause::Silent) =>
            {
                self.state = State::Frozen(cause);
            }
            (Decision::Run, State::Frozen(_)) => {
                self.state = State::Running;
                out.push(Output::Thaw);
            }
            // A hold that was over before it was seen; only the shipper thaws.
            (Decision::Run, State::Running) if was_held => out.push(Output::Thaw),
            (Decision::Terminate(cause), _) => self.terminate(now, cause, out),
            _ => {}
        }
    }

    /// A running command gets the time to end by the signal that the plugin sends; a frozen one
    /// could only use it by being thawed, so it is killed as it stands.
    fn terminate(&mut self, now: Instant, cause: EndCause, out: &mut Vec<Output>) {
        let grace = if self.state == State::Running { TERMINATE_GRACE } else { Duration::ZERO };
        self.tell_both(self.report.ending(cause), out);
        self.state = State::Terminating(Some(now + grace));
        if grace.is_zero() {
            out.push(Output::Kill);
            self.state = State::Terminating(None);
        }
    }

    /// Somebody waits: the window fills up, a frozen command, or debt that comes of age.
    fn is_proof_urgent(&self, now: Instant) -> bool {
        let is_due = self.debt.since().is_some_and(|since| now >= since + ACK_DEBT);
        is_due || self.window.bytes() >= UNACKED_BYTES_MAX / 2 || self.state != State::Running
    }

    /// The server knows how the session ended, or will never know.
    fn is_done_telling(&self) -> bool {
        let gone = matches!(self.state, State::Gone { .. });
        let told = gone && !self.closed && !self.gone_untold && self.window.is_settled();
        told || self.window.is_complete() || self.facts.refused || self.given_up
    }
}

mod telling;

#[cfg(test)]
mod tests;
