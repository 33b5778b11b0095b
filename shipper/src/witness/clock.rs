//! The wall clock beside the one that nobody can set.
//!
//! The kernel stamps what it saw by the wall clock, and root can set that one. Everything is compared on the
//! clock that counts since the machine's start instead. A step of the wall clock is noticed by the distance
//! between the two; the distances before it are remembered, so a stamp from before a step is still understood.
//! After a step back, one stamp can mean two moments: then both are said.

use std::collections::VecDeque;
use std::time::Duration;

use sudolog_core::limits::WITNESS_CLOCK_STEPS_MAX;
use sudolog_core::time::Timestamp;

/// What is known of the two clocks. Pure: readings come in.
#[derive(Debug, Default)]
pub struct Clock {
    /// Between two steps each, the last one first.
    eras: VecDeque<Era>,
}

/// When something was, since the machine's start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moments {
    /// The last moment that its stamp can mean: what is told is told at once, so most likely this one.
    pub last: Duration,
    /// Those before, when the clock was set back over it.
    pub earlier: Vec<Duration>,
}

/// A time in which nobody set the clock.
#[derive(Clone, Copy, Debug)]
struct Era {
    /// From the machine's start to 1970, so to say, nanoseconds.
    distance_ns: i128,
    from: Duration,
    /// The last time that it was looked at, or when the next one was noticed.
    to: Duration,
}

impl Clock {
    /// Both clocks, read at the same time.
    pub fn look(&mut self, wall: Timestamp, since_start: Duration) {
        let distance_ns = nanos(since_wall(wall)) - nanos(since_start);
        let Some(now) = self.eras.front_mut() else {
            let from = Duration::ZERO;
            return self.eras.push_front(Era { distance_ns, from, to: since_start });
        };
        let from = now.to;
        now.to = since_start;
        if (distance_ns - now.distance_ns).unsigned_abs() < STEP.as_nanos() {
            // It was made faster or slower, as time servers do.
            now.distance_ns = distance_ns;
            return;
        }
        // It was set at some time since it was last looked at.
        self.eras.push_front(Era { distance_ns, from, to: since_start });
        self.eras.truncate(WITNESS_CLOCK_STEPS_MAX);
    }

    /// When something was that has this stamp.
    pub fn moments(&self, wall: Timestamp) -> Moments {
        let in_era = |era: &Era| {
            let since = nanos(since_wall(wall)) - era.distance_ns;
            let since = Duration::from_nanos(u64::try_from(since).ok()?);
            (era.from <= since + SLACK && since <= era.to + SLACK).then_some(since)
        };
        let mut earlier: Vec<_> = self.eras.iter().filter_map(in_era).collect();
        if earlier.is_empty() {
            // A time that was leapt over: nothing can have happened then but by a false stamp.
            return Moments::at(self.eras.front().map_or(Duration::ZERO, |era| era.to));
        }
        Moments { last: earlier.remove(0), earlier }
    }
}

impl Moments {
    /// This one.
    pub fn at(moment: Duration) -> Self {
        Self { last: moment, earlier: Vec::new() }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Duration> {
        std::iter::once(self.last).chain(self.earlier.iter().copied())
    }
}

fn since_wall(wall: Timestamp) -> Duration {
    Duration::from_nanos(wall.as_nanos())
}

fn nanos(duration: Duration) -> i128 {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

/// A greater change of the distance is no correction but a step.
const STEP: Duration = Duration::from_millis(20);
/// The kernel stamps to its tick, and the two clocks are read one after the other.
const SLACK: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wall(ms: u64) -> Timestamp {
        Timestamp::from_nanos(ms * 1_000_000)
    }

    fn since(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_clock_that_nobody_sets_says_one_moment_though_it_is_corrected() {
        let mut clock = Clock::default();
        for second in 0..100 {
            clock.look(wall(1_000_000 + second * 1_005), since(5_000 + second * 1_000));
        }
        assert_eq!(clock.moments(wall(1_000_000 + 99 * 1_005)), Moments::at(since(104_000)));
        assert_eq!(clock.eras.len(), 1);
    }

    #[test]
    fn a_clock_set_back_says_when_it_is_now_and_when_it_was_then() {
        let mut clock = Clock::default();
        clock.look(wall(1_000_000), since(10_000));
        clock.look(wall(1_050_000), since(60_000));
        // Set back by half a minute a second ago.
        clock.look(wall(1_021_000), since(61_000));
        let both = clock.moments(wall(1_020_500));
        assert_eq!((both.last, both.earlier), (since(60_500), vec![since(30_500)]));
        // What comes late from before the step is not taken for what is to come.
        assert_eq!(clock.moments(wall(1_049_000)), Moments::at(since(59_000)));
    }

    #[test]
    fn a_clock_set_forward_leaves_a_time_in_which_nothing_was() {
        let mut clock = Clock::default();
        clock.look(wall(1_000_000), since(10_000));
        clock.look(wall(9_000_000), since(11_000));
        assert_eq!(clock.moments(wall(1_000_000)), Moments::at(since(10_000)));
        assert_eq!(clock.moments(wall(9_000_000)), Moments::at(since(11_000)));
        assert_eq!(clock.moments(wall(5_000_000)), Moments::at(since(11_000)));
    }

    proptest! {
        /// Whatever root does to the clock: what is told at once is taken for now.
        #[test]
        fn what_is_told_at_once_is_now(steps in prop::collection::vec((1u64..5_000, -4_000_000i64..4_000_000), 1..60)) {
            let (mut clock, mut now, mut time) = (Clock::default(), 10_000, 100_000_000u64);
            clock.look(wall(time), since(now));
            for (passed, set) in steps {
                now += passed;
                time = (time + passed).saturating_add_signed(set).max(1);
                clock.look(wall(time), since(now));
                let last = clock.moments(wall(time)).last;
                prop_assert!(last.abs_diff(since(now)) <= STEP, "{last:?} {now}");
                prop_assert!(clock.eras.len() <= WITNESS_CLOCK_STEPS_MAX);
            }
        }
    }
}
