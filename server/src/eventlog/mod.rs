//! The event log: what happened on the hosts and here, kept durably under numbers without gaps.
//!
//! Whoever noticed something hands it to the [`EventLog`]; one thread writes and syncs it; whoever
//! wants to know reads it from there. Nothing here is on the way of a recording (invariant I2): when
//! this disk is full or slow, recording goes on, and hosts keep what they were not told is kept.

mod accounts;
mod line;
mod log;
mod read;
mod recover;
mod reporter;
mod scan;
mod seen;
mod segment;
mod sieve;
mod thread;
mod told;
mod writer;

pub use log::{EventLog, KeepError};
pub(crate) use reporter::is_told;
pub use reporter::{Left, Reporter};
pub use scan::{Bounds, Found, find_in};
