//! Connections that break, at the worst moment.

use std::future::Future;
use std::time::Duration;

use sudolog_core::session::EventKind;
use sudolog_core::wire::Message;
use sudolog_server::ingest::{Recorder, connection};

use crate::host::{Host, Sessions, host_name, start};
use crate::oracle::{
    PATIENCE, assert_exact, assert_holds_proven, directory, is_finished, recorder, wait,
};

/// A connection to the recorder, in memory.
pub async fn connect(recorder: &Recorder, sessions: Sessions) -> Host<tokio::io::DuplexStream> {
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    tokio::spawn(connection::serve(theirs, host_name(), recorder.clone()));
    Host::connect(ours, sessions).await.unwrap()
}

/// Fails the test when it takes too long.
pub async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("in time")
}

/// Two hundred sessions send one event each, and their host stops reading: the connection is cut
/// while what it took in is on its way to the journal.
#[tokio::test]
async fn what_was_taken_in_reaches_the_journal_when_the_host_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    for stream in 1..=200 {
        host.open(stream, start(stream)).await.unwrap();
    }
    for stream in 1..=200 {
        host.event(stream, EventKind::Ttyout, format!("first {stream}"));
    }
    (0..9000).for_each(|nonce| host.put(0, &Message::Heartbeat(nonce)));
    host.flush().await.unwrap();
    // Answers are left unread until the server hangs up.
    in_time(async { while host.take().await.is_ok() {} }).await;

    let mut host = connect(&recorder, host.sessions).await;
    in_time(host.resume_all()).await.unwrap();
    for stream in 1..=200 {
        host.event(stream, EventKind::Ttyout, format!("second {stream}"));
        host.close(stream);
    }
    in_time(host.settle()).await.unwrap();
    for sent in host.sessions.values() {
        let path = directory(dir.path(), sent.tsid.unwrap());
        wait("the end of a recording", || is_finished(&path));
        assert_exact(&path, &sent.events, 2);
        assert_holds_proven(dir.path(), sent);
    }
    recorder.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_goes_from_connection_to_connection_without_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut sessions = Sessions::new();
    let mut abandoned = Vec::new();
    for round in 0..30u32 {
        let mut host = connect(&recorder, sessions).await;
        if round == 0 {
            for stream in 1..=8 {
                host.open(stream, start(stream)).await.unwrap();
            }
        } else {
            in_time(host.resume_all()).await.unwrap();
        }
        for _ in 0..20 {
            for stream in 1..=8 {
                host.event(stream, EventKind::Stdout, vec![b'x'; 3000]);
            }
        }
        // The old connection stays half open while the next one takes the sessions over.
        let _ = tokio::time::timeout(Duration::from_micros(300), host.flush()).await;
        sessions = std::mem::take(&mut host.sessions);
        abandoned.push(host);
    }
    let mut host = connect(&recorder, sessions).await;
    in_time(host.resume_all()).await.unwrap();
    (1..=8).for_each(|stream| host.close(stream));
    in_time(host.settle()).await.unwrap();
    for sent in host.sessions.values() {
        assert_eq!(sent.denied, None);
        let path = directory(dir.path(), sent.tsid.unwrap());
        wait("the end of a recording", || is_finished(&path));
        assert_exact(&path, &sent.events, sent.events.len() as u64);
        assert_holds_proven(dir.path(), sent);
    }
    recorder.shutdown();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_is_proven_again_to_a_host_that_missed_it() {
    let dir = tempfile::tempdir().unwrap();
    let first = recorder(dir.path());
    let mut host = connect(&first, Sessions::new()).await;
    host.open(1, start(1)).await.unwrap();
    host.event(1, EventKind::Stderr, "x");
    host.close(1);
    host.flush().await.unwrap();
    let path = directory(dir.path(), host.sessions[&1].tsid.unwrap());
    wait("the end of the recording", || is_finished(&path));
    let sessions = std::mem::take(&mut host.sessions);
    drop(host);

    let unproven = |sessions: Sessions| async {
        let mut host = connect(&first, sessions).await;
        in_time(host.resume_all()).await.unwrap();
        in_time(host.settle()).await.unwrap();
        host.sessions
    };
    let mut sessions = unproven(sessions).await;
    assert!(sessions[&1].window.is_complete());
    first.shutdown();

    // After a restart only the files know it; the host has lost the proof once more.
    let second = recorder(dir.path());
    let sent = sessions.get_mut(&1).unwrap();
    let mut window = sudolog_core::ack::Window::new(&sent.start);
    for event in &sent.events {
        window.push(event.clone()).unwrap();
    }
    window.push_end(sent.end.clone().unwrap()).unwrap();
    sent.window = window;
    let mut host = connect(&second, sessions).await;
    in_time(host.resume_all()).await.unwrap();
    in_time(host.settle()).await.unwrap();
    assert!(host.sessions[&1].window.is_complete());
    second.shutdown();
}
