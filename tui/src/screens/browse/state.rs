//! What the table of all sessions knows and how it changes: by pages from the server and by the
//! operator. No clock and no connection.

use jiff::tz::TimeZone;
use sudolog_core::filter::{Filter, SortBy};
use sudolog_core::limits::BROWSE_PAGE_ROWS;
use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Among, Listing, Query, SessionRow};

use crate::screens::{FilterAction, FilterLine, Pages, Step};
use crate::source::server::{Ask, LinkState, PageNews};

/// The table.
#[derive(Clone)]
pub struct Browse {
    /// What is asked for, whatever the page.
    query: Query,
    filter: FilterLine,
    pages: Pages,
    link: LinkState,
    trouble: Option<String>,
    /// A session that shall be chosen once it is known where it stands.
    sought: Option<Tsid>,
    /// Columns of the commands that are scrolled away.
    shift: usize,
    pub(super) zone: TimeZone,
}

/// What the operator does in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrowseAction {
    /// Chooses this session, wherever in the list it stands.
    Choose(Tsid),
    /// Replays the chosen session.
    Replay,
    /// Sorts by the next column, or by the one before.
    Sort(isize),
    /// Reverses the order.
    Reverse,
    /// Scrolls the commands so many columns.
    Scroll(isize),
}

impl Browse {
    /// A table that has not heard anything yet. `filter` is what `query` was made of.
    pub fn new(link: LinkState, query: Query, filter: &str) -> Self {
        Self {
            query: Query { offset: 0, limit: BROWSE_PAGE_ROWS, ..query },
            filter: FilterLine::new(filter),
            pages: Pages::default(),
            link,
            trouble: None,
            sought: None,
            shift: 0,
            zone: TimeZone::system(),
        }
    }

    /// The pages to ask for, the most wanted first.
    pub fn wanted(&self) -> Vec<Query> {
        let page = |number| Query { offset: number * BROWSE_PAGE_ROWS, ..self.query.clone() };
        self.pages.wanted().into_iter().map(page).collect()
    }

    /// What has to be known of the session that shall be chosen.
    pub fn sought(&self) -> Option<Ask> {
        let list = Query { offset: 0, ..self.query.clone() };
        Some(Ask::Place(self.sought?, list))
    }

    /// The sessions that the filter keeps.
    pub fn among(&self) -> Among {
        let Query { text, conditions, .. } = self.query.clone();
        Among { text, conditions, queue: false }
    }

    /// The rows.
    pub fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The order, and whether it is reversed.
    pub fn order(&self) -> (SortBy, bool) {
        (self.query.sort, self.query.reverse)
    }

    /// The filter.
    pub fn filter(&self) -> &FilterLine {
        &self.filter
    }

    /// The same, to change it while it is typed.
    pub fn filter_mut(&mut self) -> &mut FilterLine {
        &mut self.filter
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
                let Listing { total, rows } = listing;
                self.pages.learn(query.offset / BROWSE_PAGE_ROWS, total, rows);
            }
            PageNews::NoPage(Ask::List(query), error) if self.is_asked(&query) => {
                self.trouble = Some(error.to_string());
            }
            PageNews::Place(ask, at) if Some(&ask) == self.sought().as_ref() => {
                self.go_to_sought(at);
            }
            PageNews::NoPage(ask, error) if Some(&ask) == self.sought().as_ref() => {
                (self.sought, self.trouble) = (None, Some(error.to_string()));
            }
            _ => {}
        }
    }

    /// Does what the operator wants; gives the session that shall be replayed.
    pub fn act(&mut self, action: BrowseAction) -> Option<Tsid> {
        match action {
            BrowseAction::Choose(tsid) => {
                self.sought = (!self.pages.choose(&tsid)).then_some(tsid);
            }
            BrowseAction::Replay => return Some(self.pages.chosen()?.tsid),
            BrowseAction::Sort(by) => self.sort(by),
            BrowseAction::Reverse => {
                self.query.reverse = !self.query.reverse;
                self.pages.reorder();
            }
            BrowseAction::Scroll(columns) => {
                self.shift = self.shift.saturating_add_signed(columns).min(SHIFT_MAX);
            }
        }
        None
    }

    /// Goes through the rows, of which so many are shown.
    pub fn step(&mut self, step: Step, shown: usize) {
        self.sought = None;
        self.pages.step(step, shown);
    }

    /// Does what the operator wants with the filter.
    pub fn filter_by(&mut self, action: FilterAction, now: Timestamp) {
        if let Some(Filter { text, conditions }) = self.filter.act(action, now) {
            (self.query.text, self.query.conditions) = (text, conditions);
            (self.pages, self.trouble) = (Pages::default(), None);
        }
    }

    /// Takes a session as it stands now, where it is here.
    pub fn renew(&mut self, row: &SessionRow) {
        self.pages.renew(row);
    }

    /// It is known by now how many rows stand before it.
    fn go_to_sought(&mut self, at: Option<u32>) {
        match (self.sought.take(), at) {
            (Some(tsid), Some(at)) => self.pages.choose_at(at, tsid),
            (Some(tsid), None) => self.trouble = Some(format!("{tsid} is not in this list")),
            (None, _) => {}
        }
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
