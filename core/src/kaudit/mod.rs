//! The kernel's audit stream: what `auditd` hands to its plugins, made into events.
//!
//! [`Stream`] cuts bytes into [`Record`]s, [`Assembler`] puts the records of one event together,
//! [`Seen`] is what such an event says, [`Rule`] decides whether somebody waits for it, [`Tamper`]
//! notices when the stream itself is touched, and a [`Sighting`] is what the shipper compares with its
//! sessions. Nothing here reads a clock or a file, and nothing grows without a bound.
//!
//! The form of a line is described in `audit.log` of `auditd(8)` and the kernel's `audit_log_*` calls:
//! `[node=H ]type=T msg=audit(SEC.MS:SERIAL): k=v ...`. A value is quoted, bare, or upper-case
//! hexadecimal when the kernel did not want to quote it; which of the last two depends on the field.

mod assembler;
mod burst;
mod field;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod gaps;
mod matcher;
mod record;
mod seen;
mod sighting;
mod stamp;
mod stream;
mod tamper;

pub use assembler::{Assembler, Ending, Event, Toll};
pub use burst::{Burst, Passage, Rest};
pub use field::{Fields, Value};
pub use gaps::{Gaps, Missing};
pub use matcher::{Asked, KeyTest, Outcome, Rule};
pub use record::{Record, RecordError};
pub use seen::Seen;
pub use sighting::{Sighting, SightingKind, WITNESS_NAME};
pub use stamp::Stamp;
pub use stream::{Piece, Stream};
pub use tamper::{Tamper, Touch, gap_since};
