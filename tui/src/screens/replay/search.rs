//! What is known of the search in one recording: a page of its hits, how far it is, and where the player
//! wants to go.

use std::ops::Range;
use std::sync::Arc;

use sudolog_core::term::{Coverage, Gathered, Hit, Page, Pattern};

use crate::deck::{Finding, Sought};
use crate::screens::search::Prompt;

/// What the replay screen knows of its search.
#[derive(Default)]
pub(super) struct Search {
    sought: Sought,
    /// What was searched for last, also when it is not any more.
    pub(super) last: Option<Arc<Pattern>>,
    pub(super) prompt: Option<Prompt>,
    /// In the order of time.
    hits: Vec<Hit>,
    /// Where the best lines are among them, the best first; empty for hits that are not ranked.
    ranks: Vec<usize>,
    /// So many hits lie before them.
    skipped: u64,
    caught_up: bool,
    is_full: bool,
    searched: Option<u64>,
    coverage: Coverage,
    /// The place of the chosen hit in the list, while they are listed; behind the end for the last one.
    pub(super) list: Option<usize>,
    /// Where to go as soon as there is a hit.
    goal: Option<Goal>,
    /// The last jump went around the end.
    went_around: bool,
}

/// A hit that is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The first one of this event or a later one; around the end, if need be.
    From(u64),
    /// The last one before this event; around the beginning, if need be.
    Before(u64),
}

/// What is to be done to come to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Go to this event; `true` when that is around the end.
    Go(u64, bool),
    /// The hits of another page must be known; `true` when that is around the end.
    Turn(Page, Goal, bool),
    /// More must be searched.
    Wait,
    /// There is nowhere to go to.
    Nowhere,
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

    /// The hits that are known, in the order of time.
    pub(super) fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// They are the best lines and have ranks.
    pub(super) fn is_ranked(&self) -> bool {
        self.pattern().is_some_and(|pattern| pattern.is_fuzzy())
    }

    /// So many hits lie before those that are known.
    pub(super) fn skipped(&self) -> usize {
        usize::try_from(self.skipped).unwrap_or(usize::MAX)
    }

    /// The place of the chosen one, while they are listed.
    pub(super) fn chosen(&self) -> Option<usize> {
        self.list.map(|chosen| chosen.min(self.hits.len().saturating_sub(1)))
    }

    /// The hit at a place of the list.
    pub(super) fn listed(&self, place: usize) -> Option<&Hit> {
        let at = if self.is_ranked() { *self.ranks.get(place)? } else { place };
        self.hits.get(at)
    }

    /// What of the recording is searched.
    pub(super) fn coverage(&self) -> Coverage {
        self.coverage
    }

    /// All that was read is searched, or all that is wanted.
    pub(super) fn caught_up(&self) -> bool {
        self.caught_up
    }

    /// The last event that was searched, where that is known.
    pub(super) fn searched(&self) -> Option<u64> {
        self.searched
    }

    /// There are more hits behind those that are known.
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

    /// Where to go as soon as there is a hit.
    pub(super) fn goal(&self) -> Option<Goal> {
        self.goal
    }

    /// The operator goes somewhere else.
    pub(super) fn forget_goal(&mut self) {
        (self.goal, self.went_around) = (None, false);
    }

    /// Says whether the jump went around the end.
    pub(super) fn set_around(&mut self, around: bool) {
        self.went_around = around;
    }

    /// Waits for a hit; `around` when it is looked for around the end.
    pub(super) fn wait_for(&mut self, goal: Goal, around: bool) {
        (self.goal, self.went_around) = (Some(goal), around);
    }

    /// The screens are others now: searches them, if something is searched for.
    pub(super) fn begin_anew(&mut self) {
        if let Some(pattern) = self.sought.pattern.clone() {
            self.begin(Some(pattern));
        }
    }

    /// Searches for this from now on, or for nothing.
    pub(super) fn begin(&mut self, pattern: Option<Arc<Pattern>>) {
        let number = self.sought.number + 1;
        let last = pattern.clone().or(self.last.take());
        let page = Page::default();
        *self = Self { sought: Sought { number, pattern, page }, last, ..Self::default() };
    }

    /// Asks for other hits of the same search.
    pub(super) fn turn_to(&mut self, page: Page) {
        let (number, pattern) = (self.sought.number + 1, self.sought.pattern.clone());
        let (last, list) = (self.last.take(), self.list);
        *self = Self { sought: Sought { number, pattern, page }, last, list, ..Self::default() };
    }

    /// The page behind the known hits, or before them, where there is one.
    pub(super) fn page_beside(&self, is_behind: bool) -> Option<Page> {
        if is_behind {
            return self.hits.last().filter(|_| self.is_full).map(|hit| Page::After(hit.seq));
        }
        self.hits.first().filter(|_| self.skipped > 0).map(|hit| Page::Before(hit.seq))
    }

    /// Takes what was found for it.
    pub(super) fn take(&mut self, finding: Finding) {
        if finding.number != self.sought.number {
            return;
        }
        match finding.hits {
            Gathered::Further(hits) => {
                let room = HITS_MAX.saturating_sub(self.hits.len());
                self.hits.extend(hits.into_iter().take(room));
            }
            Gathered::Best(Some(best)) => self.rank(best),
            Gathered::Best(None) => {}
        }
        self.skipped = finding.skipped;
        self.caught_up = finding.caught_up;
        self.is_full = finding.is_full;
        self.searched = finding.searched;
        self.coverage = finding.coverage;
    }

    /// Takes the best lines in place of those before. The one that was chosen stays so, if it is still
    /// among them; the best one is chosen until another one is.
    fn rank(&mut self, best: Vec<Hit>) {
        let chosen = self.chosen().filter(|chosen| *chosen > 0).and_then(|at| self.listed(at));
        let chosen = chosen.map(|hit| (hit.seq, hit.line.clone()));
        let is_it = |hit: &Hit| {
            chosen.as_ref().is_some_and(|(seq, line)| (*seq, line) == (hit.seq, &hit.line))
        };
        let place = best.iter().position(is_it).unwrap_or(0);
        let mut hits: Vec<(usize, Hit)> = best.into_iter().take(HITS_MAX).enumerate().collect();
        hits.sort_by_key(|(_, hit)| hit.seq);
        self.ranks = vec![0; hits.len()];
        for (at, (rank, _)) in hits.iter().enumerate() {
            if let Some(place) = self.ranks.get_mut(*rank) {
                *place = at;
            }
        }
        self.hits = hits.into_iter().map(|(_, hit)| hit).collect();
        self.list = self.list.map(|_| place);
    }

    /// How to come to a goal; `is_over` when nothing more will be found.
    pub(super) fn way(&self, goal: Goal, is_over: bool) -> Way {
        let (Some(first), Some(last)) = (self.hits.first(), self.hits.last()) else {
            return if is_over { self.way_around(goal) } else { Way::Wait };
        };
        match goal {
            Goal::From(seq) => match self.hits.get(self.at(seq).start) {
                _ if self.skipped > 0 && seq < first.seq => match self.sought.page {
                    // It begins there already.
                    Page::After(before) if before < seq => Way::Go(first.seq, self.went_around),
                    _ => Way::Turn(Page::After(seq.saturating_sub(1)), goal, self.went_around),
                },
                Some(hit) => Way::Go(hit.seq, self.went_around),
                None if self.is_full => {
                    Way::Turn(Page::After(seq.saturating_sub(1)), goal, self.went_around)
                }
                None if is_over => self.way_around(goal),
                None => Way::Wait,
            },
            Goal::Before(seq) => {
                let is_there = matches!(self.sought.page, Page::Before(end) if end >= seq);
                if self.is_full && last.seq < seq && !is_there {
                    return Way::Turn(Page::Before(seq), goal, self.went_around);
                }
                // Others may lie nearer, where it is not searched yet.
                let reached =
                    last.seq >= seq || self.searched.is_some_and(|to| to >= seq.saturating_sub(1));
                if !is_over && !reached {
                    return Way::Wait;
                }
                let before = self.at(seq).start.checked_sub(1);
                match before.and_then(|before| self.hits.get(before)) {
                    Some(hit) => Way::Go(hit.seq, self.went_around),
                    None if self.skipped > 0 => {
                        Way::Turn(Page::Before(seq), goal, self.went_around)
                    }
                    None => self.way_around(goal),
                }
            }
        }
    }

    /// How to come to the other end of all hits.
    fn way_around(&self, goal: Goal) -> Way {
        let is_nothing = self.hits.is_empty() && self.skipped == 0 && !self.is_full;
        // Once is enough.
        if is_nothing || self.went_around {
            return Way::Nowhere;
        }
        match goal {
            Goal::From(_) if self.skipped > 0 || self.hits.is_empty() => {
                Way::Turn(Page::default(), Goal::From(0), true)
            }
            Goal::From(_) => self.hits.first().map_or(Way::Nowhere, |hit| Way::Go(hit.seq, true)),
            Goal::Before(_) if self.is_full || self.hits.is_empty() => {
                Way::Turn(Page::Before(u64::MAX), Goal::Before(u64::MAX), true)
            }
            Goal::Before(_) if !self.caught_up => Way::Wait,
            Goal::Before(_) => self.hits.last().map_or(Way::Nowhere, |hit| Way::Go(hit.seq, true)),
        }
    }
}

/// A page, and what the hits of one event may be more.
const HITS_MAX: usize =
    sudolog_core::limits::SEARCH_HITS_MAX + sudolog_core::limits::EVENT_DATA_BYTES_MAX;
