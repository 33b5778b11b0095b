//! The search in one recording: what was found so far, and how the player goes from hit to hit.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::limits::SEARCH_HITS_MAX;
use sudolog_core::term::{Coverage, Hit, Pattern};

use super::Replay;
use crate::deck::{Finding, Sought};
use crate::keymap::Scope;
use crate::screens::search::{Prompt, PromptAction, SearchAction};

/// What the replay screen knows of its search.
#[derive(Default)]
pub(super) struct Search {
    sought: Sought,
    /// What was searched for last, also when it is not any more.
    last: Option<Arc<Pattern>>,
    prompt: Option<Prompt>,
    hits: Vec<Hit>,
    caught_up: bool,
    is_full: bool,
    coverage: Coverage,
    /// The chosen hit, while they are listed.
    list: Option<usize>,
    /// Where to go as soon as there is a hit.
    goal: Option<Goal>,
    /// The last jump went around the end.
    went_around: bool,
}

/// A hit that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goal {
    /// The first one of this event or a later one; around the end, if need be.
    From(u64),
    /// The last one before this event.
    Before(u64),
}

impl Search {
    /// What the deck shall search for.
    pub(super) fn sought(&self) -> &Sought {
        &self.sought
    }

    /// What is searched for.
    pub(super) fn pattern(&self) -> Option<&Arc<Pattern>> {
        self.sought.pattern.as_ref()
    }

    /// The hits so far, in the order of time.
    pub(super) fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// The chosen one, while they are listed.
    pub(super) fn chosen(&self) -> Option<usize> {
        self.list
    }

    /// What of the recording is searched.
    pub(super) fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// There are more hits than are kept.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// The last jump went around the end.
    pub(super) fn went_around(&self) -> bool {
        self.went_around
    }

    /// The hits of one event.
    pub(super) fn at(&self, seq: u64) -> Range<usize> {
        let from = self.hits.partition_point(|hit| hit.seq < seq);
        let to = self.hits.partition_point(|hit| hit.seq <= seq);
        from..to
    }

    /// The operator goes somewhere else.
    pub(super) fn forget_goal(&mut self) {
        (self.goal, self.went_around) = (None, false);
    }

    /// The screens are others now: searches them, if something is searched for.
    pub(super) fn begin_anew(&mut self) {
        if let Some(pattern) = self.sought.pattern.clone() {
            self.begin(Some(pattern));
        }
    }

    fn begin(&mut self, pattern: Option<Arc<Pattern>>) {
        let number = self.sought.number + 1;
        let last = pattern.clone().or(self.last.take());
        *self = Self { sought: Sought { number, pattern }, last, ..Self::default() };
    }

    fn take(&mut self, finding: Finding) {
        if finding.number != self.sought.number {
            return;
        }
        let room = SEARCH_HITS_MAX.saturating_sub(self.hits.len());
        self.hits.extend(finding.hits.into_iter().take(room));
        self.caught_up = finding.caught_up;
        self.is_full = finding.is_full;
        self.coverage = finding.coverage;
    }

    /// The event to go to, and whether that is around the end.
    fn target(&self, goal: Goal, is_over: bool) -> Option<(u64, bool)> {
        let nearest = match goal {
            Goal::From(seq) => self.hits.get(self.at(seq).start),
            Goal::Before(seq) => {
                let before = self.at(seq).start.checked_sub(1);
                before.and_then(|before| self.hits.get(before))
            }
        };
        let around = || match goal {
            _ if !is_over => None,
            Goal::From(_) => self.hits.first(),
            Goal::Before(_) => self.hits.last(),
        };
        match nearest {
            Some(hit) => Some((hit.seq, false)),
            None => around().map(|hit| (hit.seq, true)),
        }
    }
}

impl Replay {
    /// The chosen hit, while they are listed.
    pub fn chosen_hit(&self) -> Option<usize> {
        self.search.chosen()
    }

    /// Whose keys are in force.
    pub fn scope(&self) -> Scope {
        match (&self.search.prompt, self.search.list) {
            (Some(_), _) => Scope::Prompt,
            (None, Some(_)) => Scope::Hits,
            (None, None) => Scope::Replay,
        }
    }

    /// What is being typed.
    pub fn prompt(&self) -> Option<&Prompt> {
        self.search.prompt.as_ref()
    }

    /// The same, to change it.
    pub fn prompt_mut(&mut self) -> Option<&mut Prompt> {
        self.search.prompt.as_mut()
    }

    /// Does what the operator wants about the search.
    pub fn search(&mut self, now: Duration, action: SearchAction) {
        match action {
            SearchAction::Ask => {
                let is_regex = self.search.last.as_ref().is_some_and(|last| last.is_regex());
                self.search.prompt = Some(Prompt::new(is_regex));
            }
            SearchAction::Next => self.go(now, Goal::From(self.wanted().saturating_add(1))),
            SearchAction::Previous => self.go(now, Goal::Before(self.wanted())),
            SearchAction::List => self.toggle_list(),
            SearchAction::End => self.search.begin(None),
            SearchAction::Prompt(action) => self.answer(now, action),
            SearchAction::Move(by) => {
                let last = self.search.hits.len().saturating_sub(1);
                let moved = |chosen: usize| chosen.saturating_add_signed(by).min(last);
                self.search.list = self.search.list.map(moved);
            }
            SearchAction::Choose => {
                let chosen = self.search.list.take();
                if let Some(hit) = chosen.and_then(|chosen| self.search.hits.get(chosen)) {
                    self.stop_at(now, hit.seq);
                }
            }
        }
    }

    /// Searches for this, and goes to the hit of this event.
    pub fn go_to(&mut self, now: Duration, pattern: Arc<Pattern>, seq: u64) {
        self.search.begin(Some(pattern));
        self.go(now, Goal::From(seq));
    }

    /// Takes what the deck has found.
    pub(super) fn learn_found(&mut self, now: Duration, finding: Finding) {
        self.search.take(finding);
        if let Some(goal) = self.search.goal {
            self.go(now, goal);
        }
    }

    /// True when nothing more can be found.
    pub(super) fn is_searched(&self) -> bool {
        self.search.caught_up && (self.is_read() || self.search.is_full)
    }

    fn answer(&mut self, now: Duration, action: PromptAction) {
        let Some(prompt) = &mut self.search.prompt else { return };
        match action {
            PromptAction::ToggleRegex => prompt.toggle_regex(),
            PromptAction::Cancel => self.search.prompt = None,
            PromptAction::Accept => {
                if let Some(pattern) = prompt.pattern(self.search.last.as_ref()) {
                    self.search.begin(Some(pattern));
                    self.go(now, Goal::From(self.wanted()));
                }
            }
        }
    }

    /// Goes to a hit, or remembers that as long as one may still be found.
    fn go(&mut self, now: Duration, goal: Goal) {
        if self.search.pattern().is_none() {
            return;
        }
        let target = self.search.target(goal, self.is_searched());
        self.search.forget_goal();
        match target {
            Some((seq, around)) => {
                self.stop_at(now, seq);
                self.search.went_around = around;
            }
            None if !self.is_searched() => self.search.goal = Some(goal),
            None => {}
        }
    }

    fn toggle_list(&mut self) {
        let here = self.search.at(self.wanted().saturating_add(1)).start.saturating_sub(1);
        self.search.list = match self.search.list {
            Some(_) => None,
            None => self.search.pattern().is_some().then_some(here),
        };
    }
}
