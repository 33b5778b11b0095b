//! The host's own side: the socket, who may use it, and one task for each session.

mod bridge;
mod farewell;
pub(crate) mod listener;
mod opening;
mod peer;
mod plugin;
mod processes;
pub(crate) mod socket;
