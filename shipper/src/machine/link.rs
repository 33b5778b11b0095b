//! The link to the server: is it up, when must a heartbeat go out, when is it dead, and how much may
//! go out at once?

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::limits::{
    FAIR_TURN_BYTES, HEARTBEAT_INTERVAL, LINK_DEAD, LINK_PROOF_LIFE, LINK_WRITE_BYTES,
    LINK_WRITE_BYTES_MIN, LINK_WRITE_TIME, RECONNECT_DELAY,
};

/// The link as a session sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Connected; the number tells one connection from the next.
    Up(u64),
    /// Not connected.
    Down(Outage),
}

/// A time without the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When the server was last heard.
    pub heard_at: Instant,
    /// When the link was given up.
    pub since: Instant,
    /// How many tries have failed in this outage.
    pub failures: u32,
    /// The last failure in words, with the server's address.
    pub why: Arc<str>,
}

/// Heartbeats of one connection.
#[derive(Debug)]
pub struct Pulse {
    heard_at: Instant,
    /// An acknowledgement came.
    proven_at: Option<Instant>,
    beat_at: Instant,
    sent: u64,
    heard: u64,
}

/// What a [`Pulse`] wants done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Send HEARTBEAT with this nonce.
    Send(u64),
    /// Give the connection up.
    Dead,
}

impl Pulse {
    /// A connection that has just answered.
    pub fn new(now: Instant) -> Self {
        Self { heard_at: now, proven_at: None, beat_at: now, sent: 0, heard: 0 }
    }

    /// What is due now, if anything.
    pub fn poll(&mut self, now: Instant) -> Option<Beat> {
        if now >= self.dead_at() {
            return Some(Beat::Dead);
        }
        if now < self.beat_at {
            return None;
        }
        self.sent += 1;
        self.beat_at = now + HEARTBEAT_INTERVAL;
        Some(Beat::Send(self.sent))
    }

    /// Takes a HEARTBEAT_ACK. One that answers nothing newly sent proves no life.
    pub fn hear(&mut self, now: Instant, nonce: u64) {
        if nonce > self.heard && nonce <= self.sent {
            self.heard = nonce;
            self.heard_at = now;
        }
    }

    /// An acknowledgement came. On a narrow or bad line heartbeats wait behind what is proven by and
    /// by: a link that brings proof is not dead.
    pub fn prove(&mut self, now: Instant) {
        self.proven_at = Some(now);
    }

    /// When the server last answered.
    pub fn heard_at(&self) -> Instant {
        self.heard_at
    }

    /// When the connection is dead if nothing is heard until then.
    pub fn dead_at(&self) -> Instant {
        let dead_at = self.heard_at + LINK_DEAD;
        self.proven_at.map_or(dead_at, |proven_at| dead_at.max(proven_at + LINK_PROOF_LIFE))
    }

    /// When to poll again.
    pub fn next_wake(&self) -> Instant {
        self.beat_at.min(self.dead_at())
    }
}

/// How much may be written at once so that a heartbeat, which can only go between two writes, does
/// not wait long.
#[derive(Debug)]
pub struct Pace {
    bytes: usize,
}

impl Pace {
    /// A link of which nothing is known.
    pub fn new() -> Self {
        Self { bytes: FAIR_TURN_BYTES }
    }

    /// About so much.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// So much was written, and took so long. A write of little says nothing about a long one.
    pub fn wrote(&mut self, bytes: usize, took: Duration) {
        if took > LINK_WRITE_TIME {
            self.bytes = (self.bytes / 2).max(LINK_WRITE_BYTES_MIN);
        } else if took < LINK_WRITE_TIME / 4 && bytes >= self.bytes {
            self.bytes = (self.bytes * 2).min(LINK_WRITE_BYTES);
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

/// How long to wait before the next try: longer after each, within [`RECONNECT_DELAY`], and the
/// later half of that spread by `random` so that the hosts of a restarted server do not return all
/// at once. What counts is tries begun: on a long way none may have failed yet.
pub fn retry_pause(begun: u32, random: u8) -> Duration {
    let (first, longest) = (*RECONNECT_DELAY.start(), *RECONNECT_DELAY.end());
    let grown = first.saturating_mul(1 << begun.min(8)).min(longest);
    let least = first.max(grown / 2);
    least + (grown - least) * u32::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    #[test]
    fn beats_while_answered_and_dies_without() {
        let t = Instant::now();
        let mut pulse = Pulse::new(t);
        assert_eq!(pulse.poll(t), Some(Beat::Send(1)));
        pulse.hear(t + MS(1), 1);
        assert_eq!(pulse.poll(t + MS(399)), None);
        assert_eq!(pulse.poll(t + MS(400)), Some(Beat::Send(2)));
        pulse.hear(t + MS(401), 2);
        assert_eq!(pulse.poll(t + MS(800)), Some(Beat::Send(3)));
        assert_eq!(pulse.next_wake(), t + MS(1200));
        assert_eq!(pulse.poll(t + MS(1201)), Some(Beat::Dead));
    }

    #[test]
    fn an_answer_to_nothing_is_no_life() {
        let t = Instant::now();
        let mut pulse = Pulse::new(t);
        pulse.poll(t);
        pulse.hear(t + MS(10), 1);
        for nonce in [0, 1, 2, u64::MAX] {
            pulse.hear(t + MS(700), nonce);
        }
        assert_eq!(pulse.heard_at(), t + MS(10));
    }

    #[test]
    fn proof_keeps_a_link_alive_and_its_end_is_noticed_no_later() {
        let t = Instant::now();
        let mut pulse = Pulse::new(t);
        pulse.prove(t + MS(100));
        assert_eq!(pulse.dead_at(), t + MS(800), "a cut after it is noticed as without it");
        for ms in (200..5000).step_by(200) {
            pulse.prove(t + MS(ms));
            assert!(pulse.poll(t + MS(ms + 199)) != Some(Beat::Dead));
        }
        assert_eq!(pulse.dead_at(), t + MS(4800 + 600));
        assert_eq!(pulse.poll(t + MS(5400)), Some(Beat::Dead));
    }

    #[test]
    fn writes_become_small_on_a_narrow_link_and_large_on_a_wide_one() {
        let mut pace = Pace::new();
        pace.wrote(100, MS(0));
        assert_eq!(pace.bytes(), FAIR_TURN_BYTES, "a key press says nothing");
        (0..9).for_each(|_| pace.wrote(pace.bytes(), MS(300)));
        assert_eq!(pace.bytes(), LINK_WRITE_BYTES_MIN);
        pace.wrote(pace.bytes(), MS(30));
        assert_eq!(pace.bytes(), LINK_WRITE_BYTES_MIN);
        (0..9).for_each(|_| pace.wrote(pace.bytes(), MS(1)));
        assert_eq!(pace.bytes(), LINK_WRITE_BYTES);
    }

    proptest! {
        #[test]
        fn pauses_stay_in_their_range(begun: u32, random: u8) {
            prop_assert!(RECONNECT_DELAY.contains(&retry_pause(begun, random)));
        }

        #[test]
        fn a_try_has_a_second_before_eight_others_have_begun(
            begun in 3u32..1000,
            random: [u8; 8],
        ) {
            let pauses = (begun..).zip(random).map(|(begun, random)| retry_pause(begun, random));
            prop_assert!(pauses.sum::<Duration>() >= MS(1000));
        }
    }
}
