//! Which hits of a search are told, when there are more than anybody can be told of.

use std::collections::VecDeque;

use super::find::Hit;

/// Which hits are wanted, of those in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The first ones after this event.
    After(u64),
    /// The last ones before this event.
    Before(u64),
}

impl Default for Page {
    fn default() -> Self {
        Self::After(0)
    }
}

/// The hits of one page, while those of the whole recording come by in the order of time.
///
/// A page holds all hits of an event or none, so that the next one can begin behind an event: it may
/// hold more than its limit by the hits of one.
#[derive(Debug)]
pub(super) struct Shelf {
    page: Page,
    hits_max: usize,
    /// The last ones so far, of a page of last ones.
    held: VecDeque<Hit>,
    ready: Vec<Hit>,
    kept: usize,
    /// The event of the hit that was kept last.
    last: u64,
    skipped: u64,
    is_full: bool,
}

impl Shelf {
    pub(super) fn new(page: Page, hits_max: usize) -> Self {
        let (held, ready) = (VecDeque::new(), Vec::new());
        Self { page, hits_max, held, ready, kept: 0, last: 0, skipped: 0, is_full: false }
    }

    /// Takes the next hits.
    pub(super) fn put(&mut self, hits: Vec<Hit>) {
        for hit in hits {
            match self.page {
                _ if self.is_full => return,
                Page::After(seq) if hit.seq <= seq => self.skipped += 1,
                Page::After(_) => self.keep(hit),
                Page::Before(seq) if hit.seq >= seq => {
                    self.release();
                    self.is_full = true;
                }
                // What comes behind the last ones that were known follows them.
                Page::Before(_) if self.kept > 0 => self.keep(hit),
                Page::Before(_) => self.hold(hit),
            }
        }
    }

    /// Nothing more comes for now.
    pub(super) fn settle(&mut self) {
        self.release();
    }

    /// The hits since this was last called.
    pub(super) fn take(&mut self) -> Vec<Hit> {
        std::mem::take(&mut self.ready)
    }

    /// How many hits lie before the page, as far as they came by.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped
    }

    /// The page is complete, and there are hits behind it.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    fn keep(&mut self, hit: Hit) {
        if self.kept >= self.hits_max && hit.seq != self.last {
            self.is_full = true;
            return;
        }
        (self.kept, self.last) = (self.kept + 1, hit.seq);
        self.ready.push(hit);
    }

    fn hold(&mut self, hit: Hit) {
        self.held.push_back(hit);
        if self.held.len() <= self.hits_max {
            return;
        }
        let Some(first) = self.held.front().map(|hit| hit.seq) else { return };
        let Some(last) = self.held.back().map(|hit| hit.seq) else { return };
        while first != last && self.held.front().is_some_and(|hit| hit.seq == first) {
            self.held.pop_front();
            self.skipped += 1;
        }
    }

    fn release(&mut self) {
        self.kept += self.held.len();
        self.last = self.held.back().map_or(self.last, |hit| hit.seq);
        self.ready.extend(self.held.drain(..));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// One hit in each of these events, numbered.
    fn hits(seqs: impl IntoIterator<Item = u64>) -> Vec<Hit> {
        let hit = |(n, seq): (usize, u64)| Hit {
            seq,
            elapsed: Duration::from_secs(seq),
            row: None,
            line: n.to_string(),
            range: 0..1,
        };
        seqs.into_iter().enumerate().map(hit).collect()
    }

    fn seqs(shelf: &mut Shelf) -> Vec<u64> {
        shelf.take().into_iter().map(|hit| hit.seq).collect()
    }

    fn page(page: Page, all: &[u64]) -> (Vec<u64>, u64, bool) {
        let mut shelf = Shelf::new(page, 3);
        all.chunks(2).for_each(|some| shelf.put(hits(some.iter().copied())));
        shelf.settle();
        (seqs(&mut shelf), shelf.skipped(), shelf.is_full())
    }

    #[test]
    fn pages_follow_each_other_and_none_is_left_out() {
        let all = [1, 2, 2, 2, 2, 5, 6, 7, 8];
        assert_eq!(page(Page::After(0), &all), (vec![1, 2, 2, 2, 2], 0, true));
        assert_eq!(page(Page::After(2), &all), (vec![5, 6, 7], 5, true));
        assert_eq!(page(Page::After(7), &all), (vec![8], 8, false));
        assert_eq!(page(Page::After(8), &all), (vec![], 9, false));
        assert_eq!(page(Page::Before(u64::MAX), &all), (vec![6, 7, 8], 6, false));
        assert_eq!(page(Page::Before(6), &all), (vec![5], 5, true));
        assert_eq!(page(Page::Before(5), &all), (vec![2, 2, 2, 2], 1, true));
        assert_eq!(page(Page::Before(2), &all), (vec![1], 0, true));
    }

    #[test]
    fn what_comes_when_the_last_ones_are_told_follows_them() {
        let mut shelf = Shelf::new(Page::Before(u64::MAX), 3);
        shelf.put(hits([1, 2]));
        shelf.settle();
        assert_eq!(seqs(&mut shelf), [1, 2]);
        shelf.put(hits([3, 4]));
        shelf.settle();
        assert_eq!((seqs(&mut shelf), shelf.is_full()), (vec![3], true));
    }
}
