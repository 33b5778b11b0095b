//! Plays the repertoire: several sessions at once from the first moment, then a new one now and
//! then, so that a newcomer always finds running and finished sessions.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::Tsid;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use super::player::Player;
use super::repertoire::Repertoire;
use super::session::{Session, SessionError};

/// What the operator should know about the embedded parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Sessions opened so far: the server has stored how they start.
    pub started: usize,
    /// Sessions recorded to their end so far.
    pub finished: usize,
    /// Programs that are not installed, so that something else is played.
    pub missing: Vec<&'static str>,
    /// The last thing that went wrong, escaped.
    pub problem: Option<String>,
}

impl Report {
    /// One line for the operator; `data` is the private directory.
    pub(super) fn banner(&self, data: &str) -> String {
        let mut text = format!("Embedded server and sessions, all data in {data}, gone at exit");
        if let Some(problem) = &self.problem {
            text = format!("Embedded in {data}: a session failed: {problem}");
        } else if !self.missing.is_empty() {
            text.push_str(&format!("; not installed: {}", self.missing.join(", ")));
        }
        text
    }
}

/// The one who decides when the next session begins.
pub(super) struct Stage {
    repertoire: Repertoire,
    player: Arc<Player>,
    report: watch::Sender<Report>,
    running: JoinSet<Result<Tsid, SessionError>>,
    /// Sessions begun so far, whether they were opened or not.
    begun: usize,
}

impl Stage {
    pub(super) fn new(
        repertoire: Repertoire,
        player: Player,
        report: watch::Sender<Report>,
    ) -> Self {
        report.send_modify(|report| report.missing.clone_from(&repertoire.missing));
        Self { repertoire, player: Arc::new(player), report, running: JoinSet::new(), begun: 0 }
    }

    /// How it goes, now and as it changes.
    pub(super) fn report(&self) -> watch::Receiver<Report> {
        self.report.subscribe()
    }

    /// Plays until `stop` resolves, then ends every program and waits until it is gone.
    pub(super) async fn run_until<T>(mut self, stop: impl Future<Output = T>) {
        tokio::select! {
            _ = stop => {}
            () = self.play() => {}
        }
        self.running.shutdown().await;
    }

    /// Starts session after session; never ends by itself.
    async fn play(&mut self) {
        let mut due = Instant::now();
        loop {
            let may_begin = self.begun < SESSIONS_MAX && self.running.len() < RUNNING_MAX;
            tokio::select! {
                () = sleep_until(due), if may_begin => {
                    self.begin_next();
                    due = Instant::now() + self.pause();
                }
                Some(ended) = self.running.join_next() => self.note(ended),
                // All that may be played has been played: the recordings are still there.
                else => std::future::pending().await,
            }
        }
    }

    fn begin_next(&mut self) {
        let count = self.repertoire.scripts.len().max(1);
        let Some(script) = self.repertoire.scripts.get(self.begun % count).cloned() else { return };
        self.begun += 1;
        let (player, report) = (Arc::clone(&self.player), self.report.clone());
        self.running.spawn(async move {
            let session = Session::open(script, &player).await?;
            report.send_modify(|report| report.started += 1);
            session.play().await
        });
    }

    /// The first round begins almost together, so that there is something to see at once.
    fn pause(&self) -> Duration {
        match self.begun < self.repertoire.scripts.len() {
            true => FIRST_ROUND_PAUSE,
            false => PAUSE,
        }
    }

    fn note(&self, ended: Result<Result<Tsid, SessionError>, JoinError>) {
        let problem = match ended {
            Ok(Ok(tsid)) => {
                tracing::debug!(%tsid, "scripted session recorded");
                self.report.send_modify(|report| report.finished += 1);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(problem, "scripted session failed");
        self.report.send_modify(|report| report.problem = Some(problem));
    }
}

/// The directories that programs are looked for in, those of a plain system behind the user's own.
pub(super) fn search_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/bin", "/bin"].map(PathBuf::from);
    std::env::split_paths(&path).filter(|directory| directory.is_absolute()).chain(system).collect()
}

const FIRST_ROUND_PAUSE: Duration = Duration::from_millis(250);
const PAUSE: Duration = Duration::from_secs(20);
/// Sessions at the same time; a list that a newcomer takes in at a glance.
const RUNNING_MAX: usize = 5;
/// Sessions in all: about an hour, which keeps the private directory small.
const SESSIONS_MAX: usize = 200;

#[cfg(test)]
mod tests {
    use super::super::fake::FakeShipper;
    use super::super::pty::Size;
    use super::super::script::Script;
    use super::*;

    fn stage(shipper: &FakeShipper, lines: &[&str]) -> (Stage, watch::Receiver<Report>) {
        let script = |line: &&str| Script {
            program: "/bin/sh".into(),
            arguments: vec!["-c".to_owned(), (*line).to_owned()],
            size: Size { lines: 24, columns: 80 },
            steps: Vec::new(),
        };
        let scripts = lines.iter().map(script).collect();
        let (report, watching) = watch::channel(Report::default());
        let repertoire = Repertoire { scripts, missing: vec!["top"] };
        (Stage::new(repertoire, shipper.player(), report), watching)
    }

    async fn until(report: &watch::Receiver<Report>, ready: impl FnMut(&Report) -> bool) {
        let mut report = report.clone();
        let waiting = report.wait_for(ready);
        let found = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        found.expect("within twenty seconds").expect("the stage is there");
    }

    #[tokio::test]
    async fn the_first_round_is_played_to_its_end_and_counted() {
        let shipper = FakeShipper::start();
        let (stage, report) = stage(&shipper, &["exit 0", "exit 1"]);
        let taking = async {
            loop {
                shipper.record().await;
            }
        };
        let both = until(&report, |report| report.finished == 2);
        tokio::select! {
            () = stage.run_until(both) => {}
            () = taking => unreachable!("it goes on"),
        }
        let seen = report.borrow().clone();
        assert_eq!((seen.started, seen.missing, seen.problem), (2, vec!["top"], None));
    }

    #[tokio::test]
    async fn a_failure_is_reported_and_the_show_goes_on() {
        let (stage, report) = {
            let gone = FakeShipper::start();
            stage(&gone, &["exit 0", "exit 1"])
        };
        let failed = |report: &Report| report.problem.is_some();
        stage.run_until(until(&report, failed)).await;
        let seen = report.borrow().clone();
        assert!(seen.problem.unwrap().contains("the shipper's socket"));
        assert_eq!((seen.started, seen.finished), (0, 0));
    }
}
