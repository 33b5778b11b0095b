//! Pieces that several screens draw.

mod screen;
mod spread;
mod time_bar;

pub use screen::{Crop, ScreenView};
pub use spread::Spread;
pub use time_bar::TimeBar;
