//! A few system calls that std has no safe form of, each behind one.

#![expect(unsafe_code, reason = "system calls")]

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Connects to a unix socket and gives up after `limit`: a listener that takes nobody in must not
/// hang sudo.
pub(crate) fn connect(path: &Path, limit: Duration) -> io::Result<UnixStream> {
    // SAFETY: sockaddr_un is plain data for which all zeros is valid.
    let mut address: libc::sockaddr_un = unsafe { std::mem::zeroed() };
    address.sun_family = libc::AF_UNIX as libc::sa_family_t;
    let bytes = path.as_os_str().as_bytes();
    if bytes.len() >= address.sun_path.len() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path is too long for a socket",
        ));
    }
    for (place, byte) in address.sun_path.iter_mut().zip(bytes) {
        *place = byte.cast_signed();
    }
    // SAFETY: no pointers; the descriptor is owned at once.
    let socket = unsafe {
        let fd = libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0);
        check(fd)?;
        UnixStream::from_raw_fd(fd)
    };
    // SO_SNDTIMEO bounds connect(2) on a unix socket as well (unix(7)).
    socket.set_write_timeout(Some(limit))?;
    // SAFETY: the address is whole and lives during the call.
    check(unsafe {
        libc::connect(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of::<libc::sockaddr_un>() as libc::socklen_t,
        )
    })?;
    Ok(socket)
}

/// Sends what the socket takes. A peer that is gone is an error and no SIGPIPE, which would end sudo.
pub(crate) fn send(socket: &UnixStream, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the buffer lives during the call and is as long as said.
    let sent = unsafe {
        libc::send(socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), libc::MSG_NOSIGNAL)
    };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

/// The user id of the process that listens at the other end (`unix(7)`, SO_PEERCRED).
pub(crate) fn peer_uid(socket: &UnixStream) -> io::Result<u32> {
    let mut peer = libc::ucred { pid: 0, uid: u32::MAX, gid: u32::MAX };
    let mut length = size_of::<libc::ucred>() as libc::socklen_t;
    // SAFETY: the buffer is as long as `length` says and lives during the call.
    check(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_PEERCRED,
            (&raw mut peer).cast(),
            &raw mut length,
        )
    })?;
    Ok(peer.uid)
}

/// A counter that wakes whoever polls it (`eventfd(2)`).
pub(crate) struct Wake(OwnedFd);

impl Wake {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no pointers; the descriptor is owned at once.
        unsafe {
            let fd = libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK);
            check(fd)?;
            Ok(Self(OwnedFd::from_raw_fd(fd)))
        }
    }

    /// Makes the next or current poll return.
    pub(crate) fn wake(&self) {
        let one = 1u64;
        // SAFETY: eight bytes are read from `one`. A full counter is as good as a woken one.
        unsafe { libc::write(self.0.as_raw_fd(), (&raw const one).cast(), size_of::<u64>()) };
    }

    fn drain(&self) {
        let mut count = 0u64;
        // SAFETY: eight bytes are written to `count`.
        unsafe { libc::read(self.0.as_raw_fd(), (&raw mut count).cast(), size_of::<u64>()) };
    }
}

/// Waits until the socket can be read (or written, if asked), somebody wakes, or time is over.
/// Gives (readable, writable).
pub(crate) fn poll(
    socket: impl AsFd,
    wake: &Wake,
    write: bool,
    limit: Duration,
) -> io::Result<(bool, bool)> {
    let entry =
        |fd: BorrowedFd<'_>, events| libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
    let interest = libc::POLLIN | if write { libc::POLLOUT } else { 0 };
    let mut entries = [entry(socket.as_fd(), interest), entry(wake.0.as_fd(), libc::POLLIN)];
    // One more, so that a limit below a millisecond does not become a busy loop.
    let limit = c_int::try_from(limit.as_millis() + 1).unwrap_or(c_int::MAX);
    // SAFETY: the array is as long as said and lives during the call.
    let ready = unsafe { libc::poll(entries.as_mut_ptr(), 2, limit) };
    if ready < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted {
            Ok((false, false))
        } else {
            Err(error)
        };
    }
    let [socket, woken] = entries;
    if woken.revents != 0 {
        wake.drain();
    }
    let readable = socket.revents & (libc::POLLIN | libc::POLLHUP | libc::POLLERR) != 0;
    Ok((readable, socket.revents & libc::POLLOUT != 0))
}

/// Starts a thread that no signal is ever delivered to: sudo's own signal handling relies on its
/// main thread (a thread that takes SIGCHLD makes sudo hang now and then).
pub(crate) fn spawn_without_signals(
    work: impl FnOnce() + Send + 'static,
) -> io::Result<std::thread::JoinHandle<()>> {
    // SAFETY: both sets are plain data, filled before use; the mask of this thread is restored.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        check(-libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before))?;
        // A new thread begins with its creator's mask.
        let thread = std::thread::Builder::new().name("sudolog".into()).spawn(work);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, std::ptr::null_mut());
        thread
    }
}

/// How a terminal is set (`termios(3)`).
pub(crate) struct Modes(libc::termios);

impl Modes {
    pub(crate) fn of(terminal: &impl AsFd) -> io::Result<Self> {
        // SAFETY: termios is plain data for which all zeros is valid.
        let mut modes: libc::termios = unsafe { std::mem::zeroed() };
        // SAFETY: the place is large enough and lives during the call.
        check(unsafe { libc::tcgetattr(terminal.as_fd().as_raw_fd(), &raw mut modes) })?;
        Ok(Self(modes))
    }

    pub(crate) fn apply(&self, terminal: &impl AsFd) -> io::Result<()> {
        let fd = terminal.as_fd().as_raw_fd();
        // SAFETY: the modes are whole and live during the call.
        check(unsafe { libc::tcsetattr(fd, libc::TCSANOW, &raw const self.0) })
    }
}

/// True when the terminal's keys go to this process group.
pub(crate) fn is_foreground(terminal: &impl AsFd) -> bool {
    // SAFETY: no pointers.
    unsafe { libc::tcgetpgrp(terminal.as_fd().as_raw_fd()) == libc::getpgrp() }
}

/// Stops this process group by the default action of SIGTSTP, as sudo does for Ctrl+Z: the user's
/// shell sees its job stop. Returns when it continues; at once in a group that no shell looks after
/// (POSIX: an orphaned one is not stopped).
pub(crate) fn suspend_group() {
    // SAFETY: actions and masks are plain data, filled before use; sudo's own are put back.
    unsafe {
        let mut default: libc::sigaction = std::mem::zeroed();
        let mut action: libc::sigaction = std::mem::zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        if libc::sigaction(libc::SIGTSTP, &raw const default, &raw mut action) != 0 {
            return;
        }
        // sudo blocks it while it calls a plugin.
        let mut stop: libc::sigset_t = std::mem::zeroed();
        let mut mask: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut stop);
        libc::sigaddset(&raw mut stop, libc::SIGTSTP);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const stop, &raw mut mask);
        libc::kill(0, libc::SIGTSTP);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const mask, std::ptr::null_mut());
        libc::sigaction(libc::SIGTSTP, &raw const action, std::ptr::null_mut());
    }
}

/// Lets a process group forget that it was to stop: SIGCONT discards pending stops (`signal(7)`).
pub(crate) fn discard_stop(group: i32) {
    // SAFETY: no pointers.
    unsafe { libc::kill(-group, libc::SIGCONT) };
}

/// Tells a process group that the size of its window may be another one, which most ignore (`signal(7)`).
pub(crate) fn tell_of_window(group: i32) {
    // SAFETY: no pointers.
    unsafe { libc::kill(-group, libc::SIGWINCH) };
}

/// Asks this sudo, and nobody else, to end its command.
pub(crate) fn terminate_sudo() {
    // SAFETY: no pointers.
    unsafe { libc::kill(libc::getpid(), libc::SIGTERM) };
}

/// Sends a signal to one process of the session.
pub(crate) fn signal(pid: i32, signal: c_int) {
    // SAFETY: no pointers.
    unsafe { libc::kill(pid, signal) };
}

fn check(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
