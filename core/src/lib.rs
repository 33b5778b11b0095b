//! The pure heart of Sudolog: protocol, acknowledgements, recordings, terminal state, risk, triage, and
//! what the kernel's audit says.
//!
//! What this crate has not: no sockets, no files, no threads, no clock, no randomness. Bytes and
//! times come in as arguments, bytes and decisions go out as values, so that every rule in it can
//! be tested in memory. The programs around it (plugin, shipper, server, console) do the I/O.

pub mod ack;
#[cfg(feature = "alert")]
pub mod alert;
#[cfg(feature = "document")]
pub mod document;
pub mod eventlog;
pub mod expiry;
pub mod filter;
#[cfg(feature = "term")]
pub mod fuzzy;
#[cfg(feature = "iolog")]
pub mod iolog;
pub mod kaudit;
pub mod limits;
pub mod process;
#[cfg(feature = "term")]
pub mod redact;
pub mod risk;
pub mod session;
#[cfg(feature = "term")]
pub mod term;
pub mod time;
pub mod triage;
pub mod untrusted;
pub mod vigil;
pub mod wire;
