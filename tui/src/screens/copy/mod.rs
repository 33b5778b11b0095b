//! Copy mode: a recorded screen is held, and the operator chooses what of it to copy.

mod region;
mod state;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use region::screen_text;
pub use region::{Copied, Shape, Spot};
pub use state::{CopyAction, CopyMode, Motion};
pub(super) use view::draw;
