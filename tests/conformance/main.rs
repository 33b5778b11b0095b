//! Theirs and ours: sudo's own tools read what we write, our console reads what they wrote.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod corpus;
mod emulator;
mod page;
mod sudoreplay;
