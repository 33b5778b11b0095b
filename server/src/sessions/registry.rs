//! All sessions that the server has in hand, by id and by number.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sudolog_core::session::{HostName, SessionId, Tsid};

use super::session::Session;

/// All sessions in hand; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Mutex<Sessions>>);

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<SessionId, Arc<Session>>,
    by_tsid: HashMap<Tsid, Arc<Session>>,
    per_host: HashMap<HostName, usize>,
}

impl Registry {
    /// Adds a session unless its id is taken.
    pub fn insert(&self, session: Session) -> Option<Arc<Session>> {
        self.insert_with(session, |_| {})
    }

    /// Adds a session unless its id is taken. Nobody finds it here before `begin` has queued how it begins, so
    /// nothing that happens to it can be queued before that.
    pub fn insert_with(
        &self,
        session: Session,
        begin: impl FnOnce(&Arc<Session>),
    ) -> Option<Arc<Session>> {
        let mut sessions = self.lock();
        let id = session.start().session_id;
        if sessions.by_id.contains_key(&id) {
            return None;
        }
        let session = Arc::new(session);
        begin(&session);
        sessions.by_id.insert(id, Arc::clone(&session));
        sessions.by_tsid.insert(session.tsid(), Arc::clone(&session));
        *sessions.per_host.entry(session.start().submit_host.clone()).or_default() += 1;
        Some(session)
    }

    /// The session of that id.
    pub fn get(&self, id: SessionId) -> Option<Arc<Session>> {
        self.lock().by_id.get(&id).cloned()
    }

    /// The session of that number.
    pub fn by_tsid(&self, tsid: Tsid) -> Option<Arc<Session>> {
        self.lock().by_tsid.get(&tsid).cloned()
    }

    /// How many sessions of that host are in hand.
    pub fn count(&self, host: &HostName) -> usize {
        self.lock().per_host.get(host).copied().unwrap_or(0)
    }

    /// Lets go of a session.
    pub fn remove(&self, session: &Session) {
        let mut sessions = self.lock();
        if sessions.by_id.remove(&session.start().session_id).is_some() {
            sessions.by_tsid.remove(&session.tsid());
            if let Some(count) = sessions.per_host.get_mut(&session.start().submit_host) {
                *count -= 1;
            }
            sessions.per_host.retain(|_, count| *count > 0);
        }
    }

    /// All sessions in hand.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.lock().by_id.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc::channel;

    use super::*;
    use crate::journal::record::tests::sample_start;

    #[test]
    fn a_session_is_found_only_after_it_has_begun() {
        let (registry, start) = (Registry::default(), sample_start(1));
        let tsid = Tsid::from_seq(1).unwrap();
        let (looks, looked) = channel();
        let has_begun = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let before = registry.by_tsid(tsid).is_none();
                looks.send(before).unwrap();
                while registry.by_tsid(tsid).is_none() {
                    std::thread::yield_now();
                }
                assert!(has_begun.load(Ordering::SeqCst), "an incident would come before OPEN");
            });
            assert!(looked.recv().unwrap());
            let added = registry.insert_with(Session::new(tsid, &start), |_| {
                (0..1000).for_each(|_| std::thread::yield_now());
                has_begun.store(true, Ordering::SeqCst);
            });
            assert!(added.is_some());
        });
        let again = Session::new(Tsid::from_seq(2).unwrap(), &start);
        assert!(registry.insert_with(again, |_| panic!("its id is taken")).is_none());
        assert_eq!(registry.count(&start.submit_host), 1);
    }
}
