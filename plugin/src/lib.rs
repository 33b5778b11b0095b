//! `sudolog_plugin.so`: records what sudo runs, through the shipper, and refuses to run what cannot
//! be recorded. Loaded into sudo as root; see `sudo_plugin(5)` for the interface.
//!
//! `unsafe` is confined to five files: `table` (the exported symbols), `callbacks` (what sudo
//! calls), `conversation` (what we call), `birth` (the fork handler) and `sys` (a few system
//! calls). Everything else is safe code that knows nothing of C.

mod abi;
mod argv;
mod audit_plugin;
mod birth;
mod callbacks;
mod cgroup;
mod conversation;
mod descendants;
mod facts;
mod guard;
mod io_plugin;
mod local_log;
mod options;
mod pairs;
mod pump;
mod recorder;
mod report;
mod start;
mod sys;
pub mod table;
mod terminal;
mod transport;
