//! What the triage screen knows and how it changes: by pages and reviews from the server and by the
//! operator. No clock and no connection.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use sudolog_core::filter::Filter;
use sudolog_core::limits::{BROWSE_PAGE_ROWS, JUDGED_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Among, Listing, Query, Review, SessionRow};

use super::Goal;
use super::reasons::{Entry, entries, riskiest};
use crate::screens::{FilterAction, FilterLine, Pages, Step};
use crate::source::About;
use crate::source::server::{Ask, Glimpse, LinkState, Moment, PageNews, ReviewNews};

/// The triage screen.
#[derive(Clone)]
pub struct Triage {
    query: Query,
    filter: FilterLine,
    pages: Pages,
    link: LinkState,
    trouble: Option<String>,
    /// A session that shall be chosen once it is known where it stands.
    sought: Option<Tsid>,
    /// Sessions that the next act is about, in place of the chosen one.
    marked: BTreeSet<Tsid>,
    review: Option<Box<Review>>,
    /// Why there is no review, escaped.
    review_trouble: Option<(Tsid, String)>,
    /// The moment that was asked for last, once it is here.
    glimpse: Option<Glimpse>,
    reads: bool,
    /// The chosen line of the review: its place among all.
    line: usize,
    goal: Option<(Tsid, Goal)>,
    /// The session that shall be played beside its reasons.
    peeked: Option<Tsid>,
    pub(super) zone: TimeZone,
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TriageAction {
    /// Opens the chosen session at the chosen reason, or at the riskiest one.
    Open,
    /// Goes through the review, or through the queue again.
    Switch,
    /// To the next session that nobody has settled, or to the one before.
    NextUnsettled(isize),
    /// Marks the chosen session, or not any more, and goes on to the next.
    Mark,
    /// Marks all that are here, or none any more.
    MarkAll,
    /// Chooses this session, wherever in the queue it stands.
    Choose(Tsid),
}

impl Triage {
    /// A queue that has not heard anything yet. `filter` is what `query` was made of.
    pub fn new(link: LinkState, query: Query, filter: &str) -> Self {
        Self {
            query: Query { offset: 0, limit: BROWSE_PAGE_ROWS, ..query },
            filter: FilterLine::new(filter),
            pages: Pages::default(),
            link,
            trouble: None,
            sought: None,
            marked: BTreeSet::new(),
            review: None,
            review_trouble: None,
            glimpse: None,
            reads: false,
            line: 0,
            goal: None,
            peeked: None,
            zone: TimeZone::system(),
        }
    }

    /// The pages to ask for, the most wanted first.
    pub fn wanted(&self) -> Vec<Ask> {
        let page = |number| Query { offset: number * BROWSE_PAGE_ROWS, ..self.query.clone() };
        let pages = self.pages.wanted().into_iter().map(page).map(Ask::Queue);
        self.sought().into_iter().chain(pages).collect()
    }

    /// What has to be known of the session that shall be chosen.
    fn sought(&self) -> Option<Ask> {
        Some(Ask::QueuePlace(self.sought?, self.query.clone()))
    }

    /// The sessions that the filter keeps.
    pub fn among(&self) -> Among {
        let Query { text, conditions, .. } = self.query.clone();
        Among { text, conditions, queue: true }
    }

    /// The session whose review is wanted.
    pub fn reviewed(&self) -> Option<Tsid> {
        Some(self.pages.chosen()?.tsid)
    }

    /// The rows.
    pub fn pages(&self) -> &Pages {
        &self.pages
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

    /// True for a session that is marked.
    pub fn is_marked(&self, tsid: Tsid) -> bool {
        self.marked.contains(&tsid)
    }

    /// How many are marked.
    pub fn marked(&self) -> usize {
        self.marked.len()
    }

    /// True while the review is gone through and not the queue.
    pub fn reads(&self) -> bool {
        self.reads
    }

    /// The review of the chosen session, once it is here.
    pub fn review(&self) -> Option<&Review> {
        let chosen = self.reviewed()?;
        self.review.as_deref().filter(|review| review.row.tsid == chosen)
    }

    /// Why it is not.
    pub fn review_trouble(&self) -> Option<&str> {
        let (tsid, reason) = self.review_trouble.as_ref()?;
        (Some(*tsid) == self.reviewed()).then_some(reason)
    }

    /// The moment to show beside the queue: that of the chosen reason, else of the riskiest one; where
    /// none is at an event, how it ended.
    pub fn glimpsed(&self) -> Option<Moment> {
        let review = self.review()?;
        let chosen = entries(review).get(self.line).and_then(Entry::goal);
        let seq = match chosen.or_else(|| riskiest(review)) {
            Some(Goal::Event(seq)) => seq,
            Some(Goal::At(_)) | None => u64::MAX,
        };
        Some((review.row.tsid, seq))
    }

    /// Takes a moment.
    pub fn learn_glimpse(&mut self, glimpse: Glimpse) {
        self.glimpse = Some(glimpse);
    }

    /// The moment to show, once it is here.
    pub(super) fn glimpse(&self) -> Option<&Glimpse> {
        self.glimpse.as_ref().filter(|glimpse| Some(glimpse.moment) == self.glimpsed())
    }

    /// The chosen line of the review.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The sessions that an act is about: those that are marked, else the chosen one.
    pub fn subjects(&self) -> Vec<Tsid> {
        match self.marked.is_empty() {
            true => self.reviewed().into_iter().collect(),
            false => self.marked.iter().copied().collect(),
        }
    }

    /// The moment that a note is about: that of the chosen reason, else the beginning.
    pub fn moment(&self) -> Duration {
        let chosen = self.review().and_then(|review| entries(review).get(self.line).copied());
        match chosen {
            Some(Entry::Reason(finding)) => Duration::from_nanos(finding.elapsed_ns),
            _ => Duration::ZERO,
        }
    }

    /// Takes what the server says of the queue.
    pub fn learn(&mut self, news: PageNews) {
        match news {
            PageNews::Link(link) => self.link = link,
            PageNews::Queue(query, Listing { total, rows }) if self.is_asked(&query) => {
                self.trouble = None;
                let before = self.reviewed();
                self.pages.learn(query.offset / BROWSE_PAGE_ROWS, total, rows);
                self.look_elsewhere(before);
            }
            PageNews::NoPage(Ask::Queue(query), error) if self.is_asked(&query) => {
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

    /// It is known by now how many rows stand before it.
    fn go_to_sought(&mut self, at: Option<u32>) {
        let before = self.reviewed();
        match (self.sought.take(), at) {
            (Some(tsid), Some(at)) => self.pages.choose_at(at, tsid),
            (Some(tsid), None) => self.trouble = Some(format!("{tsid} is not in this queue")),
            (None, _) => {}
        }
        self.look_elsewhere(before);
    }

    /// Takes a review.
    pub fn learn_review(&mut self, news: ReviewNews) {
        match news {
            ReviewNews::Review(review) => {
                self.pages.renew(&review.row);
                let first =
                    self.review.as_ref().map(|known| known.row.tsid) != Some(review.row.tsid);
                self.review = Some(review);
                self.review_trouble = None;
                if first {
                    self.line = 0;
                }
                self.go_in_review(0);
            }
            ReviewNews::NoReview(tsid, error) => {
                self.review_trouble = Some((tsid, error.to_string()));
            }
        }
    }

    /// Takes a session as it stands now, where it is here. One that somebody else has just settled is
    /// not marked any more: what is said next shall not be said of it unseen.
    pub fn renew(&mut self, row: &SessionRow) {
        let known = self.pages.rows().map(|(_, known)| known).find(|known| known.tsid == row.tsid);
        let was_open = known.is_some_and(|known| !known.standing.is_settled());
        if was_open && row.standing.is_settled() {
            self.marked.remove(&row.tsid);
        }
        self.pages.renew(row);
    }

    /// A verdict was given on the sessions that were marked. What else is said of them (a tag, somebody who
    /// shall look) leaves the marks for what is to be said next.
    pub fn judged(&mut self) {
        self.marked.clear();
    }

    /// Goes through the rows, of which so many are shown, or through the review.
    pub fn step(&mut self, step: Step, shown: usize) {
        let before = self.reviewed();
        self.sought = None;
        match (self.reads, step) {
            (false, _) => self.pages.step(step, shown),
            (true, Step::Rows(lines)) => self.go_in_review(lines),
            (true, Step::Halves(halves)) => self.go_in_review(halves.saturating_mul(PAGE_LINES)),
        }
        self.look_elsewhere(before);
    }

    /// Does what the operator wants with the filter.
    pub fn filter_by(&mut self, action: FilterAction, now: Timestamp) {
        if let Some(filter) = self.filter.act(action, now) {
            self.ask_for(filter);
        }
    }

    /// Puts this filter in force.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn set_filter(&mut self, text: &str, now: Timestamp) -> Result<(), String> {
        let filter = self.filter.set(text, now)?;
        self.ask_for(filter);
        Ok(())
    }

    /// Does what the operator wants; gives the session that shall be opened.
    pub fn act(&mut self, action: TriageAction) -> Option<Tsid> {
        let before = self.reviewed();
        match action {
            TriageAction::Open => return self.open(),
            TriageAction::Switch => self.reads = !self.reads,
            TriageAction::NextUnsettled(by) => self.go_to_unsettled(by),
            TriageAction::Mark => self.mark(),
            TriageAction::MarkAll => self.mark_all(),
            TriageAction::Choose(tsid) => {
                self.sought = (!self.pages.choose(&tsid)).then_some(tsid);
            }
        }
        self.look_elsewhere(before);
        None
    }

    /// The moment that was to be gone to, when this is the session; only once.
    pub fn take_goal(&mut self, about: &About) -> Option<Goal> {
        let (_, goal) = self.goal.take().filter(|(tsid, _)| about.tsid == Some(*tsid))?;
        Some(goal)
    }

    /// The chosen session, which shall be played beside its reasons.
    pub fn peek(&mut self) -> Option<Tsid> {
        self.peeked = self.open();
        self.peeked
    }

    /// True when this session was to be played beside its reasons; only once.
    pub fn take_peek(&mut self, about: &About) -> bool {
        let peeked = self.peeked.take();
        peeked.is_some() && peeked == about.tsid
    }

    /// Chooses the reason so many lines down; gives its moment, if it has one.
    pub fn go_to_reason(&mut self, by: isize) -> Option<Goal> {
        self.go_in_review(by);
        entries(self.review()?).get(self.line).and_then(Entry::goal)
    }

    fn open(&mut self) -> Option<Tsid> {
        let tsid = self.reviewed()?;
        let chosen = self.review().and_then(|review| {
            let line = entries(review).get(self.line).and_then(|entry| entry.goal());
            line.filter(|_| self.reads).or_else(|| riskiest(review))
        });
        self.goal = chosen.map(|goal| (tsid, goal));
        Some(tsid)
    }

    fn ask_for(&mut self, filter: Filter) {
        (self.query.text, self.query.conditions) = (filter.text, filter.conditions);
        (self.pages, self.trouble) = (Pages::default(), None);
        self.marked.clear();
        self.reads = false;
    }

    fn go_to_unsettled(&mut self, by: isize) {
        let here = self.pages.at();
        let open = |(_, row): &(u32, &SessionRow)| !row.standing.is_settled();
        let places: Vec<u32> = self.pages.rows().filter(open).map(|(at, _)| at).collect();
        let next = match by < 0 {
            true => places.iter().rev().find(|at| **at < here).copied(),
            false => places.iter().find(|at| **at > here).copied(),
        };
        if let Some(at) = next {
            self.pages.go(at);
        }
    }

    fn mark(&mut self) {
        let Some(tsid) = self.reviewed() else { return };
        if !self.marked.remove(&tsid) && self.marked.len() < JUDGED_MAX {
            self.marked.insert(tsid);
        }
        self.pages.step(Step::Rows(1), 0);
    }

    fn mark_all(&mut self) {
        if self.marked.is_empty() {
            self.marked = self.pages.rows().map(|(_, row)| row.tsid).take(JUDGED_MAX).collect();
        } else {
            self.marked.clear();
        }
    }

    /// Goes so many lines further that can be chosen.
    fn go_in_review(&mut self, by: isize) {
        let Some(review) = self.review() else { return };
        let entries = entries(review);
        let choices = entries.iter().enumerate().filter(|(_, entry)| entry.is_choice());
        let choices: Vec<usize> = choices.map(|(at, _)| at).collect();
        let here = choices.partition_point(|at| *at < self.line);
        let last = choices.len().saturating_sub(1);
        let next = here.min(last).saturating_add_signed(by).min(last);
        self.line = choices.get(next).copied().unwrap_or(0);
    }

    /// Another session is chosen: the review is read from its beginning.
    fn look_elsewhere(&mut self, before: Option<Tsid>) {
        if self.reviewed() != before {
            (self.line, self.goal, self.peeked) = (0, None, None);
            self.go_in_review(0);
        }
    }

    /// True for a page of what is asked for now.
    fn is_asked(&self, query: &Query) -> bool {
        (&query.text, &query.conditions) == (&self.query.text, &self.query.conditions)
    }
}

/// The filter in force at first: nobody has judged it, or it awaits a second operator.
pub const UNSETTLED: &str = "verdict:none,awaiting";
/// How far half a page goes in a review.
const PAGE_LINES: isize = 5;
