//! The rules of the host side, pure: times and inputs come in, outputs go out as data.
//!
//! Nothing here reads a clock, a socket or a file, so that a simulation can run plugin, shipper
//! and server in memory under one fake clock. The shell around it is `local` and `upstream`.

pub mod ack;
pub mod decision;
pub mod fair;
pub mod link;
mod notices;
pub mod opening;
pub mod outbox;
mod report;
pub mod session;
pub mod traffic;
