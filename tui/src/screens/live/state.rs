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
use super::wall::{Follow, Side, Wall};
use crate::screens::replay::Rewind;
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
    /// Plays the chosen session from what it shows now, paused.
    Pause,
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
    /// Keeps to the riskiest running session, whichever that is, or not any more.
    FollowRiskiest,
    /// The newest first, or what needs an eye.
    Reorder,
    /// On the wall: each screen as a whole, or the part with its cursor.
    Zoom,
}

/// What the application is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Replay this session.
    Replay(Tsid),
    /// Play this session from its newest moment, or from a little before it.
    Rewind(Tsid, Rewind),
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
        Wanted { query: self.sessions.query(), watched, ended: self.ended() }
    }

    /// Tiles of sessions that have ended and of which nothing was seen.
    fn ended(&self) -> Vec<Tsid> {
        if self.focus != Focus::Wall {
            return Vec::new();
        }
        let unseen = |row: &&SessionRow| {
            let ended = match self.ends.get(&row.tsid) {
                Some(End::Refused(_)) => false,
                Some(End::Ended) => true,
                None => !row.state.is_open(),
            };
            ended && !self.pictures.contains_key(&row.tsid)
        };
        self.tiles().into_iter().filter(unseen).map(|row| row.tsid).collect()
    }

    /// What the single screen was opened from.
    pub fn behind(&self) -> Focus {
        self.behind
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
        if self.wall.follows == Follow::Riskiest {
            self.sessions.choose_riskiest();
        }
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
                self.follow(newest);
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
                let wanted = self.wanted();
                if wanted.watched.contains(&picture.tsid) || wanted.ended.contains(&picture.tsid) {
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
        let on_wall = matches!(action, LiveAction::Side(_)) && self.focus == Focus::Wall;
        let by_hand = on_wall || matches!(action, LiveAction::Move(_) | LiveAction::Choose(_));
        if by_hand && self.wall.follows == Follow::Riskiest {
            // It would take the choice away again with the next list.
            self.wall.follows = Follow::Nothing;
        }
        match action {
            LiveAction::Move(rows) => self.go(rows),
            LiveAction::Side(columns) if self.focus == Focus::Wall => self.go_on_wall(columns),
            LiveAction::Side(-1) if self.focus == Focus::Screen => {
                return self.sessions.chosen().map(|row| Intent::Rewind(row.tsid, Rewind::Back));
            }
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
            LiveAction::FollowNewest => self.toggle_follow(Follow::Newest),
            LiveAction::FollowRiskiest => self.toggle_follow(Follow::Riskiest),
            LiveAction::Reorder => self.sessions.reorder(),
            LiveAction::Zoom => self.wall.whole = !self.wall.whole,
            LiveAction::ToggleScope => self.sessions.toggle_scope(),
            LiveAction::Replay => {
                return self.sessions.chosen().map(|row| Intent::Replay(row.tsid));
            }
            LiveAction::Pause => {
                return self.sessions.chosen().map(|row| Intent::Rewind(row.tsid, Rewind::Pause));
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

    /// True when there is nothing of it to leave before it itself.
    pub fn is_at_the_list(&self) -> bool {
        self.focus == Focus::List && self.behind == Focus::List
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

    fn toggle_follow(&mut self, follow: Follow) {
        self.wall.follows = if self.wall.follows == follow { Follow::Nothing } else { follow };
        self.follow(None);
        self.ends.clear();
    }

    /// Chooses what is followed; the newest only when there was another one before.
    fn follow(&mut self, newest: Option<Tsid>) {
        match self.wall.follows {
            Follow::Newest if self.sessions.newest() > newest => self.sessions.choose_newest(),
            Follow::Riskiest => self.sessions.choose_riskiest(),
            Follow::Newest | Follow::Nothing => {}
        }
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
