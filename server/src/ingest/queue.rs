//! What waits for the journal: each host's submissions in their order, the hosts in turns.
//!
//! A host that sends much waits behind itself and not the others behind it: nobody takes more than
//! [`FAIR_TURN_BYTES`] at a turn while another host has something there. How much may wait at all is
//! decided before: whoever submits has a [`Share`].

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use sudolog_core::limits::FAIR_TURN_BYTES;
use sudolog_core::session::HostName;
use tokio::sync::oneshot;

use super::hosts::Share;
use crate::journal::Record;
use crate::sessions::Session;

/// What one read of one connection brought for one session.
#[derive(Debug)]
pub(super) struct Submission {
    /// The session.
    pub(super) session: Arc<Session>,
    /// What happened, in order.
    pub(super) records: Vec<Record>,
    /// The host's share of memory, given back when all records of one read are durable.
    pub(super) share: Option<Arc<Share>>,
    /// Told when they are durable; dropped untold when they will not be.
    pub(super) committed: Option<oneshot::Sender<()>>,
}

/// The journal's queue; clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(Arc<Inner>);

/// The end from which the journal takes. When it is dropped nothing is taken in any more.
#[derive(Debug)]
pub(super) struct Intake(Queue);

/// Room in the queue for what one read of a connection brings.
#[derive(Debug)]
pub(super) struct Room {
    queue: Queue,
    share: Arc<Share>,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    turns: Turns<HostName, Submission>,
    closed: bool,
}

impl Queue {
    /// The queue, and its one other end.
    pub(super) fn new() -> (Self, Intake) {
        let queue = Self::default();
        (queue.clone(), Intake(queue))
    }

    /// Queues without waiting. When the server is stopping nothing is queued, and nothing of it
    /// will be acknowledged.
    pub(super) fn push(&self, submission: Submission) {
        let mut waiting = self.lock();
        if !waiting.closed {
            let bytes = submission.records.iter().map(Record::cost_bytes).sum();
            let host = submission.session.start().submit_host.clone();
            waiting.turns.push(host, bytes, submission);
            self.0.changed.notify_one();
        }
    }

    /// Takes nothing in any more. What waits is still given to the journal.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.0.changed.notify_one();
    }

    /// Room for what one read of a connection brings; `None` when nothing is taken in any more.
    pub(super) fn room(&self, share: Share) -> Option<Room> {
        let open = !self.lock().closed;
        open.then(|| Room { queue: self.clone(), share: Arc::new(share) })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// Queues records of one session without waiting.
    pub(super) fn submit(&self, session: &Arc<Session>, records: Vec<Record>) {
        if !records.is_empty() {
            let (session, share) = (Arc::clone(session), Some(Arc::clone(&self.share)));
            self.queue.push(Submission { session, records, share, committed: None });
        }
    }
}

impl Intake {
    /// Waits until something is there and takes about so many bytes of it; `None` when nothing can
    /// come any more. Blocks.
    pub(super) fn take(&self, bytes: usize) -> Option<Vec<Submission>> {
        let idle = |waiting: &mut Waiting| waiting.turns.is_empty() && !waiting.closed;
        let waited = self.0.0.changed.wait_while(self.0.lock(), idle);
        let taken = waited.unwrap_or_else(PoisonError::into_inner).turns.take(bytes);
        (!taken.is_empty()).then_some(taken)
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.closed = true;
        // Whoever waits for a share of what these hold must see that there is an end.
        let left = std::mem::take(&mut waiting.turns);
        drop(waiting);
        drop(left);
    }
}

/// Deficit round robin (Shreedhar and Varghese, SIGCOMM 1995): what does not fit into one turn is
/// saved up for.
#[derive(Debug)]
struct Turns<K, T> {
    lanes: HashMap<K, Lane<T>>,
    /// Keys of `lanes`, each once.
    order: VecDeque<K>,
}

#[derive(Debug)]
struct Lane<T> {
    items: VecDeque<(usize, T)>,
    credit_bytes: usize,
}

impl<K, T> Default for Turns<K, T> {
    fn default() -> Self {
        Self { lanes: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Eq + Hash + Clone, T> Turns<K, T> {
    fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    fn push(&mut self, key: K, bytes: usize, item: T) {
        let lane = self.lanes.entry(key.clone()).or_insert_with(|| {
            self.order.push_back(key);
            Lane { items: VecDeque::new(), credit_bytes: 0 }
        });
        lane.items.push_back((bytes, item));
    }

    /// Whole turns until about so many bytes are taken or nothing is left.
    fn take(&mut self, bytes: usize) -> Vec<T> {
        let (mut taken, mut taken_bytes) = (Vec::new(), 0);
        while taken_bytes < bytes
            && let Some(key) = self.order.pop_front()
        {
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            lane.credit_bytes += FAIR_TURN_BYTES;
            while lane.items.front().is_some_and(|(bytes, _)| *bytes <= lane.credit_bytes)
                && let Some((bytes, item)) = lane.items.pop_front()
            {
                lane.credit_bytes -= bytes;
                taken_bytes += bytes;
                taken.push(item);
            }
            if lane.items.is_empty() {
                self.lanes.remove(&key);
            } else {
                self.order.push_back(key);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::limits::JOURNAL_BATCH_BYTES;

    use super::*;

    const MIB: usize = 1024 * 1024;

    #[test]
    fn a_host_with_little_is_in_the_next_batch_whatever_others_have() {
        let mut turns = Turns::default();
        for number in 0..1000 {
            for host in ["flood1", "flood2", "flood3"] {
                turns.push(host, MIB, (host, number));
            }
        }
        turns.take(JOURNAL_BATCH_BYTES);
        turns.push("web1", 300, ("web1", 0));
        turns.push("web1", 300, ("web1", 1));
        let batch = turns.take(JOURNAL_BATCH_BYTES);
        assert!(batch.contains(&("web1", 0)) && batch.contains(&("web1", 1)), "{batch:?}");
    }

    #[test]
    fn each_host_keeps_its_order_and_has_its_turns() {
        let mut turns = Turns::default();
        for number in 0..100 {
            turns.push("many", 1000, ("many", number));
            turns.push("large", 200_000, ("large", number));
        }
        let mut taken = Vec::new();
        while !turns.is_empty() {
            let batch = turns.take(400_000);
            let bytes: usize =
                batch.iter().map(|(host, _)| if *host == "many" { 1000 } else { 200_000 }).sum();
            assert!(bytes <= 400_000 + 200_000 + FAIR_TURN_BYTES, "{bytes}");
            taken.extend(batch);
        }
        for host in ["many", "large"] {
            let numbers: Vec<_> = taken.iter().filter(|(h, _)| *h == host).map(|t| t.1).collect();
            assert_eq!(numbers, (0..100).collect::<Vec<_>>());
        }
        // 100 small ones are two turns, and a large one takes four.
        let last = taken.iter().rposition(|(host, _)| *host == "many").unwrap();
        assert!(last < 102, "{last}");
    }

    #[test]
    fn an_end_is_the_end_behind_all_that_waits() {
        let (queue, intake) = Queue::new();
        let journal = std::thread::spawn(move || {
            let first = intake.take(MIB).is_some();
            (first, intake.take(MIB).is_none())
        });
        let start = crate::journal::record::tests::sample_start(1);
        let submission = || {
            let session = Arc::new(Session::new("000001".parse().unwrap(), &start));
            let records = vec![Record::Gone { reason: "test".into() }];
            Submission { session, records, share: None, committed: None }
        };
        queue.push(submission());
        while !queue.lock().turns.is_empty() {
            std::thread::yield_now();
        }
        queue.close();
        queue.push(submission());
        assert!(queue.lock().turns.is_empty(), "nothing is taken in after the end");
        assert_eq!(journal.join().unwrap(), (true, true));
    }
}
