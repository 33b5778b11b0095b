//! What the screen knows and how it changes: by news from the search and by the operator.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::limits::SEARCH_HITS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::term::{Hit, Pattern, PatternKind};

use crate::hunt::News;
use crate::keymap::Scope;
use crate::screens::search::{Prompt, PromptAction, SearchAction};
use crate::source::About;

/// A search through all sessions.
pub struct Hunt {
    pattern: Option<Arc<Pattern>>,
    prompt: Option<Prompt>,
    hits: Vec<(Arc<About>, Hit)>,
    chosen: usize,
    /// Sessions that were searched, of all there are once they are known.
    searched: usize,
    sessions: Option<usize>,
    /// Sessions that could not be searched whole, and why not the last of them.
    faults: usize,
    fault: Option<String>,
    /// Set at the end, with the reason when it ended early.
    done: Option<Option<String>>,
    /// The hit that is being gone to.
    goal: Option<(Tsid, u64, Duration)>,
}

/// What the application is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HuntIntent {
    /// Search for this from now on.
    Search(Arc<Pattern>),
    /// Open this session.
    Open(Tsid),
    /// Leave the screen.
    Leave,
}

impl Hunt {
    /// Asks what to search for.
    pub fn new() -> Self {
        Self {
            pattern: None,
            prompt: Some(Prompt::new(PatternKind::Text)),
            hits: Vec::new(),
            chosen: 0,
            searched: 0,
            sessions: None,
            faults: 0,
            fault: None,
            done: None,
            goal: None,
        }
    }

    /// Whose keys are in force.
    pub fn scope(&self) -> Scope {
        if self.prompt.is_some() { Scope::Prompt } else { Scope::Hits }
    }

    /// What is being typed.
    pub fn prompt(&self) -> Option<&Prompt> {
        self.prompt.as_ref()
    }

    /// The same, to change it.
    pub fn prompt_mut(&mut self) -> Option<&mut Prompt> {
        self.prompt.as_mut()
    }

    /// What is searched for.
    pub fn pattern(&self) -> Option<&Arc<Pattern>> {
        self.pattern.as_ref()
    }

    /// The hits so far, by session, the newest first.
    pub fn hits(&self) -> &[(Arc<About>, Hit)] {
        &self.hits
    }

    /// The chosen one.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// How many sessions were searched, and of how many.
    pub fn progress(&self) -> (usize, Option<usize>) {
        (self.searched, self.sessions)
    }

    /// True once nothing more will be found.
    pub fn is_done(&self) -> bool {
        self.done.is_some()
    }

    /// True when there may be more hits than are kept.
    pub fn is_full(&self) -> bool {
        self.hits.len() >= SEARCH_HITS_MAX
    }

    /// What stood in the way, escaped.
    pub fn trouble(&self) -> Option<String> {
        match (&self.done, &self.fault) {
            (Some(Some(reason)), _) => Some(reason.clone()),
            (_, Some(fault)) if self.faults == 1 => Some(fault.clone()),
            (_, Some(fault)) => {
                Some(format!("{} sessions were not searched whole: {fault}", self.faults))
            }
            (_, None) => None,
        }
    }

    /// The hit that is being gone to, when this is its session; only once.
    pub fn take_goal(&mut self, about: &About) -> Option<(Arc<Pattern>, u64, Duration)> {
        let (_, seq, at) = self.goal.take().filter(|(tsid, ..)| about.tsid == Some(*tsid))?;
        Some((self.pattern.clone()?, seq, at))
    }

    /// Takes news.
    pub fn learn(&mut self, news: News) {
        match news {
            News::Listed(sessions) => self.sessions = Some(sessions),
            News::Hits(about, hits) => {
                let room = SEARCH_HITS_MAX.saturating_sub(self.hits.len());
                let hits = hits.into_iter().take(room).map(|hit| (Arc::clone(&about), hit));
                self.hits.extend(hits);
            }
            News::Searched(fault) => {
                self.searched += 1;
                self.faults += usize::from(fault.is_some());
                self.fault = fault.or(self.fault.take());
            }
            News::Done(reason) => self.done = Some(reason),
        }
    }

    /// Does what the operator wants.
    pub fn act(&mut self, action: SearchAction) -> Option<HuntIntent> {
        match action {
            SearchAction::Ask => {
                let kind = self.pattern.as_ref().map_or(PatternKind::Text, |before| before.kind());
                self.prompt = Some(Prompt::new(kind));
                None
            }
            SearchAction::Prompt(action) => self.answer(action),
            SearchAction::Move(by) => {
                let last = self.hits.len().saturating_sub(1);
                self.chosen = self.chosen.saturating_add_signed(by).min(last);
                None
            }
            SearchAction::Next => self.act(SearchAction::Move(1)),
            SearchAction::Previous => self.act(SearchAction::Move(-1)),
            SearchAction::Choose => {
                let (about, hit) = self.hits.get(self.chosen)?;
                let tsid = about.tsid?;
                self.goal = Some((tsid, hit.seq, hit.elapsed));
                Some(HuntIntent::Open(tsid))
            }
            SearchAction::List | SearchAction::End => Some(HuntIntent::Leave),
        }
    }

    fn answer(&mut self, action: PromptAction) -> Option<HuntIntent> {
        match action {
            PromptAction::NextKind => {
                self.prompt.as_mut()?.next_kind();
                None
            }
            PromptAction::Cancel => {
                self.prompt = None;
                self.pattern.is_none().then_some(HuntIntent::Leave)
            }
            PromptAction::Accept => {
                let pattern = self.prompt.as_mut()?.pattern(self.pattern.as_ref())?;
                let search = HuntIntent::Search(Arc::clone(&pattern));
                *self = Self { pattern: Some(pattern), prompt: None, ..Self::new() };
                Some(search)
            }
        }
    }
}

impl Default for Hunt {
    fn default() -> Self {
        Self::new()
    }
}
