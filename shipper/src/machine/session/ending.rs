//! After sudo: what lingers, and what the server is still told.

use std::time::Instant;

use sudolog_core::limits::RESUME_GRACE;

use super::super::traffic::Output;
use super::{Session, State};

impl Session {
    /// What is left of a session that nobody can prove any more is ended; after a proper CLOSE
    /// processes that linger may go on.
    pub(super) fn plugin_gone(&mut self, now: Instant, out: &mut Vec<Output>) {
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
    pub(super) fn gone(&mut self, now: Instant, since: Instant, out: &mut Vec<Output>) {
        self.given_up |= now >= since + RESUME_GRACE;
        if self.linger_until.is_some_and(|at| now >= at) {
            self.linger_until = None;
            if self.group.populated {
                out.push(Output::Kill);
            }
        }
    }

    /// The server knows how the session ended, or will never know.
    pub(super) fn is_done_telling(&self) -> bool {
        let gone = matches!(self.state, State::Gone { .. });
        let told = gone && !self.closed && !self.gone_untold && self.window.is_settled();
        told || self.window.is_complete() || self.facts.refused || self.given_up
    }
}
