//! Live screens: one emulator for each session that somebody watches, shared by all its watchers.
//!
//! A late joiner gets one keyframe and then the tail. Nothing here is on the acknowledgement path
//! (invariant I2), and a session that nobody watches costs nothing.

mod channel;
mod hub;

pub use channel::WatchItem;
pub use hub::Hub;
