//! `replay --no-tui`: the lines of a recording, when they were written.

use std::io::{self, Write as _};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sudolog_core::limits::REPLAY_FOLLOW_INTERVAL;
use sudolog_core::term::Speed;

use super::printout::Printout;
use crate::commands::export::judge;
use crate::commands::{Failure, written};
use crate::exit::Exit;
use crate::screens::replay::Start;
use crate::source::{Recording, Standing};

/// Prints a recording to its end; one that grows, as it grows.
pub(super) fn run(recording: &mut dyn Recording, start: Start) -> Result<Exit, Failure> {
    let mut pace = Pace::new(start);
    let mut printout = Printout::new(recording.about());
    let mut next = 1;
    loop {
        let events = recording.read(next)?;
        for event in &events {
            next = event.seq().saturating_add(1);
            let delay = Duration::from_nanos(event.delay_ns());
            if delay > REST && pace.is_on() {
                // Before it is waited for.
                if let Some(exit) = say(&printout.rest())? {
                    return Ok(exit);
                }
            }
            pace.wait(delay);
            let lines = printout.take(event);
            if pace.is_on()
                && let Some(exit) = say(&lines)?
            {
                return Ok(exit);
            }
        }
        if !events.is_empty() {
            continue;
        }
        if *recording.standing() != Standing::Growing {
            let said = say(&printout.finish())?;
            return Ok(said.unwrap_or_else(|| judge(recording.standing())));
        }
        if let Some(exit) = say(&printout.rest())? {
            return Ok(exit);
        }
        sleep(REPLAY_FOLLOW_INTERVAL);
    }
}

/// When what is due.
struct Pace {
    start: Start,
    /// Time of the recording, and the same as it is played since `from`.
    elapsed: Duration,
    due: Duration,
    began: Instant,
}

impl Pace {
    fn new(start: Start) -> Self {
        Self { start, elapsed: Duration::ZERO, due: Duration::ZERO, began: Instant::now() }
    }

    /// True once there is something to be told.
    fn is_on(&self) -> bool {
        self.start.from.is_none_or(|from| self.elapsed > from)
    }

    /// Waits for an event that comes so long after the one before it.
    fn wait(&mut self, delay: Duration) {
        let from = self.start.from.unwrap_or_default();
        let since = self.elapsed.max(from);
        self.elapsed = self.elapsed.saturating_add(delay);
        let waited = self.elapsed.saturating_sub(since);
        let waited = self.start.max_wait.map_or(waited, |most| waited.min(most));
        let speed = self.start.speed.unwrap_or(Speed::NORMAL);
        // No speed is zero.
        let factor = speed.recorded(Duration::from_secs(1)).as_secs_f64();
        let seconds = waited.as_secs_f64() / factor;
        self.due =
            self.due.saturating_add(Duration::try_from_secs_f64(seconds).unwrap_or_default());
        sleep(self.due.saturating_sub(self.began.elapsed()));
    }
}

/// Prints lines at once; how to end when nobody reads them any more.
fn say(lines: &[String]) -> Result<Option<Exit>, Failure> {
    if lines.is_empty() {
        return Ok(None);
    }
    let mut out = io::stdout().lock();
    let said = lines.iter().try_for_each(|line| writeln!(out, "{line}")).and_then(|()| out.flush());
    let read = said.is_ok();
    let exit = written(said)?;
    Ok((!read).then_some(exit))
}

/// Without anything for so long, a full-screen program has drawn what it wanted to.
const REST: Duration = Duration::from_millis(300);
