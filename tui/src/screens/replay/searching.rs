//! How the operator searches in a recording: the prompt, from hit to hit, and the list of them.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::term::{Page, Pattern, PatternKind, Track as _};

use super::Replay;
use super::search::{Goal, Way};
use crate::deck::Finding;
use crate::keymap::Scope;
use crate::screens::search::{Prompt, PromptAction, SearchAction};

impl Replay {
    /// The place of the chosen hit, while they are listed.
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
                let kind = self.search.last.as_ref().map_or(PatternKind::Text, |last| last.kind());
                self.search.prompt = Some(Prompt::new(kind).with_fuzzy());
            }
            SearchAction::Next => self.go(now, Goal::From(self.wanted().saturating_add(1))),
            SearchAction::Previous => self.go(now, Goal::Before(self.wanted())),
            SearchAction::List => self.toggle_list(),
            SearchAction::End => self.search.begin(None),
            SearchAction::Prompt(action) => self.answer(now, action),
            SearchAction::Move(by) => self.choose(by),
            SearchAction::Choose => {
                let chosen = self.search.chosen();
                self.search.list = None;
                if let Some(hit) = chosen.and_then(|chosen| self.search.listed(chosen)) {
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
        if let Some(goal) = self.search.goal() {
            self.go_on(now, goal);
        }
    }

    /// True when nothing more can be found.
    pub(super) fn is_searched(&self) -> bool {
        self.search.caught_up() && (self.is_read() || self.search.is_full())
    }

    /// Hundredths of a recording that is read which are searched, while that goes on.
    pub(super) fn percent_searched(&self) -> Option<u128> {
        let seq = self.search.searched().filter(|_| self.is_read() && !self.is_searched())?;
        let (searched, total) = (self.tape().elapsed(seq), self.total());
        Some(searched.as_millis() * 100 / total.as_millis().max(1))
    }

    fn answer(&mut self, now: Duration, action: PromptAction) {
        let Some(prompt) = &mut self.search.prompt else { return };
        match action {
            PromptAction::NextKind => prompt.next_kind(),
            PromptAction::Cancel => self.search.prompt = None,
            PromptAction::Accept => {
                let Some(pattern) = prompt.pattern(self.search.last.as_ref()) else { return };
                let is_fuzzy = pattern.is_fuzzy();
                self.search.begin(Some(pattern));
                match is_fuzzy {
                    // Which is the best is known at the end only.
                    true => self.search.list = Some(0),
                    false => self.go(now, Goal::From(self.wanted())),
                }
            }
        }
    }

    fn go(&mut self, now: Duration, goal: Goal) {
        if self.search.pattern().is_some() {
            self.search.forget_goal();
            self.go_on(now, goal);
        }
    }

    /// Goes to a hit, or remembers that as long as one may still be found.
    fn go_on(&mut self, now: Duration, goal: Goal) {
        match self.search.way(goal, self.is_searched()) {
            Way::Go(seq, around) => {
                self.search.forget_goal();
                self.stop_at(now, seq);
                self.search.set_around(around);
            }
            Way::Turn(page, goal, around) => {
                self.search.turn_to(page);
                self.search.wait_for(goal, around);
            }
            Way::Wait => self.search.wait_for(goal, self.search.went_around()),
            Way::Nowhere => self.search.forget_goal(),
        }
    }

    /// Chooses another hit of the list; at its end, of the page behind it.
    fn choose(&mut self, by: isize) {
        let Some(chosen) = self.search.chosen() else { return };
        let last = self.search.hits().len().saturating_sub(1);
        let is_behind = by > 0;
        let at_edge = if is_behind { chosen == last } else { chosen == 0 };
        match self.search.page_beside(is_behind).filter(|_| at_edge) {
            Some(page) => {
                self.search.turn_to(page);
                let is_after = matches!(page, Page::After(_));
                self.search.list = Some(if is_after { 0 } else { usize::MAX });
            }
            None => self.search.list = Some(chosen.saturating_add_signed(by).min(last)),
        }
    }

    fn toggle_list(&mut self) {
        let here = self.search.at(self.wanted().saturating_add(1)).start.saturating_sub(1);
        let here = if self.search.is_ranked() { 0 } else { here };
        self.search.list = match self.search.list {
            Some(_) => None,
            None => self.search.pattern().is_some().then_some(here),
        };
    }
}
