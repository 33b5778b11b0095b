//! The list of sessions on the live screen: which are shown, in what order, and which is chosen.
//!
//! Invariant: the chosen session never changes by itself. One that ends while it is looked at
//! stays in its place, with its last word, until the operator moves on; others for a while.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use sudolog_core::limits::CONSOLE_LIST_ROWS_MAX;
use sudolog_core::session::{SessionState, Tsid};
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

/// What is listed first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// The newest.
    #[default]
    Newest,
    /// What needs an eye: what is frozen, then the highest risk.
    Attention,
}

/// The list and the choice in it.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    scope: Scope,
    order: Order,
    rows: Vec<SessionRow>,
    total: u64,
    chosen: Option<Tsid>,
    /// False until the first answer to the present query.
    known: bool,
    /// Sessions that the server does not list any more and that are shown for a while.
    gone: HashMap<Tsid, Gone>,
}

/// Since when a session is not listed any more.
#[derive(Clone, Copy, Debug)]
struct Gone {
    since: Duration,
    /// It was chosen, and another one is now.
    passed: bool,
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

    /// True for a session that the server does not list any more: it has ended.
    pub fn is_gone(&self, tsid: Tsid) -> bool {
        self.gone.contains_key(&tsid)
    }

    /// How many of the rows still run.
    pub fn running(&self) -> usize {
        self.rows.iter().filter(|row| row.state.is_open() && !self.is_gone(row.tsid)).count()
    }

    /// Takes a newer list, `now` since the console began. An answer to an older question is ignored. Gives
    /// the sessions that have just ended and of which it is not known how.
    pub fn refresh(&mut self, now: Duration, query: &Query, listing: Listing) -> Vec<Tsid> {
        if *query != self.query() {
            return Vec::new();
        }
        let before = std::mem::take(&mut self.rows);
        // What was listed for another question has not ended because it is not listed now.
        let lingers = self.known && self.scope == Scope::Running;
        self.known = true;
        self.total = listing.total;
        self.rows = listing.rows;
        let cut = self.rows.last().map(|row| row.tsid).filter(|_| self.total > self.shown());
        self.arrange();
        let asked = self.keep(now, before, lingers, cut);
        if self.chosen_index().is_none() {
            self.chosen = self.rows.first().map(|row| row.tsid);
        }
        asked
    }

    /// Puts back, in their places, those that are not listed any more and shall be seen all the same.
    fn keep(
        &mut self,
        now: Duration,
        before: Vec<SessionRow>,
        lingers: bool,
        cut: Option<Tsid>,
    ) -> Vec<Tsid> {
        let listed: HashMap<Tsid, usize> =
            self.rows.iter().enumerate().map(|(at, row)| (row.tsid, at)).collect();
        self.gone.retain(|tsid, _| !listed.contains_key(tsid));
        let (mut place, mut kept, mut asked) = (0, 0, Vec::new());
        for row in before {
            if let Some(at) = listed.get(&row.tsid) {
                place = at + kept + 1;
                continue;
            }
            let tsid = row.tsid;
            // One that was pushed off the end of the list may still run.
            let ended = lingers && cut.is_none_or(|cut| tsid > cut);
            if ended && !self.gone.contains_key(&tsid) {
                self.gone.insert(tsid, Gone { since: now, passed: false });
                asked.extend(row.state.is_open().then_some(tsid));
            }
            let fresh = |gone: &Gone| !gone.passed && now.saturating_sub(gone.since) < LINGER;
            if self.chosen == Some(tsid) || lingers && self.gone.get(&tsid).is_some_and(fresh) {
                self.rows.insert(place.min(self.rows.len()), row);
                place += 1;
                kept += 1;
            } else {
                self.gone.remove(&tsid);
            }
        }
        asked
    }

    /// Stable: the server's newest-first order stays among equals.
    fn arrange(&mut self) {
        if self.scope == Scope::All {
            self.rows.sort_by_key(|row| !row.state.is_open());
        }
        if self.order == Order::Attention {
            self.rows.sort_by_key(|row| {
                let frozen = row.state == SessionState::Frozen;
                (!row.state.is_open(), !frozen, Reverse(row.risk))
            });
        }
    }

    fn shown(&self) -> u64 {
        self.rows.len() as u64
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
        self.go_on_to(self.rows.get(at).map(|row| row.tsid));
    }

    fn go_on_to(&mut self, next: Option<Tsid>) {
        let left = self.chosen.filter(|left| Some(*left) != next);
        if let Some(gone) = left.and_then(|left| self.gone.get_mut(&left)) {
            gone.passed = true;
        }
        self.chosen = next;
    }

    /// Chooses this one, if it is there.
    pub(super) fn choose(&mut self, tsid: Tsid) {
        if self.position(tsid).is_some() {
            self.go_on_to(Some(tsid));
        }
    }

    /// The newest session that may still grow.
    pub(super) fn newest(&self) -> Option<Tsid> {
        let runs = |row: &&SessionRow| row.state.is_open() && !self.is_gone(row.tsid);
        self.rows.iter().filter(runs).map(|row| row.tsid).max()
    }

    /// Chooses that one.
    pub(super) fn choose_newest(&mut self) {
        self.go_on_to(self.newest().or(self.chosen));
    }

    /// The running session with the highest risk, the newest among equals.
    pub(super) fn riskiest(&self) -> Option<Tsid> {
        let runs = |row: &&SessionRow| row.state.is_open() && !self.is_gone(row.tsid);
        let risk = |row: &&SessionRow| (row.risk, row.tsid);
        self.rows.iter().filter(runs).max_by_key(risk).map(|row| row.tsid)
    }

    /// Chooses that one.
    pub(super) fn choose_riskiest(&mut self) {
        self.go_on_to(self.riskiest().or(self.chosen));
    }

    /// What is listed first.
    pub fn order(&self) -> Order {
        self.order
    }

    /// The other order.
    pub(super) fn reorder(&mut self) {
        self.order = match self.order {
            Order::Newest => Order::Attention,
            Order::Attention => Order::Newest,
        };
        // By number, as good as by start, until the next list comes.
        self.rows.sort_by_key(|row| Reverse(row.tsid));
        self.arrange();
    }

    /// The other scope. The list stays until the new one has come.
    pub fn toggle_scope(&mut self) {
        self.scope = match self.scope {
            Scope::Running => Scope::All,
            Scope::All => Scope::Running,
        };
        self.known = false;
        self.gone.clear();
    }

    fn position(&self, tsid: Tsid) -> Option<usize> {
        self.rows.iter().position(|row| row.tsid == tsid)
    }
}

/// How long a session is shown that has ended.
const LINGER: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::live::sample::row;
    fn listing(rows: &[(u32, SessionState)]) -> Listing {
        let rows: Vec<_> = rows.iter().map(|(number, state)| row(*number, *state)).collect();
        Listing { total: rows.len() as u64, rows }
    }

    fn numbers(sessions: &Sessions) -> Vec<u32> {
        sessions.rows().iter().map(|row| row.tsid.seq()).collect()
    }

    fn refresh(sessions: &mut Sessions, rows: &[(u32, SessionState)]) {
        refresh_at(0, sessions, rows);
    }

    fn refresh_at(second: u64, sessions: &mut Sessions, rows: &[(u32, SessionState)]) -> Vec<u32> {
        let query = sessions.query();
        let asked = sessions.refresh(Duration::from_secs(second), &query, listing(rows));
        asked.into_iter().map(Tsid::seq).collect()
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
    fn others_that_end_are_shown_for_a_while_and_nothing_else_moves() {
        let mut sessions = Sessions::default();
        refresh(&mut sessions, &[(5, Live), (4, Live), (3, Live), (2, Live), (1, Live)]);
        assert_eq!(refresh_at(1, &mut sessions, &[(5, Live), (2, Live)]), [4, 3, 1]);
        assert_eq!(numbers(&sessions), [5, 4, 3, 2, 1]);
        assert!(sessions.is_gone(row(4, Live).tsid) && sessions.running() == 2);
        sessions.settle(row(4, SessionState::Incomplete));
        let again = refresh_at(30, &mut sessions, &[(6, Live), (5, Live), (2, Live)]);
        assert!(again.is_empty(), "it is asked once");
        assert_eq!(numbers(&sessions), [6, 5, 4, 3, 2, 1]);
        assert_eq!(sessions.rows()[2].state, SessionState::Incomplete);
        refresh_at(31, &mut sessions, &[(6, Live), (5, Live), (2, Live)]);
        assert_eq!(numbers(&sessions), [6, 5, 2]);
    }

    #[test]
    fn what_is_only_pushed_off_the_list_has_not_ended() {
        let mut sessions = Sessions::default();
        refresh(&mut sessions, &[(3, Live), (2, Live)]);
        let query = sessions.query();
        let rows = vec![row(4, Live), row(3, Live)];
        let asked = sessions.refresh(Duration::ZERO, &query, Listing { total: 3, rows });
        assert!(asked.is_empty());
        assert_eq!(numbers(&sessions), [4, 3]);
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
        sessions.refresh(Duration::ZERO, &old, listing(&[(1, Live)]));
        assert!(sessions.rows().is_empty() && !sessions.is_known());
    }
}
