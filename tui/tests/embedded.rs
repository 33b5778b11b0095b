//! The first look without a screen: real server, real shipper, real programs, and nothing left.
#![cfg(feature = "embedded")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, also in what it calls"
)]

use std::path::Path;
use std::time::Duration;

use sudolog_core::ack::{AckVerifier, AckVerifiers};
use sudolog_core::iolog::Verifier;
use sudolog_core::session::{Event, EventKind, SessionState, Tsid};
use sudolog_core::term::{Page, Pattern, SafeScreen, Streams, usual_size};
use sudolog_core::wire::message::{Query, SessionRow};
use sudolog_tui::embedded::Embedded;
use sudolog_tui::source::server::{Client, Item, RemoteRecording};
use sudolog_tui::source::{Distant, Recording as _, Standing};

fn start() -> Embedded {
    let program = env!("CARGO_BIN_EXE_sudolog-tui");
    Embedded::start_with(vec![program.into(), "__on-terminal".into()]).unwrap()
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), what).await.expect("within a minute")
}

#[tokio::test]
async fn a_session_is_recorded_listed_read_and_proven() {
    let embedded = start();
    let client = soon(Client::connect(embedded.address().clone())).await.unwrap();
    let row = soon(finished(&embedded, &client)).await;
    assert_eq!((row.state, row.exit_value), (SessionState::Complete, Some(3)), "{row:?}");
    assert!(row.command.escaped().to_string().ends_with("check-backup.sh"));

    let events = soon(read(&client, row.tsid)).await;
    assert!(events.iter().map(Event::seq).eq(1..=events.len() as u64));
    let output: Vec<u8> = events
        .iter()
        .filter(|event| event.kind() == EventKind::Ttyout)
        .flat_map(|event| event.data().to_vec())
        .collect();
    let output = String::from_utf8(output).unwrap();
    assert!(output.starts_with("looking for ") && output.contains("no backup found"), "{output}");

    let detail = soon(client.show(row.tsid)).await.unwrap();
    let (start, end) = (detail.start.unwrap(), detail.end.unwrap());
    let key = std::fs::read_to_string(embedded.data().join("pki/ack-verify.pub")).unwrap();
    let keys = AckVerifiers::new(vec![AckVerifier::parse(&key).unwrap()]);
    let mut verifier = Verifier::new(&start, &detail.acks, &keys);
    events.iter().for_each(|event| verifier.event(event));
    let verification = verifier.finish(Some(&end));
    assert!(verification.ok && verification.complete, "{verification:?}");
    assert_eq!(embedded.report().borrow().problem, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_without_being_fetched() {
    let embedded = start();
    let client = soon(Client::connect(embedded.address().clone())).await.unwrap();
    let row = soon(finished(&embedded, &client)).await;
    let events = soon(read(&client, row.tsid)).await;
    let play = tokio::task::spawn_blocking(move || {
        let recording = RemoteRecording::open(client, row.tsid).unwrap();
        let (lines, columns) = usual_size(recording.about().lines, recording.about().columns);
        let Distant { mut outliner, mut looker, mut searcher } = recording.distant().unwrap();
        let (mut moments, mut end) = (0, None);
        while end.is_none() {
            let told = outliner.next().unwrap().unwrap();
            moments += told.moments.len();
            end = told.end;
        }
        assert_eq!((moments, end), (events.len(), Some(Standing::Whole)));
        assert!(outliner.next().unwrap().is_none(), "told once");
        let mut played = SafeScreen::new(lines, columns);
        for event in &events {
            played.apply(event);
            let seq = event.seq();
            let keyframe = looker.screen(seq, Streams::default()).unwrap();
            assert_eq!(keyframe.seq, seq);
            assert_eq!(keyframe.to_screen().text_lines(), played.text_lines(), "at {seq}");
            let next = looker.events(seq).unwrap();
            assert_eq!(next, events[usize::try_from(seq).unwrap()..][..next.len()]);
            assert_eq!(next.is_empty(), seq == events.len() as u64);
        }
        let mut hits = Vec::new();
        let pattern = Pattern::literal("no backup found").unwrap();
        let searched =
            searcher.search(&pattern, Page::default(), Streams::default(), &mut |found| {
                hits.extend(found.hits.into_hits());
                !found.caught_up
            });
        searched.unwrap();
        assert_eq!(hits.len(), 1, "{hits:?}");
        let at_hit =
            looker.screen(hits[0].seq, Streams::default()).unwrap().to_screen().text_lines();
        assert!(at_hit.iter().any(|row| row.contains("no backup found")));
    });
    soon(play).await.unwrap();
}

#[tokio::test]
async fn a_late_joiner_sees_a_program_that_runs() {
    let embedded = start();
    let client = soon(Client::connect(embedded.address().clone())).await.unwrap();
    let is_script = |row: &SessionRow| row.command.escaped().to_string().contains("copy-archive");
    let running = async {
        loop {
            let query = Query { open_only: true, limit: 100, ..Query::default() };
            let listing = client.list(query).await.unwrap();
            if let Some(row) = listing.rows.into_iter().find(|row| is_script(row) && row.events > 0)
            {
                return row.tsid;
            }
        }
    };
    let tsid = soon(running).await;
    let mut stream = client.watch(tsid).await.unwrap();
    let first = soon(stream.next()).await.unwrap();
    let Some(Item::Keyframe(dump)) = first else { panic!("{first:?} in place of a keyframe") };
    let screen = SafeScreen::from_wire(&dump).unwrap();
    assert!(
        screen.row_text(0).starts_with("copying archive: block   4"),
        "{:?}",
        screen.row_text(0)
    );
    let next = soon(stream.next()).await.unwrap();
    assert!(matches!(next, Some(Item::Event(event)) if event.seq() == dump.seq + 1));
}

#[tokio::test]
async fn neither_files_nor_processes_outlive_it() {
    let embedded = start();
    let mut report = embedded.report();
    soon(report.wait_for(|report| report.started >= 3)).await.unwrap();
    let data = embedded.data().to_owned();
    let running = async {
        while processes_in(&data).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon(running).await;
    let before = processes_in(&data);
    drop(embedded);
    assert!(!data.exists(), "{} is still there", data.display());
    let left: Vec<u32> = before.into_iter().filter(|pid| is_alive(*pid)).collect();
    assert!(left.is_empty(), "{left:?} still run");
    assert!(processes_in(&data).is_empty());
}

#[test]
fn a_panic_of_the_console_leaves_nothing_either() {
    let (tell, told) = std::sync::mpsc::sync_channel(1);
    let console = std::thread::spawn(move || {
        let embedded = start();
        tell.send(embedded.data().to_owned()).unwrap();
        panic!("as if a screen had failed");
    });
    let data = told.recv().unwrap();
    assert!(console.join().is_err());
    assert!(!data.exists() && processes_in(&data).is_empty());
}

/// The first session that has ended.
async fn finished(embedded: &Embedded, client: &Client) -> SessionRow {
    let mut report = embedded.report();
    report.wait_for(|report| report.finished > 0).await.unwrap();
    loop {
        let listing = client.list(Query { limit: 100, ..Query::default() }).await.unwrap();
        if let Some(row) = listing.rows.into_iter().find(|row| !row.state.is_open()) {
            return row;
        }
    }
}

async fn read(client: &Client, tsid: Tsid) -> Vec<Event> {
    let mut stream = client.read(tsid, 1).await.unwrap();
    let mut events = Vec::new();
    while let Some(item) = stream.next().await.unwrap() {
        match item {
            Item::Event(event) => events.push(event),
            other => panic!("{other:?} in a recording"),
        }
    }
    events
}

/// Processes whose working directory is, or was, inside `directory`.
fn processes_in(directory: &Path) -> Vec<u32> {
    let inside = |pid: &u32| {
        std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(directory))
    };
    let entries = std::fs::read_dir("/proc").unwrap();
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(inside).collect()
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').and_then(|(_, fields)| fields.split_whitespace().next());
    !matches!(state, None | Some("Z" | "X"))
}
