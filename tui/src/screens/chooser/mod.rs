//! A list to choose from by typing a few letters: everything that can be done here, or every line that
//! a user entered.

mod moment;
mod state;
mod view;

#[cfg(test)]
mod view_tests;

pub use state::{Beyond, Chooser, ChooserAction, Item, Pick};
pub(super) use view::view;
