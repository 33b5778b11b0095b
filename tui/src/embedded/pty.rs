//! A pseudo-terminal and the program on it.
//!
//! Invariant: when a [`Running`] is dropped, for whatever reason, every process of its terminal
//! session is killed and the program itself is reaped.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use sudolog_core::untrusted::Untrusted;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::processes;

/// A size in rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) lines: u16,
    pub(super) columns: u16,
}

/// What to run on a terminal.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// The words before `path`: a program that takes the terminal on its standard input as its
    /// controlling one and then becomes `path`.
    pub(super) launcher: Vec<OsString>,
    /// Full path of the program.
    pub(super) path: PathBuf,
    /// Its arguments, `argv[0]` not among them.
    pub(super) arguments: Vec<String>,
    /// Its whole environment.
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// Where it runs.
    pub(super) directory: PathBuf,
}

/// An open pseudo-terminal with nothing on it yet.
pub(super) struct Pty {
    master: OwnedFd,
    slave: OwnedFd,
    name: Untrusted,
}

impl Pty {
    /// Opens one of the given size. Needs a tokio runtime later, not here.
    pub(super) fn open(size: Size) -> io::Result<Self> {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags)?;
        unlockpt(&master)?;
        let slave = ioctl_tiocgptpeer(&master, flags)?;
        let name = Untrusted::new(ptsname(&master, Vec::new())?.into_bytes());
        fcntl_setfl(&master, fcntl_getfl(&master)? | OFlags::NONBLOCK)?;
        let pty = Self { master, slave, name };
        set_size(&pty.master, size)?;
        Ok(pty)
    }

    /// The device that the program sees, for example `/dev/pts/3`.
    pub(super) fn name(&self) -> &Untrusted {
        &self.name
    }

    /// Starts the program as the leader of its own session with this as controlling terminal.
    pub(super) fn spawn(self, program: &Program) -> io::Result<Running> {
        let Self { master, slave, .. } = self;
        let mut words = program.launcher.iter().map(OsString::as_os_str);
        let child = Command::new(words.next().unwrap_or(program.path.as_os_str()))
            .args(words)
            .arg(&program.path)
            .args(&program.arguments)
            .env_clear()
            .envs(program.environment.iter().map(|(key, value)| (key, value)))
            .current_dir(&program.directory)
            .stdin(Stdio::from(slave.try_clone()?))
            .stdout(Stdio::from(slave.try_clone()?))
            .stderr(Stdio::from(slave))
            .spawn()?;
        let leader = Leader { child, reaped: false };
        let exited = pidfd_open(leader.pid(), PidfdFlags::empty())?;
        Ok(Running {
            exited: watched(exited, Interest::READABLE)?,
            master: watched(master, Interest::READABLE)?,
            leader,
        })
    }
}

/// A program on its terminal.
pub(super) struct Running {
    master: AsyncFd<OwnedFd>,
    exited: AsyncFd<OwnedFd>,
    leader: Leader,
}

impl Running {
    /// What the program wrote, as it comes; 0 when nobody has the terminal open any more. Safe to
    /// cancel.
    pub(super) async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.master.readable().await?;
            match ready.try_io(|master| Ok(rustix::io::read(master, &mut *buffer)?)) {
                // EIO is how Linux says that the other side is closed.
                Ok(Err(error)) if error.raw_os_error() == Some(EIO) => return Ok(0),
                Ok(result) => return result,
                Err(_would_block) => {}
            }
        }
    }

    /// Types on the terminal. A terminal takes 4 KiB without a reader; keys are far fewer.
    pub(super) fn type_keys(&self, keys: &[u8]) -> io::Result<()> {
        Ok(rustix::io::write(self.master.get_ref(), keys).map(drop)?)
    }

    /// Changes the window; the kernel sends SIGWINCH.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        set_size(self.master.get_ref(), size)
    }

    /// Ends everything on the terminal, as closing its window would, but surely.
    pub(super) fn kill(&self) {
        processes::kill_session(self.leader.pid());
    }

    /// Lets everything on the terminal stand still, or go on: nothing here may make the cgroup that the shipper
    /// would freeze.
    pub(super) fn hold(&self, still: bool) {
        let signal = if still { Signal::STOP } else { Signal::CONT };
        processes::signal_session(self.leader.pid(), signal);
    }

    /// Waits for the program's end, and ends what it leaves in its session. Safe to cancel.
    pub(super) async fn exited(&mut self) -> io::Result<ExitStatus> {
        self.exited.readable().await?.retain_ready();
        self.leader.reap()
    }
}

/// The signal that ended a program, without `SIG`; `None` when it exited.
pub(super) fn signal_name(status: ExitStatus) -> Option<String> {
    let number = status.signal()?;
    let known = SIGNALS.iter().find(|(code, _)| *code == number);
    Some(known.map_or_else(|| number.to_string(), |(_, name)| (*name).to_owned()))
}

/// The session leader, killed with all of its session and reaped when dropped.
struct Leader {
    child: Child,
    /// Afterwards its number may be another's.
    reaped: bool,
}

impl Leader {
    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn reap(&mut self) -> io::Result<ExitStatus> {
        if !self.reaped {
            processes::kill_session(self.pid());
            self.reaped = true;
        }
        self.child.wait()
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        // Wrong only when somebody else has reaped it, and then nothing is left to do.
        let _ = self.child.kill();
        let _ = self.reap();
    }
}

/// Hands a descriptor to the reactor.
#[expect(
    deprecated,
    reason = "the successor is unsafe, which this crate denies; an OwnedFd keeps what it demands"
)]
fn watched(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::with_interest(fd, interest)
}

fn set_size(master: impl AsFd, size: Size) -> io::Result<()> {
    let Size { lines, columns } = size;
    let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    Ok(tcsetwinsize(master, size)?)
}

/// `/proc` without the means to read it is told as no start time at all.
pub(super) fn start_ticks(pid: u32) -> u64 {
    File::open(format!("/proc/{pid}/stat"))
        .and_then(io::read_to_string)
        .ok()
        .and_then(|stat| processes::stat_field(&stat, 22)?.parse().ok())
        .unwrap_or(0)
}

const EIO: i32 = rustix::io::Errno::IO.raw_os_error();

/// `signal(7)`; those that can end a scripted program.
const SIGNALS: [(i32, &str); 9] = [
    (1, "HUP"),
    (2, "INT"),
    (3, "QUIT"),
    (6, "ABRT"),
    (9, "KILL"),
    (11, "SEGV"),
    (13, "PIPE"),
    (14, "ALRM"),
    (15, "TERM"),
];
