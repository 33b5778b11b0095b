//! Which sessions have something new in the files, for whoever looks at all of them.
//!
//! Invariant I2: the store says a number and goes on, however far behind the reader is. What there is
//! no room for is not lost: it stands in the files.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sudolog_core::limits::{FRESH_SESSIONS_MAX, FRESH_TYPED_MAX, FRESH_TYPED_TURNS};
use sudolog_core::session::{HostName, Tsid};

/// The sessions that wait, each of them once and in the order in which they came, those in which
/// somebody types before the others, their hosts in turns; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Fresh(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    came: Condvar,
    holds_lines: AtomicBool,
}

#[derive(Debug, Default)]
struct Waiting {
    /// Whoever typed something may wait for what the rules say of it.
    typed: Typed,
    order: VecDeque<Tsid>,
    known: HashSet<Tsid>,
    /// Of those, the ones that had been looked at to their end.
    reopened: HashSet<Tsid>,
    /// So many of the first kind were given one after the other.
    preferred: u32,
    /// Somebody looks.
    is_wanted: bool,
    is_closed: bool,
}

/// Sessions in which somebody has typed. A host with hundreds of them keeps itself waiting and nobody
/// else.
#[derive(Debug, Default)]
struct Typed {
    lanes: HashMap<HostName, VecDeque<Tsid>>,
    /// Keys of `lanes`, each once.
    turns: VecDeque<HostName>,
}

/// What a reader is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// In this session somebody has typed, who may wait for what the rules say of it.
    Typed(Tsid),
    /// This session has something new.
    Session(Tsid),
    /// And so has this one, which was over: whatever was made of it does not hold.
    Reopened(Tsid),
    /// None has, for now.
    Nothing,
    /// There will be nothing more.
    Closed,
}

impl Fresh {
    /// From now on somebody looks.
    pub fn want(&self) {
        self.lock().is_wanted = true;
    }

    /// Whether whoever looks may stop a line, so that lines wait until it has looked.
    pub fn hold_lines(&self, hold: bool) {
        self.0.holds_lines.store(hold, Ordering::Relaxed);
    }

    /// What was said last by [`hold_lines`](Self::hold_lines); at first they are not held.
    pub fn holds_lines(&self) -> bool {
        self.0.holds_lines.load(Ordering::Relaxed)
    }

    /// These sessions have something new. Never waits longer than for the lock.
    pub fn add(&self, sessions: impl IntoIterator<Item = Tsid>) {
        let mut waiting = self.lock();
        if !waiting.is_wanted {
            return;
        }
        let mut before = None;
        for tsid in sessions {
            let again = before.replace(tsid) == Some(tsid);
            if !again && waiting.order.len() < FRESH_SESSIONS_MAX && waiting.known.insert(tsid) {
                waiting.order.push_back(tsid);
            }
        }
        drop(waiting);
        self.0.came.notify_one();
    }

    /// Something was laid to a session that is over, and stands in the files; false when there is no room for
    /// telling it. Never waits longer than for the lock.
    pub fn reopen(&self, tsid: Tsid) -> bool {
        let mut waiting = self.lock();
        let has_room = waiting.order.len() < FRESH_SESSIONS_MAX || waiting.known.contains(&tsid);
        if !waiting.is_wanted || !has_room {
            return false;
        }
        waiting.reopened.insert(tsid);
        if waiting.known.insert(tsid) {
            waiting.order.push_back(tsid);
        }
        drop(waiting);
        self.0.came.notify_one();
        true
    }

    /// In these sessions of these hosts somebody has typed.
    pub fn hurry<'a>(&self, sessions: impl IntoIterator<Item = (&'a HostName, Tsid)>) {
        let mut waiting = self.lock();
        if !waiting.is_wanted {
            return;
        }
        for (host, tsid) in sessions {
            waiting.typed.push(host, tsid);
        }
        drop(waiting);
        self.0.came.notify_one();
    }

    /// The session whose turn it is; waits for one no longer than this.
    pub fn next(&self, most: Duration) -> Next {
        let is_idle = |waiting: &mut Waiting| {
            waiting.typed.turns.is_empty() && waiting.order.is_empty() && !waiting.is_closed
        };
        let waited = self.0.came.wait_timeout_while(self.lock(), most, is_idle);
        let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if waiting.is_closed {
            return Next::Closed;
        }
        waiting.next()
    }

    /// There will be nothing more.
    pub fn close(&self) {
        self.lock().is_closed = true;
        self.0.came.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Those who type come first, and now and then another.
    fn next(&mut self) -> Next {
        let is_theirs = self.preferred < FRESH_TYPED_TURNS || self.order.is_empty();
        if is_theirs && let Some(tsid) = self.typed.pop() {
            self.preferred += 1;
            return Next::Typed(tsid);
        }
        self.preferred = 0;
        let Some(tsid) = self.order.pop_front() else { return Next::Nothing };
        self.known.remove(&tsid);
        if self.reopened.remove(&tsid) { Next::Reopened(tsid) } else { Next::Session(tsid) }
    }
}

impl Typed {
    /// A session of which there is no room for more waits with all others.
    fn push(&mut self, host: &HostName, tsid: Tsid) {
        if let Some(lane) = self.lanes.get_mut(host) {
            if lane.len() < FRESH_TYPED_MAX && !lane.contains(&tsid) {
                lane.push_back(tsid);
            }
            return;
        }
        self.lanes.insert(host.clone(), VecDeque::from([tsid]));
        self.turns.push_back(host.clone());
    }

    /// The next session of the next host.
    fn pop(&mut self) -> Option<Tsid> {
        let host = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&host)?;
        let tsid = lane.pop_front();
        if lane.is_empty() {
            self.lanes.remove(&host);
        } else {
            self.turns.push_back(host);
        }
        tsid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> HostName {
        name.parse().unwrap()
    }

    fn tsid(seq: u32) -> Tsid {
        Tsid::from_seq(seq).unwrap()
    }

    #[test]
    fn a_session_waits_once_and_in_its_turn() {
        let fresh = Fresh::default();
        fresh.add([tsid(9)]);
        assert_eq!(fresh.next(Duration::ZERO), Next::Nothing);
        fresh.want();
        fresh.add([1, 1, 2, 1].map(tsid));
        fresh.add([tsid(1)]);
        assert_eq!(fresh.next(Duration::ZERO), Next::Session(tsid(1)));
        fresh.add([tsid(1)]);
        let rest: Vec<_> = (0..3).map(|_| fresh.next(Duration::ZERO)).collect();
        assert_eq!(rest, [Next::Session(tsid(2)), Next::Session(tsid(1)), Next::Nothing]);
        fresh.close();
        assert_eq!(fresh.next(Duration::MAX), Next::Closed);
    }

    #[test]
    fn what_was_over_and_is_not_is_said_once_and_has_no_more_room_than_others() {
        let fresh = Fresh::default();
        assert!(!fresh.reopen(tsid(1)), "nobody looks");
        fresh.want();
        fresh.add([tsid(1), tsid(2)]);
        assert!(fresh.reopen(tsid(1)) && fresh.reopen(tsid(1)) && fresh.reopen(tsid(3)));
        let order: Vec<_> = (0..4).map(|_| fresh.next(Duration::ZERO)).collect();
        let [one, two, three] = [1, 2, 3].map(tsid);
        assert_eq!(
            order,
            [Next::Reopened(one), Next::Session(two), Next::Reopened(three), Next::Nothing]
        );
        fresh.add((1..=u32::try_from(FRESH_SESSIONS_MAX).unwrap()).map(tsid));
        assert!(fresh.reopen(tsid(9)) && !fresh.reopen(tsid(u32::MAX / 64)));
    }

    #[test]
    fn who_types_need_not_wait_for_all_others_nor_they_for_ever() {
        let fresh = Fresh::default();
        fresh.want();
        fresh.add((1..=20).map(tsid));
        let host = host("web1");
        fresh.hurry([20, 20, 7].map(|seq| (&host, tsid(seq))));
        assert_eq!(fresh.next(Duration::ZERO), Next::Typed(tsid(20)));
        assert_eq!(fresh.next(Duration::ZERO), Next::Typed(tsid(7)));
        assert_eq!(fresh.next(Duration::ZERO), Next::Session(tsid(1)));
        let others = (0..20).filter(|_| {
            fresh.hurry([(&host, tsid(9))]);
            fresh.next(Duration::ZERO) != Next::Typed(tsid(9))
        });
        assert_eq!(others.count(), 4, "one in five");
    }

    #[test]
    fn a_host_where_hundreds_type_keeps_only_itself_waiting() {
        let fresh = Fresh::default();
        fresh.want();
        let (busy, quiet) = (host("busy"), host("quiet"));
        fresh.hurry((1..=900).map(|seq| (&busy, tsid(seq))));
        fresh.hurry([(&quiet, tsid(1000)), (&quiet, tsid(1001))]);
        let order: Vec<_> = (0..5).map(|_| fresh.next(Duration::ZERO)).collect();
        assert_eq!(order, [1, 1000, 2, 1001, 3].map(|seq| Next::Typed(tsid(seq))));
        fresh.hurry([(&busy, tsid(3)), (&busy, tsid(4))]);
        let rest = (0..1000).take_while(|_| fresh.next(Duration::ZERO) != Next::Nothing).count();
        assert_eq!(rest, FRESH_TYPED_MAX - 3 + 1, "there is no room for more of one host");
        assert!(fresh.lock().typed.lanes.is_empty() && fresh.lock().typed.turns.is_empty());
    }

    #[test]
    fn a_reader_that_is_far_behind_costs_so_much_and_no_more() {
        let fresh = Fresh::default();
        fresh.want();
        let many = u32::try_from(FRESH_SESSIONS_MAX).unwrap() + 10;
        fresh.add((1..=many).map(tsid));
        assert_eq!(fresh.lock().order.len(), FRESH_SESSIONS_MAX);
    }
}
