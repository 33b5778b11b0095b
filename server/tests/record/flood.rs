//! Hosts that do more than they should: others do not feel it.

use std::path::Path;
use std::time::{Duration, Instant};

use sudolog_core::ack::Chain;
use sudolog_core::limits::{CONNECTIONS_PER_HOST_MAX, LINK_DEAD};
use sudolog_core::session::{EventKind, SessionStart};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{DenyCode, Resume};
use sudolog_server::ingest::{Recorder, connection};

use crate::cut::{connect, in_time};
use crate::host::{Host, Sent, Sessions, start};
use crate::oracle::{directory, is_finished, recorder, wait};

/// A start that takes milliseconds to read.
fn long_start(number: u32) -> SessionStart {
    let mut start = start(number);
    start.argv.extend((0..8000).map(|number| Untrusted::from(format!("argument {number}"))));
    start
}

/// Says heartbeats one after another until `enough`, and gives the longest time to an answer.
async fn longest_silence(
    mut host: Host<tokio::io::DuplexStream>,
    enough: tokio::sync::watch::Receiver<bool>,
) -> Duration {
    let mut longest = Duration::ZERO;
    while !*enough.borrow() {
        let (began, count) = (Instant::now(), host.heartbeats.len());
        host.put(0, &Message::Heartbeat(count as u64));
        host.flush().await.unwrap();
        while host.heartbeats.len() == count {
            in_time(host.take()).await.unwrap();
        }
        longest = longest.max(began.elapsed());
    }
    longest
}

/// A recorder that has started after session 1 had ended, and what its host says to resume it.
async fn with_stored_session(dir: &Path) -> (Recorder, Message) {
    let first = recorder(dir);
    let mut host = connect(&first, Sessions::new()).await;
    host.open(1, long_start(1)).await.unwrap();
    host.event(1, EventKind::Ttyout, "x");
    host.close(1);
    in_time(host.settle()).await.unwrap();
    let path = directory(dir, host.sessions[&1].tsid.unwrap());
    wait("the end of the recording", || is_finished(&path));
    first.shutdown();
    let (session_id, chain) = (start(1).session_id, Chain::start(&long_start(1)));
    (recorder(dir), Message::Resume(Resume { session_id, first_seq: 1, chain }))
}

/// On one thread, as it is for the hosts that share a thread with the one that floods.
#[tokio::test]
async fn a_host_that_resumes_what_is_stored_stalls_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let (recorder, resume) = with_stored_session(dir.path()).await;
    let bystander = connect(&recorder, Sessions::new()).await;
    let (enough, watched) = tokio::sync::watch::channel(false);
    let bystander = tokio::spawn(longest_silence(bystander, watched));
    let mut host = connect(&recorder, Sessions::new()).await;
    for stream in 1..=FLOOD {
        host.sessions.insert(stream, Sent::new(start(1)));
        host.put(stream, &resume);
    }
    host.flush().await.unwrap();
    // Read by now, or about to be.
    tokio::task::yield_now().await;
    host.put(0, &Message::Heartbeat(77));
    host.flush().await.unwrap();
    let (began, mut own, mut answered) = (Instant::now(), None, 0);
    while answered < FLOOD {
        let stream = in_time(host.take_unverified()).await.unwrap();
        if !host.heartbeats.is_empty() {
            own.get_or_insert(began.elapsed());
        }
        let sent = host.sessions.get_mut(&stream);
        if let Some(next_seq) = sent.and_then(|sent| sent.wanted.take()) {
            assert_eq!(next_seq, 3, "one event and the end are stored");
            answered += 1;
        }
    }
    enough.send(true).unwrap();
    let silence = bystander.await.unwrap();
    eprintln!("{FLOOD} in {:?}; silence {silence:?}, own {own:?}", began.elapsed());
    assert!(silence < LINK_DEAD, "another host was not answered for {silence:?}");
    assert!(own.unwrap() < LINK_DEAD, "its own heartbeats waited {own:?}");
    recorder.shutdown();
}

#[tokio::test]
async fn a_stream_hears_of_its_session_before_anything_else() {
    let dir = tempfile::tempdir().unwrap();
    let (recorder, resume) = with_stored_session(dir.path()).await;
    let mut host = connect(&recorder, Sessions::new()).await;
    for stream in 1..=10 {
        host.sessions.insert(stream, Sent::new(start(1)));
        host.put(stream, &resume);
    }
    // The stream is in use until then.
    for stream in 1..=10 {
        host.put(stream, &Message::Open(Box::new(start(100 + stream))));
        host.put(stream, &resume);
    }
    host.flush().await.unwrap();
    let mut refused = 0;
    while refused < 20 {
        let stream = in_time(host.take_unverified()).await.unwrap();
        let Some(sent) = host.sessions.get_mut(&stream) else { continue };
        if let Some(refusal) = sent.denied.take() {
            assert_eq!(refusal.code, DenyCode::Malformed);
            assert_eq!(sent.wanted, Some(3), "refused before it was answered");
            refused += 1;
        }
    }
    // Then it is free.
    host.open(5, start(200)).await.unwrap();
    assert_eq!(host.sessions[&5].denied, None);
    recorder.shutdown();
}

#[tokio::test]
async fn one_host_has_a_few_connections_and_the_newest_win() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let (ours, theirs) = tokio::io::duplex(1024 * 1024);
    let oldest =
        tokio::spawn(connection::serve(theirs, crate::host::host_name(), recorder.clone()));
    let mut held = vec![Host::connect(ours, Sessions::new()).await.unwrap()];
    for _ in 1..CONNECTIONS_PER_HOST_MAX {
        held.push(connect(&recorder, Sessions::new()).await);
    }
    assert!(!oldest.is_finished());
    let mut newest = connect(&recorder, Sessions::new()).await;
    let error = in_time(oldest).await.unwrap().unwrap_err().to_string();
    assert!(error.contains("connected again"), "{error}");
    assert!(held[0].take().await.is_err(), "the oldest is open");
    newest.open(1, start(1)).await.unwrap();
    in_time(held[1].open(2, start(2))).await.unwrap();
    assert!(newest.sessions[&1].tsid.is_some() && held[1].sessions[&2].tsid.is_some());
    recorder.shutdown();
}

const FLOOD: u32 = 600;
