//! `live --no-tui`: running sessions as lines, one each, and one for whatever changes.

use std::collections::HashMap;
use std::io::{self, Write};

use jiff::tz::TimeZone;
use sudolog_core::limits::CONSOLE_LIST_ROWS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Listing, Query, SessionRow};

use crate::commands::list::columns;
use crate::commands::row::instant;
use crate::commands::{Failure, complain, wall_clock, written};
use crate::exit::Exit;
use crate::runtime::Signals;
use crate::source::About;
use crate::source::server::{Client, Feed, LinkState, News, Wanted};

/// Prints until somebody ends it.
pub(super) async fn run(client: &Client) -> Result<Exit, Failure> {
    let mut signals = Signals::new()
        .map_err(|source| Failure::Io { what: "cannot wait for signals".to_owned(), source })?;
    let query = Query { open_only: true, limit: CONSOLE_LIST_ROWS_MAX, ..Query::default() };
    let mut feed = Feed::start(client, Wanted { query, ..Wanted::default() });
    let (mut known, mut link) = (Known::default(), Link::default());
    loop {
        let news = tokio::select! {
            exit = signals.next() => return Ok(exit),
            news = feed.next() => news,
        };
        let changes = match news {
            Some(News::Listed(_, listing)) => known.learn(listing),
            Some(News::Link(state)) => {
                link.learn(&state);
                continue;
            }
            Some(News::NotListed(error)) => return Err(error.into()),
            _ => continue,
        };
        let mut lines = Vec::new();
        for (what, row) in changes {
            let row = match what {
                // How it ended stands in no list of those that run.
                What::Ended => client.show(row.tsid).await.map_or(row, |detail| detail.row),
                What::Running | What::Began | What::Changed => row,
            };
            lines.push(line(what, &About::from(row)));
        }
        let mut out = io::stdout().lock();
        let said = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
        if let Err(error) = said.and_then(|()| out.flush()) {
            return written(Err(error));
        }
    }
}

/// What happened to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// It ran when this began.
    Running,
    Began,
    /// Its state or its risk is another one.
    Changed,
    Ended,
}

/// The sessions that ran when it was listed last.
#[derive(Default)]
struct Known {
    rows: HashMap<Tsid, SessionRow>,
    begun: bool,
    left_out: u64,
}

impl Known {
    /// What is to be told of a new list.
    fn learn(&mut self, listing: Listing) -> Vec<(What, SessionRow)> {
        let left_out = listing.total.saturating_sub(listing.rows.len() as u64);
        if left_out != std::mem::replace(&mut self.left_out, left_out) && left_out > 0 {
            complain(&format!("{left_out} more sessions run and are left out"));
        }
        let before = std::mem::take(&mut self.rows);
        let first = !std::mem::replace(&mut self.begun, true);
        let mut changes = Vec::new();
        // The newest comes last, as in a log.
        for row in listing.rows.into_iter().rev() {
            let what = match before.get(&row.tsid) {
                None if first => Some(What::Running),
                None => Some(What::Began),
                Some(old) if (old.state, old.risk) != (row.state, row.risk) => Some(What::Changed),
                Some(_) => None,
            };
            changes.extend(what.map(|what| (what, row.clone())));
            self.rows.insert(row.tsid, row);
        }
        // With sessions left out, one that is not listed may run all the same.
        let mut gone: Vec<SessionRow> = before
            .into_values()
            .filter(|row| left_out == 0 && !self.rows.contains_key(&row.tsid))
            .collect();
        gone.sort_by_key(|row| row.tsid);
        changes.extend(gone.into_iter().map(|row| (What::Ended, row)));
        changes
    }
}

/// Whether the server was there when it was heard of last.
#[derive(Default)]
struct Link {
    away: bool,
    warning: String,
}

impl Link {
    fn learn(&mut self, state: &LinkState) {
        match state {
            LinkState::Down { reason } if !self.away => {
                complain(&format!("the server does not answer, trying again: {reason}"));
            }
            LinkState::Up { .. } if self.away => complain("the server answers again"),
            _ => {}
        }
        self.away = matches!(state, LinkState::Down { .. });
        if !self.away && self.warning != state.warning() {
            self.warning = state.warning().to_owned();
            if !self.warning.is_empty() {
                complain(&format!("the server says: {}", self.warning));
            }
        }
    }
}

/// `2026-11-20 14:05:07  began    00001A  live  85 C  alice@web1 → root  /usr/bin/vim`
fn line(what: What, about: &About) -> String {
    let now = instant(wall_clock()).to_zoned(TimeZone::system());
    let now = now.strftime("%Y-%m-%d %H:%M:%S");
    let [name, state, risk, _, _, who, command] = columns(about);
    let what = match what {
        What::Running => "running",
        What::Began => "began",
        What::Changed => "changed",
        What::Ended => "ended",
    };
    format!("{now}  {what:<7}  {name}  {state}  {risk}  {who}  {command}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::live::sample::row;
    use sudolog_core::risk::Score;
    use sudolog_core::session::SessionState::{Frozen, Live};

    fn told(known: &mut Known, rows: Vec<SessionRow>, total: u64) -> Vec<(What, String)> {
        let changes = known.learn(Listing { total, rows });
        changes.into_iter().map(|(what, row)| (what, row.tsid.to_string())).collect()
    }

    #[test]
    fn each_change_is_one_line() {
        let mut known = Known::default();
        let name = |n| row(n, Live).tsid.to_string();
        let first = told(&mut known, vec![row(2, Live), row(1, Live)], 2);
        assert_eq!(first, [(What::Running, name(1)), (What::Running, name(2))]);
        assert_eq!(told(&mut known, vec![row(2, Live), row(1, Live)], 2), []);
        let mut risky = row(2, Live);
        risky.risk = Score::capped(80);
        let next = told(&mut known, vec![row(3, Live), risky, row(1, Frozen)], 3);
        let want = [(What::Changed, name(1)), (What::Changed, name(2)), (What::Began, name(3))];
        assert_eq!(next, want);
        assert_eq!(told(&mut known, vec![row(3, Live)], 9), [], "others may run all the same");
        let ended = told(&mut known, vec![], 0);
        assert_eq!(ended, [(What::Ended, name(3))]);
    }

    #[test]
    fn a_line_has_nothing_that_acts() {
        let mut row = row(1, Live);
        row.command = "a\x1b[2J\nb".into();
        let line = line(What::Began, &About::from(row));
        assert!(line.contains("  began    ") && !line.chars().any(char::is_control), "{line}");
    }
}
