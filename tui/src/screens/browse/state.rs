//! What the table of all sessions knows and how it changes: by pages from the server and by the
//! operator. No clock and no connection.

use jiff::tz::TimeZone;
use sudolog_core::filter::{Filter, SortBy};
use sudolog_core::limits::{BROWSE_PAGE_ROWS, QUERY_TEXT_BYTES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::is_misleading;
use sudolog_core::wire::message::Query;

use super::Pages;
use crate::calendar;
use crate::source::server::{LinkState, PageNews};
use crate::widgets::Input;

/// The table.
#[derive(Clone)]
pub struct Browse {
    /// What is asked for, whatever the page.
    query: Query,
    /// The filter in force, as it was typed.
    filter: String,
    /// The filter that is being typed.
    input: Option<Input>,
    /// What is wrong with what is being typed.
    fault: Option<String>,
    pages: Pages,
    link: LinkState,
    trouble: Option<String>,
    /// Columns of the commands that are scrolled away.
    shift: usize,
    pub(super) zone: TimeZone,
}

/// What the operator does in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrowseAction {
    /// So many rows down.
    Move(isize),
    /// So many halves of what is shown down.
    Half(isize),
    /// Chooses this session, if it is here.
    Choose(Tsid),
    /// Replays the chosen session.
    Replay,
    /// Sorts by the next column, or by the one before.
    Sort(isize),
    /// Reverses the order.
    Reverse,
    /// Scrolls the commands so many columns.
    Scroll(isize),
    /// Lets the operator type a filter.
    Filter,
    /// Takes what was typed.
    Apply,
    /// Leaves the filter as it was.
    Cancel,
    /// Finds by a few letters among the rows that are here.
    Narrow,
}

/// What only the application can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Replay this session.
    Replay(Tsid),
    /// Let the operator choose among the rows that are here.
    Narrow,
}

impl Browse {
    /// A table that has not heard anything yet. `filter` is what `query` was made of.
    pub fn new(link: LinkState, query: Query, filter: &str) -> Self {
        let filter = filter.chars().filter(|c| !is_misleading(*c)).collect();
        Self {
            query: Query { offset: 0, limit: BROWSE_PAGE_ROWS, ..query },
            filter,
            input: None,
            fault: None,
            pages: Pages::default(),
            link,
            trouble: None,
            shift: 0,
            zone: TimeZone::system(),
        }
    }

    /// The pages to ask for, the most wanted first.
    pub fn wanted(&self) -> Vec<Query> {
        let page = |number| Query { offset: number * BROWSE_PAGE_ROWS, ..self.query.clone() };
        self.pages.wanted().into_iter().map(page).collect()
    }

    /// The rows.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The order, and whether it is reversed.
    pub fn order(&self) -> (SortBy, bool) {
        (self.query.sort, self.query.reverse)
    }

    /// The filter in force; safe to show.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The filter that is being typed.
    pub fn input(&self) -> Option<&Input> {
        self.input.as_ref()
    }

    /// What is wrong with it.
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether the server can be asked.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// Why a page could not be had, escaped.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Columns of the commands that are scrolled away.
    pub fn shift(&self) -> usize {
        self.shift
    }

    /// Takes what the server says.
    pub fn learn(&mut self, news: PageNews) {
        match news {
            PageNews::Link(link) => self.link = link,
            PageNews::Page(query, listing) if self.is_asked(&query) => {
                self.trouble = None;
                self.pages.learn(query.offset / BROWSE_PAGE_ROWS, listing);
            }
            PageNews::NoPage(query, error) if self.is_asked(&query) => {
                self.trouble = Some(error.to_string());
            }
            PageNews::Page(..) | PageNews::NoPage(..) => {}
        }
    }

    /// Does what the operator wants; `shown` rows are on the screen, and it is `now`.
    pub fn act(&mut self, action: BrowseAction, shown: usize, now: Timestamp) -> Option<Asked> {
        match action {
            BrowseAction::Move(rows) => self.move_by(rows),
            BrowseAction::Half(halves) => {
                let half = isize::try_from(shown / 2).unwrap_or(1).max(1);
                self.move_by(halves.saturating_mul(half));
            }
            BrowseAction::Choose(tsid) => self.pages.choose(tsid),
            BrowseAction::Replay => return Some(Asked::Replay(self.pages.chosen()?.tsid)),
            BrowseAction::Narrow => return Some(Asked::Narrow),
            BrowseAction::Sort(by) => self.sort(by),
            BrowseAction::Reverse => {
                self.query.reverse = !self.query.reverse;
                self.pages.reorder();
            }
            BrowseAction::Scroll(columns) => {
                self.shift = self.shift.saturating_add_signed(columns).min(SHIFT_MAX);
            }
            BrowseAction::Filter => {
                let mut input = Input::new(QUERY_TEXT_BYTES_MAX);
                input.paste(&self.filter);
                self.input = Some(input);
                self.fault = None;
            }
            BrowseAction::Cancel => (self.input, self.fault) = (None, None),
            BrowseAction::Apply => self.apply(now),
        }
        None
    }

    /// Changes the filter that is being typed, and looks what is wrong with it.
    pub fn type_filter(&mut self, now: Timestamp, change: impl FnOnce(&mut Input)) {
        if let Some(input) = &mut self.input {
            change(input);
            let understood = calendar::filter(input.text(), now);
            self.fault = understood.err().map(|error| error.to_string());
        }
    }

    fn apply(&mut self, now: Timestamp) {
        let Some(input) = &self.input else { return };
        match calendar::filter(input.text(), now) {
            Ok(Filter { text, conditions }) => {
                self.filter = input.text().trim().to_owned();
                (self.query.text, self.query.conditions) = (text, conditions);
                (self.input, self.fault) = (None, None);
                (self.pages, self.trouble) = (Pages::default(), None);
            }
            Err(error) => self.fault = Some(error.to_string()),
        }
    }

    fn move_by(&mut self, rows: isize) {
        let by = i64::try_from(rows).unwrap_or(0);
        let at = i64::from(self.pages.at()).saturating_add(by).max(0);
        self.pages.go(u32::try_from(at).unwrap_or(u32::MAX));
    }

    fn sort(&mut self, by: isize) {
        let now = SortBy::ALL.into_iter().position(|sort| sort == self.query.sort).unwrap_or(0);
        let count = isize::try_from(SortBy::ALL.len()).unwrap_or(1);
        let next = isize::try_from(now).unwrap_or(0).saturating_add(by).rem_euclid(count);
        let next = usize::try_from(next).unwrap_or(0);
        self.query.sort = SortBy::ALL.get(next).copied().unwrap_or_default();
        self.pages.reorder();
    }

    /// True for a page of what is asked for now.
    fn is_asked(&self, query: &Query) -> bool {
        let Query { text, conditions, open_only, sort, reverse, offset: _, limit } = query;
        let asked = &self.query;
        (text, conditions, open_only) == (&asked.text, &asked.conditions, &asked.open_only)
            && (*sort, *reverse, *limit) == (asked.sort, asked.reverse, asked.limit)
    }
}

const SHIFT_MAX: usize = 4096;
