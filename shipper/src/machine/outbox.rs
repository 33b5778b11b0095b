//! Entries of the event log on their way to the server: numbered, kept until the server says that
//! they are stored, sent again over the next connection.
//!
//! Invariant: what is numbered leaves only by the server's word or by being counted as lost. When
//! there is no room the least severe go first, of these the oldest; an entry says how many.

use std::collections::VecDeque;

use sudolog_core::eventlog::{Entry, EntryId, Kind, Severity, Source};
use sudolog_core::limits::{AUDIT_QUEUE_BYTES_MAX, AUDIT_UNANSWERED_BYTES_MAX};
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::Audit;

/// What waits.
#[derive(Debug)]
pub struct Outbox {
    /// Numbers ascend; the first `sent` went over the present connection.
    waiting: VecDeque<Item>,
    bytes: usize,
    sent: usize,
    sent_bytes: usize,
    last_number: u64,
    /// Since an entry said so.
    lost: u64,
    /// Names the entries that are made here.
    run: SessionId,
    made: u64,
}

#[derive(Debug)]
struct Item {
    bytes: usize,
    audit: Audit,
}

impl Outbox {
    /// Nothing waits. `run` is a random name of this run of the shipper.
    pub fn new(run: SessionId) -> Self {
        Self {
            waiting: VecDeque::new(),
            bytes: 0,
            sent: 0,
            sent_bytes: 0,
            last_number: 0,
            lost: 0,
            run,
            made: 0,
        }
    }

    /// Takes an entry in. False when it, or others for it, are lost.
    pub fn push(&mut self, entry: Entry) -> bool {
        let lost = self.lost;
        self.add(entry) && self.lost == lost
    }

    /// False when that one is lost.
    fn add(&mut self, entry: Entry) -> bool {
        let bytes = entry.bytes();
        if self.bytes + bytes > AUDIT_QUEUE_BYTES_MAX && !self.make_room(bytes, entry.severity) {
            self.lost += 1;
            return false;
        }
        self.last_number += 1;
        self.bytes += bytes;
        self.waiting.push_back(Item { bytes, audit: Audit { number: self.last_number, entry } });
        true
    }

    /// Moves entries of about `budget` bytes to `out`, as far as the server has not too many
    /// unanswered. They stay here until [`audited`](Self::audited).
    pub fn take(&mut self, now: Timestamp, budget: usize, out: &mut Vec<Audit>) {
        self.say_what_is_lost(now);
        let mut left = budget;
        while left > 0
            && self.sent_bytes < AUDIT_UNANSWERED_BYTES_MAX
            && let Some(item) = self.waiting.get(self.sent)
        {
            out.push(item.audit.clone());
            left = left.saturating_sub(item.bytes);
            self.sent += 1;
            self.sent_bytes += item.bytes;
        }
    }

    /// The server keeps all that it was sent up to that number. True when more may go now.
    pub fn audited(&mut self, number: u64) -> bool {
        let before = self.sent;
        while self.sent > 0
            && self.waiting.front().is_some_and(|item| item.audit.number <= number)
            && let Some(item) = self.waiting.pop_front()
        {
            self.bytes -= item.bytes;
            self.sent -= 1;
            self.sent_bytes -= item.bytes;
        }
        self.sent < before && self.waiting.len() > self.sent
    }

    /// What waits, the oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.waiting.iter().map(|item| &item.audit.entry)
    }

    /// Another connection: all that waits goes over it.
    pub fn again(&mut self) {
        (self.sent, self.sent_bytes) = (0, 0);
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.lost == 0
    }

    /// Lets the least severe go, no more severe than that, until so many bytes fit and some more do:
    /// going through all that waits must not be the price of each entry. False when there is no room.
    fn make_room(&mut self, bytes: usize, most: Severity) -> bool {
        let aim = AUDIT_QUEUE_BYTES_MAX - AUDIT_QUEUE_BYTES_MAX / 8;
        for severity in Severity::ALL.into_iter().filter(|severity| *severity <= most) {
            let (mut at, mut excess) = (0, (self.bytes + bytes).saturating_sub(aim));
            let (sent, mut kept_sent) = (self.sent, self.sent);
            self.waiting.retain(|item| {
                let goes = excess > 0 && item.audit.entry.severity == severity;
                if goes {
                    excess = excess.saturating_sub(item.bytes);
                    self.bytes -= item.bytes;
                    self.lost += 1;
                    if at < sent {
                        kept_sent -= 1;
                        self.sent_bytes -= item.bytes;
                    }
                }
                at += 1;
                !goes
            });
            self.sent = kept_sent;
        }
        self.bytes + bytes <= AUDIT_QUEUE_BYTES_MAX
    }

    fn say_what_is_lost(&mut self, now: Timestamp) {
        if self.lost == 0 {
            return;
        }
        self.made += 1;
        let id = EntryId::numbered(self.run, self.made);
        let mut entry = Entry::new(id, now, Source::Shipper, Kind::Lost);
        entry.severity = Severity::High;
        let lost = self.lost;
        entry.text =
            format!("{lost} audit events had no room while the log server was away").into();
        if self.add(entry) {
            self.lost -= lost;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp { seconds: 1, nanoseconds: 0 };

    fn outbox() -> Outbox {
        Outbox::new(SessionId::from_bytes([7; 16]))
    }

    fn entry(n: usize, severity: Severity, bytes: usize) -> Entry {
        let id = format!("a.{n}").parse().unwrap();
        let mut entry = Entry::new(id, NOW, Source::Sudo, Kind::Accept);
        entry.severity = severity;
        entry.text = vec_text(bytes);
        entry
    }

    fn vec_text(bytes: usize) -> sudolog_core::untrusted::Untrusted {
        sudolog_core::untrusted::Untrusted::new(vec![b'x'; bytes])
    }

    fn take(outbox: &mut Outbox, budget: usize) -> Vec<u64> {
        let mut out = Vec::new();
        outbox.take(NOW, budget, &mut out);
        out.iter().map(|audit| audit.number).collect()
    }

    #[test]
    fn what_is_not_answered_goes_again_and_what_is_answered_does_not() {
        let mut outbox = outbox();
        (1..=5).for_each(|n| assert!(outbox.push(entry(n, Severity::Info, 10))));
        assert_eq!(take(&mut outbox, 1), [1], "at least one");
        assert_eq!(take(&mut outbox, usize::MAX), [2, 3, 4, 5]);
        assert_eq!(take(&mut outbox, usize::MAX), [] as [u64; 0]);
        outbox.audited(2);
        outbox.again();
        assert_eq!(take(&mut outbox, usize::MAX), [3, 4, 5]);
        outbox.audited(u64::MAX);
        assert!(outbox.is_empty() && outbox.bytes == 0 && outbox.sent_bytes == 0);
    }

    #[test]
    fn what_was_not_sent_cannot_be_answered() {
        let mut outbox = outbox();
        (1..=3).for_each(|n| assert!(outbox.push(entry(n, Severity::Info, 10))));
        take(&mut outbox, 1);
        assert!(outbox.audited(3), "two more may go");
        assert_eq!(take(&mut outbox, usize::MAX), [2, 3]);
        assert!(!outbox.audited(3));
    }

    #[test]
    fn the_server_is_not_sent_more_than_it_answers() {
        let mut outbox = outbox();
        let size = AUDIT_UNANSWERED_BYTES_MAX / 4;
        (1..=12).for_each(|n| assert!(outbox.push(entry(n, Severity::Info, size))));
        assert_eq!(take(&mut outbox, usize::MAX), [1, 2, 3, 4]);
        assert!(outbox.audited(2));
        assert_eq!(take(&mut outbox, usize::MAX), [5, 6]);
    }

    #[test]
    fn without_room_the_least_severe_go_the_oldest_first_and_are_counted() {
        let mut outbox = outbox();
        let size = AUDIT_QUEUE_BYTES_MAX / 64;
        outbox.push(entry(0, Severity::High, size));
        take(&mut outbox, usize::MAX);
        let mut lost = 0;
        for n in 1..200 {
            let severity = if n % 8 == 0 { Severity::Warning } else { Severity::Info };
            if !outbox.push(entry(n, severity, size)) {
                lost += 1;
            }
            assert!(outbox.bytes <= AUDIT_QUEUE_BYTES_MAX);
        }
        assert!(lost > 0);
        outbox.again();
        let mut out = Vec::new();
        while !outbox.waiting.is_empty() {
            outbox.take(NOW, usize::MAX, &mut out);
            let last = out.last().unwrap().number;
            outbox.audited(last);
        }
        let count = |severity| out.iter().filter(|a| a.entry.severity == severity).count();
        assert_eq!(count(Severity::Warning), 24, "all of them");
        let said: Vec<_> = out.iter().filter(|a| a.entry.kind == Kind::Lost).collect();
        assert_eq!((said.len(), count(Severity::High)), (1, 2));
        let gone = 200 - (out.len() - 1);
        assert!(said[0].entry.text.as_bytes().starts_with(format!("{gone} ").as_bytes()));
        let numbers: Vec<_> = out.iter().map(|a| a.number).collect();
        assert!(numbers.is_sorted());
    }

    #[test]
    fn more_severe_ones_do_not_go_for_a_lesser_one() {
        let mut outbox = outbox();
        let size = AUDIT_QUEUE_BYTES_MAX / 8;
        (0..7).for_each(|n| assert!(outbox.push(entry(n, Severity::High, size))));
        assert!(!outbox.push(entry(8, Severity::Info, size * 2)));
        assert_eq!(outbox.waiting.len(), 7);
        assert_eq!(outbox.lost, 1);
    }
}
