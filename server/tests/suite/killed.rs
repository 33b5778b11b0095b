//! A verdict that was confirmed outlives the server that is killed at once.

use rustix::process::Signal;
use sudolog_core::triage::{Policy, RemarkKind, Standing, Verdict};
use sudolog_core::wire::message::{Judgement, Query, RequestBody};

use super::console::{list, stored};
use super::judging::{judge, review, verdict};
use super::peer::Peer;
use super::program::Running;
use super::recording::Recording;
use super::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_outlives_a_killed_server_and_an_index_that_fell_behind() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    recording.end().await;
    stored(&mut olga, tsid, 1).await;
    drop(olga);
    let World { server, dir } = world;
    server.shutdown().await;
    let (socket, index) = (dir.path().join("console.sock"), dir.path().join("state/index.db"));
    let behind = std::fs::read(&index).unwrap();

    for round in 0..ROUNDS {
        let server = Running::start(dir.path().join("server.toml").to_str().unwrap());
        let mut olga = Peer::at_socket(&socket).await.greeted().await;
        let (first, second) = (2 * round + 1, 2 * round + 2);
        let benign = verdict(Verdict::Benign);
        judge(&mut olga, &[tsid], first, benign.clone()).await.unwrap();
        // Nobody waits for this one: it may be there or not, and never in part.
        let kind = RemarkKind::Note { elapsed_ns: round, text: "x".repeat(4000).into() };
        olga.ask(7, RequestBody::Judge(Judgement { tsids: vec![tsid], act: second, kind })).await;
        assert_eq!(server.stop(Signal::KILL).0, None);
        if round + 1 == ROUNDS {
            // What a power failure may leave of an index that is not synced.
            std::fs::write(&index, &behind).unwrap();
            for suffix in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(dir.path().join(format!("state/index.db{suffix}")));
            }
        }
    }

    let world = World::start_in(dir).await;
    let mut olga = Peer::console(&world, "olga").await;
    let remarks = review(&mut olga, tsid).await.unwrap().remarks;
    for round in 0..ROUNDS {
        assert!(remarks.iter().any(|remark| remark.act == 2 * round + 1), "round {round}");
    }
    let row = list(&mut olga, Query::default()).await.rows.remove(0);
    assert_eq!(row.standing, Standing::of(&remarks, &Policy::default(), row.risk));
    assert_eq!(row.standing.verdict, Some(Verdict::Benign));
}

const ROUNDS: u64 = 5;
