//! A disk that is full: nothing is acknowledged that is not stored, and all goes on when there is
//! room again. Needs root for a small tmpfs in a mount namespace of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sudolog_core::session::EventKind;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::DenyCode;

use crate::cut::{connect, in_time};
use crate::host::{Sessions, start};
use crate::oracle::{assert_exact, assert_holds_proven, directory, is_finished, recorder, wait};

/// Runs inside the namespace, on a small disk for recordings and one for the journal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in the mount namespace of the test of the full disk"]
async fn inside_a_small_disk() {
    let dir = PathBuf::from(std::env::var_os(DIR).expect("started by the test"));
    journal_full(&dir).await;
    recordings_full(&dir).await;
}

#[test]
fn a_full_disk_costs_time_and_not_one_event() {
    if !rustix::process::geteuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "CI must run this as root");
        eprintln!("NOT TESTED: a full disk, because that needs root");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let exe = std::env::current_exe().unwrap();
    let script = "set -e; mount --make-rprivate /; mkdir -p \"$1/state\" \"$1/iolog\"
        mount -t tmpfs -o size=140m none \"$1/state\"; mount -t tmpfs -o size=300m none \"$1/iolog\"
        exec \"$2\" --ignored --exact full::inside_a_small_disk --nocapture";
    let mut inside = Command::new("unshare");
    inside.args(["-m", "sh", "-c", script, "sh"]).arg(dir.path()).arg(exe).env(DIR, dir.path());
    let done = inside.output().expect("unshare runs: install util-linux");
    let text = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&text));
}

/// The journal's disk has no room for another segment.
async fn journal_full(dir: &Path) {
    let recorder = recorder(dir);
    let mut host = connect(&recorder, Sessions::new()).await;
    host.open(1, start(1)).await.unwrap();
    in_time(host.settle()).await.unwrap();
    let ballast = dir.join("state/ballast");
    fill(&ballast);
    let block = vec![b'x'; 60_000];
    // The rest of the segment, and then more than it holds.
    let mut sent = 0;
    while sent < 70_000_000 && !host.sessions[&1].window.is_full() {
        host.event(1, EventKind::Stdout, block.clone());
        sent += block.len();
        host.flush().await.unwrap();
        let window = |s: &Sessions| s[&1].window.bytes() < 2_000_000;
        let waited = tokio::time::timeout(Duration::from_secs(2), host.until(window)).await;
        if waited.is_err() {
            break;
        }
    }
    let proven = host.sessions[&1].window.acked().0;
    assert!(!host.sessions[&1].window.is_settled(), "the disk was full and all was acknowledged");
    wait("the alarm", || recorder.complaint().is_some());

    // Heartbeats do not wait for the disk, and nobody new may start.
    host.put(0, &Message::Heartbeat(7));
    host.open(2, start(2)).await.unwrap();
    assert_eq!(host.sessions[&2].denied.as_ref().unwrap().code, DenyCode::Storage);
    assert_eq!(host.heartbeats, [7]);
    assert_eq!(host.sessions[&1].window.acked().0, proven);

    std::fs::remove_file(&ballast).unwrap();
    in_time(host.settle()).await.unwrap();
    host.close(1);
    in_time(host.settle()).await.unwrap();
    drop(host);
    recorder.shutdown();
    std::fs::remove_dir_all(dir.join("state/journal")).unwrap();
    std::fs::remove_file(dir.join("state/index.db")).unwrap();
    clear(&dir.join("iolog"));
}

/// The journal has room and the recordings have none.
async fn recordings_full(dir: &Path) {
    let recorder = recorder(dir);
    let mut host = connect(&recorder, Sessions::new()).await;
    host.open(1, start(1)).await.unwrap();
    in_time(host.settle()).await.unwrap();
    let ballast = dir.join("iolog/ballast");
    wait("the recording", || directory(dir, host.sessions[&1].tsid.unwrap()).join("log").exists());
    fill(&ballast);
    for _ in 0..20 {
        host.event(1, EventKind::Stdout, vec![b'y'; 50_000]);
    }
    host.close(1);
    in_time(host.settle()).await.unwrap();
    std::fs::remove_file(&ballast).unwrap();
    let path = directory(dir, host.sessions[&1].tsid.unwrap());
    wait("the end of the recording", || is_finished(&path));
    assert_exact(&path, &host.sessions[&1].events, 20);
    assert_holds_proven(dir, &host.sessions[&1]);
    recorder.shutdown();
}

/// Takes all the room there is.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).unwrap();
    for size in [1 << 20, 4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

fn clear(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        removed.unwrap();
    }
}

const DIR: &str = "SUDOLOG_TEST_SMALL_DISK";
