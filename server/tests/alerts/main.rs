//! Alerts from outside: the real event log, the real outbox, real sockets, and peers that behave badly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod delivery;
mod desk;
mod killed;
mod programs;
mod restart;
mod sink;
mod streams;
