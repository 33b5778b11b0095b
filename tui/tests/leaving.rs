//! The real program in a real terminal: however the first look ends, nothing is left.
#![cfg(feature = "embedded")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

#[test]
fn by_a_key() {
    for (key, code) in [(b"q", 0), (b"\x03", 130)] {
        let mut console = Console::start();
        console.expect("● live");
        assert!(console.says(&console.place.path().display().to_string()), "where the data is");
        rustix::io::write(console.master.as_ref().unwrap(), key).unwrap();
        console.ends_with_code(code);
    }
}

#[test]
fn by_a_signal() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let mut console = Console::start();
        console.expect("● live");
        kill_process(Pid::from_child(&console.child), signal).unwrap();
        console.ends_with_code(code);
    }
}

#[test]
fn by_a_signal_before_anything_is_shown() {
    let console = Console::start();
    let begun = || console.place.path().read_dir().unwrap().next().is_some();
    until("its directory", begun);
    kill_process(Pid::from_child(&console.child), Signal::TERM).unwrap();
    console.ends_with_code(143);
}

#[test]
fn by_a_terminal_that_is_closed() {
    let mut console = Console::start();
    console.expect("● live");
    console.master = None;
    assert!(!console.end().success());
    console.left_nothing();
}

/// Nobody need send a signal: the terminal is not always that of our session.
#[test]
fn by_a_terminal_that_is_closed_without_a_signal() {
    for _ in 0..5 {
        let mut console = Console::start_with(&["live", "--embedded"]);
        console.expect("● live");
        console.master = None;
        console.ends_with_code(129);
    }
}

/// The console in a terminal of 80 by 24, with a place of its own for temporary files.
struct Console {
    child: Child,
    master: Option<OwnedFd>,
    shown: Vec<u8>,
    place: tempfile::TempDir,
}

impl Console {
    /// Our own launcher gives it the terminal.
    fn start() -> Self {
        let program = env!("CARGO_BIN_EXE_sudolog-tui");
        Self::start_with(&["__on-terminal", program, "live", "--embedded"])
    }

    fn start_with(args: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_sudolog-tui");
        let place = tempfile::tempdir().unwrap();
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let slave = ioctl_tiocgptpeer(&master, flags).unwrap();
        let child = Command::new(program)
            .args(args)
            .env("TMPDIR", place.path())
            .env("TERM", "xterm-256color")
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave.try_clone().unwrap()))
            .stderr(Stdio::from(slave))
            .spawn()
            .unwrap();
        Self { child, master: Some(master), shown: Vec::new(), place }
    }

    /// Takes what is shown, so that the console never waits for its terminal.
    fn look(&mut self) {
        let Some(master) = &self.master else { return };
        let tick = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let ready = poll(&mut [PollFd::new(master, PollFlags::IN)], Some(&tick)).unwrap();
        let mut buffer = [0; 4096];
        if ready > 0
            && let Ok(bytes) = rustix::io::read(master, &mut buffer)
        {
            self.shown.extend(buffer.iter().take(bytes));
        }
    }

    fn says(&self, text: &str) -> bool {
        self.shown.windows(text.len()).any(|window| window == text.as_bytes())
    }

    fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.says(text) {
            self.look();
            let shown = String::from_utf8_lossy(&self.shown);
            assert!(Instant::now() < deadline, "no {text:?} on the terminal: {shown}");
        }
    }

    fn end(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            self.look();
            assert!(Instant::now() < deadline, "it does not end");
        }
    }

    fn ends_with_code(mut self, code: i32) {
        assert_eq!(self.end().code(), Some(code));
        self.left_nothing();
    }

    fn left_nothing(&self) {
        let left: Vec<_> = self.place.path().read_dir().unwrap().map(Result::unwrap).collect();
        assert!(left.is_empty(), "{left:?}");
        let here = |pid: &String| {
            std::fs::read_link(format!("/proc/{pid}/cwd"))
                .is_ok_and(|directory| directory.starts_with(self.place.path()))
        };
        let entries = std::fs::read_dir("/proc").unwrap();
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let running: Vec<_> = pids.filter(here).collect();
        assert!(running.is_empty(), "{running:?} still run");
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // Only after a failed test is there anything left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::yield_now();
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
