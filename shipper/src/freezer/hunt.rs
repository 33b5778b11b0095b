//! The end of a session's processes: who was struck down already, and when nobody can be left. Pure.
//!
//! A kill meets whoever is known at that moment. One that stepped out of the cgroup just before, or was
//! born just then, turns up afterwards, so it is looked for until a census that was begun
//! [`KILL_SEARCH`] after the kill finds nobody new: what was born by then has been told.

use std::collections::BTreeSet;
use std::time::Instant;

use sudolog_core::limits::KILL_SEARCH;

/// A session that is being killed, or was.
#[derive(Debug)]
pub(super) struct Hunt {
    began: Instant,
    /// Process id and start of those that were killed: what is still seen of them only dies.
    struck: BTreeSet<(i32, u64)>,
    over: bool,
}

impl Hunt {
    /// The session is killed now.
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, struck: BTreeSet::new(), over: false }
    }

    /// It is killed once more.
    pub(super) fn again(&mut self, now: Instant) {
        (self.began, self.over) = (now, false);
    }

    /// True when this one is to be killed, and was not before.
    pub(super) fn strike(&mut self, pid: i32, start_ticks: u64) -> bool {
        self.struck.insert((pid, start_ticks))
    }

    /// A census that was begun at that time is done, and found somebody new or nobody. True when the
    /// search ends with it.
    pub(super) fn looked(&mut self, census_began: Instant, found: bool) -> bool {
        let ends = !self.over && !found && census_began >= self.began + KILL_SEARCH;
        self.over |= ends;
        ends
    }

    /// Nobody is looked for any more.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_ends_with_a_late_census_that_finds_nobody() {
        let t = Instant::now();
        let mut hunt = Hunt::new(t);
        assert!(hunt.strike(7, 1) && !hunt.strike(7, 1) && hunt.strike(7, 2));
        assert!(!hunt.looked(t + Duration::from_millis(1), false), "births may be on their way");
        assert!(!hunt.looked(t + KILL_SEARCH, true));
        assert!(hunt.looked(t + KILL_SEARCH * 2, false) && hunt.is_over());
        assert!(!hunt.looked(t + KILL_SEARCH * 3, false), "it ends once");
        hunt.again(t + KILL_SEARCH * 4);
        assert!(!hunt.looked(t + KILL_SEARCH * 4, false) && !hunt.is_over());
    }
}
