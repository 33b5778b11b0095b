//! How the program stands when it begins: nothing inherited that it does not want, and no power that it does
//! not need.
//!
//! `auditd` runs as root and hands on what it has: a nice value, a blocked signal perhaps, a descriptor or
//! two. What can only be had anew by an exec (environment, signal mask) is had so; the rest is set. At the
//! end the process is another user and has no capability.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Resource, Rlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};
use rustix::{process, thread};

use super::people::{People, Person};

/// Something that cannot be given up.
#[derive(Debug, thiserror::Error)]
pub(super) enum HygieneError {
    /// There is nobody to be.
    #[error(
        "user = {0:?}: there is no such user: useradd --system --no-create-home --shell /usr/sbin/nologin {0}"
    )]
    NoUser(String),
    /// It would not be given up.
    #[error("user = {0:?} has uid 0: choose another")]
    Root(String),
    /// The system refuses.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        source: io::Error,
    },
    /// It did not work, whatever the system says.
    #[error("capabilities are left after giving up root: {0}")]
    Left(String),
}

/// Starts this program anew, once, with an empty environment, no blocked and no ignored signals, and `/` for
/// its directory.
pub(super) fn wash() -> Result<(), HygieneError> {
    if std::env::var_os(WASHED).is_some() {
        // Not before: paths on the command line are those of the place where it was called.
        return std::env::set_current_dir("/").map_err(failed("leave its directory"));
    }
    let this = std::env::current_exe().unwrap_or_else(|_| THIS_PROGRAM.into());
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let mut command = if ignores_signals() && env_resets_signals() {
        // What is ignored stays so over an exec, and only a program in C may change that: this one does.
        let mut command = Command::new(ENV);
        command.args(["--default-signal", "-i", &format!("{WASHED}=1")]).arg(this).args(arguments);
        command
    } else {
        let mut command = Command::new(this);
        command.args(arguments).env_clear().env(WASHED, "1");
        command
    };
    Err(failed("start anew")(command.exec()))
}

/// True when more is ignored than what the standard library ignores itself.
fn ignores_signals() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    ignored & !SIGPIPE != 0
}

/// `env(1)` of GNU coreutils 8.31 and later.
fn env_resets_signals() -> bool {
    let mut probe = Command::new(ENV);
    probe
        .args(["--default-signal", "-i"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// Sets what need not be had anew; `name` is what the system shows.
pub(super) fn settle(name: &str) -> Result<(), HygieneError> {
    // Only to be found by; it may be called anything.
    let _ = std::fs::write("/proc/self/comm", name);
    process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    process::setrlimit(Resource::Core, none)
        .map_err(io::Error::from)
        .map_err(failed("no core files"))?;
    // A favour of `auditd` is kept for the reader, the opposite is not. It works for root only.
    if process::getpriority_process(None).is_ok_and(|nice| nice > 0) {
        let _ = process::setpriority_process(None, 0);
    }
    close_others().map_err(failed("close inherited files"))
}

/// This thread, and those that it starts from now on, run at the priority of everybody.
pub(super) fn return_favour() {
    // To give it up needs no privilege.
    if process::getpriority_process(None).is_ok_and(|nice| nice < 0) {
        let _ = process::setpriority_process(None, 0);
    }
}

/// Becomes the user that is asked for, where this is root; the classic plugin needs nobody to be made for it.
pub(super) fn give_up_root(
    user: &str,
    is_configured: bool,
    keep_bounds: bool,
) -> Result<(), HygieneError> {
    if !process::geteuid().is_root() {
        return Ok(());
    }
    let is_there = is_configured || People::of("/etc/passwd").named(user).is_some();
    become_user(if is_there { user } else { NOBODY }, keep_bounds)
}

/// Becomes that user. With `keep_bounds` programs that it starts may still become somebody else by their
/// file's mode, as some of the programs called sendmail must.
fn become_user(name: &str, keep_bounds: bool) -> Result<(), HygieneError> {
    let person = People::of("/etc/passwd").named(name);
    let person = person.ok_or_else(|| HygieneError::NoUser(name.to_owned()))?;
    if person.uid == 0 {
        return Err(HygieneError::Root(name.to_owned()));
    }
    if !keep_bounds {
        drop_bounds()?;
    }
    change_user(&person).map_err(|error| failed("become another user")(error.into()))?;
    let left =
        thread::capabilities(None).map_err(|error| failed("look at capabilities")(error.into()))?;
    if !(left.effective | left.permitted | left.inheritable).is_empty() {
        return Err(HygieneError::Left(format!("{left:?}")));
    }
    Ok(())
}

/// Stays root, but only in name: no capability is left.
pub(super) fn stay_powerless() -> Result<(), HygieneError> {
    drop_bounds()?;
    let none = CapabilitySets {
        effective: CapabilitySet::empty(),
        permitted: CapabilitySet::empty(),
        inheritable: CapabilitySet::empty(),
    };
    thread::set_capabilities(None, none)
        .map_err(|error| failed("give capabilities up")(error.into()))
}

fn change_user(person: &Person) -> rustix::io::Result<()> {
    let (uid, gid) = (process::Uid::from_raw(person.uid), process::Gid::from_raw(person.gid));
    // There is one thread yet; those that follow inherit what it is.
    thread::set_thread_groups(&[])?;
    thread::set_thread_res_gid(gid, gid, gid)?;
    thread::set_thread_res_uid(uid, uid, uid)
}

fn drop_bounds() -> Result<(), HygieneError> {
    for bit in 0..CAPABILITIES_MAX {
        let one = CapabilitySet::from_bits_retain(1 << bit);
        match thread::remove_capability_from_bounding_set(one) {
            // This kernel has no more.
            Err(rustix::io::Errno::INVAL) => break,
            other => other.map_err(|error| failed("narrow capabilities")(error.into()))?,
        }
    }
    thread::set_no_new_privs(true).map_err(|error| failed("no new privileges")(error.into()))
}

/// Nothing is open yet that is this program's own but the list itself.
fn close_others() -> io::Result<()> {
    let list = std::fs::read_dir("/proc/self/fd")?;
    let names = list.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    // The list's own descriptor is in it; it is closed by then.
    for fd in names.collect::<Vec<_>>().into_iter().filter(|fd| *fd > 2) {
        if Path::new(&format!("/proc/self/fd/{fd}")).symlink_metadata().is_ok() {
            nix::unistd::close(fd)?;
        }
    }
    Ok(())
}

/// True when `auditd` started this program: it reads a socket.
pub(super) fn stdin_is_a_socket() -> bool {
    let status = rustix::fs::fstat(io::stdin().as_fd());
    status.is_ok_and(|status| rustix::fs::FileType::from_raw_mode(status.st_mode).is_socket())
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> HygieneError {
    move |source| HygieneError::System { what, source }
}

/// The program that runs, whatever became of its name.
pub(super) const THIS_PROGRAM: &str = "/proc/self/exe";
const NOBODY: &str = "nobody";
const ENV: &str = "/usr/bin/env";
/// Bit of signal 13.
const SIGPIPE: u64 = 1 << 12;
const WASHED: &str = "SUDOLOG_AUDISP_WASHED";
const CAPABILITIES_MAX: u32 = 64;
