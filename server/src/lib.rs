//! The log server of Sudolog: stores recordings durably, proves it with signed acknowledgements, and
//! serves consoles.
//!
//! The record path is `ingest` → `journal` → `store`, and `sessions` are what it has in hand; what
//! operators ask goes through `query`, `live` and `shelf`, and what the rules make of sessions through
//! `risk`, off that path (invariant I2).

mod admission;
pub mod alert;
pub mod audit;
pub mod authz;
mod cli;
mod clock;
pub mod config;
mod daemon;
mod door;
pub mod eventlog;
mod handshakes;
pub mod identity;
pub mod ingest;
pub mod journal;
mod listener;
mod live;
mod local;
mod lock;
mod log;
pub mod pki;
mod places;
mod query;
pub mod risk;
pub mod sessions;
mod shelf;
pub mod store;
pub mod tls;
pub mod triage;
pub mod warnings;
mod watched;

pub use cli::run;
pub use daemon::{Server, ServerHandle};
