//! A program in a real pseudo-terminal: what it shows is collected, keys can be typed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context as _;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::wait;

/// A running program with its terminal.
pub struct Pty {
    child: Child,
    controller: File,
    shown: Arc<Mutex<Vec<u8>>>,
    collector: JoinHandle<()>,
}

impl Pty {
    /// Starts `command` as leader of a new session with a terminal of that size.
    ///
    /// # Errors
    /// When the terminal or the program cannot be had.
    pub fn spawn(command: &Command, lines: u16, columns: u16) -> anyhow::Result<Self> {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&controller)?;
        unlockpt(&controller)?;
        set_size(&controller, lines, columns)?;
        let name = ptsname(&controller, Vec::new())?.into_string()?;
        let terminal = File::options().read(true).write(true).open(&name).context(name)?;

        let mut setsid = Command::new("setsid");
        setsid.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => setsid.env(key, value),
                None => setsid.env_remove(key),
            };
        }
        let child = setsid
            .stdin(terminal.try_clone()?)
            .stdout(terminal.try_clone()?)
            .stderr(terminal)
            .spawn()
            .context("setsid")?;
        let controller = File::from(controller);
        let (shown, collector) = collect(controller.try_clone()?);
        Ok(Self { child, controller, shown, collector })
    }

    /// Types these bytes.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&mut self, keys: &[u8]) -> anyhow::Result<()> {
        self.controller.write_all(keys).context("typing")
    }

    /// Gives the terminal another size; the kernel tells the foreground program by SIGWINCH.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resize(&self, lines: u16, columns: u16) -> anyhow::Result<()> {
        set_size(&self.controller, lines, columns)
    }

    /// True when keys are passed through one by one, as sudo and full-screen programs set it.
    pub fn is_raw(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&self.controller);
        modes.is_ok_and(|m| !m.local_modes.contains(rustix::termios::LocalModes::ICANON))
    }

    /// Everything shown so far, raw.
    pub fn shown(&self) -> Vec<u8> {
        self.shown.lock().map(|bytes| bytes.clone()).unwrap_or_default()
    }

    /// Waits until `text` was shown.
    ///
    /// # Errors
    /// With what was shown last when it does not come.
    pub fn expect(&self, text: &str) -> anyhow::Result<()> {
        let seen = || self.shown().windows(text.len()).any(|w| w == text.as_bytes()).then_some(());
        wait::until(&format!("{text:?} on the terminal"), wait::PATIENCE, seen)
            .with_context(|| format!("shown: {}", last(&self.shown())))
    }

    /// Waits for the program's end, and for what it showed last.
    ///
    /// # Errors
    /// With what was shown last when it does not end within `limit`.
    pub fn wait(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let status =
            wait::until("the program to end", limit, || self.child.try_wait().ok().flatten())
                .with_context(|| format!("shown: {}", last(&self.shown())))?;
        // Something in the background may hold the terminal for longer.
        let drained = || self.collector.is_finished().then_some(());
        let _ = wait::until("the terminal to be closed", DRAIN, drained);
        Ok(status)
    }

    /// Waits without polling and without a limit, for measurements.
    ///
    /// # Errors
    /// When the program cannot be waited for.
    pub fn wait_blocking(&mut self) -> anyhow::Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Process id of the session's leader.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn set_size(terminal: impl std::os::fd::AsFd, lines: u16, columns: u16) -> anyhow::Result<()> {
    let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    Ok(tcsetwinsize(terminal, size)?)
}

/// Reads until the last holder of the terminal is gone (EIO).
fn collect(mut controller: File) -> (Arc<Mutex<Vec<u8>>>, JoinHandle<()>) {
    let shown = Arc::new(Mutex::new(Vec::new()));
    let target = Arc::clone(&shown);
    let collector = std::thread::spawn(move || {
        let mut buffer = vec![0; 65536];
        while let Ok(count @ 1..) = controller.read(&mut buffer) {
            if let (Ok(mut shown), Some(bytes)) = (target.lock(), buffer.get(..count)) {
                shown.extend_from_slice(bytes);
            }
        }
    });
    (shown, collector)
}

/// The last part of what was shown, as text.
fn last(shown: &[u8]) -> String {
    let from = shown.len().saturating_sub(4096);
    String::from_utf8_lossy(shown.get(from..).unwrap_or_default()).into_owned()
}

/// How long a program's last words may take to come through.
const DRAIN: Duration = Duration::from_secs(1);
