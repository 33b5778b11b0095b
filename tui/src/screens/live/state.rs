//! What the live screen knows and how it changes: by news from the feed and by the operator.
//!
//! No clock, no connection: news come in, [`Wanted`] says what to ask for, and what only the
//! application can do comes out as an [`Intent`].

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::SessionRow;

use super::sessions::Sessions;
use super::wall::{Side, Wall};
use crate::source::server::{LinkState, News, Picture, Wanted};

/// The live screen.
#[derive(Clone)]
pub struct Live {
    sessions: Sessions,
    focus: Focus,
    /// What the single screen was opened from.
    behind: Focus,
    link: LinkState,
    list_trouble: Option<String>,
    /// Time since the console began, and when the list came last.
    now: Duration,
    listed: Duration,
    /// What the list says may not be so any more.
    stale: bool,
    /// Where times of day are told.
    pub(crate) zone: TimeZone,
    wall: Wall,
    /// The newest picture of each session that is followed.
    pictures: HashMap<Tsid, Arc<Picture>>,
    /// Sessions that are not followed any more though they are looked at.
    ends: HashMap<Tsid, End>,
}

/// What fills the space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// The list, with the chosen session's screen beside or below it.
    #[default]
    List,
    /// The chosen session's screen alone.
    Screen,
    /// Several sessions' screens.
    Wall,
}

/// Why the chosen session is not followed any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It has ended.
    Ended,
    /// The server does not show it, for this reason.
    Refused(String),
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiveAction {
    /// Moves the choice by so many sessions.
    Move(isize),
    /// Fills the space with the chosen session, or replays it when it has ended.
    Open,
    /// Replays the chosen session from its beginning.
    Replay,
    /// Back to the list; leaves the screen when the list is there already.
    Back,
    /// Lists finished sessions too, or not.
    ToggleScope,
    /// Chooses this session.
    Choose(Tsid),
    /// Moves the choice by so many places to the right, where there are any.
    Side(isize),
    /// Shows several sessions side by side; then more; then the list again.
    Wall,
    /// Keeps the chosen session on the first page of the wall, or not any more.
    Pin,
    /// Chooses each new session as soon as it is there, or not any more.
    FollowNewest,
    /// On the wall: each screen as a whole, or the part with its cursor.
    Zoom,
}

/// What the application is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Replay this session.
    Replay(Tsid),
    /// Leave the live screen.
    Leave,
}

impl Live {
    /// A screen that has not heard anything yet.
    pub fn new(link: LinkState) -> Self {
        Self {
            sessions: Sessions::default(),
            focus: Focus::default(),
            behind: Focus::default(),
            link,
            list_trouble: None,
            now: Duration::ZERO,
            listed: Duration::ZERO,
            stale: false,
            zone: TimeZone::system(),
            wall: Wall::default(),
            pictures: HashMap::new(),
            ends: HashMap::new(),
        }
    }

    /// What the feed should bring.
    pub fn wanted(&self) -> Wanted {
        let followed = |row: &&SessionRow| self.is_followed(row);
        let watched = match self.focus {
            Focus::Wall => self.tiles().into_iter().filter(followed).map(|row| row.tsid).collect(),
            _ => self.sessions.chosen().filter(followed).map(|row| row.tsid).into_iter().collect(),
        };
        Wanted { query: self.sessions.query(), watched }
    }

    /// The list.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// What fills the space.
    pub fn focus(&self) -> Focus {
        self.focus
    }

    /// Whether the server can be asked.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// Why there is no fresh list, escaped.
    pub fn list_trouble(&self) -> Option<&str> {
        self.list_trouble.as_deref()
    }

    /// How long ago the list came, when it is not known whether it is still true.
    pub fn stale_for(&self) -> Option<Duration> {
        self.stale.then(|| self.now.saturating_sub(self.listed))
    }

    /// Lets time pass.
    pub fn tick(&mut self, now: Duration) {
        self.now = now;
    }

    /// Takes a session's row as it stands now.
    pub fn settle(&mut self, row: SessionRow) {
        self.sessions.settle(row);
    }

    /// Takes a session's row as it stands now, if it is listed.
    pub fn renew(&mut self, row: &SessionRow) {
        self.sessions.settle(row.clone());
    }

    /// The wall, shown or not.
    pub fn wall(&self) -> &Wall {
        &self.wall
    }

    /// The sessions on the page of the wall with the chosen one.
    pub fn tiles(&self) -> Vec<&SessionRow> {
        let hung = self.wall.hang(self.sessions.rows());
        let chosen = self.sessions.chosen().map(|row| row.tsid);
        let place = hung.iter().position(|row| Some(row.tsid) == chosen);
        self.wall.page(&hung, place.unwrap_or(0)).1
    }

    /// A session's screen, once there is one.
    pub fn picture(&self, tsid: Tsid) -> Option<&Picture> {
        self.pictures.get(&tsid).map(Arc::as_ref)
    }

    /// Why a session is not followed any more, if so.
    pub fn end(&self, tsid: Tsid) -> Option<&End> {
        self.ends.get(&tsid)
    }

    /// Takes news. Gives the sessions that have just ended and of which it is not known how.
    pub fn learn(&mut self, news: News) -> Vec<Tsid> {
        match news {
            News::Link(link) => {
                self.stale |= matches!(link, LinkState::Down { .. });
                self.link = link;
            }
            News::Listed(query, listing) => {
                self.list_trouble = None;
                (self.listed, self.stale) = (self.now, false);
                let newest = self.sessions.newest();
                let ended = self.sessions.refresh(self.now, &query, listing);
                if self.wall.follows_newest && self.sessions.newest() > newest {
                    self.sessions.choose_newest();
                }
                self.tidy();
                // Those that are looked at say so themselves.
                let watched = self.wanted().watched;
                return ended.into_iter().filter(|tsid| !watched.contains(tsid)).collect();
            }
            News::NotListed(error) => {
                (self.list_trouble, self.stale) = (Some(error.to_string()), true);
            }
            News::Picture(picture) => {
                // One that was on its way when something else was wanted is of no use.
                if self.wanted().watched.contains(&picture.tsid) {
                    self.pictures.insert(picture.tsid, picture);
                }
            }
            News::Ended(tsid, row) => {
                self.ends.insert(tsid, End::Ended);
                if let Some(row) = row {
                    self.sessions.settle(*row);
                }
            }
            News::NotFollowed(tsid, error) => {
                self.ends.insert(tsid, End::Refused(error.to_string()));
            }
        }
        Vec::new()
    }

    /// Does what the operator wants.
    pub fn act(&mut self, action: LiveAction) -> Option<Intent> {
        match action {
            LiveAction::Move(rows) => self.go(rows),
            LiveAction::Side(columns) if self.focus == Focus::Wall => self.go_on_wall(columns),
            LiveAction::Side(_) => {}
            LiveAction::Choose(tsid) => {
                self.sessions.choose(tsid);
                self.ends.clear();
            }
            LiveAction::Wall => self.grow_wall(),
            LiveAction::Pin => {
                let chosen = self.sessions.chosen().map(|row| row.tsid);
                chosen.into_iter().for_each(|tsid| self.wall.toggle_pin(tsid));
            }
            LiveAction::FollowNewest => {
                self.wall.follows_newest = !self.wall.follows_newest;
                if self.wall.follows_newest {
                    self.sessions.choose_newest();
                }
            }
            LiveAction::Zoom => self.wall.whole = !self.wall.whole,
            LiveAction::ToggleScope => self.sessions.toggle_scope(),
            LiveAction::Replay => {
                return self.sessions.chosen().map(|row| Intent::Replay(row.tsid));
            }
            LiveAction::Open => return self.open(),
            LiveAction::Back => match std::mem::replace(&mut self.focus, self.behind) {
                Focus::List => return Some(Intent::Leave),
                Focus::Screen => {}
                Focus::Wall => self.focus = Focus::List,
            },
        }
        self.tidy();
        None
    }

    /// Shows the wall at once.
    pub fn with_wall(mut self) -> Self {
        (self.focus, self.behind) = (Focus::Wall, Focus::List);
        self
    }

    fn go(&mut self, rows: isize) {
        let tiles = |count| isize::try_from(count).unwrap_or(1);
        let side = tiles(self.wall.side().tiles());
        match (self.focus, rows) {
            (Focus::Wall, -1 | 1) => {
                self.go_on_wall(rows * tiles(self.wall.columns(self.tiles().len())));
            }
            (Focus::Wall, rows) if rows.unsigned_abs() < 1000 => {
                self.go_on_wall(rows.signum() * side * side);
            }
            (Focus::Wall, rows) => self.go_on_wall(rows),
            _ => self.sessions.move_by(rows),
        }
        // Coming back to a session is asking again.
        self.ends.clear();
    }

    fn go_on_wall(&mut self, tiles: isize) {
        let hung = self.wall.hang(self.sessions.rows());
        let chosen = self.sessions.chosen().map(|row| row.tsid);
        let place = hung.iter().position(|row| Some(row.tsid) == chosen).unwrap_or(0);
        let last = hung.len().saturating_sub(1);
        let at = place.saturating_add_signed(tiles).min(last);
        let next = hung.get(at).map(|row| row.tsid);
        next.into_iter().for_each(|tsid| self.sessions.choose(tsid));
        self.ends.clear();
    }

    /// From anything to the wall, from there to a larger one, from the largest to the list.
    fn grow_wall(&mut self) {
        match (self.focus, self.wall.side().next()) {
            (Focus::Wall, Some(side)) => self.wall.set_side(side),
            (Focus::Wall, None) => self.focus = Focus::List,
            (Focus::List | Focus::Screen, _) => {
                self.wall.set_side(Side::default());
                self.focus = Focus::Wall;
            }
        }
        self.behind = Focus::List;
    }

    /// Forgets pictures and ends of what is not looked at any more.
    fn tidy(&mut self) {
        let mut shown: Vec<Tsid> = self.sessions.chosen().map(|row| row.tsid).into_iter().collect();
        if self.focus == Focus::Wall {
            shown.extend(self.tiles().into_iter().map(|row| row.tsid));
        }
        self.pictures.retain(|tsid, _| shown.contains(tsid));
        self.ends.retain(|tsid, _| shown.contains(tsid));
    }

    fn open(&mut self) -> Option<Intent> {
        let row = self.sessions.chosen()?;
        if !self.is_followed(row) {
            return Some(Intent::Replay(row.tsid));
        }
        let from = std::mem::replace(&mut self.focus, Focus::Screen);
        if from != Focus::Screen {
            self.behind = from;
        }
        None
    }

    /// A session is followed while it runs; when it ends under the eye it is not asked for again.
    fn is_followed(&self, row: &SessionRow) -> bool {
        row.state.is_open() && !self.ends.contains_key(&row.tsid)
    }
}

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::{self, Complete, Live as Running};
    use sudolog_core::wire::message::{Cause, Failure, Listing};

    use super::*;
    use crate::screens::live::sample::{picture, row};
    use crate::source::server::ClientError;

    fn live(rows: &[(u32, SessionState)]) -> Live {
        let mut live = Live::new(LinkState::Up { server_id: "fake".to_owned(), role: None });
        let rows: Vec<_> = rows.iter().map(|(number, state)| row(*number, *state)).collect();
        let listing = Listing { total: rows.len() as u64, rows };
        live.learn(News::Listed(live.wanted().query, listing));
        live
    }

    fn watched(live: &Live) -> Option<u32> {
        live.wanted().watched.first().copied().map(Tsid::seq)
    }

    #[test]
    fn the_first_session_is_followed_at_once_and_then_whichever_is_chosen() {
        let mut live = live(&[(2, Running), (1, Running)]);
        assert_eq!(watched(&live), Some(2));
        live.act(LiveAction::Move(1));
        assert_eq!(watched(&live), Some(1));
    }

    #[test]
    fn only_the_chosen_sessions_picture_is_shown() {
        let mut live = live(&[(2, Running), (1, Running)]);
        live.learn(News::Picture(picture(2, "two")));
        let shown = |live: &Live, number| {
            let picture = live.picture(row(number, Running).tsid)?;
            Some(picture.screen.row_text(0))
        };
        assert!(shown(&live, 2).is_some());
        live.act(LiveAction::Move(1));
        assert!(shown(&live, 2).is_none() && shown(&live, 1).is_none());
        live.learn(News::Picture(picture(2, "late")));
        assert!(shown(&live, 2).is_none());
        live.learn(News::Picture(picture(1, "one")));
        assert_eq!(shown(&live, 1).unwrap(), "one");
    }

    #[test]
    fn enter_opens_what_runs_and_replays_what_has_ended() {
        let mut live = live(&[(2, Running)]);
        assert_eq!(live.act(LiveAction::Open), None);
        assert_eq!(live.focus(), Focus::Screen);
        assert_eq!(live.act(LiveAction::Back), None);
        assert_eq!(live.act(LiveAction::Back), Some(Intent::Leave));
        let tsid = row(2, Complete).tsid;
        live.learn(News::Ended(tsid, Some(Box::new(row(2, Complete)))));
        assert_eq!(watched(&live), None);
        assert_eq!(live.act(LiveAction::Open), Some(Intent::Replay(tsid)));
    }

    #[test]
    fn an_end_is_kept_until_the_list_says_so_too() {
        let mut live = live(&[(2, Running), (1, Running)]);
        let tsid = row(2, Running).tsid;
        live.learn(News::Ended(tsid, None));
        assert_eq!((live.end(tsid), watched(&live)), (Some(&End::Ended), None));
        live.act(LiveAction::Move(1));
        assert_eq!((live.end(tsid), watched(&live)), (None, Some(1)));
    }

    #[test]
    fn a_refusal_is_shown_with_its_reason() {
        let mut live = live(&[(2, Running)]);
        let failure = Failure { cause: Cause::Forbidden, text: "not yours".into() };
        live.learn(News::NotFollowed(row(2, Running).tsid, ClientError::Failed(failure)));
        let tsid = row(2, Running).tsid;
        assert_eq!(live.end(tsid), Some(&End::Refused("not yours".to_owned())));
    }

    #[test]
    fn nothing_to_choose_is_no_harm() {
        let mut live = live(&[]);
        for action in [LiveAction::Move(1), LiveAction::Open, LiveAction::Replay] {
            assert_eq!(live.act(action), None);
        }
        assert_eq!(watched(&live), None);
    }

    #[test]
    fn the_wall_follows_all_that_it_shows() {
        let rows: Vec<_> = (1..=6).rev().map(|number| (number, Running)).collect();
        let mut live = live(&rows);
        let all =
            |live: &Live| live.wanted().watched.into_iter().map(Tsid::seq).collect::<Vec<_>>();
        live.act(LiveAction::Wall);
        assert_eq!(all(&live), [6, 5, 4, 3]);
        live.learn(News::Picture(picture(4, "four")));
        live.act(LiveAction::Side(1));
        live.act(LiveAction::Move(1));
        assert_eq!(live.sessions().chosen().unwrap().tsid.seq(), 3);
        live.act(LiveAction::Move(10));
        assert_eq!(all(&live), [2, 1]);
        assert!(live.picture(row(4, Running).tsid).is_none());
        live.act(LiveAction::Wall);
        assert_eq!(all(&live), [6, 5, 4, 3, 2, 1]);
        live.act(LiveAction::Open);
        assert_eq!((live.focus(), all(&live)), (Focus::Screen, vec![1]));
        live.act(LiveAction::Back);
        assert_eq!(live.focus(), Focus::Wall);
        live.act(LiveAction::Wall);
        live.act(LiveAction::Wall);
        assert_eq!(live.focus(), Focus::List);
        assert_eq!(live.act(LiveAction::Back), Some(Intent::Leave));
    }

    #[test]
    fn the_newest_is_chosen_when_it_is_followed() {
        let mut live = live(&[(2, Running), (1, Running)]);
        live.act(LiveAction::Move(1));
        live.act(LiveAction::FollowNewest);
        assert_eq!(watched(&live), Some(2));
        let rows: Vec<_> = [3, 2, 1].map(|number| row(number, Running)).into();
        live.learn(News::Listed(live.wanted().query, Listing { total: 3, rows }));
        assert_eq!(watched(&live), Some(3));
    }
}
