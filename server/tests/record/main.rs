//! The record path from the wire to the disk: what was acknowledged is in the recording, whatever
//! breaks on the way. The host here is a stand-in that verifies every acknowledgement.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod crash;
mod cut;
mod flood;
mod full;
mod host;
mod kill;
mod memory;
mod names;
mod oracle;
mod replay;
mod sabotage;
mod told;
