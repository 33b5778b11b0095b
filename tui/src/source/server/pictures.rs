//! The newest picture of each session that is followed, handed over without a queue.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sudolog_core::session::Tsid;
use tokio::sync::Notify;

use super::Picture;

/// Pictures that nobody has taken yet; of each session only the newest.
#[derive(Default)]
pub(super) struct Pictures {
    waiting: Mutex<BTreeMap<Tsid, Arc<Picture>>>,
    arrived: Notify,
}

impl Pictures {
    /// Puts a picture in the place of an older one of its session.
    pub(super) fn put(&self, picture: Picture) {
        self.lock().insert(picture.tsid, Arc::new(picture));
        self.arrived.notify_one();
    }

    /// Forgets a session that is not followed any more.
    pub(super) fn forget(&self, tsid: Tsid) {
        self.lock().remove(&tsid);
    }

    /// Waits for a picture. Safe to cancel; for one taker.
    pub(super) async fn next(&self) -> Arc<Picture> {
        loop {
            if let Some((_, picture)) = self.lock().pop_first() {
                return picture;
            }
            self.arrived.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Tsid, Arc<Picture>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
