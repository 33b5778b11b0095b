//! The screen that searches all sessions of a server and lists what was found.

mod state;
mod view;

#[cfg(test)]
mod tests;

pub use state::{Hunt, HuntIntent};
pub(super) use view::view;
