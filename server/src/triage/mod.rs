//! What operators say of sessions.

mod changes;

pub use changes::Changes;
