//! The whole way on real parts: sudo, plugin, shipper, server, disk, console.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod alerts;
mod audisp;
mod audit;
mod auditd;
mod cgroup;
mod console;
mod disk;
mod durable;
mod escape;
mod freeze;
mod keys;
mod line;
mod network;
mod orders;
mod outage;
mod output;
mod record;
mod refuse;
mod risk;
mod terminal;
mod witness;
