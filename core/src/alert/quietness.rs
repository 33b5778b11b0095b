//! What is not told again: the same within a window, and what comes and goes.
//!
//! Time is the monotonic clock's, so that setting the time neither loses an alert nor repeats one.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::item::Item;
use super::plan::{Dedup, Quiet};
use crate::eventlog::Severity;
use crate::limits::ALERT_KEYS_MAX;

/// What is the same: a route, and what its key says of an entry.
pub(super) type Key = (usize, Vec<u8>);

/// What was told lately.
#[derive(Debug, Default)]
pub(super) struct Quietness {
    repeats: HashMap<Key, Repeat>,
    conditions: HashMap<Key, Condition>,
}

/// Told once, until when.
#[derive(Debug)]
struct Repeat {
    until: Instant,
    more: u64,
    last: Item,
}

/// Something that comes and goes.
#[derive(Debug)]
enum Condition {
    /// Seen too seldom to be told.
    Calm { seen: Vec<(Instant, Item)>, last_seen: Instant, quiet: Quiet },
    /// Told, and not over yet.
    Raised { last_seen: Instant, told: Instant, more: u64, last: Box<Item>, quiet: Quiet },
}

/// Something to tell that no single entry says.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) route: usize,
    pub(super) text: String,
    /// Ends the letter's id.
    pub(super) mark: &'static str,
    pub(super) last: Item,
    pub(super) count: u64,
}

impl Quietness {
    /// True when it is to be told, and not the same again.
    pub(super) fn is_new(&mut self, key: Key, dedup: &Dedup, item: &Item, now: Instant) -> bool {
        if let Some(repeat) = self.repeats.get_mut(&key)
            && now < repeat.until
        {
            repeat.more += 1;
            repeat.last = item.clone();
            return false;
        }
        make_room(&mut self.repeats, |repeat| repeat.until);
        self.repeats.insert(key, Repeat { until: now + dedup.window, more: 0, last: item.clone() });
        true
    }

    /// What is to be told now that this happened: nothing, this, or this and what led to it.
    pub(super) fn happened(
        &mut self,
        key: Key,
        quiet: &Quiet,
        item: Item,
        now: Instant,
    ) -> Vec<Item> {
        make_room(&mut self.conditions, Condition::last_seen);
        let calm = || Condition::Calm { seen: Vec::new(), last_seen: now, quiet: quiet.clone() };
        let condition = self.conditions.entry(key).or_insert_with(calm);
        match condition {
            Condition::Calm { seen, last_seen, .. } => {
                *last_seen = now;
                seen.retain(|(at, _)| now.saturating_duration_since(*at) < quiet.within);
                let is_critical = item.severity >= Severity::Critical;
                seen.push((now, item.clone()));
                let enough = u32::try_from(seen.len()).unwrap_or(u32::MAX) >= quiet.raise_after;
                if !enough && !is_critical {
                    return Vec::new();
                }
                let told = std::mem::take(seen).into_iter().map(|(_, item)| item).collect();
                let quiet = quiet.clone();
                let last = Box::new(item);
                *condition = Condition::Raised { last_seen: now, told: now, more: 0, last, quiet };
                told
            }
            Condition::Raised { last_seen, more, last, .. } => {
                *last_seen = now;
                *more += 1;
                **last = item;
                Vec::new()
            }
        }
    }

    /// What is over, or still goes on, or came again, by now.
    pub(super) fn summaries(&mut self, now: Instant) -> Vec<Summary> {
        let mut told = Vec::new();
        self.repeats.retain(|(route, _), repeat| {
            if now < repeat.until {
                return true;
            }
            if repeat.more > 0 {
                let text =
                    format!("{} more of the same, the last: {}", repeat.more, repeat.last.line());
                let (last, count) = (repeat.last.clone(), repeat.more);
                told.push(Summary { route: *route, text, mark: "more", last, count });
            }
            false
        });
        self.conditions.retain(|(route, _), condition| match condition {
            Condition::Calm { seen, quiet, .. } => {
                seen.retain(|(at, _)| now.saturating_duration_since(*at) < quiet.within);
                !seen.is_empty()
            }
            Condition::Raised { last_seen, told: when, more, last, quiet } => {
                let is_over = now.saturating_duration_since(*last_seen) >= quiet.clear_after;
                let is_due = now.saturating_duration_since(*when) >= quiet.renotify && *more > 0;
                if is_over || is_due {
                    let count = std::mem::take(more);
                    let (words, mark) = if is_over {
                        (format!("cleared: none for {}", spoken(quiet.clear_after)), "over")
                    } else {
                        ("goes on".to_owned(), "again")
                    };
                    let text = format!("{words}; {count} more since, the last: {}", last.line());
                    let last = (**last).clone();
                    told.push(Summary { route: *route, text, mark, last, count });
                    *when = now;
                }
                !is_over
            }
        });
        told
    }

    /// When [`summaries`](Self::summaries) may have something next.
    pub(super) fn next(&self) -> Option<Instant> {
        let repeats = self.repeats.values().map(|repeat| repeat.until);
        let conditions = self.conditions.values().map(|condition| match condition {
            Condition::Calm { last_seen, quiet, .. } => *last_seen + quiet.within,
            Condition::Raised { last_seen, told, more, quiet, .. } => {
                let over = *last_seen + quiet.clear_after;
                if *more > 0 { over.min(*told + quiet.renotify) } else { over }
            }
        });
        repeats.chain(conditions).min()
    }
}

impl Condition {
    fn last_seen(&self) -> Instant {
        match self {
            Self::Calm { last_seen, .. } | Self::Raised { last_seen, .. } => *last_seen,
        }
    }
}

/// Forgets the oldest when there is no room for another one.
fn make_room<V>(known: &mut HashMap<Key, V>, age: impl Fn(&V) -> Instant) {
    if known.len() < ALERT_KEYS_MAX {
        return;
    }
    let oldest = known.iter().min_by_key(|(_, value)| age(value)).map(|(key, _)| key.clone());
    oldest.and_then(|key| known.remove(&key));
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        seconds if seconds % 3600 == 0 => format!("{} h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}
