//! The screen that checks one recording against the server's signatures and says what it has found.

mod state;
mod view;
mod words;

#[cfg(test)]
mod tests;

pub use state::{Stage, Verify, VerifyAction, VerifyIntent};
pub(super) use view::view;
