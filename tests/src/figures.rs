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

/// What a figure is promised to be, in its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Promise {
    /// Less than this.
    Below(f64),
    /// This or more.
    AtLeast(f64),
}

impl Promise {
    /// True when the figure is as promised.
    pub fn is_kept(self, figure: f64) -> bool {
        match self {
            Self::Below(limit) => figure < limit,
            Self::AtLeast(limit) => figure >= limit,
        }
    }
}

/// Prints a line with what is promised of `figure`, and whether that is kept.
pub fn promised(what: &str, said: &str, figure: f64, promise: Promise, unit: &str) {
    let limit = match promise {
        Promise::Below(limit) => format!("< {limit} {unit}"),
        Promise::AtLeast(limit) => format!(">= {limit} {unit}"),
    };
    let kept = if promise.is_kept(figure) { "kept" } else { "NOT KEPT" };
    line(what, &format!("{said}; promised {limit}: {kept}"));
}

/// The same for the worst of a hundred runs, in milliseconds.
pub fn report_promised(what: &str, runs: &mut [Duration], limit_ms: f64) -> Duration {
    let (p50, p99) = (percentile(runs, 50), percentile(runs, 99));
    let said = format!("p50 {:.2} ms, p99 {:.2} ms, {} runs", ms(p50), ms(p99), runs.len());
    promised(what, &said, ms(p99), Promise::Below(limit_ms), "ms");
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
    fn a_limit_itself_is_enough_where_more_is_wanted_only() {
        assert!(Promise::AtLeast(60.0).is_kept(60.0) && !Promise::AtLeast(60.0).is_kept(59.9));
        assert!(Promise::Below(16.0).is_kept(15.9) && !Promise::Below(16.0).is_kept(16.0));
    }

    #[test]
    fn ranks() {
        let mut runs: Vec<_> = (1..=30).rev().map(Duration::from_millis).collect();
        for (percent, want) in [(0, 1), (50, 15), (90, 27), (99, 30), (100, 30)] {
            assert_eq!(percentile(&mut runs, percent), Duration::from_millis(want), "{percent}");
        }
        assert_eq!(percentile(&mut [], 99), Duration::ZERO);
    }
}
