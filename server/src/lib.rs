//! The log server of Sudolog: stores recordings durably, proves it with signed acknowledgements, and
//! serves consoles.
//!
//! The record path is `ingest` → `journal` → `store`; what operators ask goes through `query` and
//! `live`, off that path (invariant I2).

pub mod audit;
pub mod authz;
//mod cli;
pub mod config;
pub mod identity;
pub mod ingest;
pub mod journal;
pub mod pki;
pub mod store;
pub mod tls;

//pub use cli::run;
