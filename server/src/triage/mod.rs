//! What operators say of sessions: kept beside the recordings, counted in the index, told to every
//! console. What it means is said by `sudolog_core::triage`; who may say it, by `query`.

mod bench;
mod changes;
mod docket;
mod presence;

pub use bench::{Bench, Hearing, JudgeError};
pub use changes::{Changes, Listener};
pub use presence::{Presence, Stay};
