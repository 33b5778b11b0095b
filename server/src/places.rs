//! Places for connections, in all and for each peer: nobody can take all of them.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts connections by peer; clones share the count.
#[derive(Clone, Debug)]
pub struct Places<K: Eq + Hash + Clone> {
    taken: Arc<Mutex<Taken<K>>>,
    most: usize,
    most_per_peer: usize,
}

#[derive(Debug)]
struct Taken<K> {
    total: usize,
    by_peer: HashMap<K, usize>,
}

/// One connection's place, given back when dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash + Clone> {
    places: Places<K>,
    peer: K,
}

/// The peer that an address stands for: an IPv6 host has its whole /64 (RFC 4291 section 2.5.1).
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let prefix = v6.to_bits() >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from_bits(prefix))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// So many places in all and for each peer, all free.
    pub fn new(most: usize, most_per_peer: usize) -> Self {
        let taken = Taken { total: 0, by_peer: HashMap::new() };
        Self { taken: Arc::new(Mutex::new(taken)), most, most_per_peer }
    }

    /// Takes a place; `None` when there is none left, in all or for this peer.
    pub fn take(&self, peer: K) -> Option<Place<K>> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let here = taken.by_peer.get(&peer).copied().unwrap_or(0);
        if here >= self.most_per_peer || taken.total >= self.most {
            return None;
        }
        taken.total += 1;
        taken.by_peer.insert(peer.clone(), here + 1);
        Some(Place { places: self.clone(), peer })
    }
}

impl<K: Eq + Hash + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        match taken.by_peer.get_mut(&self.peer) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.by_peer.remove(&self.peer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_and_given_back() {
        let places = Places::new(100, 10);
        let taken: Vec<_> = (0..10).map(|_| places.take("a").unwrap()).collect();
        assert!(places.take("a").is_none() && places.take("b").is_some());
        drop(taken);
        assert!(places.take("a").is_some());
        let left = places.taken.lock().unwrap();
        assert!(left.total == 0 && left.by_peer.is_empty());
    }

    #[test]
    fn all_places_together_are_bounded() {
        let places = Places::new(100, 10);
        let taken: Vec<_> = (0..100).map(|peer| places.take(peer).unwrap()).collect();
        assert!(places.take(usize::MAX).is_none());
        drop(taken);
        assert!(places.take(usize::MAX).is_some());
    }

    #[test]
    fn an_ipv6_host_is_one_peer() {
        let of = |address: &str| network(address.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
