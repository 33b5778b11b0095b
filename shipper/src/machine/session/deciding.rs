//! Whether the command may go on: what is decided of the facts, and what becomes of it.

use std::time::{Duration, Instant};

use sudolog_core::limits::{STILL_DEADLINE, TERMINATE_GRACE};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Order, OrderKind};

use super::super::decision::{Decision, EndCause, FreezeCause, decide};
use super::super::traffic::Output;
use super::{Session, State};

impl Session {
    pub(super) fn decide(&mut self, now: Instant, out: &mut Vec<Output>) {
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

    pub(super) fn order(&mut self, order: Order, out: &mut Vec<Output>) {
        match order.kind {
            OrderKind::Freeze => self.facts.orders.freeze = true,
            OrderKind::Thaw => self.facts.orders.freeze = false,
            OrderKind::Terminate => self.facts.orders.terminate = true,
            OrderKind::Message | OrderKind::Other => {}
        }
        self.report.order(&order);
        out.push(Output::ToPlugin(Message::Order(order)));
    }

    pub(super) fn thawed_by_others(&mut self, now: Instant, out: &mut Vec<Output>) {
        if let State::Frozen(cause) = self.state {
            out.push(Output::Freeze(cause));
            let text = "the frozen cgroup was thawed by somebody else; it is frozen again";
            self.escape(now, text, out);
        }
    }
}
