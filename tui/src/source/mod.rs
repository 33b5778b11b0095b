//! Where sessions and recordings come from.

pub mod server;
