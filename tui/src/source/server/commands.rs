//! The commands that ran within a session, as far as sudo told of them: with `log_subcmds` or
//! `intercept` of `sudoers(5)` the event log has an entry for each.

use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Kind, Stored};
use sudolog_core::limits::TIMELINE_MARKS_MAX;
use sudolog_core::wire::message::{Detail, EventsQuery};

use super::Client;

/// Those that are known, in the order of the log.
#[derive(Default)]
pub(super) struct SubCommands {
    known: Vec<Stored>,
    /// The newest entry that was looked at.
    newest: u64,
    asked: Option<Instant>,
}

impl SubCommands {
    pub(super) fn known(&self) -> &[Stored] {
        &self.known
    }

    /// Asks for what is new, now and then. They are told beside the recording: where they cannot be
    /// had, by whatever cause, it is played without them.
    pub(super) fn ask(&mut self, client: &Client, detail: &Detail) {
        if self.asked.is_some_and(|at| at.elapsed() < INTERVAL) {
            return;
        }
        self.asked = Some(Instant::now());
        let query = EventsQuery {
            tsid: Some(detail.row.tsid),
            kinds: vec![Kind::Accept],
            since: Some(detail.row.start),
            after: self.newest,
            ..EventsQuery::default()
        };
        match client.events_blocking(query) {
            Ok(events) => {
                self.newest = self.newest.max(events.newest);
                let new = events.entries.into_iter().rev().filter(is_sub_command);
                let room = TIMELINE_MARKS_MAX.saturating_sub(self.known.len());
                self.known.extend(new.take(room));
            }
            Err(error) => tracing::debug!("sub-commands: {error}"),
        }
    }
}

fn is_sub_command(stored: &Stored) -> bool {
    stored.entry.details.iter().any(|(name, _)| name == "subcommand")
}

/// A session is asked how it stands more often.
const INTERVAL: Duration = Duration::from_secs(10);
