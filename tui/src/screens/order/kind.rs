//! What can be ordered, and the words for it.

use sudolog_core::session::SessionState;
use sudolog_core::wire::message::OrderKind;

/// One order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Stop the command.
    Freeze,
    /// Let it go on.
    Thaw,
    /// End it.
    Terminate,
    /// Show the user a text.
    Message,
}

impl Order {
    /// As the server is asked for it.
    pub fn kind(self) -> OrderKind {
        match self {
            Self::Freeze => OrderKind::Freeze,
            Self::Thaw => OrderKind::Thaw,
            Self::Terminate => OrderKind::Terminate,
            Self::Message => OrderKind::Message,
        }
    }

    /// True for what nobody can take back.
    pub fn is_final(self) -> bool {
        self == Self::Terminate
    }

    /// What one does: `Freeze`.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Freeze => "Freeze",
            Self::Thaw => "Thaw",
            Self::Terminate => "Terminate",
            Self::Message => "Write to the user of",
        }
    }

    /// What cannot be done: `No freeze`.
    pub(super) fn refused(self) -> &'static str {
        match self {
            Self::Freeze => "No freeze",
            Self::Thaw => "No thaw",
            Self::Terminate => "No end",
            Self::Message => "No message",
        }
    }

    /// What is asked for: the reason, or the message itself.
    pub(super) fn asks_for(self) -> &'static str {
        match self {
            Self::Freeze | Self::Thaw | Self::Terminate => "Reason",
            Self::Message => "Message",
        }
    }

    /// What will happen to a session that stands so.
    pub(super) fn consequence(self, state: SessionState) -> &'static str {
        match self {
            Self::Freeze if state == SessionState::Frozen => {
                "It is frozen already. By this order it stays so until somebody thaws it, though its \
                 recording be proven again. The user reads your name and the reason."
            }
            Self::Freeze => {
                "The command stands still until it is thawed. The user reads your name and the \
                 reason."
            }
            Self::Thaw => {
                "The command goes on as soon as its recording is proven. The user reads your name \
                 and the reason."
            }
            Self::Terminate => {
                "This cannot be undone: the command and all that it has started are killed. The \
                 user reads your name and the reason."
            }
            Self::Message => "The user reads your name and the message on the terminal.",
        }
    }

    /// What the server has written down: `freeze ordered`.
    pub(crate) fn ordered(self) -> &'static str {
        match self {
            Self::Freeze => "freeze ordered",
            Self::Thaw => "thaw ordered",
            Self::Terminate => "end ordered",
            Self::Message => "message ordered",
        }
    }

    /// What a state says about the order, once it says that it was carried out.
    pub(crate) fn carried_out(self, state: SessionState) -> Option<&'static str> {
        match self {
            Self::Freeze => (state == SessionState::Frozen).then_some("frozen by order"),
            Self::Thaw => (state == SessionState::Live).then_some("thawed by order"),
            Self::Terminate => (state == SessionState::Complete).then_some("ended by order"),
            Self::Message => None,
        }
    }
}
