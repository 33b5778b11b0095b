//! The summary screen: sessions added up by user, host or command; the server adds, sorts and pages.

mod state;
mod table;
mod trend;
mod view;

#[cfg(test)]
mod tests;

pub use state::{SummaryAction, Sums};
pub(in crate::screens) use view::view;
