//! The table of all sessions: the server filters, sorts and pages; what is here holds a few pages
//! around the chosen row.

mod state;
mod table;
mod view;

#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod view_tests;

pub use state::{Browse, BrowseAction};
pub(in crate::screens) use view::view;
