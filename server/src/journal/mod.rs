//! The journal: one append-only file for all sessions, synced once per batch before anything is
//! acknowledged (invariant I1).
//!
//! It is cut into segments. A segment begins with the state of every open session, so the oldest
//! one that is kept tells a starting server all it needs; it is let go of when the iolog files that
//! it covers are synced.

#[cfg(test)]
mod crashes;
pub mod place;
pub mod position;
pub mod record;
pub mod recover;
pub mod segment;
pub mod writer;

pub use place::Place;
pub use position::{Position, Tail};
pub use record::{Entry, Record};
pub use recover::{Recovered, recover};
pub use writer::Writer;
