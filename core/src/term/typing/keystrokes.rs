//! The newest keys of a recording, each by its number among all of them.

use std::collections::VecDeque;
use std::time::Duration;

use crate::limits::KEYSTROKES_MAX;
use crate::term::keyboard::TypedKey;

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keystroke {
    /// When, since the start.
    pub elapsed: Duration,
    /// Which one.
    pub key: TypedKey,
}

/// As many of them as are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Keystrokes {
    kept: VecDeque<Keystroke>,
    /// How many keys were dropped before the first one kept.
    dropped: u64,
}

impl Keystrokes {
    /// How many there were, which is the number of the next one.
    pub(super) fn count(&self) -> u64 {
        self.dropped + self.kept.len() as u64
    }

    /// Adds one. The oldest makes room for it.
    pub(super) fn push(&mut self, key: Keystroke) {
        self.kept.push_back(key);
        if self.kept.len() > KEYSTROKES_MAX {
            self.kept.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
    }

    /// The one of that number, if it is kept.
    pub(super) fn get(&self, number: u64) -> Option<&Keystroke> {
        self.kept.get(self.place(number)?)
    }

    /// The same, to say more of it.
    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Keystroke> {
        let place = self.place(number)?;
        self.kept.get_mut(place)
    }

    /// Those of a stretch of time, in order.
    pub(super) fn between(&self, from: Duration, to: Duration) -> impl Iterator<Item = &Keystroke> {
        let first = self.kept.partition_point(|key| key.elapsed < from);
        let end = self.kept.partition_point(|key| key.elapsed <= to);
        self.kept.range(first.min(end)..end)
    }

    /// Those before that number, the nearest first.
    pub(super) fn before(&self, number: u64) -> impl Iterator<Item = &Keystroke> {
        let count = number.saturating_sub(self.dropped);
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.range(..count).rev()
    }

    /// Those from that number on, and the number of the first one that is given: older ones may have
    /// been dropped.
    pub(super) fn since(&self, number: u64) -> (u64, impl Iterator<Item = &Keystroke>) {
        let first = number.clamp(self.dropped, self.count());
        let skipped = usize::try_from(first - self.dropped).unwrap_or(usize::MAX);
        (first, self.kept.iter().skip(skipped))
    }

    /// Takes those from that number on as they are told, in place of what is known of them.
    pub(super) fn told(&mut self, from: u64, keys: impl Iterator<Item = Keystroke>) {
        let kept = from.saturating_sub(self.dropped);
        if kept > self.kept.len() as u64 {
            self.kept.clear();
            self.dropped = from;
        }
        self.kept.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        keys.for_each(|key| self.push(key));
    }

    /// Memory that they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.kept.capacity() * size_of::<Keystroke>()
    }

    fn place(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.dropped)?).ok()
    }
}
