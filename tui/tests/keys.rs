//! Keys in a real terminal: those of a configuration file, and what copying sends to the clipboard.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// A recording of vim, at a moment at which it shows "Hello …" in its first line.
const HELLO: &str = "vim-unicode";
const HELLO_AT: &str = "1.2";
/// "Hello " in base 64.
const COPIED: &str = "\x1b]52;c;SGVsbG8g";

#[test]
fn a_key_of_ones_own_copies_the_screen() {
    let mut console = Console::start("[keys.session]\ncopy = [\"Y\"]\n", &[]);
    console.expect("Hello");
    console.press(b"y");
    // The screen is held, and without a selection all of it is copied.
    console.press(b"Y");
    console.press(b"y");
    console.expect(COPIED);
    console.expect("copied");
    assert_eq!(console.count("\x1b]52;"), 1, "y alone means nothing any more");
    console.press(b"q");
    console.ends();
}

#[test]
fn tmux_gets_it_in_both_ways() {
    let mut console = Console::start("", &[("TMUX", "/tmp/tmux-0/default,1,0")]);
    console.expect("Hello");
    console.press(b"yy");
    console.expect(COPIED);
    console.expect(&format!("\x1bPtmux;\x1b{COPIED}"));
    console.press(b"\x03");
    console.ends();
}

#[test]
fn what_is_wrong_with_the_configuration_is_said_at_the_start() {
    let mut console = Console::start("[keys.replay]\nsek_back = \"b\"\n[keys.live]\nx = 1\n", &[]);
    console.expect("`config check` and 1 more: tui.toml, line 2: there is no action");
    console.press(b"q");
    console.ends();
}

#[test]
fn a_theme_that_is_not_there_does_not_stop_the_console() {
    let mut console = Console::start("theme = \"drak\"\n", &[]);
    console.expect("tui.toml, line 1: there is no theme");
    console.expect("Hello");
    console.press(b"q");
    console.ends();
}

/// The player in a terminal of 80 by 24.
struct Console {
    child: Child,
    master: OwnedFd,
    shown: Vec<u8>,
    _home: tempfile::TempDir,
}

impl Console {
    /// Our own launcher gives it the terminal.
    fn start(config: &str, variables: &[(&str, &str)]) -> Self {
        let program = env!("CARGO_BIN_EXE_sudolog-tui");
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("tui.toml");
        std::fs::write(&file, config).unwrap();
        let corpus = [env!("CARGO_MANIFEST_DIR"), "..", "tests", "fixtures", "iolog", HELLO];
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        unlockpt(&master).unwrap();
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).unwrap();
        let slave = ioctl_tiocgptpeer(&master, flags).unwrap();
        let child = Command::new(program)
            .args(["__on-terminal", program, "replay", "--from", HELLO_AT, "--config"])
            .arg(&file)
            .arg(corpus.iter().collect::<PathBuf>())
            .env("HOME", home.path())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env_remove("TMUX")
            .env("TERM", "xterm-256color")
            .envs(variables.iter().copied())
            .stdin(Stdio::from(slave.try_clone().unwrap()))
            .stdout(Stdio::from(slave.try_clone().unwrap()))
            .stderr(Stdio::from(slave))
            .spawn()
            .unwrap();
        Self { child, master, shown: Vec::new(), _home: home }
    }

    fn press(&self, key: &[u8]) {
        rustix::io::write(&self.master, key).unwrap();
    }

    fn count(&self, text: &str) -> usize {
        self.shown.windows(text.len()).filter(|window| *window == text.as_bytes()).count()
    }

    fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.count(text) == 0 {
            self.look();
            let shown = String::from_utf8_lossy(&self.shown);
            assert!(Instant::now() < deadline, "no {text:?} on the terminal: {shown:?}");
        }
    }

    fn ends(mut self) {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            self.look();
            assert!(Instant::now() < deadline, "it does not end");
        }
    }

    /// Takes what is shown, so that the console never waits for its terminal.
    fn look(&mut self) {
        let tick = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
        let ready = poll(&mut [PollFd::new(&self.master, PollFlags::IN)], Some(&tick)).unwrap();
        let mut buffer = [0; 4096];
        if ready > 0
            && let Ok(bytes) = rustix::io::read(&self.master, &mut buffer)
        {
            self.shown.extend(buffer.iter().take(bytes));
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        // Only after a failed test is there anything left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
