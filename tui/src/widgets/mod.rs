//! Pieces that several screens draw.

mod screen;

pub use screen::{Crop, ScreenView};
