//! The list of themes over the screen that shows how each of them looks.

mod state;
mod view;

#[cfg(test)]
mod view_tests;

pub use state::{ThemeAction, ThemeList};
pub(super) use view::view;
