//! The way to the server: one warm TLS connection that carries every session of the host.

pub(crate) mod client;
pub mod exchange;
pub mod spool;
pub mod tls;
