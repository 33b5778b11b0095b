//! Where sessions and recordings come from.

mod about;
pub mod archive;
mod recording;
pub mod server;

pub use about::About;
pub use recording::{Proof, Recording, RecordingError, Standing};
