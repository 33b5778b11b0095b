//! An index that was built anew while sessions waited for their server.

use std::process::Command;

use sudolog_core::risk::Anomaly;
use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::wire::message::{Query, SessionRow};

use super::console::list;
use super::peer::Peer;
use super::recording::Recording;
use super::world::{World, until};

/// Stops the server and runs the real `reindex`.
async fn stop_and_reindex(world: World) -> tempfile::TempDir {
    let World { server, dir } = world;
    server.shutdown().await;
    let config = dir.path().join("server.toml");
    let mut reindex = Command::new(env!("CARGO_BIN_EXE_sudolog-server"));
    let done = reindex.arg("reindex").arg("--config").arg(config).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    dir
}

async fn stands(
    console: &mut Peer,
    tsid: Tsid,
    what: &str,
    like: impl Fn(&SessionRow) -> bool,
) -> SessionRow {
    let query = || Query::default();
    let row = async |console: &mut Peer| {
        list(console, query()).await.rows.into_iter().find(|row| row.tsid == tsid)
    };
    until(what, async || row(console).await.filter(&like)).await
}

fn is_broken_off(row: &SessionRow) -> bool {
    row.state == SessionState::Incomplete && row.anomalies.contains(&Anomaly::Incomplete)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_waits_for_its_server_goes_on_after_a_reindex() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    let tsid = recording.tsid;
    let mut console = Peer::console(&world, "olga").await;
    let before = |row: &SessionRow| row.anomalies.contains(&Anomaly::RootShell);
    let usual = stands(&mut console, tsid, "the root shell", before).await;

    let world = World::start_in(stop_and_reindex(world).await).await;
    let mut console = Peer::console(&world, "olga").await;
    let lost = |row: &SessionRow| row.state == SessionState::Incomplete;
    let row = stands(&mut console, tsid, "that the host is lost", lost).await;
    assert!(!is_broken_off(&row), "it may come back: {row:?}");

    // And once more, with the mark of a lost host beside the recording.
    let world = World::start_in(stop_and_reindex(world).await).await;
    recording.resume(&world).await;
    recording.write("tick").await;
    let mut console = Peer::console(&world, "olga").await;
    let live = |row: &SessionRow| row.state == SessionState::Live && row.events == 2;
    stands(&mut console, tsid, "that it runs", live).await;
    let open = list(&mut console, Query { open_only: true, ..Query::default() }).await;
    assert_eq!(open.rows.len(), 1, "{open:?}");
    let assessed = |row: &SessionRow| row.risk == usual.risk && row.anomalies == usual.anomalies;
    stands(&mut console, tsid, "the old score", assessed).await;

    recording.end().await;
    let complete = |row: &SessionRow| row.state == SessionState::Complete;
    stands(&mut console, tsid, "its end", complete).await;
    stands(&mut console, tsid, "no more than before", assessed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_go_on_with_is_incomplete_until_it_ends_well() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    let tsid = recording.tsid;
    let mut console = Peer::console(&world, "olga").await;
    let shell = |row: &SessionRow| row.anomalies.contains(&Anomaly::RootShell);
    let usual = stands(&mut console, tsid, "the root shell", shell).await;
    let dir = stop_and_reindex(world).await;
    // A disk that was taken away and comes back.
    let (journal, away) = (dir.path().join("state/journal"), dir.path().join("state/away"));
    std::fs::rename(&journal, &away).unwrap();
    let world = World::start_in(dir).await;
    let mut console = Peer::console(&world, "olga").await;
    stands(&mut console, tsid, "that nobody has it", is_broken_off).await;

    let dir = stop_and_reindex(world).await;
    std::fs::remove_dir_all(&journal).unwrap();
    std::fs::rename(&away, &journal).unwrap();
    let world = World::start_in(dir).await;
    recording.resume(&world).await;
    recording.write("tick").await;
    let mut console = Peer::console(&world, "olga").await;
    let mended = |row: &SessionRow| {
        row.state == SessionState::Live && !row.anomalies.contains(&Anomaly::Incomplete)
    };
    stands(&mut console, tsid, "that it runs", mended).await;
    recording.end().await;
    let whole = |row: &SessionRow| {
        row.state == SessionState::Complete && !row.anomalies.contains(&Anomaly::Incomplete)
    };
    stands(&mut console, tsid, "its end", whole).await;
    let assessed = |row: &SessionRow| row.risk == usual.risk && row.anomalies == usual.anomalies;
    stands(&mut console, tsid, "no more than before", assessed).await;
}
