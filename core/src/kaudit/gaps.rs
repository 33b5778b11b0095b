//! Numbers that are missing in the stream.
//!
//! The kernel counts its events, so one whose number never comes was lost on the way: by the kernel for want
//! of room, or by somebody's hand. Numbers arrive nearly in order, so a missing one is waited for a moment.
//! What `auditd` says itself (`DAEMON_*`) has a count of its own and is not looked at.

use std::collections::BTreeMap;
use std::time::Instant;

use super::Record;
use crate::limits::{KAUDIT_GAP_WAIT, KAUDIT_GAPS_MAX, KAUDIT_NODES_MAX};
use crate::time::Timestamp;

/// Watches the numbers of each node.
#[derive(Debug, Default)]
pub struct Gaps {
    nodes: Vec<(Box<[u8]>, Numbers)>,
}

/// Events that did not come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// How many.
    pub count: u64,
    /// The first number.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// When the event before them happened.
    pub since: Timestamp,
    /// When that behind them did.
    pub until: Timestamp,
}

#[derive(Debug)]
struct Numbers {
    highest: u64,
    /// When that one happened.
    highest_at: Timestamp,
    /// Missing numbers, with what else is known of each.
    missing: BTreeMap<u64, Awaited>,
    /// Those for which there was no room to wait.
    given_up: Option<Missing>,
}

/// A number that may still come.
#[derive(Clone, Copy, Debug)]
struct Awaited {
    /// Since then.
    seen: Instant,
    /// When the events before and behind it happened.
    since: Timestamp,
    until: Timestamp,
}

impl Gaps {
    /// A record came.
    pub fn see(&mut self, now: Instant, record: &Record) {
        if record.kind.starts_with("DAEMON_") {
            return;
        }
        let (node, serial, at) = (&record.stamp.node, record.stamp.serial, record.stamp.time());
        if let Some((_, numbers)) = self.nodes.iter_mut().find(|(found, _)| found == node) {
            numbers.see(now, serial, at);
        } else if self.nodes.len() < KAUDIT_NODES_MAX {
            self.nodes.push((node.clone(), Numbers::from(serial, at)));
        }
    }

    /// What is missing for good.
    pub fn due(&mut self, now: Instant) -> Option<Missing> {
        self.nodes.iter_mut().filter_map(|(_, numbers)| numbers.due(now)).reduce(Missing::and)
    }

    /// When to look again.
    pub fn next_wake(&self) -> Option<Instant> {
        let oldest = |numbers: &Numbers| numbers.missing.values().map(|awaited| awaited.seen).min();
        let oldest = self.nodes.iter().filter_map(|(_, numbers)| oldest(numbers)).min();
        oldest.map(|since| since + KAUDIT_GAP_WAIT)
    }
}

impl Missing {
    fn and(self, other: Self) -> Self {
        Self {
            count: self.count.saturating_add(other.count),
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            since: self.since.min(other.since),
            until: self.until.max(other.until),
        }
    }
}

impl Numbers {
    fn from(serial: u64, at: Timestamp) -> Self {
        Self { highest: serial, highest_at: at, missing: BTreeMap::new(), given_up: None }
    }

    fn see(&mut self, now: Instant, serial: u64, until: Timestamp) {
        if serial <= self.highest {
            self.missing.remove(&serial);
            if self.highest - serial > RESTART {
                // The machine, and its count, began anew.
                *self = Self { given_up: self.given_up, ..Self::from(serial, until) };
            }
            return;
        }
        let (first, last, since) = (self.highest + 1, serial - 1, self.highest_at);
        (self.highest, self.highest_at) = (serial, until);
        let count = serial - first;
        if count == 0 {
            return;
        }
        let room = KAUDIT_GAPS_MAX.saturating_sub(self.missing.len());
        if usize::try_from(count).is_ok_and(|count| count <= room) {
            let awaited = |serial| (serial, Awaited { seen: now, since, until });
            self.missing.extend((first..=last).map(awaited));
        } else {
            self.give_up(Missing { count, first, last, since, until });
        }
    }

    fn due(&mut self, now: Instant) -> Option<Missing> {
        while let Some((serial, awaited)) = self.missing.first_key_value() {
            if now < awaited.seen + KAUDIT_GAP_WAIT {
                break;
            }
            let (serial, Awaited { since, until, .. }) = (*serial, *awaited);
            self.missing.remove(&serial);
            self.give_up(Missing { count: 1, first: serial, last: serial, since, until });
        }
        self.given_up.take()
    }

    fn give_up(&mut self, more: Missing) {
        self.given_up = Some(self.given_up.map_or(more, |missing| missing.and(more)));
    }
}

/// A number that lies further back is no late one.
const RESTART: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn see(gaps: &mut Gaps, now: Instant, serials: impl IntoIterator<Item = u64>) {
        for serial in serials {
            // An event a second.
            let line = format!("type=SYSCALL msg=audit({}.000:{serial}): ", serial.min(99));
            gaps.see(now, &Record::parse(line.as_bytes(), false).unwrap());
        }
    }

    #[test]
    fn a_number_that_comes_late_is_not_missing_and_one_that_never_comes_is() {
        let (now, mut gaps) = (Instant::now(), Gaps::default());
        see(&mut gaps, now, [5, 6, 9, 8, 9, 12]);
        assert_eq!(gaps.due(now), None);
        assert_eq!(gaps.next_wake(), Some(now + KAUDIT_GAP_WAIT));
        see(&mut gaps, now, [11]);
        let later = now + KAUDIT_GAP_WAIT;
        let [since, until] = [6, 12].map(|seconds| Timestamp { seconds, nanoseconds: 0 });
        assert_eq!(gaps.due(later), Some(Missing { count: 2, first: 7, last: 10, since, until }));
        assert_eq!((gaps.due(later), gaps.next_wake()), (None, None));
    }

    #[test]
    fn a_great_gap_costs_nothing_and_a_new_count_is_none() {
        let (now, mut gaps) = (Instant::now(), Gaps::default());
        see(&mut gaps, now, [1, 1 << 40]);
        let missing = gaps.due(now).unwrap();
        assert_eq!((missing.count, missing.first), ((1 << 40) - 2, 2));
        assert_eq!(missing.last, (1 << 40) - 1);
        see(&mut gaps, now, [3, 4]);
        assert_eq!(gaps.due(now + KAUDIT_GAP_WAIT), None);
        let line = b"type=DAEMON_END msg=audit(1.000:6332): op=terminate";
        gaps.see(now, &Record::parse(line, false).unwrap());
        assert_eq!(gaps.due(now + KAUDIT_GAP_WAIT), None);
    }

    proptest! {
        #[test]
        fn any_numbers_are_counted_in_bounds(serials in prop::collection::vec(any::<u64>(), 0..100)) {
            let (now, mut gaps) = (Instant::now(), Gaps::default());
            see(&mut gaps, now, serials);
            let _ = gaps.due(now + KAUDIT_GAP_WAIT);
            prop_assert!(gaps.nodes.iter().all(|(_, numbers)| numbers.missing.len() <= KAUDIT_GAPS_MAX));
        }
    }
}
