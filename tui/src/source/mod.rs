//! Where sessions and recordings come from.

mod about;
pub mod archive;
mod distant;
mod recording;
pub mod server;

pub use about::About;
pub use distant::{Distant, Found, Looker, Outliner, Searcher, Told};
pub use recording::{Proof, Recording, RecordingError, Standing};
