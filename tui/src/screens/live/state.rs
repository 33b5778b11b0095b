//! What the live screen knows and how it changes: by news from the feed and by the operator.
//!
//! No clock, no connection: news come in, [`Wanted`] says what to ask for, and what only the
//! application can do comes out as an [`Intent`].

use std::sync::Arc;

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::SessionRow;

use super::sessions::Sessions;
use crate::source::server::{LinkState, News, Picture, Wanted};

/// The live screen.
#[derive(Clone)]
pub struct Live {
    sessions: Sessions,
    focus: Focus,
    link: LinkState,
    list_trouble: Option<String>,
    picture: Option<Arc<Picture>>,
    end: Option<(Tsid, End)>,
}

/// What fills the space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// The list, with the chosen session's screen beside or below it.
    #[default]
    List,
    /// The chosen session's screen alone.
    Screen,
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
            link,
            list_trouble: None,
            picture: None,
            end: None,
        }
    }

    /// What the feed should bring.
    pub fn wanted(&self) -> Wanted {
        let followed = self.sessions.chosen().filter(|row| self.is_followed(row));
        Wanted { query: self.sessions.query(), watched: followed.map(|row| row.tsid) }
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

    /// The chosen session's screen, once there is one.
    pub fn picture(&self) -> Option<&Picture> {
        let chosen = self.sessions.chosen()?.tsid;
        self.picture.as_deref().filter(|picture| picture.tsid == chosen)
    }

    /// Why the chosen session is not followed any more, if so.
    pub fn end(&self) -> Option<&End> {
        let chosen = self.sessions.chosen()?.tsid;
        self.end.as_ref().filter(|(tsid, _)| *tsid == chosen).map(|(_, end)| end)
    }

    /// Takes news.
    pub fn learn(&mut self, news: News) {
        match news {
            News::Link(link) => self.link = link,
            News::Listed(query, listing) => {
                self.list_trouble = None;
                self.sessions.refresh(&query, listing);
            }
            News::NotListed(error) => self.list_trouble = Some(error.to_string()),
            News::Picture(picture) => self.picture = Some(picture),
            News::Ended(tsid, row) => {
                self.end = Some((tsid, End::Ended));
                if let Some(row) = row {
                    self.sessions.settle(*row);
                }
            }
            News::NotFollowed(tsid, error) => {
                self.end = Some((tsid, End::Refused(error.to_string())));
            }
        }
    }

    /// Does what the operator wants.
    pub fn act(&mut self, action: LiveAction) -> Option<Intent> {
        match action {
            LiveAction::Move(rows) => {
                self.sessions.move_by(rows);
                // Coming back to a session is asking again.
                self.end = None;
            }
            LiveAction::ToggleScope => self.sessions.toggle_scope(),
            LiveAction::Replay => {
                return self.sessions.chosen().map(|row| Intent::Replay(row.tsid));
            }
            LiveAction::Open => return self.open(),
            LiveAction::Back if self.focus == Focus::Screen => self.focus = Focus::List,
            LiveAction::Back => return Some(Intent::Leave),
        }
        None
    }

    fn open(&mut self) -> Option<Intent> {
        let row = self.sessions.chosen()?;
        if !self.is_followed(row) {
            return Some(Intent::Replay(row.tsid));
        }
        self.focus = Focus::Screen;
        None
    }

    /// A session is followed while it runs; when it ends under the eye it is not asked for again.
    fn is_followed(&self, row: &SessionRow) -> bool {
        row.state.is_open() && self.end.as_ref().is_none_or(|(tsid, _)| *tsid != row.tsid)
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
        let mut live = Live::new(LinkState::Up { server_id: "fake".to_owned() });
        let rows: Vec<_> = rows.iter().map(|(number, state)| row(*number, *state)).collect();
        let listing = Listing { total: rows.len() as u64, rows };
        live.learn(News::Listed(live.wanted().query, listing));
        live
    }

    fn watched(live: &Live) -> Option<u32> {
        live.wanted().watched.map(Tsid::seq)
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
        assert!(live.picture().is_some());
        live.act(LiveAction::Move(1));
        assert!(live.picture().is_none());
        live.learn(News::Picture(picture(1, "one")));
        assert_eq!(live.picture().unwrap().screen.row_text(0), "one");
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
        assert_eq!((live.end(), watched(&live)), (Some(&End::Ended), None));
        live.act(LiveAction::Move(1));
        assert_eq!((live.end(), watched(&live)), (None, Some(1)));
    }

    #[test]
    fn a_refusal_is_shown_with_its_reason() {
        let mut live = live(&[(2, Running)]);
        let failure = Failure { cause: Cause::Forbidden, text: "not yours".into() };
        live.learn(News::NotFollowed(row(2, Running).tsid, ClientError::Failed(failure)));
        assert_eq!(live.end(), Some(&End::Refused("not yours".to_owned())));
    }

    #[test]
    fn nothing_to_choose_is_no_harm() {
        let mut live = live(&[]);
        for action in [LiveAction::Move(1), LiveAction::Open, LiveAction::Replay] {
            assert_eq!(live.act(action), None);
        }
        assert_eq!(watched(&live), None);
    }
}
