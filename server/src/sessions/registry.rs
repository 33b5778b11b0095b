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
        let mut sessions = self.lock();
        let id = session.start().session_id;
        if sessions.by_id.contains_key(&id) {
            return None;
        }
        let session = Arc::new(session);
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
