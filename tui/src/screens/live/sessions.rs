//! The list of sessions on the live screen: which are shown, in what order, and which is chosen.
//!
//! Invariant: the chosen session never changes by itself. One that ends while it is looked at
//! stays in its place, with its last word, until the operator moves on.

use sudolog_core::limits::CONSOLE_LIST_ROWS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Listing, Query, SessionRow};

/// Which sessions are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that may still grow.
    #[default]
    Running,
    /// Finished ones as well, behind the running ones.
    All,
}

/// The list and the choice in it.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    scope: Scope,
    rows: Vec<SessionRow>,
    total: u64,
    chosen: Option<Tsid>,
    /// False until the first answer to the present query.
    known: bool,
}

impl Sessions {
    /// What to ask the server for.
    pub fn query(&self) -> Query {
        Query {
            open_only: self.scope == Scope::Running,
            limit: CONSOLE_LIST_ROWS_MAX,
            ..Query::default()
        }
    }

    /// Which sessions are listed.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The rows in the order shown.
    pub fn rows(&self) -> &[SessionRow] {
        &self.rows
    }

    /// How many sessions there are in this scope; more than rows when the list is cut.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// False while no answer has come yet.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// The chosen row.
    pub fn chosen(&self) -> Option<&SessionRow> {
        self.rows.get(self.chosen_index()?)
    }

    /// Where the chosen row stands.
    pub fn chosen_index(&self) -> Option<usize> {
        self.position(self.chosen?)
    }

    /// Takes a newer list. An answer to an older question is ignored.
    pub fn refresh(&mut self, query: &Query, listing: Listing) {
        if *query != self.query() {
            return;
        }
        let kept = self.chosen_index().and_then(|at| Some((at, self.rows.get(at)?.clone())));
        self.known = true;
        self.total = listing.total;
        self.rows = listing.rows;
        if self.scope == Scope::All {
            // Stable: the server's newest-first order stays within both groups.
            self.rows.sort_by_key(|row| !row.state.is_open());
        }
        match (kept, self.chosen_index()) {
            (Some((at, row)), None) => self.rows.insert(at.min(self.rows.len()), row),
            (None, None) => self.chosen = self.rows.first().map(|row| row.tsid),
            (_, Some(_)) => {}
        }
    }

    /// Takes a session's row as it finally stands.
    pub fn settle(&mut self, settled: SessionRow) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.tsid == settled.tsid) {
            *row = settled;
        }
    }

    /// Moves the choice by so many rows, at most to the ends.
    pub fn move_by(&mut self, rows: isize) {
        let last = self.rows.len().saturating_sub(1);
        let at = self.chosen_index().unwrap_or(0).saturating_add_signed(rows).min(last);
        self.chosen = self.rows.get(at).map(|row| row.tsid);
    }

    /// Chooses this one, if it is there.
    pub(super) fn choose(&mut self, tsid: Tsid) {
        if self.position(tsid).is_some() {
            self.chosen = Some(tsid);
        }
    }

    /// The newest session that may still grow.
    pub(super) fn newest(&self) -> Option<Tsid> {
        self.rows.iter().filter(|row| row.state.is_open()).map(|row| row.tsid).max()
    }

    /// Chooses that one.
    pub(super) fn choose_newest(&mut self) {
        self.chosen = self.newest().or(self.chosen);
    }

    /// The other scope. The list stays until the new one has come.
    pub fn toggle_scope(&mut self) {
        self.scope = match self.scope {
            Scope::Running => Scope::All,
            Scope::All => Scope::Running,
        };
        self.known = false;
    }

    fn position(&self, tsid: Tsid) -> Option<usize> {
        self.rows.iter().position(|row| row.tsid == tsid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::live::sample::row;
    use sudolog_core::session::SessionState;

    fn listing(rows: &[(u32, SessionState)]) -> Listing {
        let rows: Vec<_> = rows.iter().map(|(number, state)| row(*number, *state)).collect();
        Listing { total: rows.len() as u64, rows }
    }

    fn numbers(sessions: &Sessions) -> Vec<u32> {
        sessions.rows().iter().map(|row| row.tsid.seq()).collect()
    }

    fn refresh(sessions: &mut Sessions, rows: &[(u32, SessionState)]) {
        let query = sessions.query();
        sessions.refresh(&query, listing(rows));
    }

    use SessionState::{Complete, Frozen, Live};

    #[test]
    fn the_choice_stays_with_its_session() {
        let mut sessions = Sessions::default();
        refresh(&mut sessions, &[(2, Live), (1, Live)]);
        assert_eq!(sessions.chosen().unwrap().tsid.seq(), 2);
        refresh(&mut sessions, &[(4, Live), (3, Frozen), (2, Live), (1, Live)]);
        assert_eq!((sessions.chosen().unwrap().tsid.seq(), sessions.chosen_index()), (2, Some(2)));
    }

    #[test]
    fn one_that_ends_under_the_eye_stays_until_the_choice_moves_on() {
        let mut sessions = Sessions::default();
        refresh(&mut sessions, &[(3, Live), (2, Live), (1, Live)]);
        sessions.move_by(1);
        refresh(&mut sessions, &[(3, Live), (1, Live)]);
        assert_eq!(numbers(&sessions), [3, 2, 1]);
        sessions.settle(row(2, Complete));
        assert_eq!(sessions.chosen().unwrap().state, Complete);
        sessions.move_by(1);
        refresh(&mut sessions, &[(3, Live), (1, Live)]);
        assert_eq!(numbers(&sessions), [3, 1]);
        assert_eq!(sessions.chosen().unwrap().tsid.seq(), 1);
    }

    #[test]
    fn running_sessions_come_first_and_moves_stop_at_the_ends() {
        let mut sessions = Sessions::default();
        sessions.toggle_scope();
        refresh(&mut sessions, &[(4, Complete), (3, Live), (2, Complete), (1, Frozen)]);
        assert_eq!(numbers(&sessions), [3, 1, 4, 2]);
        sessions.move_by(isize::MAX);
        assert_eq!(sessions.chosen_index(), Some(3));
        sessions.move_by(isize::MIN);
        assert_eq!(sessions.chosen_index(), Some(0));
    }

    #[test]
    fn a_session_whose_host_is_lost_keeps_its_place_among_the_running_ones() {
        let mut sessions = Sessions::default();
        refresh(&mut sessions, &[(3, Live), (2, SessionState::Incomplete), (1, Live)]);
        assert_eq!(numbers(&sessions), [3, 2, 1]);
    }

    #[test]
    fn an_answer_to_an_older_question_is_ignored() {
        let mut sessions = Sessions::default();
        let old = sessions.query();
        sessions.toggle_scope();
        sessions.refresh(&old, listing(&[(1, Live)]));
        assert!(sessions.rows().is_empty() && !sessions.is_known());
    }
}
