//! How often a target is spoken to: a token bucket on a clock that is never set.

use std::time::{Duration, Instant};

use super::plan::Rate;

/// Tokens come one each `per`, and so many as `burst` wait at most.
#[derive(Clone, Debug)]
pub struct Bucket {
    rate: Rate,
    /// When it would be full if nothing more were taken.
    full_at: Instant,
}

impl Bucket {
    /// A full one.
    pub fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, full_at: now }
    }

    /// How long until there is a token; zero when there is one.
    pub fn wait(&self, now: Instant) -> Duration {
        let Rate { per, burst } = self.rate;
        let before_full = self.full_at.saturating_duration_since(now);
        (before_full + per).saturating_sub(per.saturating_mul(burst))
    }

    /// Takes one, whether there is one or not; whoever takes too early makes all others wait.
    pub fn take(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.rate.per;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_burst_at_once_and_then_one_each_period() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut bucket = Bucket::new(Rate { per: Duration::from_secs(1), burst: 3 }, start);
        for _ in 0..3 {
            assert_eq!(bucket.wait(start), Duration::ZERO);
            bucket.take(start);
        }
        assert_eq!(bucket.wait(start), Duration::from_secs(1));
        assert_eq!(bucket.wait(at(400)), Duration::from_millis(600));
        assert_eq!(bucket.wait(at(1000)), Duration::ZERO);
        bucket.take(at(1000));
        assert_eq!(bucket.wait(at(1000)), Duration::from_secs(1));
        let long_after = at(3_600_000);
        for _ in 0..3 {
            assert_eq!(bucket.wait(long_after), Duration::ZERO, "no more than the burst is saved");
            bucket.take(long_after);
        }
        assert_ne!(bucket.wait(long_after), Duration::ZERO);
    }
}
