//! The commands that ran within a session, as far as sudo told of them: with `log_subcmds` or
//! `intercept` of `sudoers(5)` the event log has an entry for each.

use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Kind, Stored};
use sudolog_core::limits::TIMELINE_MARKS_MAX;
use sudolog_core::wire::message::{Detail, EventsQuery};

use super::{Client, ClientError};

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
        match new_commands(client, query) {
            Ok((new, newest)) => {
                self.newest = self.newest.max(newest);
                let room = TIMELINE_MARKS_MAX.saturating_sub(self.known.len());
                self.known.extend(new.into_iter().rev().take(room));
            }
            Err(error) => tracing::debug!("sub-commands: {error}"),
        }
    }
}

/// Those that the log has, the newest first, and the number of its newest entry: the server looks for a
/// short while only, so that it is asked to go on.
fn new_commands(
    client: &Client,
    mut query: EventsQuery,
) -> Result<(Vec<Stored>, u64), ClientError> {
    let (mut new, mut newest) = (Vec::new(), 0);
    for _ in 0..PAGES_MAX {
        let events = client.events_blocking(query.clone())?;
        newest = newest.max(events.newest);
        new.extend(events.entries.into_iter().filter(is_sub_command));
        let is_further = events.reached > 0 && (query.before == 0 || events.reached < query.before);
        if !events.more || !is_further {
            break;
        }
        query.before = events.reached;
    }
    Ok((new, newest))
}

fn is_sub_command(stored: &Stored) -> bool {
    stored.entry.details.iter().any(|(name, _)| name == "subcommand")
}

/// More pages than the marks of a timeline fill.
const PAGES_MAX: usize = 16;
/// A session is asked how it stands more often.
const INTERVAL: Duration = Duration::from_secs(10);
