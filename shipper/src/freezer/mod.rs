//! Stopping and killing what a session started.

mod births;
mod cgroup;
mod family;
mod hunt;
mod kin;
mod mount;
mod watch;

pub use cgroup::FreezerError;
pub(crate) use cgroup::{Group, Root};
pub(crate) use family::Origin;
pub(crate) use watch::{Membership, Watch};
