//! Names from hosts never become paths, and starts come back as they were.

use sudolog_core::iolog::LogInfo;
use sudolog_core::session::EventKind;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::DenyCode;

use crate::cut::{connect, in_time};
use crate::host::{Sessions, start};
use crate::oracle::{assert_holds_proven, directory, is_finished, recorder, wait};

#[tokio::test]
async fn hostile_names_stay_inside_and_come_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    let names: [&[u8]; 8] = [
        b"../../evil",
        b"/etc/passwd",
        b"a\0b",
        b"",
        b"..",
        b"\xff\xfe",
        b"a\nb:c",
        b"\x1b]0;x\x07",
    ];
    for (stream, name) in (1..).zip(names) {
        let name = Untrusted::new(name);
        let mut start = start(stream);
        start.submit_user = name.clone();
        start.run_user = name.clone();
        start.run_group = Some(name.clone());
        start.run_gid = Some(1);
        start.command = name.clone();
        start.argv = vec![name.clone(), name.clone()];
        start.tty = Some(name.clone());
        start.submit_cwd = name.clone();
        start.boot_id = name;
        host.open(stream, start).await.unwrap();
        host.event(stream, EventKind::Ttyout, "x");
        host.close(stream);
    }
    in_time(host.settle()).await.unwrap();
    for sent in host.sessions.values() {
        assert_eq!(sent.denied, None);
        let path = directory(dir.path(), sent.tsid.unwrap());
        wait("the recording", || is_finished(&path));
        assert_holds_proven(dir.path(), sent);
        let log = std::fs::read(path.join("log")).unwrap();
        assert_eq!(log.iter().filter(|byte| **byte == b'\n').count(), 3);
        let json = std::fs::read(path.join("log.json")).unwrap();
        let stored = LogInfo::parse(&json).unwrap().to_session(sent.start.session_id).unwrap();
        assert_eq!(stored, (sent.start.clone(), sent.end.clone()));
    }
    recorder.shutdown();
    let mut outside: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    outside.sort();
    assert_eq!(outside, ["iolog", "state"]);
    let mut inside: Vec<_> = std::fs::read_dir(dir.path().join("iolog"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    inside.sort();
    assert_eq!(inside, ["00", "seq"]);
}

#[tokio::test]
async fn what_could_not_come_back_exactly_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    let mut odd = start(1);
    odd.submit_time.nanoseconds = 1_000_000_000;
    host.open(1, odd).await.unwrap();
    assert_eq!(host.sessions[&1].denied.as_ref().unwrap().code, DenyCode::Malformed);
    let mut strange = start(2);
    strange.submit_host = "web2".parse().unwrap();
    host.open(2, strange).await.unwrap();
    assert_eq!(host.sessions[&2].denied.as_ref().unwrap().code, DenyCode::Identity);
    host.open(3, start(3)).await.unwrap();
    assert_eq!(host.sessions[&3].denied, None, "the others go on");
    recorder.shutdown();
}
