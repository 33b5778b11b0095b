//! Where sessions and recordings come from.

mod about;
pub mod archive;
mod distant;
mod recording;
pub mod server;

pub use about::About;
pub use distant::{Distant, Looker, Outliner, Told};
pub use recording::{Proof, Recording, RecordingError, Standing};
