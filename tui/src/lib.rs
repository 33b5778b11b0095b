//! The operator's console of Sudolog, as a library that the program `sudolog-tui` calls.

pub mod config;
pub mod screens;
pub mod source;
pub mod widgets;
