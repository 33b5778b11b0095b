//! Who looks at which session now, so that reviewers know of one another. Pure but for the end of a
//! stay, which is when it is dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sudolog_core::limits::{PRESENCE_LIFE, PRESENCES_MAX, WATCHERS_MAX};
use sudolog_core::session::Tsid;

use crate::identity::OperatorName;

/// The table; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Presence(Arc<Mutex<Vec<Seen>>>);

#[derive(Debug)]
struct Seen {
    who: OperatorName,
    tsid: Tsid,
    at: Instant,
    /// So many views of it are open.
    stays: usize,
}

/// Somebody watches a session until this is dropped.
#[derive(Debug)]
pub struct Stay {
    presence: Presence,
    who: OperatorName,
    tsid: Tsid,
}

impl Presence {
    /// An operator looked at a session.
    pub fn look(&self, who: &OperatorName, tsid: Tsid, now: Instant) {
        self.note(who, tsid, now, 0);
    }

    /// An operator watches a session from now on.
    pub fn stay(&self, who: &OperatorName, tsid: Tsid, now: Instant) -> Stay {
        self.note(who, tsid, now, 1);
        Stay { presence: self.clone(), who: who.clone(), tsid }
    }

    /// Who else looks at it, in the order of their names.
    pub fn others(&self, who: &OperatorName, tsid: Tsid, now: Instant) -> Vec<OperatorName> {
        let seen = self.lock();
        let here = seen.iter().filter(|seen| seen.tsid == tsid && seen.is_here(now));
        let mut names: Vec<_> = here.map(|seen| &seen.who).filter(|name| *name != who).collect();
        names.sort_unstable();
        names.into_iter().take(WATCHERS_MAX).cloned().collect()
    }

    fn note(&self, who: &OperatorName, tsid: Tsid, now: Instant, more: usize) {
        let mut seen = self.lock();
        let known = seen.iter().position(|seen| seen.tsid == tsid && seen.who == *who);
        let stays = known.map_or(0, |place| seen.remove(place).stays);
        if seen.len() >= PRESENCES_MAX {
            seen.retain(|seen| seen.is_here(now));
        }
        if seen.len() >= PRESENCES_MAX {
            seen.remove(0);
        }
        seen.push(Seen { who: who.clone(), tsid, at: now, stays: stays.saturating_add(more) });
    }

    fn leave(&self, who: &OperatorName, tsid: Tsid, now: Instant) {
        let mut seen = self.lock();
        if let Some(seen) = seen.iter_mut().find(|seen| seen.tsid == tsid && seen.who == *who) {
            seen.stays = seen.stays.saturating_sub(1);
            seen.at = now;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn is_here(&self, now: Instant) -> bool {
        self.stays > 0 || now.saturating_duration_since(self.at) < PRESENCE_LIFE
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.presence.leave(&self.who, self.tsid, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> OperatorName {
        name.parse().unwrap()
    }

    fn tsid(seq: u32) -> Tsid {
        Tsid::from_seq(seq).unwrap()
    }

    #[test]
    fn others_are_seen_for_a_while_and_while_they_stay() {
        let (presence, now) = (Presence::default(), Instant::now());
        presence.look(&name("olga"), tsid(1), now);
        presence.look(&name("vic"), tsid(2), now);
        let others = |tsid, at| presence.others(&name("vic"), tsid, at);
        assert_eq!(others(tsid(1), now), [name("olga")]);
        assert_eq!(others(tsid(2), now), []);
        assert_eq!(others(tsid(1), now + PRESENCE_LIFE), []);
        let stays = [1, 2].map(|_| presence.stay(&name("olga"), tsid(1), now));
        assert_eq!(others(tsid(1), now + 10 * PRESENCE_LIFE), [name("olga")]);
        drop(stays);
        assert_eq!(others(tsid(1), Instant::now() + PRESENCE_LIFE), []);
    }

    #[test]
    fn the_table_is_bounded() {
        let (presence, now) = (Presence::default(), Instant::now());
        let most = u32::try_from(PRESENCES_MAX).unwrap();
        (1..=most + 5).for_each(|seq| presence.look(&name("olga"), tsid(seq), now));
        assert_eq!(presence.lock().len(), PRESENCES_MAX);
        assert_eq!(presence.others(&name("vic"), tsid(5), now), []);
        assert_eq!(presence.others(&name("vic"), tsid(most + 5), now), [name("olga")]);
        presence.look(&name("olga"), tsid(1), now + PRESENCE_LIFE);
        assert_eq!(presence.lock().len(), 1, "those who have left make room");
    }
}
