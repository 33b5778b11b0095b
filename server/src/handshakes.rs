//! Connections that have not shown who they are yet.
//!
//! Anybody can make one, so they have a small pool of their own and take nothing from those whose
//! certificate was verified. When the pool or one peer's share of it is full, the oldest is cut: an
//! honest handshake takes moments and is over before it is the oldest, one that is only held open
//! is not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sudolog_core::limits::{HANDSHAKES_MAX, HANDSHAKES_PER_ADDRESS_MAX};
use tokio::sync::Notify;

/// The pool; clones share it.
#[derive(Clone, Debug)]
pub struct Handshakes<K>(Arc<Mutex<Waiting<K>>>);

/// Numbers are given in the order of coming, so the smallest is the oldest.
#[derive(Debug)]
struct Waiting<K> {
    next: u64,
    all: BTreeMap<u64, (K, Arc<Notify>)>,
    by_peer: HashMap<K, BTreeSet<u64>>,
}

/// One handshake's place, given back when dropped.
#[derive(Debug)]
pub struct Handshake<K: Eq + Hash> {
    pool: Handshakes<K>,
    number: u64,
    cut: Arc<Notify>,
}

impl<K: Eq + Hash + Clone> Handshakes<K> {
    /// An empty pool.
    pub fn new() -> Self {
        let (all, by_peer) = (BTreeMap::new(), HashMap::new());
        Self(Arc::new(Mutex::new(Waiting { next: 0, all, by_peer })))
    }

    /// Takes a place, the oldest handshake's when there is none free.
    pub fn begin(&self, peer: K) -> Handshake<K> {
        let mut waiting = self.lock();
        let of_peer = waiting.by_peer.get(&peer).filter(|n| n.len() >= HANDSHAKES_PER_ADDRESS_MAX);
        let of_all = waiting.all.keys().next().filter(|_| waiting.all.len() >= HANDSHAKES_MAX);
        let oldest = of_peer.and_then(BTreeSet::first).or(of_all).copied();
        // Without its place from now on, though it may take a moment to end.
        if let Some(cut) = oldest.and_then(|number| waiting.remove(number)) {
            cut.notify_one();
        }
        let (number, cut) = (waiting.next, Arc::new(Notify::new()));
        waiting.next += 1;
        waiting.all.insert(number, (peer.clone(), Arc::clone(&cut)));
        waiting.by_peer.entry(peer).or_default().insert(number);
        Handshake { pool: self.clone(), number, cut }
    }
}

impl<K> Handshakes<K> {
    fn lock(&self) -> MutexGuard<'_, Waiting<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Waiting<K> {
    fn remove(&mut self, number: u64) -> Option<Arc<Notify>> {
        let (peer, cut) = self.all.remove(&number)?;
        if let Some(numbers) = self.by_peer.get_mut(&peer) {
            numbers.remove(&number);
            if numbers.is_empty() {
                self.by_peer.remove(&peer);
            }
        }
        Some(cut)
    }
}

impl<K: Eq + Hash> Handshake<K> {
    /// Returns when others need the place.
    pub async fn cut(&self) {
        self.cut.notified().await;
    }
}

impl<K: Eq + Hash> Drop for Handshake<K> {
    fn drop(&mut self) {
        self.pool.lock().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    async fn is_cut(handshake: &Handshake<usize>) -> bool {
        tokio::time::timeout(Duration::ZERO, handshake.cut()).await.is_ok()
    }

    fn left(pool: &Handshakes<usize>) -> (usize, usize) {
        let waiting = pool.lock();
        (waiting.all.len(), waiting.by_peer.len())
    }

    #[tokio::test]
    async fn a_full_pool_lets_newcomers_in_and_cuts_the_oldest() {
        let pool = Handshakes::new();
        let held: Vec<_> = (0..HANDSHAKES_MAX).map(|peer| pool.begin(peer)).collect();
        assert!(!is_cut(&held[0]).await);
        let newcomers = [pool.begin(usize::MAX), pool.begin(usize::MAX - 1)];
        assert!(is_cut(&held[0]).await && is_cut(&held[1]).await);
        assert!(!is_cut(&held[2]).await && !is_cut(&newcomers[0]).await);
        drop((held, newcomers));
        assert_eq!(left(&pool), (0, 0));
    }

    #[tokio::test]
    async fn a_peer_with_too_many_loses_its_own_oldest() {
        let pool = Handshakes::new();
        let other = pool.begin(2);
        let held: Vec<_> = (0..HANDSHAKES_PER_ADDRESS_MAX).map(|_| pool.begin(1)).collect();
        let mut newcomers = vec![pool.begin(1)];
        assert!(is_cut(&held[0]).await && !is_cut(&held[1]).await);
        // What was cut may take its time to end, and the next one is cut all the same.
        newcomers.push(pool.begin(1));
        assert!(is_cut(&held[1]).await && !is_cut(&held[2]).await);
        assert!(!is_cut(&newcomers[0]).await && !is_cut(&other).await);
        drop((held, newcomers));
        assert_eq!(left(&pool), (1, 1));
    }
}
