//! The event log from outside: what hosts say is kept, and told to whom it concerns.

use sudolog_core::eventlog::{Entry, Kind, Severity, Source, Stored};
use sudolog_core::limits::ALPN_SHIP;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Audit, Events, EventsQuery, Outcome, RequestBody};

use super::peer::Peer;
use super::recording::{self, Recording};
use super::world::{Client, World, until};

/// A refusal of that user's, as sudo's audit tells it.
pub fn entry(id: &str, user: &str) -> Entry {
    let time = Timestamp { seconds: 1_763_000_000, nanoseconds: 0 };
    let mut entry = Entry::new(id.parse().unwrap(), time, Source::Sudo, Kind::Reject);
    (entry.user, entry.severity) = (user.into(), Severity::Warning);
    entry.argv = vec!["cat".into(), "/etc/shadow".into()];
    entry
}

async fn host(world: &World, host: &str) -> Peer {
    let client = Client::new(&world.pki(), host, ALPN_SHIP);
    Peer::dial(world, &client).await.unwrap().greeted().await.beating()
}

async fn send(peer: &mut Peer, entries: Vec<Entry>) {
    let count = entries.len() as u64;
    for (entry, number) in entries.into_iter().zip(1..) {
        peer.send(&Message::Audit(Box::new(Audit { number, entry })), 0).await;
    }
    loop {
        match peer.receive().await.unwrap() {
            Some((0, Message::Audited(audited))) if audited.number == count => return,
            Some((0, Message::Audited(audited))) => assert!(audited.number < count),
            other => panic!("{other:?}"),
        }
    }
}

/// Sends entries over a connection of their own and waits until they are kept.
pub async fn say(world: &World, name: &str, entries: Vec<Entry>) {
    send(&mut host(world, name).await, entries).await;
}

async fn ask(console: &mut Peer, line: &str) -> Events {
    let query = EventsQuery::parse(line, &|_| None).unwrap();
    match console.request(900, RequestBody::Events(query)).await.1 {
        Outcome::Events(events) => events,
        other => panic!("{other:?}"),
    }
}

fn ids(events: &Events) -> Vec<String> {
    events.entries.iter().map(|stored| stored.entry.id.to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_says_is_kept_once_and_under_its_own_name() {
    let world = World::start().await;
    let mut lying = entry("a.1", "alice");
    (lying.host, lying.tsid) = ("db1".into(), "000009".parse().ok());
    let mut foreign = entry("a.2", "alice");
    (foreign.source, foreign.kind) = (Source::Server, Kind::Verdict);
    let sent = vec![lying, foreign, entry("a.3", "alice")];
    say(&world, "web1", sent.clone()).await;
    // As after a cut: the server's answer was lost.
    say(&world, "web1", sent).await;
    say(&world, "db1", vec![entry("a.1", "bob")]).await;
    let mut olga = Peer::console(&world, "olga").await;
    let events = ask(&mut olga, "").await;
    assert_eq!(ids(&events), ["a.1", "a.3", "a.1"], "the newest first");
    assert_eq!((events.newest, events.more), (3, false));
    let first = &events.entries[2];
    assert_eq!((first.number, &first.entry.host, first.entry.tsid), (1, &"web1".into(), None));
    assert_eq!(ids(&ask(&mut olga, "host:db1 shadow").await), ["a.1"]);
    // Everybody sees the hosts and users of their grant.
    let mut vic = Peer::console(&world, "vic").await;
    assert_eq!(ids(&ask(&mut vic, "").await), ["a.3", "a.1"]);
    let mut dora = Peer::console(&world, "dora").await;
    assert_eq!(ids(&ask(&mut dora, "kind:reject").await), ["a.1"]);
    assert!(ids(&ask(&mut dora, "host:web1").await).is_empty());
    let written = world.access_log();
    let written = written.iter().rfind(|line| line["operator"] == "dora").unwrap();
    assert_eq!((&written["action"], &written["detail"]), (&"events".into(), &"host:web1".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_session_says_which_recording_it_is() {
    let world = World::start().await;
    let start = recording::start("web1", "alice");
    let id = start.session_id;
    let recording = Recording::start_as(&world, start).await;
    let of_session = |name: &str| Entry { session_id: Some(id), ..entry(name, "alice") };
    say(&world, "web1", vec![of_session("a.1")]).await;
    // Another host cannot put anything beside it.
    say(&world, "db1", vec![of_session("b.1")]).await;
    let tsid = recording.tsid;
    recording.end().await;
    say(&world, "web1", vec![of_session("a.2")]).await;
    let mut olga = Peer::console(&world, "olga").await;
    assert_eq!(ids(&ask(&mut olga, &format!("session:{tsid} source:sudo")).await), ["a.2", "a.1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_malformed_costs_neither_the_link_nor_what_follows() {
    let world = World::start().await;
    let mut peer = host(&world, "web1").await;
    let good = Message::Audit(Box::new(Audit { number: 1, entry: entry("a.1", "x") })).to_bytes(0);
    let mut bad = good.to_vec();
    let kind = bad.windows(8).position(|bytes| bytes == b"\"reject\"").unwrap();
    bad[kind..kind + 8].copy_from_slice(b"[\"reje\"]");
    peer.send_bytes(&bad).await;
    send(&mut peer, vec![entry("a.2", "alice")]).await;
    let mut olga = Peer::console(&world, "olga").await;
    assert_eq!(ids(&ask(&mut olga, "").await), ["a.2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_journal_knows_and_the_log_lacks_is_made_good_once() {
    for lost in [false, true] {
        let world = World::start().await;
        let mut recording = Recording::start(&world, "web1", "alice").await;
        recording.write("x").await;
        recording.end().await;
        let World { server, dir } = world;
        server.shutdown().await;
        if lost {
            std::fs::remove_dir_all(dir.path().join("state/events")).unwrap();
        }
        let world = World::start_in(dir).await;
        let mut console = Peer::console(&world, "olga").await;
        let told = until("both are told", async || {
            let told = ask(&mut console, "kind:session_start,session_end").await;
            (told.entries.len() >= 2).then_some(told)
        });
        let entries = told.await.entries;
        let is_late =
            |stored: &&Stored| stored.entry.details.iter().any(|(name, _)| name == "told");
        let late = entries.iter().filter(is_late).count();
        assert_eq!((entries.len(), late), (2, if lost { 2 } else { 0 }), "{entries:?}");
        assert!(entries[1].entry.time <= entries[0].entry.time);
        world.server.shutdown().await;
    }
}
