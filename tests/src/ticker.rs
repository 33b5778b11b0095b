//! A command that ticks: each tick is a number and a time in a file of its own, outside the recording,
//! and a line of output. What ran when, and what of it is recorded, can so be told apart.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;

use crate::{Recording, World, wait};

/// The files of one ticking command.
#[derive(Debug)]
pub struct Ticker {
    script: PathBuf,
    ticks: PathBuf,
    stop: PathBuf,
    told: PathBuf,
}

/// What it does when it is told to end, by SIGTERM or SIGHUP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It ends.
    Polite,
    /// It goes on, whatever it is told.
    Stubborn,
}

impl Ticker {
    /// One that ticks about every `interval` once its [`command`](Self::command) runs. `name` is its
    /// own in the world.
    ///
    /// # Errors
    /// When its script cannot be written.
    pub fn new(
        world: &World,
        name: &str,
        interval: Duration,
        manner: Manner,
    ) -> anyhow::Result<Self> {
        let path = |what: &str| world.path(&format!("{name}.{what}"));
        let (script, ticks, stop) = (path("script"), path("ticks"), path("stop"));
        let told = path("told");
        let (end, ignore) = match manner {
            Manner::Polite => ("exit", ""),
            Manner::Stubborn => (":", "trap '' INT\n"),
        };
        // No process is started for a tick, so nothing but the processor's time delays it.
        let text = format!(
            "{ignore}trap '[ -e {told} ] || echo $EPOCHREALTIME > {told}; {end}' TERM HUP\n\
             exec 9<> <(:); exec 8>> {ticks}; i=0\n\
             while [ ! -e {stop} ]; do\n\
             i=$((i+1)); echo $EPOCHREALTIME $i >&8; echo tick-$i; read -t {interval} -u 9\n\
             done\n",
            ticks = ticks.display(),
            stop = stop.display(),
            told = told.display(),
            interval = interval.as_secs_f64(),
        );
        fs::write(&script, text)?;
        Ok(Self { script, ticks, stop, told })
    }

    /// What to give to sudo.
    pub fn command(&self) -> [String; 2] {
        ["bash".to_owned(), self.script.display().to_string()]
    }

    /// Lets it end by itself after its next tick.
    ///
    /// # Errors
    /// When the file that says so cannot be written.
    pub fn stop(&self) -> anyhow::Result<()> {
        Ok(fs::write(&self.stop, "")?)
    }

    /// How often it has ticked.
    pub fn count(&self) -> usize {
        self.moments().len()
    }

    /// When it ticked, since 1970. One that is being written is left out.
    pub fn moments(&self) -> Vec<Duration> {
        let text = fs::read_to_string(&self.ticks).unwrap_or_default();
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        whole.filter_map(|line| moment(line.split(' ').next()?)).collect()
    }

    /// When it was told to end, if it was; sudo says it by SIGHUP or SIGTERM.
    pub fn told_at(&self) -> Option<Duration> {
        moment(fs::read_to_string(&self.told).ok()?.strip_suffix('\n')?)
    }

    /// When it last ticked.
    ///
    /// # Errors
    /// When it never has.
    pub fn last(&self) -> anyhow::Result<Duration> {
        self.moments().pop().context("it has not ticked")
    }

    /// Waits until it has ticked `more` times from now.
    ///
    /// # Errors
    /// When it does not.
    pub fn expect(&self, more: usize) -> anyhow::Result<()> {
        let want = self.count() + more;
        let ticked = || (self.count() >= want).then_some(());
        wait::until(&format!("{more} more ticks"), wait::PATIENCE, ticked)
    }

    /// Waits for the first tick after that moment and gives its time.
    ///
    /// # Errors
    /// When none comes.
    pub fn first_after(&self, moment: Duration) -> anyhow::Result<Duration> {
        let first = || self.moments().into_iter().find(|at| *at > moment);
        wait::until("the next tick", wait::PATIENCE, first)
    }

    /// Compares what ran with what is recorded of it: bytes missing, and bytes that are there twice
    /// or should not be there.
    pub fn compare(&self, recording: &Recording) -> Difference {
        let want: String = (1..=self.count()).map(|i| format!("tick-{i}\r\n")).collect();
        let got = recording.stream("ttyout");
        let same = want.as_bytes().iter().zip(&got).take_while(|(a, b)| a == b).count();
        if same == got.len() || same == want.len() {
            return Difference { lost: want.len() - same, extra: got.len() - same };
        }
        // Both ways something is wrong; which lines are there more or less than once?
        let text = String::from_utf8_lossy(&got);
        let lines: std::collections::HashSet<&str> = text.lines().collect();
        let lost = (1..=self.count()).map(|i| format!("tick-{i}"));
        let lost: usize = lost.filter(|l| !lines.contains(l.as_str())).map(|l| l.len() + 2).sum();
        let kept: usize = want.len() - lost;
        Difference { lost, extra: got.len().saturating_sub(kept).max(1) }
    }
}

/// What [`Ticker::compare`] finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Bytes that ran and are not recorded.
    pub lost: usize,
    /// Bytes that are recorded twice, or never were shown.
    pub extra: usize,
}

/// The present by the clock that ticks are written by.
///
/// # Errors
/// Before 1970.
pub fn now() -> anyhow::Result<Duration> {
    SystemTime::now().duration_since(UNIX_EPOCH).context("the clock")
}

/// bash's EPOCHREALTIME: seconds and six digits; the point is the locale's.
fn moment(text: &str) -> Option<Duration> {
    let (seconds, micros) = text.split_once(['.', ','])?;
    let micros = micros.parse().ok().filter(|micros| *micros < 1_000_000)?;
    Some(Duration::from_secs(seconds.parse().ok()?) + Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticker(dir: &std::path::Path, ticks: usize, recorded: &str) -> (Ticker, Recording) {
        let path = |name: &str| dir.join(name);
        let lines: String = (1..=ticks).map(|i| format!("17.00000{i} {i}\n")).collect();
        fs::write(path("ticks"), lines + "17.1").unwrap();
        fs::write(path("ttyout"), recorded).unwrap();
        let (script, ticks, stop) = (path("script"), path("ticks"), path("stop"));
        let ticker = Ticker { script, ticks, stop, told: path("told") };
        (ticker, Recording::at(dir))
    }

    #[test]
    fn what_is_missing_and_what_is_too_much() {
        let dir = tempfile::tempdir().unwrap();
        for (recorded, lost, extra) in [
            ("tick-1\r\ntick-2\r\ntick-3\r\n", 0, 0),
            ("tick-1\r\ntick-2\r\n", 8, 0),
            ("", 24, 0),
            ("tick-1\r\ntick-2\r\ntick-3\r\ntick-3\r\n", 0, 8),
            ("tick-1\r\ntick-1\r\ntick-2\r\ntick-3\r\n", 0, 8),
            ("tick-1\r\ntick-3\r\n", 8, 1),
        ] {
            let (ticker, recording) = ticker(dir.path(), 3, recorded);
            assert_eq!(ticker.compare(&recording), Difference { lost, extra }, "{recorded:?}");
        }
    }

    #[test]
    fn moments_are_read_to_the_microsecond() {
        let dir = tempfile::tempdir().unwrap();
        let (ticker, _) = ticker(dir.path(), 2, "");
        let at = |micros| Duration::from_secs(17) + Duration::from_micros(micros);
        assert_eq!(ticker.moments(), [at(1), at(2)]);
    }
}
