//! A recorded command that says more, all the time, than a narrow line carries.

use std::process::Command;

use anyhow::Context as _;

use crate::{Pty, World, wait};

/// The session, with its number last said in its last line.
pub struct Busy {
    terminal: Pty,
}

impl Busy {
    /// Begins: 50 times a second a number after `noise_bytes` of text in all colours.
    ///
    /// # Errors
    /// With what the daemons logged when it does not begin.
    pub fn start(world: &World, noise_bytes: usize) -> anyhow::Result<Self> {
        let script = "noise=$(head -c $1 /dev/zero | tr '\\0' x); i=0; while :; do i=$((i+1)); \
                      printf '\\033[3%dm%s\\033[m said-%d.\\r\\n' $((i%8)) \"$noise\" $i; \
                      sleep 0.02; done";
        let bytes = noise_bytes.to_string();
        let command: Command = world.sudo.command(&["bash", "-c", script, "busy", &bytes]);
        let busy = Self { terminal: Pty::spawn(&command, 24, 80)? };
        busy.reach(5).with_context(|| world.logs())?;
        Ok(busy)
    }

    /// The last number that its own terminal shows.
    pub fn said(&self) -> u64 {
        let shown = self.terminal.shown();
        let tail = shown.get(shown.len().saturating_sub(TAIL)..).unwrap_or_default();
        number_in(&String::from_utf8_lossy(tail)).unwrap_or(0)
    }

    /// Waits until it has said so many more.
    ///
    /// # Errors
    /// When it stands still.
    pub fn reach(&self, more: u64) -> anyhow::Result<()> {
        let goal = self.said() + more;
        let there = || (self.said() >= goal).then_some(());
        wait::until(&format!("the busy session to say {goal}"), wait::PATIENCE, there)
    }

    /// Bytes that its own terminal has shown.
    pub fn bytes(&self) -> usize {
        self.terminal.shown().len()
    }
}

/// The last number that was said in a text.
pub fn number_in(text: &str) -> Option<u64> {
    let numbers =
        text.split("said-").skip(1).filter_map(|rest| rest.split_once('.')?.0.parse().ok());
    numbers.last()
}

/// Enough for a number and the noise before it.
const TAIL: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_whole_number_counts() {
        assert_eq!(number_in("xx said-7.\r\nxx said-8.\r\nx said-9"), Some(8));
        assert_eq!(number_in("nothing"), None);
    }
}
