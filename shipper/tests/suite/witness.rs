//! What `sudolog-audisp` says over the socket, and what the server hears of it.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::eventlog::Kind;
use sudolog_core::kaudit::{Sighting, SightingKind, WITNESS_NAME};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Hello;

use super::plugin::{Wire, hello};
use super::world::{World, until};

/// A connection that greets as `sudolog-audisp` does.
async fn witness(socket: &Path) -> Wire {
    let Message::Hello(hello) = hello(1) else { panic!("not a HELLO") };
    let hello = Hello { version: format!("{WITNESS_NAME} 0"), ..hello };
    Wire::greet_with(socket, &Message::Hello(hello)).await
}

fn command(n: u32, pid: u32) -> Sighting {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Sighting {
        id: format!("cmd.1.{n}").parse().unwrap(),
        kind: SightingKind::Command,
        time: Timestamp::from_nanos(u64::try_from(now.as_nanos()).unwrap()),
        pid,
        ppid: 1,
        auid: Some(4001),
        login: "alice".into(),
        uid: Some(4001),
        user: "alice".into(),
        ses: Some(3),
        exe: "/usr/bin/sudo".into(),
        argv: vec![format!("command{n}").into()],
        tty: "pts0".into(),
    }
}

async fn heartbeat(wire: &mut Wire, nonce: u64) {
    wire.send(&Message::Heartbeat(nonce)).await;
    while wire.receive().await.expect("an answer") != Message::HeartbeatAck(nonce) {}
}

#[tokio::test]
async fn sightings_without_a_session_reach_the_server_once_and_are_taken_when_answered() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    let ours = std::process::id();
    let mut wire = witness(&world.socket()).await;
    wire.send(&Message::Witness(Box::new(command(1, ours)))).await;
    wire.send(&Message::Witness(Box::new(command(2, ours + 1)))).await;
    heartbeat(&mut wire, 1).await;
    // A connection that broke before the answer: what was not confirmed is sent again.
    drop(wire);
    let mut wire = witness(&world.socket()).await;
    wire.send(&Message::Witness(Box::new(command(2, ours + 1)))).await;
    wire.send(&Message::Witness(Box::new(command(3, ours + 1)))).await;
    heartbeat(&mut wire, 2).await;
    let reported = || {
        let knowledge = world.server.knowledge();
        let all = knowledge.audit.iter().map(|event| &event.entry);
        let unrecorded = all.filter(|entry| entry.kind == Kind::Unrecorded);
        unrecorded.map(|entry| entry.command().escaped().to_string()).collect::<Vec<_>>()
    };
    until("both reports", || reported().len() >= 2).await;
    assert_eq!(reported(), ["command2", "command3"]);
    plugin.close().await;
}

#[tokio::test]
async fn a_witness_may_say_what_it_saw_and_nothing_else() {
    let world = World::start().await;
    let mut wire = witness(&world.socket()).await;
    wire.send(&Message::Open(Box::new(super::plugin::start(1)))).await;
    assert_eq!(wire.receive().await, None, "it opens no session");
    // Nor does sudo's plugin say what the kernel saw.
    let mut wire = Wire::greet(&world.socket()).await;
    wire.send(&Message::Witness(Box::new(command(1, 7)))).await;
    let answer = wire.receive().await;
    assert!(matches!(answer, Some(Message::Denied(_))), "{answer:?}");
    assert!(world.server.knowledge().sessions.is_empty());
}
