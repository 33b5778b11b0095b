//! Signed checkpoints beside a recording while its session runs.

use std::path::{Path, PathBuf};

use sudolog_core::iolog::{Reader, Verification, Verifier, parse_acks, path};
use sudolog_server::store::Directory;

use super::recording::Recording;
use super::world::{World, until};

fn directory(world: &World, recording: &Recording) -> PathBuf {
    let log = world.dir.path().join("log");
    recording.tsid.directories().iter().fold(log, |dir, part| dir.join(part))
}

fn verify(world: &World, dir: &Path) -> Verification {
    let directory = Directory(dir.to_owned());
    let (start, end) = directory.session().unwrap();
    let (acks, bad) = parse_acks(&std::fs::read(dir.join(path::ACKS)).unwrap());
    assert_eq!(bad, None);
    let keys = world.keys();
    let mut verifier = Verifier::new(&start, &acks, &keys);
    let mut events = Reader::new(directory);
    while let Some(event) = events.next_event().unwrap() {
        verifier.event(&event);
    }
    verifier.finish(end.as_ref())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_runs_and_rests_is_signed_up_to_its_last_event_within_seconds() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    let dir = directory(&world, &recording);
    let last = || {
        let acks = std::fs::read(dir.join(path::ACKS)).unwrap_or_default();
        parse_acks(&acks).0.last().map(|ack| ack.seq)
    };
    recording.write("first").await;
    recording.write("second").await;
    until("a checkpoint", async || (last() == Some(2)).then_some(())).await;
    let found = verify(&world, &dir);
    assert_eq!((found.ok, found.complete, found.last_seq), (true, false, 2), "{found:?}");

    recording.write("third").await;
    until("another", async || (last() == Some(3)).then_some(())).await;
    assert_eq!(verify(&world, &dir).last_seq, 3);
    recording.end().await;
    until("the end", async || verify(&world, &dir).complete.then_some(())).await;

    // What is changed lies between two checkpoints, not anywhere.
    let (stream, good) = (dir.join("ttyout"), "firstsecondthird");
    assert_eq!(std::fs::read_to_string(&stream).unwrap(), good);
    std::fs::write(&stream, "firstsecondThird").unwrap();
    let found = verify(&world, &dir);
    assert_eq!((found.ok, found.last_seq, found.first_bad_seq), (false, 2, Some(3)), "{found:?}");
}
