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
    pub(super) fn bad_ack(&mut self, now: Instant, error: AckError, out: &mut Vec<Output>) {
        self.bad_acks = self.bad_acks.saturating_add(1);
        if self.bad_acks.is_power_of_two() {
            out.push(Output::Security(error.to_string()));
            self.tell_surely(now, Notice::new(NoticeKind::BadAck, error.to_string()), out);
        }
    }

    pub(super) fn escape(&mut self, now: Instant, text: &str, out: &mut Vec<Output>) {
        out.push(Output::Security(text.to_owned()));
        self.tell_surely(now, Notice::new(NoticeKind::Escape, text), out);
    }

    /// Tells the server what it must hear, now or over a later connection.
    pub(super) fn tell_surely(&mut self, now: Instant, notice: Notice, out: &mut Vec<Output>) {
        let (head, open) = (self.window.head().0, self.flow == Flow::Open);
        if let Some(message) = self.notices.add(now, head, notice, open) {
            self.send(message, out);
        }
    }

    /// Tells a server that is back what it has not heard, in the order in which it happened.
    pub(super) fn tell_late(&mut self, now: Instant, out: &mut Vec<Output>) {
        let mut late = self.notices.late(now, self.window.head().0);
        if let State::Frozen(cause) = self.state {
            late.extend(self.report.late(now, cause));
        }
        late.sort_by_key(|notice| std::cmp::Reverse(notice.ago_ms));
        for notice in late {
            self.send(Message::Notice(notice), out);
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
                    out.push(Output::Security(told.text.escaped().to_string()));
                    self.tell_stopped(told, out);
                } else if self.group.frozen && self.report.lacks(cause) {
                    let seq = self.window.head().0;
                    let frozen = self.report.frozen(now, seq, cause, self.suspended);
                    self.tell_stopped(frozen.clone(), out);
                    // A sudo that stands still is not told so.
                    if self.report.tells_plugin(cause) {
                        out.push(Output::ToPlugin(Message::Notice(frozen)));
                    }
                }
            }
            State::Running if !self.group.frozen => {
                let Some(told) = self.report.thawed() else { return };
                let thawed = Notice::new(NoticeKind::Thawed, "the command goes on");
                // Whoever holds it for frozen would do so for ever.
                if told.server {
                    self.tell_surely(now, thawed.clone(), out);
                }
                if told.plugin {
                    out.push(Output::ToPlugin(Message::Notice(thawed)));
                }
            }
            _ => {}
        }
    }

    /// Tells the server that it stands still; what cannot be told now is told late.
    fn tell_stopped(&mut self, notice: Notice, out: &mut Vec<Output>) {
        if self.flow == Flow::Open {
            self.report.server_heard();
            self.send(Message::Notice(notice), out);
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
