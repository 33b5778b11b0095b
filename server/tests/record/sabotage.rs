//! Recordings that are taken away or replaced while they grow.

use std::os::unix::fs::symlink;

use sudolog_core::session::EventKind;

use crate::cut::{connect, in_time};
use crate::host::{Sessions, start};
use crate::oracle::{assert_holds_proven, directory, is_finished, recorder, wait};

#[tokio::test]
async fn a_recording_that_is_taken_away_harms_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    for stream in 1..=2 {
        host.open(stream, start(stream)).await.unwrap();
        host.event(stream, EventKind::Ttyout, "before");
    }
    in_time(host.settle()).await.unwrap();
    let taken = directory(dir.path(), host.sessions[&1].tsid.unwrap());
    wait("the recording", || taken.join("log").exists());
    std::fs::remove_dir_all(&taken).unwrap();
    for stream in 1..=2 {
        host.event(stream, EventKind::Stdin, "after");
        host.close(stream);
    }
    in_time(host.settle()).await.unwrap();
    let kept = directory(dir.path(), host.sessions[&2].tsid.unwrap());
    wait("the other recording", || is_finished(&kept));
    assert_holds_proven(dir.path(), &host.sessions[&2]);

    host.open(3, start(3)).await.unwrap();
    host.close(3);
    in_time(host.settle()).await.unwrap();
    let next = directory(dir.path(), host.sessions[&3].tsid.unwrap());
    wait("the next recording", || is_finished(&next));
    recorder.shutdown();
}

#[tokio::test]
async fn a_link_in_the_log_directory_leads_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let outside = dir.path().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    host.open(1, start(1)).await.unwrap();
    in_time(host.settle()).await.unwrap();
    let path = directory(dir.path(), host.sessions[&1].tsid.unwrap());
    wait("the recording", || path.join("log").exists());
    for name in ["stdin", "ttyin", "acks", "log.new", "INCOMPLETE"] {
        symlink(outside.join(name), path.join(name)).unwrap();
    }
    host.event(1, EventKind::Stdin, "secret");
    host.event(1, EventKind::Ttyin, "secret");
    host.close(1);
    in_time(host.settle()).await.unwrap();
    recorder.shutdown();
    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
}

#[tokio::test]
async fn a_start_that_was_changed_is_found_out_when_the_session_ends() {
    let dir = tempfile::tempdir().unwrap();
    let recorder = recorder(dir.path());
    let mut host = connect(&recorder, Sessions::new()).await;
    for stream in 1..=2 {
        host.open(stream, start(stream)).await.unwrap();
        host.event(stream, EventKind::Ttyout, "x");
    }
    in_time(host.settle()).await.unwrap();
    let [changed, kept] =
        [1, 2].map(|stream| directory(dir.path(), host.sessions[&stream].tsid.unwrap()));
    wait("the recordings", || changed.join("log").exists() && kept.join("log").exists());
    let json = std::fs::read_to_string(changed.join("log.json")).unwrap();
    assert!(json.contains("alice"));
    let forged = json.replace("alice", "mallory");
    std::fs::write(changed.join("log.json"), &forged).unwrap();
    (1..=2).for_each(|stream| host.close(stream));
    in_time(host.settle()).await.unwrap();
    wait("the other recording", || is_finished(&kept));
    assert_holds_proven(dir.path(), &host.sessions[&2]);
    recorder.shutdown();
    // No end is put under a start that is not what the session began with.
    assert_eq!(std::fs::read_to_string(changed.join("log.json")).unwrap(), forged);
    assert!(!is_finished(&changed));
}
