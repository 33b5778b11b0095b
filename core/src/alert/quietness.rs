//! What is not told again: the same within a window, and what comes and goes.
//!
//! Time is the monotonic clock's, so that setting the time neither loses an alert nor repeats one. Over a restart
//! it is kept as [`memory`](super::memory) says.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::item::Item;
use super::memory::{self, Known, State};
use super::plan::{Dedup, Plan, Quiet};
use crate::eventlog::Severity;
use crate::limits::ALERT_KEYS_MAX;

/// What is the same: a route, and what its key says of an entry.
pub(super) type Key = (usize, Vec<u8>);

/// What was told lately.
#[derive(Debug, Default)]
pub(super) struct Quietness {
    repeats: HashMap<Key, Repeat<Instant>>,
    conditions: HashMap<Key, Condition<Instant>>,
    /// How often any of it has changed.
    changes: u64,
}

/// Told once, until when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Repeat<T> {
    pub(super) until: T,
    more: u64,
    last: Item,
}

/// Something that comes and goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Condition<T> {
    /// Seen too seldom to be told.
    Calm {
        seen: Vec<(T, Item)>,
        last_seen: T,
        #[serde(skip)]
        quiet: Quiet,
    },
    /// Told, and not over yet.
    Raised {
        last_seen: T,
        told: T,
        more: u64,
        last: Box<Item>,
        #[serde(skip)]
        quiet: Quiet,
    },
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
    /// One that knows nothing in the place of another: that is a change too, and no count comes twice.
    pub(super) fn after(before: &Self) -> Self {
        Self { changes: before.changes + 1, ..Self::default() }
    }

    /// True when it is to be told, and not the same again.
    pub(super) fn is_new(&mut self, key: Key, dedup: &Dedup, item: &Item, now: Instant) -> bool {
        self.changes += 1;
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
        self.changes += 1;
        make_room(&mut self.conditions, |condition| condition.last_seen());
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
        let before = (self.repeats.len(), self.conditions.len());
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
        let is_as_before = told.is_empty() && before == (self.repeats.len(), self.conditions.len());
        self.changes += u64::from(!is_as_before);
        told
    }

    /// How often any of it has changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// All of it as it is kept over a restart, routes by their marks.
    pub(super) fn known(&self, marks: &[String], now: Instant) -> Vec<Known> {
        let known = |(route, key): &Key, state| {
            let route = marks.get(*route)?.clone();
            Some(Known { route, key: key.clone(), state })
        };
        let offset = |at: &Instant| memory::offset(*at, now);
        let repeats = self.repeats.iter();
        let repeats =
            repeats.map(|(key, repeat)| known(key, State::Repeat(Box::new(repeat.at(offset)))));
        let conditions = self.conditions.iter().map(|(key, condition)| {
            let quiet = Quiet::default();
            known(key, State::Condition(Box::new(condition.at(offset, &quiet))))
        });
        repeats.chain(conditions).flatten().collect()
    }

    /// Takes in what was kept; what no route of the plan knows any more is forgotten.
    pub(super) fn learn(&mut self, known: Vec<Known>, plan: &Plan, gone_ms: i64, now: Instant) {
        let marks = memory::marks(plan);
        let instant = |offset: &i64| memory::instant(*offset, gone_ms, now);
        for Known { route, key, state } in known.into_iter().take(ALERT_KEYS_MAX) {
            let Some(at) = marks.iter().position(|mark| *mark == route) else { continue };
            let quiet = plan.routes().get(at).and_then(|route| route.quiet.as_ref());
            match (state, quiet) {
                (State::Repeat(repeat), _) => {
                    self.repeats.insert((at, key), repeat.at(instant));
                }
                (State::Condition(condition), Some(quiet)) => {
                    self.conditions.insert((at, key), condition.at(instant, quiet));
                }
                (State::Condition(_), None) => {}
            }
        }
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

impl<T> Repeat<T> {
    /// The same on another clock.
    fn at<U>(&self, time: impl Fn(&T) -> U) -> Repeat<U> {
        Repeat { until: time(&self.until), more: self.more, last: self.last.clone() }
    }
}

impl<T: Copy> Condition<T> {
    pub(super) fn last_seen(&self) -> T {
        match self {
            Self::Calm { last_seen, .. } | Self::Raised { last_seen, .. } => *last_seen,
        }
    }

    /// The same on another clock, under that hysteresis.
    fn at<U>(&self, time: impl Fn(&T) -> U, quiet: &Quiet) -> Condition<U> {
        let quiet = quiet.clone();
        match self {
            Self::Calm { seen, last_seen, .. } => {
                let seen = seen.iter().map(|(at, item)| (time(at), item.clone())).collect();
                Condition::Calm { seen, last_seen: time(last_seen), quiet }
            }
            Self::Raised { last_seen, told, more, last, .. } => {
                let (last_seen, told) = (time(last_seen), time(told));
                Condition::Raised { last_seen, told, more: *more, last: last.clone(), quiet }
            }
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
