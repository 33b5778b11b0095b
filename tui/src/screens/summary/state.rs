//! What the summary screen knows and how it changes: by pages from the server and by the operator. No
//! clock and no connection.

use jiff::tz::TimeZone;
use sudolog_core::filter::{Column, Filter};
use sudolog_core::limits::BROWSE_PAGE_ROWS;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Among, Summary, SummaryBy, SummaryQuery, SummaryRow, SummarySort,
};

use crate::screens::{FilterAction, FilterLine, Pages, Step, filter_line};
use crate::source::server::{Ask, LinkState, PageNews};

/// The summary screen.
#[derive(Clone)]
pub struct Sums {
    query: SummaryQuery,
    filter: FilterLine,
    pages: Pages<SummaryRow>,
    link: LinkState,
    trouble: Option<String>,
    pub(super) zone: TimeZone,
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SummaryAction {
    /// Adds up by the next thing: user, host, command.
    By(isize),
    /// Sorts by the next column, or by the one before.
    Sort(isize),
    /// Reverses the order.
    Reverse,
    /// Shows the sessions of the chosen row.
    Drill,
    /// Chooses the row at this place.
    Choose(u32),
}

impl Sums {
    /// A summary that has not heard anything yet, the riskiest users first.
    pub fn new(link: LinkState) -> Self {
        Self {
            query: SummaryQuery { limit: BROWSE_PAGE_ROWS, ..SummaryQuery::default() },
            filter: FilterLine::default(),
            pages: Pages::default(),
            link,
            trouble: None,
            zone: TimeZone::system(),
        }
    }

    /// The same of what the triage queue shows. `filter` is what `among` was made of.
    pub fn of_queue(link: LinkState, among: Among, filter: &str) -> Self {
        let mut sums = Self::new(link);
        let Among { text, conditions, .. } = among;
        sums.query = SummaryQuery { text, conditions, queue: true, ..sums.query };
        sums.filter = FilterLine::new(filter);
        sums
    }

    /// True when a row narrows the triage queue.
    pub fn is_of_queue(&self) -> bool {
        self.query.queue
    }

    /// The pages to ask for, the most wanted first.
    pub fn wanted(&self) -> Vec<Ask> {
        let page = |number| {
            Ask::Sums(SummaryQuery { offset: number * BROWSE_PAGE_ROWS, ..self.query.clone() })
        };
        self.pages.wanted().into_iter().map(page).collect()
    }

    /// The rows.
    pub fn pages(&self) -> &Pages<SummaryRow> {
        &self.pages
    }

    /// What sessions are added up by.
    pub fn by(&self) -> SummaryBy {
        self.query.by
    }

    /// The order, and whether it is reversed.
    pub fn order(&self) -> (SummarySort, bool) {
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

    /// Takes what the server says.
    pub fn learn(&mut self, news: PageNews) {
        match news {
            PageNews::Link(link) => self.link = link,
            PageNews::Sums(query, Summary { total, rows }) if self.is_asked(&query) => {
                self.trouble = None;
                self.pages.learn(query.offset / BROWSE_PAGE_ROWS, total, rows);
            }
            PageNews::NoPage(Ask::Sums(query), error) if self.is_asked(&query) => {
                self.trouble = Some(error.to_string());
            }
            _ => {}
        }
    }

    /// Goes through the rows, of which so many are shown.
    pub fn step(&mut self, step: Step, shown: usize) {
        self.pages.step(step, shown);
    }

    /// Does what the operator wants with the filter.
    pub fn filter_by(&mut self, action: FilterAction, now: Timestamp) {
        if let Some(Filter { text, conditions }) = self.filter.act(action, now) {
            (self.query.text, self.query.conditions) = (text, conditions);
            (self.pages, self.trouble) = (Pages::default(), None);
        }
    }

    /// Does what the operator wants; gives the filter that finds the sessions of a row.
    pub fn act(&mut self, action: SummaryAction) -> Option<String> {
        match action {
            SummaryAction::By(by) => {
                self.query.by = next(&SummaryBy::ALL, self.query.by, by);
                (self.pages, self.trouble) = (Pages::default(), None);
            }
            SummaryAction::Sort(by) => {
                self.query.sort = next(&SummarySort::ALL, self.query.sort, by);
                self.pages.reorder();
            }
            SummaryAction::Reverse => {
                self.query.reverse = !self.query.reverse;
                self.pages.reorder();
            }
            SummaryAction::Drill => return self.drill(),
            SummaryAction::Choose(at) => self.pages.go(at),
        }
        None
    }

    /// The filter in force and the name of the chosen row.
    fn drill(&self) -> Option<String> {
        let column = match self.query.by {
            SummaryBy::Host => Column::Host,
            SummaryBy::Command => Column::Command,
            SummaryBy::User | SummaryBy::Unknown => Column::User,
        };
        let word = filter_line::word_of(column, &self.pages.chosen()?.name);
        Some(format!("{} {word}", self.filter.text()).trim_start().to_owned())
    }

    /// True for a page of what is asked for now.
    fn is_asked(&self, query: &SummaryQuery) -> bool {
        SummaryQuery { offset: 0, ..query.clone() }
            == SummaryQuery { offset: 0, ..self.query.clone() }
    }
}

/// The one so many places behind this one, round and round.
fn next<T: Copy + PartialEq>(all: &[T], now: T, by: isize) -> T {
    let at = all.iter().position(|one| *one == now).unwrap_or(0);
    let count = isize::try_from(all.len()).unwrap_or(1).max(1);
    let at = isize::try_from(at).unwrap_or(0).saturating_add(by).rem_euclid(count);
    usize::try_from(at).ok().and_then(|at| all.get(at)).copied().unwrap_or(now)
}
