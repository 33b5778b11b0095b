//! One line a promise, and whether it was kept.

use std::io::Write as _;
use std::time::Duration;

use sudolog_tests::figures::{ms, percentile};
use sudolog_tests::ticker::Difference;

/// All lines so far.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

/// What was measured of one fault.
pub(crate) struct Row {
    fault: String,
    promised: Promise,
    runs: Vec<Duration>,
    difference: Option<Difference>,
    /// Runs that did not come to the end at all.
    failed: usize,
}

/// What DESIGN section 3 promises.
#[derive(Clone, Copy)]
pub(crate) enum Promise {
    /// The 99th percentile is at most this.
    Within(Duration),
    /// Only that it happens, and that nothing is lost.
    Happens,
}

impl Row {
    pub(crate) fn new(fault: &str, promised: Promise) -> Self {
        let (runs, difference, failed) = (Vec::new(), None, 0);
        Self { fault: fault.to_owned(), promised, runs, difference, failed }
    }

    pub(crate) fn took(&mut self, time: Duration) {
        self.runs.push(time);
    }

    pub(crate) fn failed(&mut self, runs: usize) {
        self.failed += runs;
    }

    pub(crate) fn compared(&mut self, difference: Difference) {
        let sum = self.difference.get_or_insert_default();
        sum.lost += difference.lost;
        sum.extra += difference.extra;
    }

    fn is_kept(&mut self) -> bool {
        let in_time = match self.promised {
            Promise::Within(limit) => percentile(&mut self.runs, 99) <= limit,
            Promise::Happens => true,
        };
        let exact = self.difference.is_none_or(|d| d == Difference::default());
        in_time && exact && self.failed == 0 && !self.runs.is_empty()
    }

    fn line(&mut self) -> String {
        let promised = match self.promised {
            Promise::Within(limit) => format!("<= {:.0} ms", ms(limit)),
            Promise::Happens => "always".into(),
        };
        let [p50, p99, worst] = [50, 99, 100].map(|p| ms(percentile(&mut self.runs, p)));
        let bytes = |of: fn(&Difference) -> usize| {
            self.difference.as_ref().map_or("-".to_owned(), |d| of(d).to_string())
        };
        let (lost, twice) = (bytes(|d| d.lost), bytes(|d| d.extra));
        let runs = self.runs.len();
        let failed = if self.failed > 0 { format!(" +{} failed", self.failed) } else { "".into() };
        let broken = if self.is_kept() { "" } else { " | BROKEN" };
        format!(
            "{:<58} | {promised:>10} | {p50:>8.1} | {p99:>8.1} | {worst:>8.1} | {runs:>4}{failed} | {lost:>10} | {twice:>5}{broken}",
            self.fault
        )
    }
}

impl Table {
    /// Adds a line, and shows it.
    pub(crate) fn add(&mut self, mut row: Row) {
        say(&row.line());
        self.0.push(row);
    }

    /// How many promises are broken.
    pub(crate) fn broken(&mut self) -> usize {
        self.0.iter_mut().map(Row::is_kept).filter(|kept| !kept).count()
    }

    pub(crate) fn print(&mut self) {
        say(&format!(
            "\n{:<58} | {:>10} | {:>8} | {:>8} | {:>8} | {:>4} | {:>10} | {:>5}",
            "fault (times in ms)", "promised", "p50", "p99", "worst", "runs", "bytes lost", "twice"
        ));
        self.0.iter_mut().for_each(|row| say(&row.line()));
    }
}

/// One line on standard output.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Cut to stopped command, and from the return of what was missing to its first new tick.
pub(crate) const SECOND: Promise = Promise::Within(Duration::from_secs(1));
