//! What a recorded session is: its names, how it starts, what happens in it, how it ends.

mod canonical;
mod end;
mod event;
mod id;
mod incident;
mod length;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
mod start;
mod state;

pub use end::{EndReason, SessionEnd};
pub use event::{Event, EventError, EventKind};
pub use id::{HostName, NameError, SessionId, Tsid};
pub use incident::{Incident, IncidentKind, IncidentSort};
pub use length::LengthError;
pub(crate) use length::{check_sentences, check_texts};
pub use start::SessionStart;
pub use state::SessionState;
