//! The replay screen: one recording, played.

mod framing;
mod keys;
mod mark_words;
mod marks;
mod state;
mod tape;
mod view;

#[cfg(test)]
mod marks_tests;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod view_tests;

pub use state::{Replay, ReplayAction, Start};
pub(super) use view::view;
