//! The dialog in which something is said of sessions: a verdict, a note, a tag, who shall look.

mod kind;
mod state;
mod view;

#[cfg(test)]
mod view_tests;

pub use kind::Say;
pub(crate) use kind::in_words;
pub use state::{RemarkAction, Remarking, Stage, Subjects};
pub(super) use view::view;
