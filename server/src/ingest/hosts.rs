//! Which hosts are connected, and how much of each may wait for the journal.
//!
//! A certificate is one host, however many connections are made with it: all of them share one
//! budget, which outlives them while something of theirs waits. Each host has a small reserve that
//! others cannot take, so one that sends little never waits for those that send much; beyond it all
//! hosts together have one pool.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use sudolog_core::limits::{
    CONNECTIONS_PER_HOST_MAX, INGEST_BYTES_MAX, INGEST_POOL_BYTES, INGEST_RESERVE_BYTES,
};
use sudolog_core::session::HostName;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// All hosts; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Hosts(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Arc<Semaphore>,
    hosts: Mutex<HashMap<HostName, Host>>,
}

#[derive(Debug)]
struct Host {
    budget: Weak<Budget>,
    /// Its connections and what cuts them, the oldest first.
    connections: VecDeque<(u64, Arc<Notify>)>,
}

/// One connection of a host.
#[derive(Debug)]
pub(super) struct Seat {
    hosts: Hosts,
    host: HostName,
    connection: u64,
    budget: Arc<Budget>,
    replaced: Arc<Notify>,
}

/// What one host may have in the journal's queue.
#[derive(Debug)]
struct Budget {
    reserve: Arc<Semaphore>,
    own: Arc<Semaphore>,
    pool: Arc<Semaphore>,
}

/// A part of a host's budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Share {
    _permits: Vec<OwnedSemaphorePermit>,
    /// A host that is gone and comes back finds the budget that this is missing from.
    _budget: Arc<Budget>,
}

impl Hosts {
    /// No host.
    pub(super) fn new() -> Self {
        let pool = Arc::new(Semaphore::new(INGEST_POOL_BYTES));
        Self(Arc::new(Inner { pool, hosts: Mutex::default() }))
    }

    /// Lets a connection of that host in. One too many cuts the oldest: a host that connects anew
    /// has given that one up, or is not what it should be.
    pub(super) fn enter(&self, host: &HostName, connection: u64) -> Seat {
        let mut hosts = self.lock();
        hosts.retain(|_, host| !host.connections.is_empty() || host.budget.strong_count() > 0);
        let entry = hosts
            .entry(host.clone())
            .or_insert_with(|| Host { budget: Weak::new(), connections: VecDeque::new() });
        let budget = entry.budget.upgrade().unwrap_or_else(|| Arc::new(Budget::new(&self.0.pool)));
        entry.budget = Arc::downgrade(&budget);
        if entry.connections.len() >= CONNECTIONS_PER_HOST_MAX
            && let Some((_, oldest)) = entry.connections.pop_front()
        {
            oldest.notify_one();
        }
        let replaced = Arc::new(Notify::new());
        entry.connections.push_back((connection, Arc::clone(&replaced)));
        Seat { hosts: self.clone(), host: host.clone(), connection, budget, replaced }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HostName, Host>> {
        self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Returns when newer connections of the host have taken this one's place.
    pub(super) async fn replaced(&self) {
        self.replaced.notified().await;
    }

    /// Waits for room for so many bytes; more than a host may ever have count as that.
    pub(super) async fn share(&self, bytes: usize) -> Option<Share> {
        self.budget.share(bytes).await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(host) = self.hosts.lock().get_mut(&self.host) {
            host.connections.retain(|(connection, _)| *connection != self.connection);
        }
    }
}

impl Budget {
    fn new(pool: &Arc<Semaphore>) -> Self {
        Self {
            reserve: Arc::new(Semaphore::new(INGEST_RESERVE_BYTES)),
            own: Arc::new(Semaphore::new(INGEST_BYTES_MAX)),
            pool: Arc::clone(pool),
        }
    }

    /// `None` never happens: nobody closes the semaphores.
    async fn share(self: &Arc<Self>, bytes: usize) -> Option<Share> {
        let bytes = u32::try_from(bytes.min(INGEST_BYTES_MAX)).ok()?;
        let take = |of: &Arc<Semaphore>| Arc::clone(of).acquire_many_owned(bytes);
        let from_pool = async {
            // In this order: a host that has had its own waits without holding up the pool.
            let own = take(&self.own).await.ok()?;
            Some(vec![own, take(&self.pool).await.ok()?])
        };
        let is_small = usize::try_from(bytes).is_ok_and(|bytes| bytes <= INGEST_RESERVE_BYTES);
        let permits = tokio::select! {
            biased;
            permit = take(&self.reserve), if is_small => vec![permit.ok()?],
            permits = from_pool => permits?,
        };
        Some(Share { _permits: permits, _budget: Arc::clone(self) })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn name(text: &str) -> HostName {
        text.parse().unwrap()
    }

    async fn at_once<T>(work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(Duration::ZERO, work).await.ok()
    }

    /// All that the host can get without waiting, a mebibyte at a time.
    async fn fill(seat: &Seat) -> Vec<Share> {
        let mut shares = Vec::new();
        while let Some(share) = at_once(seat.share(MIB)).await {
            shares.push(share.unwrap());
        }
        shares
    }

    #[tokio::test]
    async fn all_connections_of_a_host_share_one_budget() {
        let hosts = Hosts::new();
        let [first, second] = [1, 2].map(|connection| hosts.enter(&name("web1"), connection));
        let shares = fill(&first).await;
        assert_eq!(shares.len() * MIB, INGEST_RESERVE_BYTES + INGEST_BYTES_MAX);
        assert!(at_once(second.share(1)).await.is_none());
        // A host that comes back finds what it left in the queue.
        drop((first, second));
        let third = hosts.enter(&name("web1"), 3);
        assert!(at_once(third.share(1)).await.is_none());
        drop(shares);
        assert!(at_once(third.share(INGEST_BYTES_MAX + 1)).await.is_some());
    }

    #[tokio::test]
    async fn many_hosts_have_one_pool_and_nobody_takes_the_reserve_of_another() {
        let hosts = Hosts::new();
        let many = INGEST_POOL_BYTES / INGEST_BYTES_MAX + 10;
        let (mut seats, mut shares) = (Vec::new(), Vec::new());
        for number in 0..many {
            let seat = hosts.enter(&name(&format!("flood{number}")), number as u64);
            shares.push(fill(&seat).await);
            seats.push(seat);
        }
        let taken = shares.iter().map(Vec::len).sum::<usize>() * MIB;
        assert_eq!(taken, INGEST_POOL_BYTES + many * INGEST_RESERVE_BYTES);
        let honest = hosts.enter(&name("web1"), 1000);
        for _ in 0..1000 {
            assert!(at_once(honest.share(64 * 1024)).await.is_some(), "waits for others");
        }
        assert!(at_once(honest.share(INGEST_RESERVE_BYTES + 1)).await.is_none());
    }

    #[tokio::test]
    async fn the_newest_connections_of_a_host_win() {
        let hosts = Hosts::new();
        let is_cut = async |seat: &Seat| at_once(seat.replaced()).await.is_some();
        let mut seats: Vec<_> = (0..CONNECTIONS_PER_HOST_MAX as u64)
            .map(|connection| hosts.enter(&name("web1"), connection))
            .collect();
        let other = hosts.enter(&name("db1"), 100);
        assert!(!is_cut(&seats[0]).await);
        seats.push(hosts.enter(&name("web1"), 101));
        assert!(is_cut(&seats[0]).await && !is_cut(&seats[1]).await && !is_cut(&other).await);
        // One that leaves by itself makes room.
        drop(seats.remove(1));
        seats.push(hosts.enter(&name("web1"), 102));
        assert!(!is_cut(&seats[1]).await && !is_cut(&other).await);
    }

    #[test]
    fn hosts_that_are_gone_are_forgotten() {
        let hosts = Hosts::new();
        for number in 0..100 {
            hosts.enter(&name(&format!("web{number}")), number);
        }
        assert!(hosts.lock().len() <= 2, "{}", hosts.lock().len());
    }

    const MIB: usize = 1024 * 1024;
}
