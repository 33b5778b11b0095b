//! What the events screen knows and how it changes: by entries from the server and by the operator. No clock
//! and no connection.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sudolog_core::eventlog::Stored;
use sudolog_core::limits::{BROWSE_PAGE_ROWS, EVENTS_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Events, EventsQuery};

use crate::screens::{Answer, FilterAction, Numbered, Perusal, Step, Stretch, Trail};
use crate::source::About;
use crate::source::server::{Ask, LinkState, PageNews};

/// The events screen.
pub struct Log {
    /// What is wanted, wherever it lies in the log.
    query: EventsQuery,
    perusal: Perusal<EventsQuery, Stored>,
    /// What came while the operator looked at something else.
    missed: Missed,
    /// The session that is being opened, and when what is looked at there happened.
    goal: Option<(Tsid, Timestamp)>,
}

/// What is new and not shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Missed {
    /// So many.
    pub count: u64,
    /// Or more.
    pub is_least: bool,
    /// The last one that was counted.
    newest: u64,
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventsAction {
    /// Plays the session of the chosen entry at its time.
    Open,
    /// Stays where it is, or goes along with what is new.
    Hold,
    /// So many lines down in the entry.
    Scroll(isize),
    /// Chooses the entry with this number.
    Choose(u64),
}

impl Numbered for Stored {
    fn number(&self) -> u64 {
        self.number
    }

    fn bytes(&self) -> usize {
        self.entry.bytes()
    }
}

impl Log {
    /// A log that has not heard anything yet, all of it.
    pub fn new(link: LinkState) -> Self {
        Self {
            query: EventsQuery::default(),
            perusal: Perusal::new(link),
            missed: Missed::default(),
            goal: None,
        }
    }

    /// The same from this entry on, towards older ones.
    #[must_use]
    pub fn from_entry(mut self, number: u64) -> Self {
        self.trail = Trail::from(number);
        self
    }

    /// What to ask for, the most wanted first.
    pub fn wanted(&self) -> Vec<Ask> {
        let query = |stretch: Stretch, limit| EventsQuery {
            after: stretch.after,
            before: stretch.before,
            limit,
            ..self.query.clone()
        };
        let page = self.trail.wanted().map(|stretch| Ask::Events(query(stretch, EVENTS_MAX)));
        let tail = match (self.trail.is_known(), self.trail.is_at_top()) {
            (true, false) => Some(self.missed.newest.max(self.trail.top())),
            // One that begins in the middle is asked for first.
            (false, false) => None,
            (_, true) => Some(self.trail.top()),
        };
        let limit = if self.trail.is_known() { EVENTS_MAX } else { BROWSE_PAGE_ROWS };
        let tail = tail.map(|after| Ask::Tail(query(Stretch { after, before: 0 }, limit)));
        page.into_iter().chain(tail).collect()
    }

    /// What is new and not shown; nothing while it goes along.
    pub fn missed(&self) -> Missed {
        self.missed
    }

    /// Takes what the server says.
    pub fn learn(&mut self, news: PageNews) {
        match news {
            PageNews::Link(link) => self.link = link,
            PageNews::Events(query, events) if self.is_asked(&query) => {
                self.trouble = None;
                self.take(Stretch { after: query.after, before: query.before }, events);
            }
            PageNews::NoPage(Ask::Events(query) | Ask::Tail(query), error)
                if self.is_asked(&query) =>
            {
                self.trouble = Some(error.to_string());
            }
            _ => {}
        }
    }

    fn take(&mut self, stretch: Stretch, events: Events) {
        let Events { entries, more, reached, newest } = events;
        if stretch.before == 0 && !self.trail.is_at_top() {
            let first = entries.first().map_or(0, |entry| entry.number);
            if first > self.missed.newest {
                self.missed.newest = first.max(newest);
                self.missed.count += entries.len() as u64;
                self.missed.is_least |= more;
            }
            return;
        }
        let is_first = !self.trail.is_known();
        self.trail.learn(stretch, Answer { rows: entries, more, reached, newest });
        if self.trail.is_at_top() {
            self.missed = Missed { newest: self.trail.top(), ..Missed::default() };
        } else if is_first {
            // Of what is newer than where it began, only what comes from now on is news.
            self.missed.newest = newest.max(self.trail.top());
        }
    }

    /// Goes through the entries, of which so many are shown.
    pub fn step(&mut self, step: Step, shown: usize) {
        self.scrolled = 0;
        let is_up = matches!(step, Step::Rows(by) | Step::Halves(by) if by < 0);
        self.trail.step(step, shown);
        let at = self.trail.chosen().map_or(0, |entry| entry.number);
        let is_first = at == self.trail.newest() && !self.trail.is_cut();
        if step == Step::Rows(isize::MIN) || is_up && is_first {
            self.go_along();
        }
    }

    /// Does what the operator wants with the filter.
    pub fn filter_by(&mut self, action: FilterAction, now: Timestamp) {
        if let Some(query) = self.filter.act(action, now) {
            self.put_in_force(query);
        }
    }

    /// Puts this filter in force.
    ///
    /// # Errors
    /// What is wrong with it; the one in force stays.
    pub fn set_filter(&mut self, text: &str, now: Timestamp) -> Result<(), String> {
        let query = self.filter.set(text, now)?;
        self.put_in_force(query);
        Ok(())
    }

    /// Does what the operator wants; gives the session to play.
    ///
    /// # Errors
    /// Why it cannot be done.
    pub fn act(&mut self, action: EventsAction) -> Result<Option<Tsid>, &'static str> {
        match action {
            EventsAction::Open => {
                let entry = self.trail.chosen().ok_or("there is no entry to choose")?;
                let (tsid, time) = (entry.entry.tsid, entry.entry.time);
                let tsid = tsid.ok_or("no recording belongs to this entry")?;
                self.goal = Some((tsid, time));
                return Ok(Some(tsid));
            }
            EventsAction::Hold if self.trail.is_at_top() => self.trail.hold(),
            EventsAction::Hold => self.go_along(),
            EventsAction::Scroll(by) => {
                self.scroll(by);
            }
            EventsAction::Choose(number) => {
                self.scrolled = 0;
                self.trail.choose(number);
            }
        }
        Ok(None)
    }

    /// When that happened which was to be looked at, since the beginning of the session, when this is it.
    pub fn take_goal(&mut self, about: &About) -> Option<Duration> {
        let (_, time) = self.goal.take().filter(|(tsid, _)| about.tsid == Some(*tsid))?;
        let since = time.as_nanos().saturating_sub(about.start.as_nanos());
        Some(Duration::from_nanos(since))
    }

    fn go_along(&mut self) {
        self.scrolled = 0;
        self.trail.to_top();
        self.missed = Missed { newest: self.trail.top(), ..Missed::default() };
    }

    fn put_in_force(&mut self, query: EventsQuery) {
        self.query = EventsQuery { after: 0, before: 0, limit: 0, ..query };
        self.missed = Missed::default();
        self.begin_anew();
    }

    /// True for a part of what is asked for now.
    fn is_asked(&self, query: &EventsQuery) -> bool {
        EventsQuery { after: 0, before: 0, limit: 0, ..query.clone() } == self.query
    }
}

impl Deref for Log {
    type Target = Perusal<EventsQuery, Stored>;

    fn deref(&self) -> &Self::Target {
        &self.perusal
    }
}

impl DerefMut for Log {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.perusal
    }
}
