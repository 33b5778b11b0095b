//! Medians, and one way to print them.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// How long `work` takes.
///
/// # Errors
/// Those of the work.
pub fn time<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(Duration, T)> {
    let start = Instant::now();
    let value = work()?;
    Ok((start.elapsed(), value))
}

/// The smallest value that `percent` of the runs do not exceed: of few runs the 99th is the worst.
pub fn percentile(runs: &mut [Duration], percent: usize) -> Duration {
    runs.sort_unstable();
    let rank = (runs.len() * percent).div_ceil(100);
    runs.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Prints p50 and p99 of some runs in milliseconds, and gives p50.
pub fn report(what: &str, runs: &mut [Duration]) -> Duration {
    let (p50, p99) = (percentile(runs, 50), percentile(runs, 99));
    line(what, &format!("p50 {:.2} ms, p99 {:.2} ms, {} runs", ms(p50), ms(p99), runs.len()));
    p50
}

/// Prints one line of a table.
pub fn line(what: &str, value: &str) {
    let _ = writeln!(std::io::stdout(), "  {what:<52} {value}");
}

/// Prints the head of a table.
pub fn title(name: &str) {
    let _ = writeln!(std::io::stdout(), "{name}");
}

/// Milliseconds with a fraction.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Megabytes (10^6) a second.
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub fn mb_per_s(bytes: usize, duration: Duration) -> f64 {
    bytes as f64 / 1e6 / duration.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks() {
        let mut runs: Vec<_> = (1..=30).rev().map(Duration::from_millis).collect();
        for (percent, want) in [(0, 1), (50, 15), (90, 27), (99, 30), (100, 30)] {
            assert_eq!(percentile(&mut runs, percent), Duration::from_millis(want), "{percent}");
        }
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
    }
}
