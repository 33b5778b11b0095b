//! The event log: what happened on the hosts and on the server, recorded or not. The newest comes first, and
//! more comes as it happens; the server filters and pages.

mod detail;
mod state;
mod table;
mod view;
mod words;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use state::{EventsAction, Log};
pub(in crate::screens) use view::view;
pub(crate) use words::{SIGN, severity, severity_in, what};
