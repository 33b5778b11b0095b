//! Birth inside the session's cgroup.
//!
//! sudo forks once for a command without a terminal and twice with one (a monitor stands between),
//! once more in the background. The handler runs in each child before anything else; the command,
//! known by the number of forks behind it, joins the cgroup or does not live. sudo itself and its
//! monitor stay outside, so that they can act while the command is frozen. Whether something was
//! born inside is written where sudo itself can see it, because a count can be wrong.

#![expect(unsafe_code, reason = "a handler that runs between fork and exec")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd as _, IntoRawFd as _, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};

/// How sudo forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Forks {
    /// Forks from here to the sudo that waits for the command: one in the background.
    pub(crate) to_main: u32,
    /// Forks from here to the command.
    pub(crate) to_command: u32,
}

/// Forks between the process that opened the session and this one; copied by each fork.
static GENERATION: AtomicU32 = AtomicU32::new(0);
/// The generation from which on processes join.
static JOIN_FROM: AtomicU32 = AtomicU32::new(u32::MAX);
/// The last generation that speaks to the shipper.
static MAIN: AtomicU32 = AtomicU32::new(u32::MAX);
/// `cgroup.procs` of the session's cgroup.
static PROCS: AtomicI32 = AtomicI32::new(-1);
/// The session's connection to the shipper.
static CONNECTION: AtomicI32 = AtomicI32::new(-1);
/// One flag in memory that all generations share.
static BORN: AtomicPtr<AtomicBool> = AtomicPtr::new(std::ptr::null_mut());
static REGISTERED: AtomicBool = AtomicBool::new(false);

/// From now on the command that sudo forks is born in that cgroup, and no process but sudo itself
/// keeps `connection` open: the shipper must see when sudo dies, whatever else still lives.
///
/// # Errors
/// When the cgroup cannot be opened or the handler cannot be registered.
pub(crate) fn arm(directory: &Path, forks: Forks, connection: RawFd) -> io::Result<()> {
    let procs = File::options().write(true).open(directory.join("cgroup.procs"))?;
    BORN.store(shared_flag()?, Ordering::Relaxed);
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
    CONNECTION.store(connection, Ordering::Relaxed);
    MAIN.store(forks.to_main, Ordering::Relaxed);
    JOIN_FROM.store(forks.to_command, Ordering::Relaxed);
    Ok(())
}

/// True when something was born inside the cgroup, or no cgroup is asked for.
pub(crate) fn happened() -> bool {
    let born = BORN.load(Ordering::Relaxed);
    // SAFETY: null, or the flag of `shared_flag`, which is never unmapped.
    unsafe { born.as_ref() }.is_none_or(|born| born.load(Ordering::Relaxed))
}

/// A flag that children and parent see alike.
fn shared_flag() -> io::Result<*mut AtomicBool> {
    // SAFETY: a new mapping, zeroed by the kernel, which is a valid false; larger than the flag and
    // aligned to a page. It lives until sudo exits.
    let place = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            size_of::<AtomicBool>(),
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if place == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(place.cast()) }
}

/// Only atomics, `write`, `close` and `_exit`: all are allowed here (`signal-safety(7)`).
unsafe extern "C" fn in_child() {
    let generation = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
    let procs = PROCS.load(Ordering::Relaxed);
    if procs < 0 {
        return;
    }
    if generation > MAIN.load(Ordering::Relaxed) {
        let connection = CONNECTION.swap(-1, Ordering::Relaxed);
        if connection >= 0 {
            // SAFETY: this child has no other use for the descriptor: only sudo itself runs the
            // plugin's code again.
            unsafe { libc::close(connection) };
        }
    }
    if generation < JOIN_FROM.load(Ordering::Relaxed) {
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
    // SAFETY: null, or the shared flag, which is never unmapped.
    if let Some(born) = unsafe { BORN.load(Ordering::Relaxed).as_ref() } {
        born.store(true, Ordering::Relaxed);
    }
}

const MESSAGE: &[u8] = b"sudolog: the command could not join its cgroup and was not run\n";
