//! Live screens: one emulator for each session that somebody watches, shared by all its watchers.
//!
//! A late joiner gets one keyframe and then the tail. Nothing here is on the acknowledgement path
//! (invariant I2), and a session that nobody watches costs nothing.

mod channel;
mod hub;
mod watcher;

pub use hub::Hub;
pub use watcher::WatchItem;
