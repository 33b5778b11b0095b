//! Alerts: the event log is read with a place of its own in it, what concerns somebody is put into the
//! outbox, and one thread a target sends from there.
//!
//! Off every other path (invariant I2): whoever writes an entry knows nothing of all this, and a target
//! that is slow, dead or wrong holds up nobody, not even another target. What is in the outbox survives
//! the server; it may be sent twice after a crash, under the same id.

mod bell;
mod command;
mod crew;
mod dispatch;
mod dispatcher;
mod local_log;
mod memory_file;
mod opening;
mod outbox;
mod plan_file;
mod secret;
mod sender;
mod worker;

pub use command::{check, test};
pub use dispatch::{ActError, Dispatch, Setup};
pub use outbox::{Outbox, OutboxError};
pub use plan_file::{PlanFile, PlanFileError};
