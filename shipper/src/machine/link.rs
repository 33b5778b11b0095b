//! The link to the server: is it up, when must a heartbeat go out, when is it dead?

use std::sync::Arc;
use std::time::{Duration, Instant};

use sudolog_core::limits::{HEARTBEAT_INTERVAL, LINK_DEAD, RECONNECT_DELAY};

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
        Self { heard_at: now, beat_at: now, sent: 0, heard: 0 }
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

    /// When the server last answered.
    pub fn heard_at(&self) -> Instant {
        self.heard_at
    }

    /// When the connection is dead if nothing is heard until then.
    pub fn dead_at(&self) -> Instant {
        self.heard_at + LINK_DEAD
    }

    /// When to poll again.
    pub fn next_wake(&self) -> Instant {
        self.beat_at.min(self.dead_at())
    }
}

/// How long to wait before the next try: longer after each failure, within
/// [`RECONNECT_DELAY`], and spread by `random` so that the hosts of a restarted server do not
/// return all at once.
pub fn retry_pause(failures: u32, random: u8) -> Duration {
    let (first, longest) = (*RECONNECT_DELAY.start(), *RECONNECT_DELAY.end());
    let grown = first.saturating_mul(1 << failures.min(8)).min(longest);
    first + (grown - first) * u32::from(random) / 255
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

    proptest! {
        #[test]
        fn pauses_stay_in_their_range(failures: u32, random: u8) {
            prop_assert!(RECONNECT_DELAY.contains(&retry_pause(failures, random)));
        }
    }
}
