//! The shipper between a stand-in for the server, which really signs, and a stand-in for the
//! plugin, which really verifies.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod freeze;
mod local;
mod plugin;
mod refuse;
mod resume;
mod server;
mod session;
mod witness;
mod world;
