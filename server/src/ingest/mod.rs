//! Taking recordings in: what hosts may say, in which order, and the proof that it is stored.
//!
//! `connection` speaks with one host about its sessions, `hosts` and `queue` say how much of each waits
//! for the journal and whose turn it is, `committer` brings everything there and signs. `audits` takes
//! what a host says beside its recordings, and `allowance` bounds that. The sessions themselves, and the
//! rule of what may come next in one, are in `sessions`.

mod allowance;
mod audits;
mod committer;
pub mod connection;
mod exact;
mod hosts;
mod incidents;
mod lookups;
mod queue;
mod rebuild;
mod recorder;
mod witnessed;

pub use recorder::{Recorder, RecorderConfig};
