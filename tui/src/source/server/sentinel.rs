//! What is alarming already when a console comes to its server, and what becomes so and belongs to no
//! session: running sessions that are critical, asked for with each connection, and grave entries of the
//! event log, asked for now and then.

use std::collections::HashSet;
use std::time::SystemTime;

use sudolog_core::eventlog::{Kind, Severity, Stored};
use sudolog_core::filter::{Condition, SortBy, Test};
use sudolog_core::limits::{ALARMS_MAX, CONSOLE_STREAM_ITEMS_MAX, GRAVE_AGE_MAX, GRAVE_INTERVAL};
use sudolog_core::risk::{Level, Score};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{EventsQuery, Query, SessionRow};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::{Client, ClientError, LinkState};

/// What the console is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// These sessions run and are critical, the riskiest first.
    Running(Vec<SessionRow>),
    /// These entries are grave, new, and belong to no session, the newest first.
    Grave(Vec<Stored>),
}

/// The task, and the console's end of what it shares with it. Dropping it ends the task.
pub struct Sentinel {
    sightings: mpsc::Receiver<Sighting>,
    _tasks: JoinSet<()>,
}

impl Sentinel {
    /// Starts to look; entries up to `seen` were seen already. Needs a tokio runtime.
    pub fn start(client: &Client, seen: u64) -> Self {
        let (sender, sightings) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_looking(client.clone(), seen, sender));
        Self { sightings, _tasks: tasks }
    }

    /// Waits for what is alarming. Safe to cancel.
    pub async fn next(&mut self) -> Option<Sighting> {
        self.sightings.recv().await
    }
}

async fn keep_looking(client: Client, mut seen: u64, out: mpsc::Sender<Sighting>) {
    let mut link = client.link();
    let since = since();
    loop {
        if link.wait_for(|state| matches!(state, LinkState::Up { .. })).await.is_err() {
            return;
        }
        if let Ok(rows) = running(&client).await
            && !rows.is_empty()
            && out.send(Sighting::Running(rows)).await.is_err()
        {
            return;
        }
        while let Ok(newest) = look(&client, seen, since, &out).await {
            seen = newest.max(seen);
            tokio::select! {
                () = tokio::time::sleep(GRAVE_INTERVAL) => {}
                () = out.closed() => return,
            }
        }
        // The link went down, or the operator may not see the event log: another server may let them.
        if link.changed().await.is_err() {
            return;
        }
    }
}

async fn running(client: &Client) -> Result<Vec<SessionRow>, ClientError> {
    let (from, to) = (Level::Critical.floor(), Score::MAX);
    let query = Query {
        conditions: vec![Condition { not: false, test: Test::Risk { from, to } }],
        open_only: true,
        sort: SortBy::Risk,
        limit: u32::try_from(ALARMS_MAX).unwrap_or(u32::MAX),
        ..Query::default()
    };
    Ok(client.list(query).await?.rows)
}

/// Tells what is grave behind the entry that was seen last; gives the newest entry that there is.
async fn look(
    client: &Client,
    seen: u64,
    since: Timestamp,
    out: &mpsc::Sender<Sighting>,
) -> Result<u64, ClientError> {
    let mut query = EventsQuery {
        kinds: GRAVE.to_vec(),
        severity: Severity::High,
        since: Some(since),
        after: seen,
        limit: u32::try_from(ALARMS_MAX).unwrap_or(u32::MAX),
        ..EventsQuery::default()
    };
    let (mut newest, mut found, mut ids) = (seen, Vec::new(), HashSet::new());
    loop {
        let page = client.events(query.clone()).await?;
        newest = newest.max(page.newest);
        let own = page.entries.into_iter().filter(|stored| stored.entry.tsid.is_none());
        found.extend(own.filter(|stored| ids.insert(stored.number)));
        // The server looks for a short while only: the rest is asked for.
        if !page.more || found.len() >= ALARMS_MAX || page.reached <= seen {
            break;
        }
        query.before = page.reached;
    }
    found.truncate(ALARMS_MAX);
    if !found.is_empty() {
        // A console that is gone needs no sighting.
        let _ = out.send(Sighting::Grave(found)).await;
    }
    Ok(newest)
}

fn since() -> Timestamp {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let since = now.saturating_sub(GRAVE_AGE_MAX).as_nanos();
    Timestamp::from_nanos(u64::try_from(since).unwrap_or(u64::MAX))
}

/// What can happen to a host or the server that no session tells of.
const GRAVE: [Kind; 5] =
    [Kind::AuditTampered, Kind::Lost, Kind::Trouble, Kind::BadAck, Kind::Divergence];

#[cfg(test)]
mod tests {
    use sudolog_core::session::SessionState::Live;
    use sudolog_core::wire::message::{Cause, Events, Failure, Listing, Outcome, RequestBody};

    use super::super::fake::{FakeServer, Peer};
    use super::*;
    use crate::screens::events::sample;
    use crate::screens::live::sample::row;

    async fn give_running(peer: &mut Peer, rows: Vec<SessionRow>) {
        let (id, body) = peer.request().await;
        let RequestBody::List(query) = body else { panic!("{body:?}") };
        assert!(query.open_only && query.conditions.len() == 1);
        let total = rows.len() as u64;
        peer.reply(id, Outcome::Sessions(Listing { total, rows })).await;
    }

    async fn give_events(peer: &mut Peer, events: Events) -> EventsQuery {
        let (id, body) = peer.request().await;
        let RequestBody::Events(query) = body else { panic!("{body:?}") };
        peer.reply(id, Outcome::Events(events)).await;
        query
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_alarming_already_is_told_at_once_and_what_is_new_once() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let mut sentinel = Sentinel::start(&client.unwrap(), 5);
        give_running(&mut peer, vec![row(7, Live)]).await;
        let Some(Sighting::Running(rows)) = sentinel.next().await else { panic!() };
        assert_eq!(rows.len(), 1);
        let mut stored: Vec<Stored> = (6..9).rev().map(sample::entry).collect();
        stored.iter_mut().for_each(|stored| stored.entry.tsid = None);
        stored[0].entry.tsid = Some(row(7, Live).tsid);
        let (own, newest) = (stored.len() - 1, stored[0].number);
        let asked =
            give_events(&mut peer, Events { entries: stored, more: true, reached: 6, newest });
        assert_eq!(asked.await.after, 5);
        let next = Events { newest, reached: 5, ..Events::default() };
        assert_eq!(give_events(&mut peer, next.clone()).await.before, 6);
        let Some(Sighting::Grave(entries)) = sentinel.next().await else { panic!() };
        assert_eq!(entries.len(), own, "what belongs to a session is told with it");
        assert_eq!(give_events(&mut peer, next).await.after, newest);
    }

    #[tokio::test]
    async fn who_may_not_see_the_log_is_told_of_sessions_with_each_connection() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let mut sentinel = Sentinel::start(&client.unwrap(), 0);
        for _ in 0..2 {
            give_running(&mut peer, vec![row(7, Live)]).await;
            assert!(matches!(sentinel.next().await, Some(Sighting::Running(_))));
            let (id, body) = peer.request().await;
            assert!(matches!(body, RequestBody::Events(_)));
            let text = "not yours".into();
            peer.fail(id, Failure { cause: Cause::Forbidden, text }).await;
            drop(peer);
            peer = server.welcome().await;
        }
    }
}
