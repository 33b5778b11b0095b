//! How often people agreed with each rule, for a console that asks again and again: what took long to
//! count is counted seldom.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::wire::message::RuleTally;

use crate::store::StoreError;

/// What was counted last for one operator.
#[derive(Debug, Default)]
pub(super) struct Tallies(Mutex<Option<Counted>>);

#[derive(Debug)]
struct Counted {
    tallies: Vec<RuleTally>,
    until: Instant,
}

impl Tallies {
    /// As they are, or as they were a moment ago. `count` is called by one at a time. Blocks.
    ///
    /// # Errors
    /// What `count` says.
    pub(super) fn get(
        &self,
        count: impl FnOnce() -> Result<Vec<RuleTally>, StoreError>,
    ) -> Result<Vec<RuleTally>, StoreError> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = Instant::now();
        if let Some(counted) = last.as_ref().filter(|counted| begun < counted.until) {
            return Ok(counted.tallies.clone());
        }
        let tallies = count()?;
        let now = Instant::now();
        let until = now + (now - begun).min(COUNT_TIME_MAX) * REST;
        *last = Some(Counted { tallies: tallies.clone(), until });
        Ok(tallies)
    }
}

/// For every second of counting so many without.
const REST: u32 = 20;
/// Longer ones do not rest longer.
const COUNT_TIME_MAX: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_a_while_is_not_counted_at_once_again() {
        let (tallies, mut times) = (Tallies::default(), 0);
        let mut get = || {
            tallies.get(|| {
                times += 1;
                let begun = Instant::now();
                while begun.elapsed() < COUNT_TIME_MAX / 30 {
                    std::thread::yield_now();
                }
                Ok(vec![RuleTally { sessions: times, ..RuleTally::default() }])
            })
        };
        assert_eq!(get().unwrap()[0].sessions, 1);
        assert_eq!(get().unwrap()[0].sessions, 1);
        let failing = Tallies::default();
        let error = || StoreError::at(std::path::Path::new("x"))(std::io::ErrorKind::Other.into());
        assert!(failing.get(|| Err(error())).is_err());
        assert!(failing.get(|| Ok(Vec::new())).is_ok(), "a fault is not kept");
    }
}
