//! What the event log is told of sessions, over starts and `kill -9`: all of it, and nothing a second time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sudolog_core::eventlog::{Kind, Stored};
use sudolog_core::session::EventKind;
use sudolog_server::journal::{self, Place};

use crate::cut::in_time;
use crate::host::{Host, Sessions, start};
use crate::kill::Server;
use crate::oracle::{recorder, wait};

/// Sessions with these numbers, from their beginning to their proven end.
async fn run(server: &mut Server, numbers: std::ops::Range<u32>) {
    let mut host = Host::connect(server.connect().await, Sessions::new()).await.unwrap();
    for number in numbers {
        in_time(host.open(number, start(number))).await.unwrap();
        host.event(number, EventKind::Ttyout, "x");
        host.close(number);
    }
    in_time(host.settle()).await.unwrap();
}

/// All that the log holds of sessions once a server has started there and stopped.
fn told(dir: &Path) -> Vec<Stored> {
    let recorder = recorder(dir);
    let all = recorder.events().after(0, usize::MAX).unwrap();
    recorder.shutdown();
    recorder.events().shutdown();
    let is_of_session =
        |stored: &Stored| matches!(stored.entry.kind, Kind::SessionStart | Kind::SessionEnd);
    all.into_iter().filter(is_of_session).collect()
}

#[tokio::test]
async fn each_beginning_and_end_is_told_once_however_often_the_server_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..ROUNDS {
        let mut server = Server::start(dir.path());
        run(&mut server, 3 * round + 1..3 * round + 4).await;
        // The event log may have all of it, or a part, or nothing.
        server.kill();
    }
    let mut times = BTreeMap::new();
    for stored in told(dir.path()) {
        let of = (stored.entry.session_id.unwrap(), stored.entry.kind.name());
        *times.entry(of).or_insert(0) += 1;
    }
    assert_eq!(times.len(), 2 * 3 * ROUNDS as usize, "{times:?}");
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

#[tokio::test]
async fn what_was_told_long_ago_is_not_told_again_though_nobody_knows_its_name_any_more() {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    run(&mut server, 1..4).await;
    let (state, events) = (dir.path().join("state"), dir.path().join("state/events"));
    wait("it to be written down what is told", || {
        let Place { segment, end } =
            *journal::recover(&state.join("journal")).unwrap().places.last().unwrap();
        let said = fs::read_to_string(events.join("told")).unwrap_or_default();
        said.ends_with(&format!(" {segment} {end}\n"))
    });
    server.kill();
    // As when so much else came since that the names are forgotten.
    let segments = fs::read_dir(&events).unwrap().map(|entry| entry.unwrap().path());
    let segments: Vec<_> =
        segments.filter(|path| path.extension().is_some_and(|ext| ext == "log")).collect();
    assert!(!segments.is_empty());
    segments.iter().for_each(|path| fs::remove_file(path).unwrap());
    assert_eq!(told(dir.path()), []);
    // What came later is told all the same.
    let mut server = Server::start(dir.path());
    run(&mut server, 4..5).await;
    server.kill();
    assert_eq!(told(dir.path()).len(), 2);
}

#[tokio::test]
async fn where_the_place_is_not_known_all_that_the_journal_has_is_told() {
    for said in [None, Some("00000000 1 1\n"), Some(OF_ANOTHER_JOURNAL)] {
        let dir = tempfile::tempdir().unwrap();
        let mut server = Server::start(dir.path());
        run(&mut server, 1..4).await;
        server.kill();
        let events = dir.path().join("state/events");
        fs::remove_dir_all(&events).unwrap();
        fs::create_dir(&events).unwrap();
        if let Some(said) = said {
            fs::write(events.join("told"), said).unwrap();
        }
        assert_eq!(told(dir.path()).len(), 2 * 3, "{said:?}");
    }
}

/// Segment 99, which this journal has not reached.
const OF_ANOTHER_JOURNAL: &str = "4d5c1a82 99 9\n";
const ROUNDS: u32 = 10;
