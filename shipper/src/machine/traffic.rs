//! What goes into a session's machine and what comes out of it.

use sudolog_core::ack::SignedAck;
use sudolog_core::limits::UNACKED_EVENT_OVERHEAD_BYTES;
use sudolog_core::session::{Event, SessionEnd};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, Notice, Order, Resumed};

use super::decision::FreezeCause;
use super::link::Link;

/// What happens to a session.
#[derive(Debug)]
pub enum Input {
    /// The plugin recorded something.
    Event(Event),
    /// The plugin says how the session ended.
    Close(SessionEnd),
    /// The plugin is there.
    Heard,
    /// The plugin's connection ended.
    PluginGone,
    /// The link to the server changed.
    Link(Link),
    /// The server answered RESUME.
    Resumed(Resumed),
    /// The server sent an acknowledgement, not yet checked.
    Ack(SignedAck),
    /// An operator's order.
    Order(Order),
    /// The server does not go on with the session.
    Denied(Denied),
    /// The plugin holds the session by itself, or does not any more.
    Held(bool),
    /// The session's cgroup changed.
    Group(GroupState),
    /// Somebody else has thawed the cgroup.
    ThawedByOthers,
    /// A process has left the cgroup, in words.
    Escape(String),
    /// The plugin says something that the server must hear.
    Noticed(Notice),
}

/// What `cgroup.events` says. Without a cgroup the shell reports what it was told to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupState {
    /// There are processes in it.
    pub populated: bool,
    /// All of them stand still.
    pub frozen: bool,
}

/// What must be done for a session.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Send to the server, on the session's stream.
    ToServer(Outgoing),
    /// Send to the plugin.
    ToPlugin(Message),
    /// Send to the plugin; it takes the place of an earlier one that still waits.
    Proof(SignedAck),
    /// Stop the command, for this cause.
    Freeze(FreezeCause),
    /// Let it go on.
    Thaw,
    /// Kill everything in the session's cgroup.
    Kill,
    /// Report a security event, in these words.
    Security(String),
}

/// A message for the server; events, the many, stay small.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// An event.
    Event(Event),
    /// Anything else.
    Control(Box<Message>),
}

impl Outgoing {
    /// A message that is no event.
    pub fn control(message: Message) -> Self {
        Self::Control(Box::new(message))
    }

    /// Bytes on the wire, as the queue counts them.
    pub fn cost(&self) -> usize {
        match self {
            Self::Event(event) => event.data().len() + UNACKED_EVENT_OVERHEAD_BYTES,
            Self::Control(_) => CONTROL_COST_BYTES,
        }
    }
}

/// Control messages are few; what one costs in a turn.
const CONTROL_COST_BYTES: usize = 512;
