//! The search on the deck's thread: in slices, over what was read so far and then over what is read.

use std::sync::Arc;

use sudolog_core::limits::{SEARCH_HITS_MAX, SEARCH_SLICE_BYTES};
use sudolog_core::term::{Coverage, Found, Hit, Pattern, Place, TextIndex};

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// Which search this is, counted by the screen.
    pub number: u64,
    /// Absent when nothing is searched for any more.
    pub pattern: Option<Arc<Pattern>>,
}

/// What a search brought since the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which search.
    pub number: u64,
    /// Further hits, in the order of time.
    pub hits: Vec<Hit>,
    /// All that was read is searched.
    pub caught_up: bool,
    /// There were more hits than are kept: no more are looked for.
    pub is_full: bool,
    /// What of the recording is searched.
    pub coverage: Coverage,
}

/// A search and how far it is.
#[derive(Default)]
pub(super) struct Search {
    sought: Sought,
    place: Place,
    hits: usize,
    caught_up: bool,
    /// That it had caught up was told, and whether the end was read by then.
    told: Option<bool>,
}

impl Search {
    pub(super) fn new(sought: Sought) -> Self {
        Self { sought, ..Self::default() }
    }

    pub(super) fn number(&self) -> u64 {
        self.sought.number
    }

    /// There may be more to search.
    pub(super) fn read_on(&mut self) {
        self.caught_up = false;
    }

    /// True while there is something to do.
    pub(super) fn is_due(&self) -> bool {
        self.sought.pattern.is_some() && !self.caught_up
    }

    /// Searches one slice; gives what is worth telling.
    pub(super) fn go_on(&mut self, text: &TextIndex, at_end: bool) -> Option<Finding> {
        let pattern = self.sought.pattern.as_ref()?;
        let room = SEARCH_HITS_MAX.saturating_sub(self.hits);
        let Found { hits, place, caught_up } =
            text.find(pattern, self.place, SEARCH_SLICE_BYTES, room);
        (self.place, self.hits) = (place, self.hits + hits.len());
        let is_full = self.hits >= SEARCH_HITS_MAX;
        self.caught_up = caught_up || is_full;
        let news = !hits.is_empty() || (self.caught_up && self.told != Some(at_end));
        if self.caught_up {
            self.told = Some(at_end);
        }
        news.then(|| Finding {
            number: self.sought.number,
            hits,
            caught_up: self.caught_up,
            is_full,
            coverage: text.coverage(),
        })
    }
}
