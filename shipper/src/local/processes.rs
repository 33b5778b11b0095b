//! What can be done to the processes of one session, with a cgroup and without.

use std::path::PathBuf;
use std::sync::Arc;

use sudolog_core::session::SessionId;
use sudolog_core::untrusted::Untrusted;
use tracing::warn;

use crate::freezer::{Group, Root};
use crate::machine::traffic::GroupState;

/// The processes of one session.
///
/// Without a cgroup (`freeze = "signal"`) nothing is stopped or killed from here: freeze and thaw
/// are only announced, and the plugin, which knows the command's process group, ends the command.
#[derive(Debug)]
pub(super) enum Processes {
    /// In a cgroup of their own.
    Grouped(Group),
    /// Anywhere; what was last ordered.
    Loose(GroupState),
}

impl Processes {
    /// Makes the session's cgroup, where the host has them. Blocks shortly.
    pub(super) fn make(root: Option<Arc<Root>>, id: SessionId) -> std::io::Result<Self> {
        match root {
            Some(root) => root.make(id).map(Self::Grouped),
            None => Ok(Self::Loose(GroupState::default())),
        }
    }

    /// The cgroup's directory, for the plugin.
    pub(super) fn dir(&self) -> Option<Untrusted> {
        use std::os::unix::ffi::OsStrExt as _;
        match self {
            Self::Grouped(group) => Some(Untrusted::new(group.dir().as_os_str().as_bytes())),
            Self::Loose(_) => None,
        }
    }

    /// Orders a freeze or a thaw.
    pub(super) fn freeze(&mut self, id: SessionId, frozen: bool) {
        match self {
            Self::Grouped(group) => {
                if let Err(error) = group.freeze(frozen) {
                    warn!(session = %id, frozen, %error, "SECURITY: cgroup.freeze failed");
                }
            }
            Self::Loose(state) => {
                state.frozen = frozen;
                warn!(session = %id, frozen, "only announced: freeze = \"signal\" has no cgroup");
            }
        }
    }

    /// Kills all.
    pub(super) fn kill(&mut self, id: SessionId) {
        match self {
            Self::Grouped(group) => {
                if let Err(error) = group.kill() {
                    warn!(session = %id, %error, "SECURITY: cgroup.kill failed");
                }
            }
            Self::Loose(_) => warn!(session = %id, "left to the plugin: no cgroup to kill"),
        }
    }

    /// The state now; from then on [`changed`](Self::changed) reports changes.
    pub(super) fn state(&mut self, id: SessionId) -> GroupState {
        match self {
            Self::Grouped(group) => {
                group.watch().and_then(|()| group.state()).unwrap_or_else(|error| {
                    warn!(session = %id, %error, "cgroup.events cannot be read");
                    GroupState::default()
                })
            }
            Self::Loose(state) => *state,
        }
    }

    /// Waits for a change of a state that was asked for before.
    pub(super) async fn changed(&self) {
        match self {
            Self::Grouped(group) => group.changed().await,
            Self::Loose(_) => std::future::pending().await,
        }
    }

    /// Removes the cgroup, which must be empty.
    pub(super) fn remove(self, id: SessionId) {
        if let Self::Grouped(group) = self {
            let dir: PathBuf = group.dir().into();
            if let Err(error) = group.remove() {
                warn!(session = %id, dir = %dir.display(), %error, "the cgroup stays");
            }
        }
    }
}
