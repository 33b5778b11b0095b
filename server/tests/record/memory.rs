//! What open sessions cost the server in memory, in a process of its own.

use std::path::Path;

use sudolog_core::limits::ARGV_MAX;
use sudolog_core::session::{EventKind, SessionStart};
use tokio::net::UnixStream;

use crate::cut::in_time;
use crate::host::{Host, Sessions, start};
use crate::kill::Server;
use crate::oracle::{directory, wait};

/// The target for one session that is open and rests.
const IDLE_SESSION_BYTES_MAX: u64 = 32 * 1024;

#[tokio::test]
async fn a_session_that_rests_after_a_burst_costs_little() {
    let each = cost(SESSIONS, start).await;
    assert!(each < IDLE_SESSION_BYTES_MAX, "{each} bytes for a session");
}

#[tokio::test]
async fn a_session_with_an_endless_command_line_costs_little() {
    let endless = |number| {
        let mut start = start(number);
        start.argv.resize(ARGV_MAX, "argument".into());
        start
    };
    let each = cost(SESSIONS, endless).await;
    assert!(each < IDLE_SESSION_BYTES_MAX, "{each} bytes for a session");
}

/// What the server's memory grows by for each session, bytes: the median of some rounds of
/// sessions. What a session keeps shows in every round; what the allocator took once, because
/// for a moment more bursts than ever were on their way, shows in one.
async fn cost(count: u32, start: impl Fn(u32) -> SessionStart) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let mut server = Server::start(dir.path());
    let mut host = Host::connect(server.connect().await, Sessions::new()).await.unwrap();
    // What the server needs once it needs for the first ones.
    for number in 1..=WARM {
        burst(&mut host, dir.path(), start(number), number).await;
    }
    let mut rounds = Vec::new();
    for round in 0..ROUNDS {
        let first = WARM + round * count;
        let before = memory_bytes(server.id());
        for number in first + 1..=first + count {
            burst(&mut host, dir.path(), start(number), number).await;
        }
        rounds.push(memory_bytes(server.id()).saturating_sub(before) / u64::from(count));
    }
    server.kill();
    eprintln!("bytes for each of {count} sessions, by round: {rounds:?}");
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

/// A session that writes half a megabyte at once and then nothing.
async fn burst(host: &mut Host<UnixStream>, dir: &Path, start: SessionStart, stream: u32) {
    host.open(stream, start).await.unwrap();
    for _ in 0..EVENTS {
        host.event(stream, EventKind::Ttyout, vec![b'x'; EVENT_BYTES]);
    }
    in_time(host.settle()).await.unwrap();
    let file = directory(dir, host.sessions[&stream].tsid.unwrap()).join("ttyout");
    let all = EVENTS as u64 * EVENT_BYTES as u64;
    wait("the file", || std::fs::metadata(&file).is_ok_and(|file| file.len() == all));
}

/// Memory that the process has for itself (`proc(5)`, RssAnon).
fn memory_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

const WARM: u32 = 20;
const ROUNDS: u32 = 5;
const SESSIONS: u32 = 60;
const EVENTS: usize = 8;
const EVENT_BYTES: usize = 64 * 1024;
