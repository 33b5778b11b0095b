//! One line about what was just done, in place of the hints.

use std::fmt;

use sudolog_core::session::Tsid;

use crate::screens::order::Order;
use crate::theme::Role;

/// What the operator is told. Its text is safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something could not be done, for this reason.
    Trouble(String),
    /// This session is being opened.
    Opening(Tsid),
    /// The server has not answered yet.
    Ordering(Tsid, Order),
    /// The server has recorded the order.
    Ordered(Tsid, Order),
    /// Something was done, in these words.
    Done(String),
    /// What to do instead, in these words.
    Hint(String),
    /// The session's state says that the order was carried out, in these words.
    CarriedOut(Tsid, &'static str),
}

impl Notice {
    /// How it looks.
    pub fn role(&self) -> Role {
        match self {
            Self::Trouble(_) => Role::Error,
            Self::Ordering(..) | Self::Opening(_) | Self::Hint(_) => Role::Title,
            Self::Ordered(..) | Self::CarriedOut(..) | Self::Done(_) => Role::Ok,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trouble(reason) => write!(f, "! {reason}"),
            Self::Opening(tsid) => write!(f, "… opening {tsid}"),
            Self::Ordering(tsid, _) => write!(f, "… {tsid}: ordering"),
            Self::Ordered(tsid, order) => write!(f, "✓ {tsid}: {}, recorded", order.ordered()),
            Self::CarriedOut(tsid, words) => write!(f, "✓ {tsid}: {words}"),
            Self::Done(words) => write!(f, "✓ {words}"),
            Self::Hint(words) => f.write_str(words),
        }
    }
}
