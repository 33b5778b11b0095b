//! What waits to be sent, shared fairly between the sessions of a host.
//!
//! Invariant: after a stream has had its turn of [`FAIR_TURN_BYTES`] every other waiting stream
//! has one before it, so a noisy session never starves another. Order within a stream is kept.

use std::collections::{HashMap, VecDeque};

use sudolog_core::limits::FAIR_TURN_BYTES;

/// Items of many streams. Each stream's own bound is kept by who pushes.
#[derive(Debug)]
pub struct FairQueue<T> {
    streams: HashMap<u32, VecDeque<(usize, T)>>,
    /// Streams with items, the next to be served in front; each stands here once.
    turns: VecDeque<u32>,
    /// What the front stream may still take in this turn.
    turn_bytes: usize,
}

impl<T> FairQueue<T> {
    /// An empty queue.
    pub fn new() -> Self {
        Self { streams: HashMap::new(), turns: VecDeque::new(), turn_bytes: FAIR_TURN_BYTES }
    }

    /// Appends an item of `bytes` to its stream.
    pub fn push(&mut self, stream: u32, bytes: usize, item: T) {
        let waiting = self.streams.entry(stream).or_default();
        if waiting.is_empty() {
            self.turns.push_back(stream);
        }
        waiting.push_back((bytes, item));
    }

    /// Moves items of about `budget` bytes to `out`, at least one if there is any.
    pub fn take(&mut self, budget: usize, out: &mut Vec<(u32, T)>) {
        let mut left = budget;
        while left > 0
            && let Some((stream, bytes, item)) = self.pop()
        {
            out.push((stream, item));
            left = left.saturating_sub(bytes);
        }
    }

    /// Forgets everything that waits on the streams for which `gone` is true.
    pub fn forget(&mut self, gone: impl Fn(u32) -> bool) {
        self.streams.retain(|stream, _| !gone(*stream));
        self.turns.retain(|stream| !gone(*stream));
        self.turn_bytes = FAIR_TURN_BYTES;
    }

    /// True when nothing waits.
    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    fn pop(&mut self) -> Option<(u32, usize, T)> {
        let stream = *self.turns.front()?;
        let waiting = self.streams.get_mut(&stream)?;
        let (bytes, item) = waiting.pop_front()?;
        self.turn_bytes = self.turn_bytes.saturating_sub(bytes);
        if waiting.is_empty() {
            self.streams.remove(&stream);
            self.turns.pop_front();
            self.turn_bytes = FAIR_TURN_BYTES;
        } else if self.turn_bytes == 0 {
            self.turns.rotate_left(1);
            self.turn_bytes = FAIR_TURN_BYTES;
        }
        Some((stream, bytes, item))
    }
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn drain<T>(queue: &mut FairQueue<T>) -> Vec<(u32, T)> {
        let mut out = Vec::new();
        queue.take(usize::MAX, &mut out);
        out
    }

    #[test]
    fn a_key_press_does_not_wait_behind_a_flood() {
        let mut queue = FairQueue::new();
        (0..1000).for_each(|n| queue.push(1, 32 * 1024, n));
        queue.push(2, 20, 7);
        let mut out = Vec::new();
        queue.take(128 * 1024, &mut out);
        assert_eq!(out, [(1, 0), (1, 1), (2, 7), (1, 2), (1, 3)]);
    }

    #[test]
    fn what_is_forgotten_does_not_come() {
        let mut queue = FairQueue::new();
        for stream in [0, 1, 2] {
            queue.push(stream, 10, stream);
        }
        queue.forget(|stream| stream != 0);
        assert_eq!(drain(&mut queue), [(0, 0)]);
        assert!(queue.is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_each_stream_keeps_its_order(
            items in prop::collection::vec((0u32..5, 1usize..100_000), 0..200),
            budget in 1usize..300_000,
        ) {
            let mut queue = FairQueue::new();
            for (number, (stream, bytes)) in items.iter().enumerate() {
                queue.push(*stream, *bytes, number);
            }
            let mut got = Vec::new();
            while !queue.is_empty() {
                queue.take(budget, &mut got);
            }
            let of = |stream| items.iter().enumerate().filter(move |(_, i)| i.0 == stream).map(|(n, _)| n);
            for stream in 0..5 {
                let came = got.iter().filter(|(s, _)| *s == stream).map(|(_, n)| *n);
                prop_assert!(came.eq(of(stream)));
            }
        }

        #[test]
        fn no_stream_waits_longer_than_one_turn_of_each_other(
            sizes in prop::collection::vec(1usize..=65_536, 40..200),
        ) {
            let mut queue = FairQueue::new();
            for (number, bytes) in sizes.iter().enumerate() {
                queue.push(number as u32 % 4, *bytes, *bytes);
            }
            let got = drain(&mut queue);
            let alive_until = |stream| got.iter().rposition(|(s, _)| *s == stream).unwrap();
            for stream in 0..4 {
                let mut since = 0;
                for (other, bytes) in &got[..=alive_until(stream)] {
                    since = if *other == stream { 0 } else { since + bytes };
                    prop_assert!(since <= 3 * 2 * FAIR_TURN_BYTES);
                }
            }
        }
    }
}
