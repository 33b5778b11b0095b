//! Sessions that stand differently than before, told to every console that listens.
//!
//! Invariant I3: whoever is too slow misses the oldest and lists again; nobody waits for them.

use std::sync::Arc;

use sudolog_core::limits::{CHANGES_WAITING_MAX, FRAME_PAYLOAD_BYTES_MAX};
use sudolog_core::wire::message::Change;
use tokio::sync::broadcast::{self, error::RecvError};

/// The speaking end; clones share it.
#[derive(Clone, Debug)]
pub struct Changes(broadcast::Sender<Arc<Change>>);

/// A listening end.
#[derive(Debug)]
pub struct Listener(broadcast::Receiver<Arc<Change>>);

impl Default for Changes {
    fn default() -> Self {
        Self(broadcast::Sender::new(CHANGES_WAITING_MAX))
    }
}

impl Changes {
    /// Tells whoever listens; never waits. Costs next to nothing while nobody does.
    pub fn publish(&self, change: Change) {
        if self.0.receiver_count() > 0 {
            // Nobody may be left by now.
            let _ = self.0.send(Arc::new(fitting(change)));
        }
    }

    /// Hears everything from now on.
    pub fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

impl Listener {
    /// The next change; what there was no time for is passed over. `None` when there will be none.
    pub async fn next(&mut self) -> Option<Arc<Change>> {
        loop {
            match self.0.recv().await {
                Ok(change) => return Some(change),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// A change is one frame. Its findings are what can be long; a review has them.
fn fitting(mut change: Change) -> Change {
    if serde_json::to_vec(&change).is_ok_and(|json| json.len() > FRAME_PAYLOAD_BYTES_MAX) {
        change.findings.clear();
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::risk::{Category, Finding, Source};
    use sudolog_core::session::Tsid;
    use sudolog_core::wire::message::SessionRow;

    fn change(seq: u32) -> Change {
        let row = SessionRow { tsid: Tsid::from_seq(seq).unwrap(), ..sample::row() };
        Change { row, findings: Vec::new(), remark: None }
    }

    #[tokio::test]
    async fn who_is_too_slow_misses_the_oldest_and_goes_on_in_order() {
        let changes = Changes::default();
        changes.publish(change(9));
        let mut listener = changes.listen();
        let most = u32::try_from(CHANGES_WAITING_MAX).unwrap();
        (1..=most + 10).for_each(|seq| changes.publish(change(seq)));
        for seq in 11..=most + 10 {
            assert_eq!(listener.next().await.unwrap().row.tsid.seq(), seq);
        }
        drop(changes);
        assert!(listener.next().await.is_none());
    }

    #[test]
    fn a_change_fits_into_a_frame() {
        let finding = Finding {
            rule: "r".repeat(2000),
            category: Category::Tamper,
            points: 1,
            source: Source::Raw,
            seq: 0,
            elapsed_ns: 0,
            text: "x".into(),
        };
        let of = |count| Change { findings: vec![finding.clone(); count], ..change(1) };
        assert_eq!(fitting(of(10)).findings.len(), 10);
        assert_eq!(fitting(of(1000)).findings.len(), 0);
    }
}
