//! A recorded command that ticks on a terminal, in a world that a test can break around it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Context as _;

use crate::ticker::{Difference, Manner, Ticker};
use crate::{Pty, Recording, SessionCgroup, World, wait};

/// The session and where it shows itself.
pub struct Ticking {
    /// Where sudo was called.
    pub terminal: Pty,
    /// Where the command lives.
    pub cgroup: SessionCgroup,
    /// The command.
    pub ticker: Ticker,
}

impl Ticking {
    /// Begins to tick every `interval`; `world` must have no other session.
    ///
    /// # Errors
    /// With what the daemons logged when it does not begin.
    pub fn start(world: &World, interval: Duration, manner: Manner) -> anyhow::Result<Self> {
        let name = format!("ticker{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let ticker = Ticker::new(world, &name, interval, manner)?;
        let [bash, script] = ticker.command();
        let terminal = Pty::spawn(&world.sudo.command(&[&bash, &script]), 24, 80)?;
        ticker.expect(5).with_context(|| {
            format!("{}\n{}", String::from_utf8_lossy(&terminal.shown()), world.logs())
        })?;
        Ok(Self { terminal, cgroup: world.session_cgroup()?, ticker })
    }

    /// How often the terminal shows this.
    pub fn count(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.terminal.shown()).matches(text).count()
    }

    /// Lets it end by itself and compares what ran with what is recorded.
    ///
    /// # Errors
    /// When it does not end, or its recording is not finished.
    pub fn finish(&mut self, world: &World) -> anyhow::Result<Difference> {
        self.ticker.stop()?;
        self.terminal.wait(wait::PATIENCE)?;
        let whole = wait::until("the recording to be finished", wait::PATIENCE, || {
            let all = world.recordings().ok()?.into_iter().rev();
            all.filter(Recording::is_finished).find(|r| r.stream("ttyout").starts_with(b"tick-1\r"))
        });
        Ok(self.ticker.compare(&whole.with_context(|| world.logs())?))
    }
}

static NEXT: AtomicU32 = AtomicU32::new(0);
