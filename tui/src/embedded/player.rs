//! Who plays the scripts: the user of this machine, under his own name, in a private directory.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::ack::AckVerifiers;
use sudolog_core::session::{HostName, NameError, SessionId, SessionStart};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use tokio::sync::watch;

use super::pty::{Program, start_ticks};
use super::script::Script;

/// What all scripted sessions share.
#[derive(Clone, Debug)]
pub(super) struct Player {
    /// The shipper's socket.
    pub(super) socket: PathBuf,
    /// The server's public key.
    pub(super) keys: AckVerifiers,
    /// This host, as its certificate names it.
    pub(super) host: HostName,
    /// How a program gets its terminal; see [`launch`](super::launch).
    pub(super) launcher: Vec<OsString>,
    /// Where the programs run; also their home.
    pub(super) home: PathBuf,
    /// Where programs are looked for.
    pub(super) search_path: OsString,
    /// How many sessions are frozen. Nobody begins anything meanwhile: one process stands in for every sudo here,
    /// so a shipper that stops what a session has started stops what any of them has.
    pub(super) frozen: watch::Sender<usize>,
}

impl Player {
    /// What OPEN says. Nothing is made up: the user runs the command as himself, and the process
    /// that stands in for sudo is this one.
    pub(super) fn session_start(&self, script: &Script, tty: &Untrusted) -> SessionStart {
        let uid = rustix::process::getuid().as_raw();
        let user = user_name(uid);
        let pid = std::process::id();
        let home = path_text(&self.home);
        let name = script.program.file_name().map(|name| path_text(Path::new(name)));
        let arguments = script.arguments.iter().map(|argument| argument.as_str().into());
        SessionStart {
            session_id: session_id(),
            submit_host: self.host.clone(),
            submit_user: user.clone(),
            submit_uid: uid,
            submit_cwd: home.clone(),
            submit_time: now(),
            run_user: user,
            run_uid: uid,
            run_group: None,
            run_gid: None,
            run_cwd: home,
            command: path_text(&script.program),
            argv: name.into_iter().chain(arguments).collect(),
            tty: Some(tty.clone()),
            lines: script.size.lines,
            columns: script.size.columns,
            sudo_pid: pid,
            pid_start_ticks: start_ticks(pid),
            boot_id: boot_id(),
            parent: None,
        }
    }

    /// What is started: with an environment of its own, so that nothing of the user's is read or
    /// left behind.
    pub(super) fn program(&self, script: &Script) -> Program {
        let home = self.home.clone().into_os_string();
        let environment = [
            ("PATH", self.search_path.clone()),
            ("HOME", home),
            ("TERM", "xterm-256color".into()),
            ("LANG", "C.UTF-8".into()),
            ("HISTFILE", "/dev/null".into()),
        ];
        // Only bash understands it; other shells keep their own.
        let prompt = script.program.ends_with("bash").then(|| ("PS1", PROMPT.into()));
        Program {
            launcher: self.launcher.clone(),
            path: script.program.clone(),
            arguments: script.arguments.clone(),
            environment: environment.into_iter().chain(prompt).collect(),
            directory: self.home.clone(),
        }
    }
}

/// This machine's name, `localhost` where it has none that a certificate may carry.
pub(super) fn host_name() -> Result<HostName, NameError> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    name.parse().or_else(|_| "localhost".parse())
}

fn session_id() -> SessionId {
    let mut random = [0; 10];
    // Without randomness the time and the process still tell sessions of this run apart.
    let _ = getrandom::fill(&mut random);
    let milliseconds = now().as_nanos() / 1_000_000;
    SessionId::v7(milliseconds, random)
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_nanos(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

fn boot_id() -> Untrusted {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().into()
}

/// The name in `passwd(5)`, else the number.
fn user_name(uid: u32) -> Untrusted {
    let passwd = std::fs::read("/etc/passwd").unwrap_or_default();
    name_in(&passwd, uid).unwrap_or_else(|| uid.to_string().into())
}

fn name_in(passwd: &[u8], uid: u32) -> Option<Untrusted> {
    passwd.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b':');
        let (name, _, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number == uid.to_string().as_bytes()).then(|| Untrusted::new(name))
    })
}

fn path_text(path: &Path) -> Untrusted {
    use std::os::unix::ffi::OsStrExt;
    Untrusted::new(path.as_os_str().as_bytes())
}

const PROMPT: &str = "\\[\\e[32m\\]\\u@\\h\\[\\e[0m\\]:\\W\\$ ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_named_as_passwd_names_them() {
        let passwd = b"root:x:0:0::/root:/bin/sh\nbroken\nsam:x:1000:1000::/:/bin/sh\n";
        assert_eq!(name_in(passwd, 1000), Some("sam".into()));
        assert_eq!(name_in(passwd, 7), None);
    }

    #[test]
    fn two_sessions_never_share_a_name() {
        assert_ne!(session_id(), session_id());
    }
}
