//! Which entries came already: a host sends again what it was not told is kept.
//!
//! A host's names are not the server's: none can name an entry beforehand that the server will make. The names of the newest segments are remembered, each as a hash under a key that no host knows.

use std::collections::hash_map::RandomState;
use std::collections::{HashSet, VecDeque};
use std::hash::BuildHasher as _;

use sudolog_core::eventlog::{EntryId, Source};
use sudolog_core::limits::EVENTS_REMEMBERED_SEGMENTS;
use sudolog_core::untrusted::Untrusted;

/// Names by segment, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Seen {
    key: RandomState,
    segments: VecDeque<HashSet<u64>>,
}

impl Seen {
    /// A new segment begins; the names of the oldest are forgotten.
    pub(super) fn begin_segment(&mut self) {
        if self.segments.len() >= EVENTS_REMEMBERED_SEGMENTS {
            self.segments.pop_front();
        }
        self.segments.push_back(HashSet::new());
    }

    /// Takes the name down; false when it is there already.
    pub(super) fn add(&mut self, source: Source, host: &Untrusted, id: &EntryId) -> bool {
        let hash = self.hash(source, host, id);
        if self.segments.iter().any(|names| names.contains(&hash)) {
            return false;
        }
        if self.segments.is_empty() {
            self.begin_segment();
        }
        self.segments.back_mut().is_some_and(|names| names.insert(hash))
    }

    /// Forgets a name whose entry could not be written.
    pub(super) fn forget(&mut self, source: Source, host: &Untrusted, id: &EntryId) {
        let hash = self.hash(source, host, id);
        self.segments.iter_mut().for_each(|names| {
            names.remove(&hash);
        });
    }

    fn hash(&self, source: Source, host: &Untrusted, id: &EntryId) -> u64 {
        self.key.hash_one((source == Source::Server, host, id))
    }
}
