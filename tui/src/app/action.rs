//! Everything that can change the console.

use std::time::Duration;

use sudolog_core::eventlog::Stored;
use sudolog_core::wire::message::{AlertAct, Change, Judgement, SessionRow};

use super::Pointing;
use crate::deck;
use crate::exit::Exit;
use crate::hunt;
use crate::keymap::{Intent, Key};
use crate::screens::order::{OrderRequest, Refusal};
use crate::source::About;
use crate::source::server::{Glimpse, News, PageNews, ReviewNews, RulesAnswer};
use crate::verification;

/// One thing that happened.
pub enum Action {
    /// It is now this long since the console began. Comes before every other action.
    Tick(Duration),
    /// Nothing that matters.
    Nothing,
    /// The terminal has another size: all is drawn anew.
    Resized,
    /// A key was pressed.
    Press(Key),
    /// The mouse was used.
    Point(Pointing),
    /// Text was pasted.
    Paste(String),
    /// The operator asks for something.
    Do(Intent),
    /// The feed of the live screen has something new.
    Live(News),
    /// A session of the live screen stands like this now.
    Settled(Box<SessionRow>),
    /// The table of all sessions has something new.
    Paged(PageNews),
    /// The deck of the replay screen has something new.
    Deck(deck::News),
    /// The search through all sessions has something new.
    Hunt(hunt::News),
    /// The check of a recording has something new.
    Verified(verification::News),
    /// A recording that was asked for can be played.
    Opened(Box<About>),
    /// It cannot, for this reason.
    NotOpened(String),
    /// The server has recorded the order, or has not, for this reason.
    Ordered(OrderRequest, Result<(), Refusal>),
    /// The review of the session that is looked at.
    Reviewed(ReviewNews),
    /// A moment of a recording that is shown beside something else.
    Glimpsed(Glimpse),
    /// Sessions that run and are critical, when the console has come to the server.
    Running(Vec<SessionRow>),
    /// What is grave in the event log and belongs to no session, the newest first.
    Grave(Vec<Stored>),
    /// A session stands differently.
    Changed(Box<Change>),
    /// The server has recorded what was said, or has not, for this reason.
    Judged(Judgement, Result<(), Refusal>),
    /// The server has recorded what was to be done about alerts, or has not, for this reason.
    Alerted(AlertAct, Result<(), Refusal>),
    /// The server has answered about the rules.
    Ruled(RulesAnswer),
    /// The recording is exported, in these words, or is not, for this reason.
    Exported(Result<String, String>),
    /// A text comes back from the operator's editor, or does not, for this reason.
    Written(Result<String, String>),
    /// Copied text was written to this place, or was not, for this reason. Safe to show.
    Kept(Result<String, String>),
    /// What is said on every screen has changed.
    Banner(String),
    /// The console is told to end.
    Stop(Exit),
}
