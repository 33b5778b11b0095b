//! The server from outside: real TLS connections over loopback, the real record path behind them,
//! and the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod access;
mod admission;
mod console;
mod events;
mod judging;
mod killed;
mod live;
mod looking;
mod mended;
mod peer;
mod program;
mod proofs;
mod recording;
mod reindexed;
mod risk;
mod roles;
mod standing;
mod untold;
mod witnessed;
mod world;
