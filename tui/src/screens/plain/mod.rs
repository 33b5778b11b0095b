//! Plain text in place of the screen, without frames and colours, so that what the operator selects with the
//! terminal's own means is clean: for terminals that have no clipboard of their own for programs.

mod state;
#[cfg(test)]
mod tests;
mod view;

pub use state::{Plain, PlainAction};
pub(super) use view::{strip, view};
