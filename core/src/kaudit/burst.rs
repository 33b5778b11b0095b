//! One now, and one more for all that follow shortly.
//!
//! Whoever is told of something is told at once the first time. What follows within a pause is counted, and
//! told of in one summary when the pause is over; then the next pause begins. When nothing followed, the
//! next one passes at once again.

use std::time::{Duration, Instant};

use crate::limits::KAUDIT_BURST_NAMES_MAX;
use crate::untrusted::Untrusted;

/// Holds back what comes too often, by subject.
#[derive(Debug)]
pub struct Burst {
    pause: Duration,
    /// Those that were told of not long ago: no more than there are subjects.
    subjects: Vec<(usize, Held)>,
}

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// Tell of it.
    Now,
    /// It is in the summary.
    Held,
}

/// What was held back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// The subject.
    pub subject: usize,
    /// How often.
    pub count: u64,
    /// Who it was: the first few different ones.
    pub names: Vec<Untrusted>,
}

#[derive(Debug)]
struct Held {
    until: Instant,
    count: u64,
    names: Vec<Untrusted>,
}

impl Burst {
    /// With such a pause after each time.
    pub fn new(pause: Duration) -> Self {
        Self { pause, subjects: Vec::new() }
    }

    /// Something happened; `who` is named in a summary.
    pub fn offer(&mut self, now: Instant, subject: usize, who: &Untrusted) -> Passage {
        let held = self.subjects.iter_mut().find(|(found, _)| *found == subject);
        let Some((_, held)) = held else {
            self.subjects.push((subject, Held::until(now + self.pause)));
            return Passage::Now;
        };
        held.count += 1;
        if held.names.len() < KAUDIT_BURST_NAMES_MAX && !held.names.contains(who) {
            held.names.push(who.clone());
        }
        Passage::Held
    }

    /// The summaries that are due.
    pub fn due(&mut self, now: Instant) -> Vec<Rest> {
        let next = now + self.pause;
        let mut due = Vec::new();
        self.subjects.retain_mut(|(subject, held)| {
            if now < held.until {
                return true;
            }
            let Held { count, names, .. } = std::mem::replace(held, Held::until(next));
            if count > 0 {
                due.push(Rest { subject: *subject, count, names });
            }
            count > 0
        });
        due
    }

    /// All that is held back, before an end.
    pub fn rest(&mut self) -> Vec<Rest> {
        let held = std::mem::take(&mut self.subjects).into_iter();
        let rests = held.map(|(subject, Held { count, names, .. })| Rest { subject, count, names });
        rests.filter(|rest| rest.count > 0).collect()
    }

    /// When the next one may be due.
    pub fn next_wake(&self) -> Option<Instant> {
        self.subjects.iter().map(|(_, held)| held.until).min()
    }
}

impl Held {
    fn until(until: Instant) -> Self {
        Self { until, count: 0, names: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_in_a_second_are_one_and_a_summary() {
        let (start, pause) = (Instant::now(), Duration::from_secs(60));
        let mut burst = Burst::new(pause);
        let mut told = 0;
        for n in 0..500u64 {
            let who = Untrusted::from(format!("user{}", n % 30));
            let now = start + Duration::from_millis(2 * n);
            told += usize::from(burst.offer(now, 1, &who) == Passage::Now);
            assert_eq!(burst.due(now), []);
        }
        assert_eq!(told, 1);
        let due = burst.due(start + pause);
        assert_eq!((due.len(), due[0].count, due[0].names.len()), (1, 499, KAUDIT_BURST_NAMES_MAX));
        assert_eq!(burst.offer(start + pause, 1, &"a".into()), Passage::Held);
        assert_eq!(burst.due(start + 2 * pause)[0].count, 1);
        assert_eq!(burst.due(start + 3 * pause), []);
        assert_eq!(burst.next_wake(), None);
        assert_eq!(burst.offer(start + 3 * pause, 1, &"a".into()), Passage::Now);
    }

    #[test]
    fn subjects_do_not_hide_one_another_and_an_end_tells_all() {
        let (now, mut burst) = (Instant::now(), Burst::new(Duration::from_secs(60)));
        let who = "a".into();
        assert_eq!(burst.offer(now, 1, &who), Passage::Now);
        assert_eq!(burst.offer(now, 2, &who), Passage::Now);
        assert_eq!(burst.offer(now, 2, &who), Passage::Held);
        assert_eq!(burst.rest(), [Rest { subject: 2, count: 1, names: vec!["a".into()] }]);
        assert_eq!(burst.rest(), []);
    }
}
