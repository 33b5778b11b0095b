//! Who is at the other end of a plugin's connection, by the kernel's word.

use std::fs;

use sudolog_core::session::{SessionId, SessionStart};
use tokio::net::UnixStream;

use crate::freezer::Root;

/// A process that may speak for sudo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pid: u32,
}

/// A process that may not.
#[derive(Debug, thiserror::Error)]
pub(super) enum PeerError {
    /// The kernel does not say who it is.
    #[error("the peer's credentials are not known: {0}")]
    Unknown(#[from] std::io::Error),
    /// Another user.
    #[error("uid {uid} may not use this socket, only uid {allowed}")]
    Uid {
        /// Who called.
        uid: u32,
        /// Who may.
        allowed: u32,
    },
    /// A process of another pid namespace.
    #[error("the peer's process id is not visible from here")]
    Pid,
    /// It speaks for another process.
    #[error("process {peer} opens a session for sudo {claimed}")]
    Claim {
        /// Who called.
        peer: u32,
        /// What the message says.
        claimed: u32,
    },
}

impl Peer {
    /// Asks the kernel (`SO_PEERCRED`, unix(7)).
    pub(super) fn of(stream: &UnixStream, allowed_uid: u32) -> Result<Self, PeerError> {
        let cred = stream.peer_cred()?;
        if cred.uid() != allowed_uid {
            return Err(PeerError::Uid { uid: cred.uid(), allowed: allowed_uid });
        }
        let pid = cred.pid().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0);
        pid.map(|pid| Self { pid }).ok_or(PeerError::Pid)
    }

    /// Makes a session start true: it must be about the caller itself, and the session inside
    /// which it was made is found by the caller's cgroup, whatever the message says.
    pub(super) fn vouch(
        self,
        start: &mut SessionStart,
        root: Option<&Root>,
    ) -> Result<(), PeerError> {
        if start.sudo_pid != self.pid {
            return Err(PeerError::Claim { peer: self.pid, claimed: start.sudo_pid });
        }
        start.parent = root.and_then(|root| self.session(root));
        Ok(())
    }

    fn session(self, root: &Root) -> Option<SessionId> {
        let cgroup = fs::read(format!("/proc/{}/cgroup", self.pid)).ok()?;
        root.session_of(&String::from_utf8_lossy(&cgroup))
    }
}
