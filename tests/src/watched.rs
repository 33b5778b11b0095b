//! A console in a terminal, and the screen that comes of what it writes.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use sudolog_core::term::SafeScreen;

use crate::{Pty, wait};

/// A console and what it shows.
pub struct Watched {
    /// Where it runs.
    pub console: Pty,
    screen: SafeScreen,
    /// Bytes of the console's that the screen shows.
    fed: usize,
}

/// What a console wrote for its terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// All of it.
    pub bytes: usize,
    /// How many frames that was.
    pub frames: usize,
    /// In this time.
    pub took: Duration,
}

impl Watched {
    /// Starts it in a terminal of that size.
    ///
    /// # Errors
    /// When the terminal or the program cannot be had.
    pub fn start(command: &Command, lines: u16, columns: u16) -> anyhow::Result<Self> {
        let console = Pty::spawn(command, lines, columns)?;
        Ok(Self { console, screen: SafeScreen::new(lines, columns), fed: 0 })
    }

    /// The lines of the screen now.
    pub fn lines(&mut self) -> Vec<String> {
        let shown = self.console.shown();
        self.screen.feed(shown.get(self.fed..).unwrap_or_default());
        self.fed = shown.len();
        self.screen.text_lines()
    }

    /// Waits until the screen gives a value.
    ///
    /// # Errors
    /// With the screen when it does not.
    pub fn until<T>(
        &mut self,
        what: &str,
        probe: impl Fn(&[String]) -> Option<T>,
    ) -> anyhow::Result<T> {
        wait::closely(what, wait::PATIENCE, || probe(&self.lines()))
            .with_context(|| self.lines().join("\n"))
    }

    /// Waits until the screen shows this.
    ///
    /// # Errors
    /// With the screen when it does not.
    pub fn shows(&mut self, text: &str) -> anyhow::Result<()> {
        let seen = |lines: &[String]| lines.iter().any(|row| row.contains(text)).then_some(());
        self.until(&format!("{text:?} on the screen"), seen)
    }

    /// Waits until the screen does not show this any more.
    ///
    /// # Errors
    /// With the screen when it goes on to.
    pub fn lacks(&mut self, text: &str) -> anyhow::Result<()> {
        let gone = |lines: &[String]| lines.iter().all(|row| !row.contains(text)).then_some(());
        self.until(&format!("{text:?} to vanish from the screen"), gone)
    }

    /// Types keys.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&mut self, keys: &[u8]) -> anyhow::Result<()> {
        self.console.send(keys)
    }

    /// What it writes while `work` is done.
    ///
    /// # Errors
    /// Those of the work.
    pub fn written(&self, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Written> {
        let (began, before) = (Instant::now(), self.console.shown().len());
        work()?;
        let (took, shown) = (began.elapsed(), self.console.shown());
        let new = shown.get(before..).unwrap_or_default();
        let frames = new.windows(FRAME.len()).filter(|window| *window == FRAME).count();
        Ok(Written { bytes: new.len(), frames, took })
    }
}

/// Begins every frame (synchronized output).
const FRAME: &[u8] = b"\x1b[?2026h";
