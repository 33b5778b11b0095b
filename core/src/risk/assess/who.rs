//! Whose session is scored, and what is known of it that no event says.

use crate::risk::rules::EndKind;
use crate::session::{SessionEnd, SessionStart};
use crate::untrusted::Untrusted;

/// Who runs what, where, as whom: of a session of ours, or of any recording of sudo's.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// Submit user.
    pub user: &'a Untrusted,
    /// Submit host; empty where a recording does not say it.
    pub host: &'a [u8],
    /// Run user.
    pub run_user: &'a Untrusted,
    /// Its number, where a recording says it.
    pub run_uid: Option<u32>,
    /// Full path of the command.
    pub command: &'a Untrusted,
    /// Arguments, `argv[0]` first.
    pub argv: &'a [Untrusted],
    /// The terminal, absent without one.
    pub tty: Option<&'a Untrusted>,
    /// Rows of the terminal at the start; 0 without one.
    pub lines: u16,
    /// Columns of the terminal at the start; 0 without one.
    pub columns: u16,
}

/// What the server knows of a session beside its recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// It began outside business hours.
    pub after_hours: bool,
    /// This user was never seen with this command on this host.
    pub first_seen: bool,
    /// So often sudo refused the user before, within
    /// [`rejects_within_s`](crate::risk::Rules::rejects_within_s).
    pub rejects_before: u32,
    /// So many seconds are the clocks of host and server apart.
    pub clock_skew_s: u64,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// In which way; `None` for one that rules do not know.
    pub kind: Option<EndKind>,
    /// Nanoseconds from its start to its end, where they are known.
    pub run_time_ns: Option<u64>,
}

impl<'a> Who<'a> {
    /// Of a session of ours.
    pub fn of_start(start: &'a SessionStart) -> Self {
        Self {
            user: &start.submit_user,
            host: start.submit_host.as_str().as_bytes(),
            run_user: &start.run_user,
            run_uid: Some(start.run_uid),
            command: &start.command,
            argv: &start.argv,
            tty: start.tty.as_ref(),
            lines: start.lines,
            columns: start.columns,
        }
    }

    /// The command with its arguments as one line, as rules see it.
    pub(super) fn command_line(&self) -> Vec<u8> {
        let mut line = self.program().to_vec();
        for argument in self.argv.iter().skip(1) {
            line.push(b' ');
            line.extend_from_slice(argument.as_bytes());
        }
        line
    }

    /// The name of the program, without its directory.
    pub(super) fn program_name(&self) -> &'a [u8] {
        let name = self.program().rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        name.strip_prefix(b"-").unwrap_or(name)
    }

    /// True for a shell, whatever it is started with.
    pub(super) fn is_shell(&self) -> bool {
        SHELLS.contains(&self.program_name())
    }

    /// True when the command runs as root.
    pub(super) fn is_root(&self) -> bool {
        self.run_uid.map_or(self.run_user.as_bytes() == b"root", |uid| uid == 0)
    }

    /// The path where it is known: `argv[0]` can be anything.
    fn program(&self) -> &'a [u8] {
        let first = self.argv.first().filter(|_| self.command.is_empty());
        first.unwrap_or(self.command).as_bytes()
    }
}

impl Ending {
    /// Of a session of ours that is complete.
    pub fn of_end(end: &SessionEnd) -> Self {
        Self { kind: EndKind::of(&end.reason), run_time_ns: Some(end.run_time_ns) }
    }

    /// Of a recording without an end.
    pub fn incomplete() -> Self {
        Self { kind: Some(EndKind::Incomplete), run_time_ns: None }
    }
}

const SHELLS: [&[u8]; 11] =
    [b"sh", b"bash", b"dash", b"zsh", b"ksh", b"fish", b"csh", b"tcsh", b"ash", b"mksh", b"su"];
