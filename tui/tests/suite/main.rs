//! The commands for scripts, as scripts call them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod commands;
mod export;
mod lines;
mod manual;
mod program;
mod redact;
