//! The rules at work: every session is assessed while it runs, every recording that lies in the store
//! as soon as there is time, and anew when the rules change.
//!
//! Invariant I2: none of it is on the way of an acknowledgement. One thread reads what the store has
//! written, as a viewer would; the further it lies behind, the later a score comes.
//!
//! `worker` is that thread, `backlog` what it has to do in the store, `tail` one session in its hands, `circumstances` what is known of a
//! session beside its recording, `rejects` what sudo refused before, `law` the rules in force and where they come from,
//! `rulebook` how operators change them, `successor` how a file of theirs takes the place of another, `herald` tells how
//! sessions stand, `trial` what others would make of the store, `board` what the
//! rest of the server may look at.

mod backlog;
mod board;
mod circumstances;
mod earlier;
mod herald;
mod law;
mod rejects;
mod rulebook;
mod successor;
mod tail;
mod trial;
mod worker;

pub use board::{Board, Progress};
pub use law::{Law, LawError, read};
pub use rulebook::{Rulebook, RulebookError};
pub use trial::{Sight, Step, Trial};
pub use worker::{Worker, start};

/// By this name rules give orders; no operator is called so.
pub const WHO: &str = "rules";

/// Under this name it is said what is wrong with the file of rules.
pub const WARNING: &str = "rules";
