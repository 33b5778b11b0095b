//! What must be true of a recording, judged from its files and from what the host sent.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sudolog_core::ack::AckVerifiers;
use sudolog_core::iolog::{LogInfo, Verification, Verifier, encode_timing, parse_acks};
use sudolog_core::session::{Event, EventKind, SessionEnd, Tsid};
use sudolog_core::triage::Policy;
use sudolog_server::ingest::{Recorder, RecorderConfig};

use crate::host::{Sent, signer};

/// Starts a recorder on `<dir>/iolog` and `<dir>/state`.
pub fn recorder(dir: &Path) -> Recorder {
    let (log_dir, state_dir) = (dir.join("iolog"), dir.join("state"));
    let policy = Policy::default();
    Recorder::start(RecorderConfig { log_dir, state_dir, signer: signer(), policy }).unwrap()
}

/// The directory of a session.
pub fn directory(dir: &Path, tsid: Tsid) -> PathBuf {
    tsid.directories().iter().fold(dir.join("iolog"), |path, part| path.join(part))
}

/// What the files of these events must be, by the plainest code that can write them.
pub fn files_of(events: &[Event]) -> Vec<(&'static str, Vec<u8>)> {
    let mut timing = Vec::new();
    events.iter().for_each(|event| encode_timing(event, &mut timing));
    let stream = |kind: EventKind| {
        let of_kind = events.iter().filter(|event| event.kind() == kind);
        (kind.file_name().unwrap(), of_kind.flat_map(|e| e.data().to_vec()).collect())
    };
    EventKind::STREAMS.map(stream).into_iter().chain([("timing", timing)]).collect()
}

/// The files hold exactly the first `count` events: not one byte less or more.
pub fn assert_exact(path: &Path, events: &[Event], count: u64) {
    for (name, want) in files_of(&events[..usize::try_from(count).unwrap()]) {
        let got = fs::read(path.join(name)).unwrap_or_default();
        assert!(got == want, "{}/{name}: {} bytes, not {}", path.display(), got.len(), want.len());
    }
}

/// How many events the files hold; the files must be exact up to there.
pub fn stored(path: &Path, events: &[Event]) -> u64 {
    let timing = fs::read(path.join("timing")).unwrap_or_default();
    let count = timing.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert_exact(path, events, count);
    count
}

/// True when the recording is marked as finished.
pub fn is_finished(path: &Path) -> bool {
    fs::metadata(path.join("timing")).is_ok_and(|m| m.permissions().mode() & 0o222 == 0)
}

/// Everything that is proven to the host is in the files, exactly, and the checkpoints verify.
pub fn assert_holds_proven(dir: &Path, sent: &Sent) {
    let Some(tsid) = sent.tsid else { return };
    let path = directory(dir, tsid);
    let (proven, end_proven) = sent.proven();
    let count = stored(&path, &sent.events);
    assert!(count >= proven, "{tsid}: {count} events stored, {proven} were acknowledged");
    let info = LogInfo::parse(&fs::read(path.join("log.json")).unwrap()).unwrap();
    let (start, end) = info.to_session(sent.start.session_id).unwrap();
    assert_eq!(start, sent.start);
    let found = verify(&path, sent, end.as_ref(), count);
    assert!(found.ok, "{tsid}: {found:?}");
    if end_proven {
        assert_eq!(end, sent.end, "{tsid}");
        assert!(found.complete && is_finished(&path), "{tsid}: {found:?}");
    }
}

/// What `sudolog-tui verify` would find.
pub fn verify(path: &Path, sent: &Sent, end: Option<&SessionEnd>, count: u64) -> Verification {
    let (acks, bad) = parse_acks(&fs::read(path.join("acks")).unwrap_or_default());
    assert_eq!(bad, None, "{}: every line of acks is one", path.display());
    let keys = AckVerifiers::new(vec![signer().verifier()]);
    let mut verifier = Verifier::new(&sent.start, &acks, &keys);
    let count = usize::try_from(count).unwrap();
    sent.events[..count].iter().for_each(|event| verifier.event(event));
    verifier.finish(end)
}

/// Waits for a condition with a deadline.
pub fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub const PATIENCE: Duration = Duration::from_secs(60);
