//! What other rules would make of the recordings in the store: nothing is changed.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use sudolog_core::risk::Rules;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Condition, Query, RulesTrialRow, SessionRow};

use super::circumstances;
use super::rejects::Rejects;
use super::tail::{SLICE, Tail};
use crate::store::{Directory, Index, Layout, StoreError};

/// Rules that are tried on the newest recordings, one after the other.
pub struct Trial {
    rules: Arc<Rules>,
    layout: Layout,
    index: Index,
    rejects: Rejects,
    sight: Sight,
    offset: u32,
    most: u32,
    page: VecDeque<Tsid>,
    current: Option<(SessionRow, Tail)>,
}

/// Which recordings whoever asks for a trial may see.
pub struct Sight {
    /// All that fulfil these…
    pub conditions: Vec<Condition>,
    /// … if this says so as well: the index may be wrong.
    pub may_see: Box<dyn Fn(&SessionRow) -> bool + Send>,
}

impl Sight {
    /// Whoever may read the store itself sees all of it.
    pub fn everything() -> Self {
        Self { conditions: Vec::new(), may_see: Box::new(|_| true) }
    }
}

/// How far a trial came.
pub enum Step {
    /// There is more to read of a recording.
    More,
    /// One recording is done.
    Tried(Box<RulesTrialRow>),
    /// All are.
    Done,
}

impl Trial {
    /// A trial on so many recordings at most.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn new(
        rules: Arc<Rules>,
        (log_dir, state_dir): (&Path, &Path),
        sight: Sight,
        most: u32,
    ) -> Result<Self, StoreError> {
        let (layout, index) = (Layout::open(log_dir)?, Index::open(state_dir)?);
        let (rejects, page, current) = (Rejects::in_state(state_dir), VecDeque::new(), None);
        Ok(Self { rules, layout, index, rejects, sight, offset: 0, most, page, current })
    }

    /// Goes on for a slice of time. Recordings that cannot be read are passed over.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn step(&mut self) -> Result<Step, StoreError> {
        if self.current.is_none() && !self.begin()? {
            return Ok(Step::Done);
        }
        let Some((row, mut tail)) = self.current.take() else { return Ok(Step::More) };
        if tail.read_on(SLICE) {
            self.current = Some((row, tail));
            return Ok(Step::More);
        }
        // One that runs has not ended badly, it has not ended.
        if !row.state.is_open() {
            tail.end();
        }
        tail.news();
        let mut judged = row.clone();
        tail.mark(&mut judged);
        Ok(Step::Tried(Box::new(RulesTrialRow { row, risk: judged.risk })))
    }

    /// Takes the next recording in hand; `false` when there is none.
    fn begin(&mut self) -> Result<bool, StoreError> {
        if self.page.is_empty() {
            let query = Query { offset: self.offset, ..Query::default() };
            let count = PAGE.min(self.most.saturating_sub(self.offset));
            if count > 0 {
                self.page = self.index.page(&query, &self.sight.conditions, count)?.1.into();
            }
            self.offset = self.offset.saturating_add(count);
        }
        let Some(tsid) = self.page.pop_front() else { return Ok(false) };
        let Some(row) = self.index.get(tsid)?.filter(|row| (self.sight.may_see)(row)) else {
            return Ok(true);
        };
        let rejects = self.rejects.before(&row, self.rules.rejects_within_s());
        let hours = self.rules.business_hours();
        let circumstances = circumstances::of(&row, hours, &self.index, rejects)?;
        let directory = Directory(self.layout.directory(tsid));
        let tail = Tail::new(directory, &self.rules, circumstances);
        self.current = tail.map(|tail| (row, tail));
        Ok(true)
    }
}

const PAGE: u32 = 500;
