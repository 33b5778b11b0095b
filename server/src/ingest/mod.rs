//! Taking recordings in: what hosts may say, in which order, and the proof that it is stored.
//!
//! `session` is the pure rule of one session, `registry` knows all of them, `connection` speaks with
//! one host, `hosts` and `queue` say how much of each waits for the journal and whose turn it is,
//! `committer` brings everything there and signs, `fanout` feeds live viewers, `fresh` says to the rules
//! which sessions have something new. `audits` takes what a host says beside its recordings, and
//! `allowance` bounds that.

mod allowance;
mod audits;
mod committer;
pub mod connection;
mod exact;
mod fanout;
mod fresh;
mod health;
mod hosts;
mod incidents;
mod lookups;
mod queue;
mod rebuild;
mod recorder;
mod registry;
mod session;

pub use fanout::{Fanout, LiveItem, Subscription};
pub use fresh::{Fresh, Next};
pub(crate) use health::{Health, Storage};
pub use recorder::{Recorder, RecorderConfig};
pub use registry::{Registry, Session};
pub use session::{Machine, PeerError};
