//! Everything that the console does to the world, as data.

use std::sync::Arc;

use sudolog_core::session::Tsid;
use sudolog_core::term::{Pattern, Streams};
use sudolog_core::triage::RemarkKind;
use sudolog_core::wire::message::AlertAct;

use crate::deck::{Sought, Span};
use crate::exit::Exit;
use crate::screens::export::ExportRequest;
use crate::screens::order::OrderRequest;
use crate::source::server::{Ask, Moment, RulesAsk, Wanted};

/// Something for the runtime to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave the console.
    Quit(Exit),
    /// Give the terminal back and stop until the shell continues us.
    Suspend,
    /// Tell the feed what the live screen looks at.
    Want(Wanted),
    /// Ask the server how these sessions have ended.
    Settle(Vec<Tsid>),
    /// Bring these pages, the first one first, and no others.
    Page(Vec<Ask>),
    /// Open this recording of the server for the replay screen.
    Open(Tsid),
    /// Ask the server for this, once.
    Order(OrderRequest),
    /// Bring the review of this session, now and as it changes; of none any more.
    Review(Option<Tsid>),
    /// Bring this moment of a recording; of none any more.
    Glimpse(Option<Moment>),
    /// Say this of these sessions, once.
    Judge(Vec<Tsid>, RemarkKind),
    /// Do this about alerts, once.
    Alert(AlertAct),
    /// Ask the server this about the rules.
    Rule(RulesAsk),
    /// Wait for no trial of rules any more.
    EndTrial,
    /// Give the terminal to the operator's editor, with this text in it, and take both back.
    Write(String),
    /// Remember that this entry of the event log was seen, and all before it.
    Acknowledge(u64),
    /// Let the terminal's bell sound.
    Bell,
    /// Let the deck show the screen after this event.
    Show(u64),
    /// Let the deck put these streams on the screen.
    PutOn(Streams),
    /// Let the deck look for what is gone from the screen, in this part; for nothing any more.
    LookForGone(Option<Span>),
    /// Let the deck search for this.
    Search(Sought),
    /// Search all sessions of the server for this; for nothing any more.
    Hunt(Option<Arc<Pattern>>),
    /// Check this session of the server, or the directory that is played; in place of any other check.
    Verify(Option<Tsid>),
    /// Check nothing any more.
    EndVerify,
    /// Write a recording to this file.
    Export(ExportRequest),
    /// Hand this text to the operator's clipboard.
    Copy(String),
    /// Write this text, copied from the session of this name, into a private file.
    Keep {
        /// What to write.
        text: String,
        /// What it was copied from.
        name: String,
        /// How much it is, in words.
        what: String,
    },
    /// Let the mouse be the console's, or the terminal's.
    Mouse(bool),
    /// Draw everything anew, whatever is on the terminal.
    Redraw,
    /// Put the recording away.
    Close,
}
