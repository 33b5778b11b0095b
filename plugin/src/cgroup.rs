//! Birth inside the session's cgroup.
//!
//! sudo forks once for a command without a terminal and twice with one (a monitor stands between),
//! once more in the background. The handler runs in each child before anything else; the command,
//! known by the number of forks behind it, joins the cgroup or does not live. sudo itself and its
//! monitor stay outside, so that they can act while the command is frozen.

#![expect(unsafe_code, reason = "a handler that runs between fork and exec")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, IntoRawFd as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, Ordering};

/// Forks between the process that opened the session and this one; copied by each fork.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// The generation from which on processes join.
static JOIN_FROM: AtomicU32 = AtomicU32::new(u32::MAX);
/// `cgroup.procs` of the session's cgroup.
static PROCS: AtomicI32 = AtomicI32::new(-1);
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// From now on the command that sudo forks is born in that cgroup. `forks` is how many forks it
/// takes from here to the command.
///
/// # Errors
/// When the cgroup cannot be opened or the handler cannot be registered.
pub(crate) fn arm(directory: &Path, forks: u32) -> io::Result<()> {
    let procs = File::options().write(true).open(directory.join("cgroup.procs"))?;
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // SAFETY: the handler is a plain function that lives as long as sudo: plugins that have
        // opened are not unloaded before exit.
        let result = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        if result != 0 {
            return Err(io::Error::from_raw_os_error(result));
        }
    }
    let old = PROCS.swap(procs.as_raw_fd(), Ordering::Relaxed);
    debug_assert_eq!(old, -1, "one session a sudo");
    // Kept open until sudo exits; closed in the command by CLOEXEC.
    let _ = procs.into_raw_fd();
    JOIN_FROM.store(forks, Ordering::Relaxed);
    Ok(())
}

/// Only atomics, `write` and `_exit`: all are allowed here (`signal-safety(7)`).
unsafe extern "C" fn in_child() {
    let generation = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
    let procs = PROCS.load(Ordering::Relaxed);
    if procs < 0 || generation < JOIN_FROM.load(Ordering::Relaxed) {
        return;
    }
    // SAFETY: one byte from a static string; "0" is the writing process (cgroups(7)).
    let joined = unsafe { libc::write(procs, c"0".as_ptr().cast(), 1) } == 1;
    if !joined {
        // SAFETY: a static message of that length; _exit runs no handlers of sudo's.
        unsafe {
            libc::write(2, MESSAGE.as_ptr().cast(), MESSAGE.len());
            libc::_exit(1);
        }
    }
}

const MESSAGE: &[u8] = b"sudolog: the command could not join its cgroup and was not run\n";
