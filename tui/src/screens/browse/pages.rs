//! The rows of a long list that are here: a few pages around the chosen row.
//!
//! Invariant: the chosen session never changes by itself while the list still has it near its
//! place; the row that was chosen is followed when others come or go before it.

use std::collections::{BTreeMap, BTreeSet};

use sudolog_core::limits::{BROWSE_MARGIN_ROWS, BROWSE_PAGE_ROWS, BROWSE_PAGES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Listing, SessionRow};

/// Pages by number, and the chosen row.
#[derive(Clone, Debug, Default)]
pub struct Pages {
    pages: BTreeMap<u32, Vec<SessionRow>>,
    total: Option<u64>,
    /// Place of the chosen row in the whole list.
    at: u32,
    chosen: Option<Tsid>,
    /// The chosen row is not where it was; it may be on one of these pages by now.
    seeking: Option<BTreeSet<u32>>,
}

impl Pages {
    /// The rows of one page.
    pub fn row(&self, at: u32) -> Option<&SessionRow> {
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
    pub fn chosen(&self) -> Option<&SessionRow> {
        self.row(self.at)
    }

    /// All rows that are here, with their places.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &SessionRow)> {
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
        self.chosen = self.chosen().map(|row| row.tsid);
        self.seeking = None;
    }

    /// Chooses this one, if it is here.
    pub fn choose(&mut self, tsid: Tsid) {
        let found = self.rows().find(|(_, row)| row.tsid == tsid).map(|(at, _)| at);
        if let Some(at) = found {
            self.go(at);
        }
    }

    /// The same rows in another order: none of them is where it was.
    pub fn reorder(&mut self) {
        *self = Self { total: self.total, ..Self::default() };
    }

    /// Takes a page as it is now.
    pub fn learn(&mut self, number: u32, listing: Listing) {
        self.total = Some(listing.total);
        self.pages.insert(number, listing.rows);
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
        let Some(chosen) = self.chosen else {
            self.chosen = self.chosen().map(|row| row.tsid);
            return;
        };
        let found = self.pages.get(&number).and_then(|rows| {
            (number * BROWSE_PAGE_ROWS..).zip(rows).find(|(_, row)| row.tsid == chosen)
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
