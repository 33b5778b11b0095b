//! What becomes of what a search comes by: a page of hits in the order of time, or the best lines.

use std::sync::Arc;

use super::find::{Hit, Place};
use super::page::{Page, Shelf};
use super::pattern::Pattern;
use super::ranking::Ranking;
use super::text_index::TextIndex;
use crate::limits::{SEARCH_RANK_SLICE_BYTES, SEARCH_SLICE_BYTES};

/// A search, and what it has found so far.
pub struct Harvest {
    pattern: Arc<Pattern>,
    kept: Kept,
}

enum Kept {
    Page(Shelf),
    Best(Box<Ranking>),
}

/// What a search has found since it was last asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// Further hits, in the order of time; one for each line and moment.
    Further(Vec<Hit>),
    /// The best lines of all so far, the best first, in place of those before; nothing where they are
    /// the same.
    Best(Option<Vec<Hit>>),
}

impl Harvest {
    /// Nothing found yet. Of a search for the best lines there are no pages.
    pub fn new(pattern: Arc<Pattern>, page: Page, hits_max: usize) -> Self {
        let kept = match pattern.is_fuzzy() {
            true => Kept::Best(Box::new(Ranking::new(pattern.text()))),
            false => Kept::Page(Shelf::new(page, hits_max)),
        };
        Self { pattern, kept }
    }

    /// Searches on from a place, for one slice; gives where to go on, and whether there is
    /// nothing more to search for now.
    pub fn search(&mut self, text: &TextIndex, from: Place) -> (Place, bool) {
        let bytes_max = self.slice_bytes();
        match &mut self.kept {
            Kept::Page(shelf) => {
                let found = text.find(&self.pattern, from, bytes_max, HITS_AT_ONCE);
                shelf.put(found.hits);
                (found.place, found.caught_up)
            }
            Kept::Best(best) => text.whole_lines(from, bytes_max, |line| best.look(line)),
        }
    }

    /// All that there is for now was searched.
    pub fn settle(&mut self) {
        if let Kept::Page(shelf) = &mut self.kept {
            shelf.settle();
        }
    }

    /// What was found since this was last called.
    pub fn take(&mut self) -> Gathered {
        match &mut self.kept {
            Kept::Page(shelf) => Gathered::Further(shelf.take()),
            Kept::Best(best) => Gathered::Best(best.take()),
        }
    }

    /// How much is to be searched in one go.
    pub fn slice_bytes(&self) -> usize {
        match &self.kept {
            Kept::Page(_) => SEARCH_SLICE_BYTES,
            Kept::Best(_) => SEARCH_RANK_SLICE_BYTES,
        }
    }

    /// How many hits lie before the page, as far as they came by.
    pub fn skipped(&self) -> u64 {
        match &self.kept {
            Kept::Page(shelf) => shelf.skipped(),
            Kept::Best(_) => 0,
        }
    }

    /// The page is complete, and there are hits behind it.
    pub fn is_full(&self) -> bool {
        match &self.kept {
            Kept::Page(shelf) => shelf.is_full(),
            Kept::Best(_) => false,
        }
    }
}

impl Gathered {
    /// Nothing was found.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Further(hits) => hits.is_empty(),
            Self::Best(best) => best.is_none(),
        }
    }

    /// Hits of which further ones come.
    pub fn into_hits(self) -> Vec<Hit> {
        match self {
            Self::Further(hits) => hits,
            Self::Best(best) => best.unwrap_or_default(),
        }
    }
}

/// Where nearly every line is a hit, they are taken off so many at a time.
const HITS_AT_ONCE: usize = 20_000;
