//! The rows of a long list that are here: a few pages around the chosen row.
//!
//! Invariant: the chosen session never changes by itself while the list still has it near its
//! place; the row that was chosen is followed when others come or go before it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sudolog_core::limits::{BROWSE_MARGIN_ROWS, BROWSE_PAGE_ROWS, BROWSE_PAGES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{SessionRow, SummaryRow};

/// A row that can be told from all others of its list, whatever changes about it.
pub trait Keyed {
    /// What it is told by.
    type Key: Clone + PartialEq;

    /// Its own.
    fn key(&self) -> Self::Key;
}

impl Keyed for SessionRow {
    type Key = Tsid;

    fn key(&self) -> Tsid {
        self.tsid
    }
}

impl Keyed for SummaryRow {
    type Key = Untrusted;

    fn key(&self) -> Untrusted {
        self.name.clone()
    }
}

/// How the operator goes through a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// So many rows down.
    Rows(isize),
    /// So many halves of what is shown down.
    Halves(isize),
}

/// Pages by number, and the chosen row.
#[derive(Clone, Debug)]
pub struct Pages<R: Keyed = SessionRow> {
    pages: BTreeMap<u32, Vec<R>>,
    total: Option<u64>,
    /// Place of the chosen row in the whole list.
    at: u32,
    chosen: Option<R::Key>,
    /// The chosen row is not where it was; it may be on one of these pages by now.
    seeking: Option<BTreeSet<u32>>,
}

impl<R: Keyed> Default for Pages<R> {
    fn default() -> Self {
        Self { pages: BTreeMap::new(), total: None, at: 0, chosen: None, seeking: None }
    }
}

impl<R: Keyed> Pages<R> {
    /// The rows of one page.
    pub fn row(&self, at: u32) -> Option<&R> {
        let page = self.pages.get(&(at / BROWSE_PAGE_ROWS))?;
        page.get(usize::try_from(at % BROWSE_PAGE_ROWS).ok()?)
    }

    /// How many rows the whole list has; `None` before the first answer.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The place of the chosen row.
    pub fn at(&self) -> u32 {
        self.at
    }

    /// The chosen row, when it is here.
    pub fn chosen(&self) -> Option<&R> {
        self.row(self.at)
    }

    /// The places that so many lines show: the chosen row in the middle, as far as the ends allow.
    pub fn around(&self, lines: u16) -> Range<u32> {
        let total = u32::try_from(self.total.unwrap_or(0)).unwrap_or(u32::MAX);
        let shown = u32::from(lines);
        let first = self.at.saturating_sub(shown / 2).min(total.saturating_sub(shown));
        first..total.min(first.saturating_add(shown))
    }

    /// All rows that are here, with their places.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &R)> {
        let places = |(number, rows)| (number * BROWSE_PAGE_ROWS..).zip(rows);
        self.pages.iter().map(|(number, rows)| (*number, rows)).flat_map(places)
    }

    /// The numbers of the pages around the chosen row, its own first.
    pub fn wanted(&self) -> Vec<u32> {
        let own = self.at / BROWSE_PAGE_ROWS;
        let Some(last) = self.last() else { return vec![own] };
        let first = self.at.saturating_sub(BROWSE_MARGIN_ROWS) / BROWSE_PAGE_ROWS;
        let end = self.at.saturating_add(BROWSE_MARGIN_ROWS).min(last) / BROWSE_PAGE_ROWS;
        let others = (first..=end).filter(|page| *page != own);
        std::iter::once(own).chain(others).collect()
    }

    /// Chooses the row at this place, or the last one.
    pub fn go(&mut self, at: u32) {
        self.at = at.min(self.last().unwrap_or(0));
        self.chosen = self.chosen().map(Keyed::key);
        self.seeking = None;
    }

    /// Goes through the list, of which so many rows are shown.
    pub fn step(&mut self, step: Step, shown: usize) {
        let rows = match step {
            Step::Rows(rows) => rows,
            Step::Halves(halves) => {
                halves.saturating_mul(isize::try_from(shown / 2).unwrap_or(1).max(1))
            }
        };
        let by = i64::try_from(rows).unwrap_or(0);
        let at = i64::from(self.at).saturating_add(by).max(0);
        self.go(u32::try_from(at).unwrap_or(u32::MAX));
    }

    /// Takes a row as it stands now, where it is here.
    pub fn renew(&mut self, fresh: &R)
    where
        R: Clone,
    {
        let key = fresh.key();
        let here = self.pages.values_mut().flatten().find(|row| row.key() == key);
        if let Some(row) = here {
            *row = fresh.clone();
        }
    }

    /// Chooses this one, if it is here; `false` when it is not.
    pub fn choose(&mut self, key: &R::Key) -> bool {
        let found = self.rows().find(|(_, row)| row.key() == *key).map(|(at, _)| at);
        found.into_iter().for_each(|at| self.go(at));
        found.is_some()
    }

    /// Chooses this one, that is at this place though its page may not be here yet.
    pub fn choose_at(&mut self, at: u32, key: R::Key) {
        self.go(at);
        self.chosen = Some(key);
    }

    /// The same rows in another order: none of them is where it was.
    pub fn reorder(&mut self) {
        *self = Self { total: self.total, ..Self::default() };
    }

    /// Takes a page as it is now.
    pub fn learn(&mut self, number: u32, total: u64, rows: Vec<R>) {
        self.total = Some(total);
        self.pages.insert(number, rows);
        let last = self.last().unwrap_or(0);
        self.pages.retain(|page, _| *page <= last / BROWSE_PAGE_ROWS);
        self.follow(number);
        self.at = self.at.min(last);
        while self.pages.len() > BROWSE_PAGES_MAX {
            let own = self.at / BROWSE_PAGE_ROWS;
            let far = self.pages.keys().copied().max_by_key(|page| page.abs_diff(own));
            far.map(|page| self.pages.remove(&page));
        }
    }

    /// Finds the chosen session again after page `number` was renewed.
    fn follow(&mut self, number: u32) {
        let Some(chosen) = self.chosen.clone() else {
            self.chosen = self.chosen().map(Keyed::key);
            return;
        };
        let found = self.pages.get(&number).and_then(|rows| {
            (number * BROWSE_PAGE_ROWS..).zip(rows).find(|(_, row)| row.key() == chosen)
        });
        if let Some((at, _)) = found {
            self.at = at;
            self.seeking = None;
            return;
        }
        if self.seeking.is_none() && number == self.at / BROWSE_PAGE_ROWS {
            self.seeking = Some(self.wanted().into_iter().collect());
        }
        let Some(pages) = &mut self.seeking else { return };
        pages.remove(&number);
        if pages.is_empty() {
            // It does not fit the filter any more: the one in its place is chosen.
            self.go(self.at);
        }
    }

    fn last(&self) -> Option<u32> {
        let total = self.total?;
        Some(u32::try_from(total.saturating_sub(1)).unwrap_or(u32::MAX))
    }
}
