//! The host's own side: the socket, who may use it, and one task for each session.

mod bridge;
mod group;
pub(crate) mod listener;
mod peer;
mod plugin;
pub(crate) mod socket;
