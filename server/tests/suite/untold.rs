//! What was stored and not assessed when the server ended: the next one tells it, and once.

use std::path::Path;

use sudolog_core::session::Tsid;

use super::events;
use super::peer::Peer;
use super::recording::Recording;
use super::risk::{type_line, with_rules};
use super::world::{World, until};

async fn stop(world: World) -> tempfile::TempDir {
    let World { server, dir } = world;
    server.shutdown().await;
    dir
}

/// How often it was told that something was found in a session, and that it is risky.
async fn told(console: &mut Peer, tsid: Tsid) -> [usize; 2] {
    let found = events::ask(console, &format!("kind:finding session:{tsid}")).await;
    let risky = events::ask(console, &format!("kind:risk_level session:{tsid}")).await;
    [found.entries.len(), risky.entries.len()]
}

async fn told_so_often(console: &mut Peer, tsids: [Tsid; 2], times: usize) {
    for tsid in tsids {
        let what = format!("session {tsid} to be told of {times} times");
        until(&what, async || (told(console, tsid).await == [times; 2]).then_some(())).await;
    }
}

/// As a server leaves it that is killed before the rules come to what is stored.
fn fall_behind(dir: &Path, index: &[u8]) {
    std::fs::write(dir.join("state/index.db"), index).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(dir.join(format!("state/index.db{suffix}")));
    }
    std::fs::remove_file(dir.join("log/00/00/02/risk")).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_had_not_come_to_when_the_server_ended_is_told_by_the_next_and_once() {
    let world = with_rules(80, "notify").await;
    let mut running = Recording::start(&world, "web1", "alice").await;
    let mut ended = Recording::start(&world, "db1", "bob").await;
    let tsids = [running.tsid, ended.tsid];
    running.write("# ").await;
    ended.write("# ").await;
    let dir = stop(world).await;
    let behind = std::fs::read(dir.path().join("state/index.db")).unwrap();

    let world = World::start_in(dir).await;
    let mut olga = Peer::console(&world, "olga").await;
    for recording in [&mut running, &mut ended] {
        recording.resume(&world).await;
        type_line(recording, "xyzzy");
        recording.settle().await;
    }
    ended.end().await;
    told_so_often(&mut olga, tsids, 1).await;
    let risk = world.dir.path().join("log/00/00/02/risk");
    until("the assessment", async || risk.exists().then_some(())).await;
    let dir = stop(world).await;

    fall_behind(dir.path(), &behind);
    let world = World::start_in(dir).await;
    let mut olga = Peer::console(&world, "olga").await;
    told_so_often(&mut olga, tsids, 2).await;
    until("the assessment", async || risk.exists().then_some(())).await;

    let world = World::start_in(stop(world).await).await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut other = Recording::start(&world, "web1", "alice").await;
    other.write("# ").await;
    type_line(&mut other, "xyzzy");
    other.settle().await;
    until("what comes later", async || (told(&mut olga, other.tsid).await == [1; 2]).then_some(()))
        .await;
    told_so_often(&mut olga, tsids, 2).await;
}
