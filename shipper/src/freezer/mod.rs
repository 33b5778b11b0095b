//! Stopping and killing what a session started.

mod cgroup;
mod mount;

pub use cgroup::FreezerError;
pub(crate) use cgroup::{Group, Root};
