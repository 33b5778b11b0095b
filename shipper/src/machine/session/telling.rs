//! What a session tells plugin and server beside its events, and when.

use std::time::Instant;

use sudolog_core::ack::AckError;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind};

use super::super::report::notice;
use super::super::traffic::{Outgoing, Output};
use super::{Flow, Session, State};

impl Session {
    /// Reported at the first, second, fourth, eighth … time, so that a broken server does not
    /// flood the log.
    pub(super) fn bad_ack(&mut self, error: AckError, out: &mut Vec<Output>) {
        self.bad_acks = self.bad_acks.saturating_add(1);
        if self.bad_acks.is_power_of_two() {
            self.send(notice(NoticeKind::BadAck, &error.to_string()), out);
            out.push(Output::Security(error.to_string()));
        }
    }

    pub(super) fn escape(&mut self, text: &str, out: &mut Vec<Output>) {
        out.push(Output::Security(text.to_owned()));
        if self.flow == Flow::Open {
            self.send(notice(NoticeKind::Escape, text), out);
        } else {
            self.report.keep_escape(text);
        }
    }

    pub(super) fn unchecked(&mut self, notice: Notice, out: &mut Vec<Output>) {
        if self.flow == Flow::Open {
            self.send(Message::Notice(notice), out);
        } else {
            self.report.keep_unchecked(notice);
        }
    }

    /// Reports a freeze and a thaw when the kernel confirms them, not when they are ordered; a freeze
    /// that does not come about as well.
    pub(super) fn tell_frozen(&mut self, now: Instant, out: &mut Vec<Output>) {
        match self.state {
            State::Frozen(cause) => {
                let late = !self.group.frozen && self.still_by.is_some_and(|by| now >= by);
                if self.group.frozen || late {
                    self.still_by = None;
                }
                if late {
                    let seq = self.window.head().0;
                    let told = self.report.partly(now, seq, cause, self.suspended);
                    self.send(told, out);
                } else if self.group.frozen && self.report.lacks(cause) {
                    let seq = self.window.head().0;
                    let frozen = self.report.frozen(now, seq, cause, self.suspended);
                    self.send(frozen.clone(), out);
                    // A sudo that stands still is not told so.
                    if self.report.tells_plugin(cause) {
                        out.push(Output::ToPlugin(frozen));
                    }
                }
            }
            State::Running if !self.group.frozen => {
                if let Some((thawed, to_plugin)) = self.report.thawed() {
                    self.send(thawed.clone(), out);
                    if to_plugin {
                        out.push(Output::ToPlugin(thawed));
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn tell_gone(&mut self, out: &mut Vec<Output>) {
        if self.gone_untold && self.flow == Flow::Open {
            self.gone_untold = false;
            self.send(notice(NoticeKind::Gone, "sudo went away without an end"), out);
        }
    }

    pub(super) fn tell_both(&mut self, message: Message, out: &mut Vec<Output>) {
        self.send(message.clone(), out);
        out.push(Output::ToPlugin(message));
    }

    /// Sends a message that is worthless later; with the link down it is dropped.
    pub(super) fn send(&self, message: Message, out: &mut Vec<Output>) {
        if self.flow == Flow::Open {
            out.push(Output::ToServer(Outgoing::control(message)));
        }
    }
}
