//! The replay screen: one recording, played.

mod action;
mod beside;
mod comparison;
#[cfg(test)]
mod comparison_tests;
mod comparison_view;
mod edge;
mod entered;
mod framing;
mod goal;
mod gone;
#[cfg(test)]
mod gone_tests;
mod keys;
mod lens;
mod mark_words;
mod marks;
mod pauses;
mod proof;
mod reading;
mod search;
mod search_view;
mod searching;
mod state;
mod steering;
mod streams;
mod tape;
mod view;

#[cfg(test)]
mod doubt_tests;
#[cfg(test)]
mod marks_tests;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod search_tests;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
pub(crate) mod view_tests;

pub use action::ReplayAction;
pub use edge::Rewind;
pub(super) use search_view::search_status;
pub use state::{Replay, Start};
pub(super) use view::view;
