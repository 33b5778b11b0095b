//! What goes to the server, what of it is proven, and how it goes on over another connection.

use std::time::Instant;

use sudolog_core::ack::{SignedAck, WindowError};
use sudolog_core::limits::{ACK_DEBT, UNACKED_BYTES_MAX};
use sudolog_core::session::{Event, EventKind, SessionEnd};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, Resume, Resumed};

use super::super::link::Link;
use super::super::traffic::{Outgoing, Output};
use super::{Flow, Session, State};

impl Session {
    pub(super) fn event(
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

    pub(super) fn close(
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

    pub(super) fn link(&mut self, now: Instant, link: Link, out: &mut Vec<Output>) {
        match link {
            Link::Up(connection) => {
                self.facts.link_lost = None;
                if connection != self.connection {
                    self.connection = connection;
                    self.notices.lost(now);
                    self.resume(out);
                }
            }
            Link::Down(outage) => {
                self.facts.link_lost = Some(outage.heard_at);
                self.flow = Flow::Down;
                self.notices.lost(outage.heard_at);
            }
        }
    }

    fn resume(&mut self, out: &mut Vec<Output>) {
        // That it was sent before does not say that it arrived. A server that has it refuses to resume.
        self.gone_untold |= matches!(self.state, State::Gone { .. }) && !self.closed;
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
    pub(super) fn resumed(&mut self, now: Instant, resumed: Resumed, out: &mut Vec<Output>) {
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
        self.tell_late(now, out);
        self.tell_gone(out);
    }

    pub(super) fn denied(&mut self, denied: Denied, out: &mut Vec<Output>) {
        self.flow = Flow::Down;
        self.facts.refused = true;
        out.push(Output::ToPlugin(Message::Denied(denied)));
    }

    pub(super) fn check(&mut self, now: Instant, ack: &SignedAck, out: &mut Vec<Output>) {
        match self.window.acknowledge(ack, &self.keys) {
            Ok(proof) => {
                self.debt.pay(proof.seq(), now);
                self.notices.proven(proof.seq());
                self.facts.proven_at = now;
                out.push(Output::Proof(ack.clone()));
            }
            Err(error) => self.bad_ack(now, error, out),
        }
    }

    /// Somebody waits: the window fills up, a frozen command, or debt that comes of age.
    pub(super) fn is_proof_urgent(&self, now: Instant) -> bool {
        let is_due = self.debt.since().is_some_and(|since| now >= since + ACK_DEBT);
        is_due || self.window.bytes() >= UNACKED_BYTES_MAX / 2 || self.state != State::Running
    }
}
