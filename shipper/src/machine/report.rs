//! What plugin and server are told of a session beside its events: in which words, and what must wait
//! because the server cannot hear it.

use std::time::Instant;

use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind, Order, OrderKind};

use super::decision::{EndCause, FreezeCause};

/// The state of what was told.
#[derive(Debug)]
pub(super) struct Report {
    /// Why it stands still, as was told last; `None` when it was told that it runs.
    pub(super) frozen: Option<FreezeCause>,
    /// It was told that not all of it does.
    partly: bool,
    /// The server was told either, and not yet that it runs.
    server: bool,
    /// The plugin was told that it stands still.
    plugin: bool,
    /// Since when it stands still, and the last event before that.
    since: (Instant, u64),
    /// The user suspended sudo before that.
    suspended: bool,
    /// The last order to freeze or end, in words.
    ordered: String,
}

/// Who was told that a command stands still that goes on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) server: bool,
    pub(super) plugin: bool,
}

impl Report {
    /// Nothing was told at the start of a session.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            frozen: None,
            partly: false,
            server: false,
            plugin: false,
            since: (now, 0),
            suspended: false,
            ordered: String::new(),
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
    ) -> Notice {
        (self.frozen, self.since, self.suspended) = (Some(cause), (now, seq), suspended);
        Notice::new(NoticeKind::Frozen, self.freeze_text(cause))
    }

    /// It should stand still by now, and something in it cannot (a process in the kernel's hands) or
    /// will not. The user is told when it does.
    pub(super) fn partly(
        &mut self,
        now: Instant,
        seq: u64,
        cause: FreezeCause,
        suspended: bool,
    ) -> Notice {
        self.partly = true;
        (self.since, self.suspended) = ((now, seq), suspended);
        Notice::new(NoticeKind::Frozen, self.partly_text(cause))
    }

    /// The server is being told that it stands still.
    pub(super) fn server_heard(&mut self) {
        self.server = true;
    }

    /// True when the plugin is told of a freeze for this cause: once, and not while it is stopped.
    pub(super) fn tells_plugin(&mut self, cause: FreezeCause) -> bool {
        cause != FreezeCause::Silent && !std::mem::replace(&mut self.plugin, true)
    }

    /// It goes on, and who is to be told; `None` when nobody was told that it stood still.
    pub(super) fn thawed(&mut self) -> Option<Told> {
        let partly = std::mem::take(&mut self.partly);
        let any = self.frozen.take().is_some() || partly;
        let (server, plugin) = (&mut self.server, &mut self.plugin);
        let told = Told { server: std::mem::take(server), plugin: std::mem::take(plugin) };
        any.then_some(told)
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

    /// What a server that is back has not heard yet of a session that stands still for this cause.
    pub(super) fn late(&mut self, now: Instant, cause: FreezeCause) -> Option<Notice> {
        let text = match (self.frozen, self.partly) {
            (Some(_), _) => self.freeze_text(cause).to_owned(),
            (None, true) => self.partly_text(cause),
            (None, false) => return None,
        };
        self.server = true;
        let (since, after_seq) = self.since;
        let ago = now.saturating_duration_since(since).as_millis();
        Some(Notice {
            after_seq: Some(after_seq),
            ago_ms: u64::try_from(ago).unwrap_or(u64::MAX),
            ..Notice::new(NoticeKind::Frozen, text)
        })
    }

    fn partly_text(&self, cause: FreezeCause) -> String {
        format!("not all of it stands still: {}", self.freeze_text(cause))
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
    fn a_server_that_is_back_hears_that_it_stands_still_and_since_when() {
        let (t, mut report) = (Instant::now(), Report::new(Instant::now()));
        let later = t + Duration::from_secs(2);
        assert_eq!(report.late(later, FreezeCause::Link), None);
        report.partly(t, 7, FreezeCause::Link, false);
        let late = report.late(later, FreezeCause::Unproven).unwrap();
        assert_eq!((late.after_seq, late.ago_ms), (Some(7), 2_000));
        assert!(late.text.escaped().to_string().starts_with("not all of it"));
        report.frozen(later, 7, FreezeCause::Link, false);
        let late = report.late(later, FreezeCause::Unproven).unwrap();
        assert!(late.ago_ms == 0 && !late.text.escaped().to_string().starts_with("not all"));
        assert_eq!(report.thawed(), Some(Told { server: true, plugin: false }));
        assert_eq!((report.thawed(), report.late(later, FreezeCause::Link)), (None, None));
    }
}
