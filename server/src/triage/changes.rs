//! Tells whoever listens that a session stands differently.

use sudolog_core::wire::message::Change;
use tokio::sync::broadcast;

/// Clones share it.
#[derive(Clone, Debug)]
pub struct Changes(broadcast::Sender<Change>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(256))
    }
}

impl Changes {
    /// Tells whoever listens; never waits.
    pub fn publish(&self, change: Change) {
        let _ = self.0.send(change);
    }
}
