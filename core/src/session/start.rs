//! How a session starts: who runs what, where, as whom.

use serde::{Deserialize, Serialize};

use super::canonical::Canonical;
use super::{HostName, LengthError, SessionId, check_texts};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// Everything that OPEN says and `log.json` keeps; the root of the session's hash chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionStart {
    /// The session's own name, made by the plugin.
    pub session_id: SessionId,
    /// The host, as its certificate names it.
    pub submit_host: HostName,
    /// Who called sudo.
    pub submit_user: Untrusted,
    /// Numeric id of the caller.
    pub submit_uid: u32,
    /// Directory in which sudo was called.
    pub submit_cwd: Untrusted,
    /// When sudo was called, by the host's clock.
    pub submit_time: Timestamp,
    /// Who the command runs as.
    pub run_user: Untrusted,
    /// Numeric id that the command runs as.
    pub run_uid: u32,
    /// Group asked for with `-g`, else absent.
    #[serde(default)]
    pub run_group: Option<Untrusted>,
    /// Numeric id of that group.
    #[serde(default)]
    pub run_gid: Option<u32>,
    /// Directory in which the command runs.
    pub run_cwd: Untrusted,
    /// Full path of the command.
    pub command: Untrusted,
    /// Arguments, `argv[0]` first.
    pub argv: Vec<Untrusted>,
    /// The caller's terminal, absent without one.
    #[serde(default)]
    pub tty: Option<Untrusted>,
    /// Rows of the terminal at the start.
    pub lines: u16,
    /// Columns of the terminal at the start.
    pub columns: u16,
    /// Process id of sudo itself.
    pub sudo_pid: u32,
    /// Start time of that process in clock ticks since boot (`proc(5)`, stat field 22): with the
    /// boot id it names the process for ever.
    pub pid_start_ticks: u64,
    /// `/proc/sys/kernel/random/boot_id`.
    pub boot_id: Untrusted,
    /// The session inside which this sudo was called, found by its cgroup.
    #[serde(default)]
    pub parent: Option<SessionId>,
}

impl SessionStart {
    /// Checks every length against `limits`.
    ///
    /// # Errors
    /// [`LengthError`] with the length seen.
    pub fn check(&self) -> Result<(), LengthError> {
        check_texts(self.names(), &self.argv)
    }

    /// The byte form that `h(0)` of the chain covers; see `docs/protocol.md`.
    pub fn canonical(&self) -> Vec<u8> {
        Canonical::default()
            .bytes(self.submit_host.as_str().as_bytes())
            .text(&self.submit_user)
            .u32(self.submit_uid)
            .text(&self.submit_cwd)
            .i64(self.submit_time.seconds)
            .u32(self.submit_time.nanoseconds)
            .text(&self.run_user)
            .u32(self.run_uid)
            .optional(self.run_group.as_ref(), Canonical::text)
            .optional(self.run_gid, Canonical::u32)
            .text(&self.run_cwd)
            .text(&self.command)
            .texts(&self.argv)
            .optional(self.tty.as_ref(), Canonical::text)
            .u32(self.lines.into())
            .u32(self.columns.into())
            .u32(self.sudo_pid)
            .u64(self.pid_start_ticks)
            .text(&self.boot_id)
            .optional(self.parent, |bytes, id| bytes.bytes(id.as_bytes()))
            .finish()
    }

    /// Every string but the arguments.
    fn names(&self) -> impl Iterator<Item = &Untrusted> {
        [
            &self.submit_user,
            &self.submit_cwd,
            &self.run_user,
            &self.run_cwd,
            &self.command,
            &self.boot_id,
        ]
        .into_iter()
        .chain(&self.run_group)
        .chain(&self.tty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{ARGV_MAX, TEXT_BYTES_MAX};
    use crate::session::sample;

    #[test]
    fn json_round_trip_keeps_every_byte() {
        let start = sample::start();
        let json = serde_json::to_vec(&start).unwrap();
        assert_eq!(serde_json::from_slice::<SessionStart>(&json).unwrap(), start);
    }

    #[test]
    fn canonical_form_tells_fields_apart() {
        let start = sample::start();
        let mut moved = start.clone();
        moved.argv = vec![Untrusted::new(b"id\xff\n".as_slice())];
        assert_ne!(start.canonical(), moved.canonical());
        let mut grouped = start.clone();
        grouped.run_group = Some(Untrusted::default());
        assert_ne!(start.canonical(), grouped.canonical());
    }

    #[test]
    fn lengths_are_bounded() {
        let mut start = sample::start();
        start.argv = vec![Untrusted::new(vec![b'x'; TEXT_BYTES_MAX + 1])];
        assert_eq!(start.check(), Err(LengthError::Text(TEXT_BYTES_MAX + 1)));
        start.argv = vec![Untrusted::new(vec![b'x'; TEXT_BYTES_MAX]); 4];
        assert!(matches!(start.check(), Err(LengthError::Total(_))));
        start.argv = vec![Untrusted::new(vec![1; TEXT_BYTES_MAX]); 3];
        assert!(matches!(start.check(), Err(LengthError::Json(_))), "written as \\u0001");
        start.argv = vec![Untrusted::default(); ARGV_MAX + 1];
        assert_eq!(start.check(), Err(LengthError::Argv(ARGV_MAX + 1)));
        assert_eq!(sample::start().check(), Ok(()));
    }
}
