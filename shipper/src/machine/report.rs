//! What plugin and server are told of a session beside its events: in which words, and what must wait
//! because the server cannot hear it.

use std::time::Instant;

use sudolog_core::limits::ESCAPES_MAX;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind, Order, OrderKind};

use super::decision::{EndCause, FreezeCause};

/// The state of what was told.
#[derive(Debug)]
pub(super) struct Report {
    /// Why it stands still, as was told last; `None` when it was told that it runs.
    pub(super) frozen: Option<FreezeCause>,
    /// The server was told that not all of it does.
    partly: bool,
    /// The plugin was told that it stands still.
    plugin: bool,
    /// Since when it stands still, and the last event before that.
    since: (Instant, u64),
    /// The user suspended sudo before that.
    suspended: bool,
    /// The last order to freeze or end, in words.
    ordered: String,
    /// Escapes that the server has not been told of.
    escapes: Vec<String>,
    /// What was let go on unchecked, and the server has not been told.
    unchecked: Option<Notice>,
}

impl Report {
    /// Nothing was told at the start of a session.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            frozen: None,
            partly: false,
            plugin: false,
            since: (now, 0),
            suspended: false,
            ordered: String::new(),
            escapes: Vec::new(),
            unchecked: None,
        }
    }

    /// True when a freeze for this cause is still to be told. The first cause stands for all that
    /// follow, but for a sudo that is stopped: that is news, and it could not be told of others.
    pub(super) fn lacks(&self, cause: FreezeCause) -> bool {
        let silent = cause == FreezeCause::Silent;
        self.frozen.is_none_or(|told| (told == FreezeCause::Silent) != silent)
    }

    /// The command stands still, after event `seq`; sudo was `suspended` by its user.
    pub(super) fn frozen(
        &mut self,
        now: Instant,
        seq: u64,
        cause: FreezeCause,
        suspended: bool,
    ) -> Message {
        (self.frozen, self.since, self.suspended) = (Some(cause), (now, seq), suspended);
        notice(NoticeKind::Frozen, self.freeze_text(cause))
    }

    /// It should stand still by now, and something in it cannot (a process in the kernel's hands) or
    /// will not. The user is told when it does.
    pub(super) fn partly(
        &mut self,
        now: Instant,
        seq: u64,
        cause: FreezeCause,
        suspended: bool,
    ) -> Message {
        self.partly = true;
        (self.since, self.suspended) = ((now, seq), suspended);
        let text = format!("not all of it stands still: {}", self.freeze_text(cause));
        notice(NoticeKind::Frozen, &text)
    }

    /// True when the plugin is told of a freeze for this cause: once, and not while it is stopped.
    pub(super) fn tells_plugin(&mut self, cause: FreezeCause) -> bool {
        cause != FreezeCause::Silent && !std::mem::replace(&mut self.plugin, true)
    }

    /// It goes on, and whether the plugin is told; `None` when nobody was told that it stood still.
    pub(super) fn thawed(&mut self) -> Option<(Message, bool)> {
        let partly = std::mem::take(&mut self.partly);
        let told = self.frozen.take().is_some() || partly;
        let to_plugin = std::mem::take(&mut self.plugin);
        told.then(|| (notice(NoticeKind::Thawed, "the command goes on"), to_plugin))
    }

    /// It is being ended.
    pub(super) fn ending(&self, cause: EndCause) -> Message {
        match cause {
            EndCause::Order => notice(NoticeKind::Terminating, &self.ordered),
            EndCause::Refused => {
                notice(NoticeKind::Terminating, "the server does not go on with it")
            }
            EndCause::FreezeTimeout => notice(NoticeKind::FreezeTimeout, "frozen for too long"),
        }
    }

    /// An operator's order came; its words will be told when it is carried out.
    pub(super) fn order(&mut self, order: &Order) {
        if matches!(order.kind, OrderKind::Freeze | OrderKind::Terminate) {
            self.ordered = format!("{} ordered it: {}", order.who.escaped(), order.why.escaped());
        }
    }

    /// A process got out and the server cannot be told now: the time without it is when an escape
    /// pays, so it is kept.
    pub(super) fn keep_escape(&mut self, text: &str) {
        if self.escapes.len() < ESCAPES_MAX {
            self.escapes.push(text.to_owned());
        }
    }

    /// Something went on unchecked and the server cannot be told now. The first stands for all.
    pub(super) fn keep_unchecked(&mut self, notice: Notice) {
        self.unchecked.get_or_insert(notice);
    }

    /// What a server that is back has not heard yet; `cause` of a session that stands still.
    pub(super) fn late(&mut self, now: Instant, cause: Option<FreezeCause>) -> Vec<Message> {
        let mut late = Vec::new();
        if let Some(cause) = cause.filter(|_| self.frozen.is_some()) {
            let (since, after_seq) = self.since;
            let ago = now.saturating_duration_since(since).as_millis();
            late.push(Message::Notice(Notice {
                after_seq: Some(after_seq),
                ago_ms: u64::try_from(ago).unwrap_or(u64::MAX),
                ..Notice::new(NoticeKind::Frozen, self.freeze_text(cause))
            }));
        }
        late.extend(self.unchecked.take().map(Message::Notice));
        late.extend(self.escapes.drain(..).map(|text| notice(NoticeKind::Escape, &text)));
        late
    }

    fn freeze_text(&self, cause: FreezeCause) -> &str {
        match cause {
            FreezeCause::Link => "the log server is not heard",
            FreezeCause::Debt => "the log server does not acknowledge",
            FreezeCause::Unproven => "the recording is not yet proven again",
            FreezeCause::Held => "the shipper was not heard or did not stop it",
            FreezeCause::Order => &self.ordered,
            FreezeCause::Silent if self.suspended => "sudo is suspended",
            FreezeCause::Silent => "sudo was stopped and does not record",
        }
    }
}

/// A notice of that kind, in these words.
pub(super) fn notice(kind: NoticeKind, text: &str) -> Message {
    Message::Notice(Notice::new(kind, text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_server_that_is_back_hears_what_it_missed_and_when_that_was() {
        let t = Instant::now();
        let mut report = Report::new(t);
        report.frozen(t, 7, FreezeCause::Link, false);
        report.keep_escape("process 9");
        report.keep_unchecked(Notice::new(NoticeKind::Unchecked, "late"));
        let late = report.late(t + Duration::from_secs(2), Some(FreezeCause::Unproven));
        let [Message::Notice(frozen), Message::Notice(unchecked), Message::Notice(escape)] =
            &late[..]
        else {
            panic!("{late:?}")
        };
        assert_eq!((frozen.after_seq, frozen.ago_ms), (Some(7), 2_000));
        assert_eq!(escape.kind, NoticeKind::Escape);
        assert_eq!(unchecked.kind, NoticeKind::Unchecked);
        report.thawed();
        assert_eq!(report.late(t, None), []);
    }
}
