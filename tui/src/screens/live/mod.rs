//! The live screen: running sessions, and the chosen one as it happens.

mod list;
mod sessions;
mod state;
mod view;
mod wall;
mod wall_view;
pub(super) mod words;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod state_tests;
#[cfg(test)]
mod view_tests;

pub use sessions::{Scope, Sessions};
pub use state::{End, Focus, Intent, Live, LiveAction};
pub use view::LiveView;
pub use wall::{Side, Wall};
