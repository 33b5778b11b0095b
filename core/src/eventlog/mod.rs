//! The event log: what happened on the hosts and on the server, recorded or not. sudo's audit events,
//! what the kernel's audit stream says, and what the server saw itself.
//!
//! An [`Entry`] is made by whoever notices something, sent as it is, and kept by the server under a
//! number of its own. Not to be confused with a session's events, which are its recording.

mod entry;
mod id;
mod kind;
mod query;
mod severity;

pub use entry::{COMMAND_DETAIL, Entry, Stored};
pub use id::{EntryId, EntryIdError};
pub use kind::{Kind, Source};
pub use query::EVENT_FIELDS;
pub use severity::Severity;
