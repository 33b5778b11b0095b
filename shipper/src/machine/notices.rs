//! Notices that must reach the server: each is kept until it surely has. Pure.
//!
//! What goes into a connection that is dying is lost with it, and nothing answers a notice. Proof of an
//! event that was sent behind one says that it arrived. Where none was, one that was sent shortly
//! before the server was last heard is sent again over the next connection: told twice does no harm,
//! untold does.

use std::collections::VecDeque;
use std::time::Instant;

use sudolog_core::limits::{NOTICE_DOUBT, NOTICES_KEPT_MAX};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Notice;

/// Notices of one session, in their order.
#[derive(Debug, Default)]
pub(super) struct Notices(VecDeque<Kept>);

#[derive(Debug)]
struct Kept {
    notice: Notice,
    happened_at: Instant,
    /// When it was sent, and the last event before it on the way; `None` while it waits.
    sent: Option<(Instant, u64)>,
}

impl Notices {
    /// Keeps what happened now, after event `head`. Gives the message where it can be sent at once.
    pub(super) fn add(
        &mut self,
        now: Instant,
        head: u64,
        notice: Notice,
        can_be_sent: bool,
    ) -> Option<Message> {
        if self.0.len() >= NOTICES_KEPT_MAX {
            // Room is made by what was sent, most likely with success; else what came first stays.
            match self.0.iter().position(|kept| kept.sent.is_some()) {
                Some(oldest) => drop(self.0.remove(oldest)),
                None => return can_be_sent.then_some(Message::Notice(notice)),
            }
        }
        let message = can_be_sent.then(|| Message::Notice(notice.clone()));
        let notice = Notice { after_seq: notice.after_seq.or(Some(head)), ..notice };
        let sent = can_be_sent.then_some((now, head));
        self.0.push_back(Kept { notice, happened_at: now, sent });
        message
    }

    /// All events up to `seq` are proven.
    pub(super) fn proven(&mut self, seq: u64) {
        self.0.retain(|kept| kept.sent.is_none_or(|(_, head)| head >= seq));
    }

    /// The connection is lost, and the server was last heard then.
    pub(super) fn lost(&mut self, heard_at: Instant) {
        self.0.retain(|kept| kept.sent.is_none_or(|(at, _)| at + NOTICE_DOUBT >= heard_at));
        self.0.iter_mut().for_each(|kept| kept.sent = None);
    }

    /// What waits, in its order, with the time that it happened; it is sent now, after event `head`.
    pub(super) fn late(&mut self, now: Instant, head: u64) -> Vec<Notice> {
        let waiting = self.0.iter_mut().filter(|kept| kept.sent.is_none());
        let late = waiting.map(|kept| {
            kept.sent = Some((now, head));
            let ago = now.saturating_duration_since(kept.happened_at).as_millis();
            let ago_ms = u64::try_from(ago).unwrap_or(u64::MAX);
            Notice { ago_ms, ..kept.notice.clone() }
        });
        late.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sudolog_core::wire::message::NoticeKind;

    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn escape(text: &str) -> Notice {
        Notice::new(NoticeKind::Escape, text)
    }

    fn texts(late: Vec<Notice>) -> Vec<String> {
        late.into_iter().map(|notice| notice.text.escaped().to_string()).collect()
    }

    #[test]
    fn what_was_sent_into_a_dying_link_goes_again_and_what_is_proven_does_not() {
        let (t, mut notices) = (Instant::now(), Notices::default());
        assert!(notices.add(t, 1, escape("a"), true).is_some());
        assert!(notices.add(t + S(100), 2, escape("b"), true).is_some());
        notices.proven(1);
        assert!(notices.add(t + S(100), 3, escape("c"), true).is_some());
        assert!(notices.add(t + S(101), 3, escape("d"), false).is_none());
        notices.proven(3);
        notices.lost(t + S(101));
        notices.lost(t + S(101));
        let late = notices.late(t + S(103), 9);
        assert_eq!((late[0].after_seq, late[0].ago_ms), (Some(3), 3_000));
        assert_eq!(texts(late), ["c", "d"], "a is too old for a doubt, b is proven");
        assert_eq!(texts(notices.late(t + S(103), 9)), [] as [&str; 0]);
        notices.proven(9);
        notices.lost(t + S(104));
        assert_eq!(texts(notices.late(t + S(104), 9)), ["c", "d"], "lost once more");
        notices.proven(10);
        notices.lost(t + S(105));
        assert_eq!(texts(notices.late(t + S(105), 9)), [] as [&str; 0]);
    }

    #[test]
    fn a_flood_keeps_what_came_first_of_what_nobody_heard() {
        let (t, mut notices) = (Instant::now(), Notices::default());
        for n in 0..NOTICES_KEPT_MAX + 3 {
            notices.add(t, 0, escape(&n.to_string()), n < 2);
        }
        let late = texts(notices.late(t, 0));
        assert_eq!(late.len(), NOTICES_KEPT_MAX);
        assert_eq!((late[0].as_str(), late[1].as_str()), ("2", "3"));
    }
}
