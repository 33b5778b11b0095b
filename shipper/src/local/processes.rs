//! What can be done to the processes of one session, with a cgroup and without.

use std::path::PathBuf;
use std::sync::Arc;

use sudolog_core::session::SessionId;
use sudolog_core::untrusted::Untrusted;
use tracing::warn;

use crate::freezer::{Group, Membership, Origin, Root, Watch};
use crate::machine::traffic::GroupState;

/// The processes of one session.
#[derive(Debug)]
pub(super) struct Processes {
    id: SessionId,
    place: Place,
    /// Those outside the cgroup; without a cgroup all of them.
    others: Membership,
}

#[derive(Debug)]
enum Place {
    /// In a cgroup of their own.
    Grouped(Group),
    /// Anywhere (`freeze = "signal"`): stopped and killed one by one, which a process can escape.
    /// What was last ordered.
    Loose(GroupState),
}

impl Processes {
    /// Makes the session's cgroup, where the host has them. Blocks shortly.
    pub(super) fn make(
        root: Option<Arc<Root>>,
        watch: &Watch,
        id: SessionId,
        origin: Origin,
    ) -> std::io::Result<Self> {
        let place = match root {
            Some(root) => Place::Grouped(root.make(id)?),
            None => Place::Loose(GroupState::default()),
        };
        let dir = match &place {
            Place::Grouped(group) => Some(group.dir().to_owned()),
            Place::Loose(_) => None,
        };
        Ok(Self { id, place, others: watch.join(id, dir, origin) })
    }

    /// The cgroup's directory, for the plugin.
    pub(super) fn dir(&self) -> Option<Untrusted> {
        use std::os::unix::ffi::OsStrExt as _;
        match &self.place {
            Place::Grouped(group) => Some(Untrusted::new(group.dir().as_os_str().as_bytes())),
            Place::Loose(_) => None,
        }
    }

    /// Orders a freeze or a thaw.
    pub(super) fn freeze(&mut self, frozen: bool) {
        match &mut self.place {
            Place::Grouped(group) => {
                if let Err(error) = group.freeze(frozen) {
                    warn!(session = %self.id, frozen, %error, "SECURITY: cgroup.freeze failed");
                }
            }
            Place::Loose(state) => state.frozen = frozen,
        }
        self.others.freeze(frozen);
    }

    /// Kills all.
    pub(super) fn kill(&mut self) {
        if let Place::Grouped(group) = &mut self.place
            && let Err(error) = group.kill()
        {
            warn!(session = %self.id, %error, "SECURITY: cgroup.kill failed");
        }
        self.others.kill();
    }

    /// The state now; from then on [`changed`](Self::changed) reports changes.
    /// Who may still turn up after a kill counts as being there.
    pub(super) fn state(&mut self) -> GroupState {
        let state = match &mut self.place {
            Place::Grouped(group) => {
                group.watch().and_then(|()| group.state()).unwrap_or_else(|error| {
                    warn!(session = %self.id, %error, "cgroup.events cannot be read");
                    GroupState::default()
                })
            }
            Place::Loose(state) => *state,
        };
        GroupState { populated: state.populated || self.others.is_hunting(), ..state }
    }

    /// True when somebody else has taken the order to stop back.
    pub(super) fn was_thawed(&self) -> bool {
        match &self.place {
            Place::Grouped(group) => group.was_thawed(),
            Place::Loose(_) => false,
        }
    }

    /// Waits for a change of a state that was asked for before, or for an escape, in words.
    pub(super) async fn changed(&mut self) -> Option<String> {
        let Self { place, others, .. } = self;
        let changed = async {
            match place {
                Place::Grouped(group) => group.changed().await,
                Place::Loose(_) => std::future::pending().await,
            }
        };
        let caught = others.when_caught();
        tokio::select! {
            () = changed => None,
            () = caught.notified() => None,
            text = others.escape() => Some(text),
        }
    }

    /// Removes the cgroup, which must be empty.
    pub(super) fn remove(self) {
        if let Place::Grouped(group) = self.place {
            let dir: PathBuf = group.dir().into();
            if let Err(error) = group.remove() {
                warn!(session = %self.id, dir = %dir.display(), %error, "the cgroup stays");
            }
        }
    }
}
