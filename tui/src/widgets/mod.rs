//! Pieces that several screens draw.

mod input;
mod miniature;
mod modal;
mod screen;
mod screen_text;
mod split;
mod spread;
mod time_bar;
mod wrap;

pub use input::{Edit, Input, Window};
pub use miniature::Miniature;
pub use modal::Modal;
pub use screen::{Crop, ScreenView};
pub use screen_text::screen_text;
pub use split::Split;
pub use spread::Spread;
pub use time_bar::{Pause, Tick, TimeBar};
pub use wrap::wrap;
