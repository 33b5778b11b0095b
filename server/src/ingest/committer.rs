//! Brings everything to the journal, one sync for all that waits, and then signs (invariant I1).
//!
//! The journal's thread is here: the only place where an acknowledgement is made, and it is made
//! behind the commit.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use sudolog_core::ack::{AckSigner, Chain, SignedAck};
use sudolog_core::limits::JOURNAL_BATCH_BYTES;
use sudolog_core::session::{SessionId, Tsid};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Opened;

use super::queue::{Intake, Submission};
use crate::clock::now_ns;
use crate::journal::writer::Committed;
use crate::journal::{Entry, Record, Writer};
use crate::sessions::{Fresh, Session};
use crate::store::{Batch, Health, Storage};

/// The journal's thread.
pub(super) struct Committer {
    /// Where work comes from.
    pub(super) intake: Intake,
    /// The journal.
    pub(super) writer: Writer,
    /// The key.
    pub(super) signer: Arc<AckSigner>,
    /// Where durable work goes.
    pub(super) sink: SyncSender<Batch>,
    /// Told how the disk is.
    pub(super) health: Arc<Health>,
    /// Knows whether lines wait for the rules.
    pub(super) fresh: Fresh,
}

impl Committer {
    /// Works until the queue is closed, or until it is told to stop while the disk fails.
    pub(super) fn run(mut self) {
        // What waits is taken at once, so that one sync serves all of it.
        while let Some(work) = self.intake.take(JOURNAL_BATCH_BYTES) {
            let entries: Vec<Entry> = work
                .iter()
                .flat_map(|submission| {
                    let session = submission.session.start().session_id;
                    submission
                        .records
                        .iter()
                        .map(move |record| Entry { session, record: record.clone() })
                })
                .collect();
            let Some(committed) = self.commit(&entries) else { return };
            drop(entries);
            if self.sink.send(self.acknowledge(work, committed)).is_err() {
                return;
            }
        }
    }

    /// Tries until the batch is durable. Meanwhile nothing is acknowledged, and that is the point.
    fn commit(&mut self, entries: &[Entry]) -> Option<Committed> {
        let Self { writer, health, .. } = self;
        health.insist(Storage::Journal, || writer.commit(entries)).ok()
    }

    fn acknowledge(&self, work: Vec<Submission>, committed: Committed) -> Batch {
        let mut batch = Batch { place: self.writer.place(), ..Batch::default() };
        if let Committed::Rotated(number) = committed {
            batch.rotated = Some(number);
        }
        let mut proven: HashMap<SessionId, (Arc<Session>, u64, Chain)> = HashMap::new();
        for submission in work {
            let session = submission.session;
            for record in submission.records {
                match &record {
                    Record::Open { tsid, .. } => {
                        session.send(&opened(&session, *tsid, self.fresh.holds_lines()));
                    }
                    Record::Event { event, chain } => {
                        prove(&mut proven, &session, event.seq(), *chain);
                    }
                    Record::Close { end, chain } => {
                        prove(&mut proven, &session, end.final_seq.saturating_add(1), *chain);
                    }
                    Record::Incident(incident) => session.obey(incident),
                    Record::Gone { .. } | Record::Carry(_) => {}
                }
                batch.entries.push((Arc::clone(&session), record));
            }
            drop(submission.share);
            // Nobody may wait any more.
            let _ = submission.committed.map(|committed| committed.send(()));
        }
        for (id, (session, seq, chain)) in proven {
            let ack = SignedAck::sign(&self.signer, id, seq, now_ns(), chain);
            session.acknowledge(ack.clone());
            batch.acks.insert(id, ack);
        }
        batch
    }
}

fn prove(
    proven: &mut HashMap<SessionId, (Arc<Session>, u64, Chain)>,
    session: &Arc<Session>,
    seq: u64,
    chain: Chain,
) {
    let id = session.start().session_id;
    match proven.get_mut(&id) {
        Some(entry) => (entry.1, entry.2) = (seq, chain),
        None => {
            proven.insert(id, (Arc::clone(session), seq, chain));
        }
    }
}

fn opened(session: &Session, tsid: Tsid, wait: bool) -> Message {
    let session_id = session.start().session_id;
    Message::Opened(Opened { session_id, tsid, cgroup: None, parent: None, wait })
}
