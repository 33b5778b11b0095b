//! Whole sessions.

use std::time::Duration;

use bytes::BytesMut;
use sudolog_core::eventlog::{Entry, Kind, Source};
use sudolog_core::limits::{FROZEN_EXTRA_BYTES, UNACKED_BYTES_MAX};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Audit, Checked, NoticeKind, Order, OrderKind};
use tokio::io::AsyncWriteExt as _;
use tokio::time::timeout;

use super::plugin::{Plugin, Wire};
use super::server::Acks;
use super::world::{World, until};

#[tokio::test]
async fn a_whole_session_is_proven_to_the_end() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    assert_eq!(plugin.opened.cgroup, None, "no path comes from the network");
    plugin.event(b"hello ").await;
    plugin.settle().await;
    plugin.event(b"world").await;
    plugin.close().await;
    let stored = world.server.stored(plugin.id);
    assert_eq!(stored.data, b"hello world");
    assert!(stored.end.is_some_and(|end| end.final_seq == 2));
}

/// While the session's cgroup is made nobody reads for the session.
#[tokio::test]
async fn what_follows_opened_reaches_the_plugin() {
    let world = World::start().await;
    let checked = Checked { seq: 0, wait: true, rule: None };
    let order = Order { kind: OrderKind::Message, who: "olga".into(), why: "hello".into() };
    world.server.knowledge().behind_opened =
        vec![Message::Checked(checked.clone()), Message::Order(order.clone())];
    for number in 1..=20 {
        let mut plugin = world.open(number).await;
        assert_eq!(plugin.receive().await, Message::Checked(checked.clone()));
        assert_eq!(plugin.receive().await, Message::Order(order.clone()));
        plugin.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_share_the_link_and_nothing_is_lost_or_mixed() {
    let world = World::start().await;
    let sessions = (0..50u8).map(|number| {
        let (socket, keys) = (world.socket(), world.keys.clone());
        tokio::spawn(async move {
            let mut plugin = Plugin::open(&socket, &keys, number).await.unwrap();
            for _ in 0..20 {
                plugin.events(&[number; 1000], 20).await;
                plugin.settle().await;
            }
            plugin.close().await;
            plugin.id
        })
    });
    for (number, session) in sessions.collect::<Vec<_>>().into_iter().enumerate() {
        let stored = world.server.stored(session.await.unwrap());
        assert_eq!(stored.data, vec![number as u8; 400_000]);
    }
}

#[tokio::test]
async fn a_plugin_that_vanishes_is_reported_at_once() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    plugin.event(b"rm -rf").await;
    let id = plugin.id;
    drop(plugin);
    until("NOTICE gone", || world.server.stored(id).notices == [NoticeKind::Gone]).await;
    assert_eq!(world.server.stored(id).data, b"rm -rf", "and what it recorded is kept");
}

#[tokio::test]
async fn a_wrong_acknowledgement_goes_no_further() {
    let world = World::start().await;
    world.server.knowledge().acks = Acks::Bad;
    let mut plugin = world.open(1).await;
    plugin.event(b"x").await;
    let id = plugin.id;
    until("NOTICE bad_ack", || world.server.stored(id).notices.contains(&NoticeKind::BadAck)).await;
    // The debt is not paid by it either.
    plugin.notice(NoticeKind::Frozen).await;
    assert_eq!(plugin.window.acked().0, 0);

    world.server.knowledge().acks = Acks::Good;
    plugin.event(b"y").await;
    plugin.notice(NoticeKind::Thawed).await;
    plugin.close().await;
}

#[tokio::test]
async fn an_order_reaches_the_plugin_and_ends_the_session() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    world.server.order(plugin.id, OrderKind::Terminate);
    assert!(matches!(plugin.receive().await,
        Message::Order(order) if order.kind == OrderKind::Terminate && order.who == "olga".into()));
    plugin.notice(NoticeKind::Terminating).await;
    plugin.close().await;
}

#[tokio::test]
async fn heartbeats_of_the_plugin_are_answered() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    plugin.beat(7).await;
    assert_eq!(plugin.receive().await, Message::HeartbeatAck(7));
}

#[tokio::test]
async fn audit_reports_need_no_session() {
    let world = World::start().await;
    let mut wire = Wire::greet(&world.socket()).await;
    let id = "a.1".parse().unwrap();
    let mut entry = Entry::new(id, Default::default(), Source::Sudo, Kind::Reject);
    entry.by = "sudoers_policy".into();
    entry.argv = vec!["id".into()];
    let event = Audit { number: 0, entry };
    wire.send(&Message::Audit(Box::new(event.clone()))).await;
    // Entries that nobody but the server may make are not passed on.
    let mut forged = event.clone();
    (forged.entry.source, forged.entry.kind) = (Source::Server, Kind::Verdict);
    wire.send(&Message::Audit(Box::new(forged))).await;
    let numbered = |number| Audit { number, ..event.clone() };
    wire.send(&Message::Audit(Box::new(event.clone()))).await;
    let came = [numbered(1), numbered(2)];
    until("the reports", || world.server.knowledge().audit == came).await;
}

/// One that says all it has to say and is gone at once, as sudo does.
#[tokio::test]
async fn a_report_is_taken_from_one_that_has_hung_up() {
    let world = World::start().await;
    for n in 0..5 {
        let mut wire = Wire::greet_and_go(&world.socket()).await;
        let id = format!("a.{n}").parse().unwrap();
        let mut entry = Entry::new(id, Default::default(), Source::Sudo, Kind::Reject);
        entry.text = sudolog_core::untrusted::Untrusted::new(vec![b'x'; 30_000]);
        wire.send(&Message::Audit(Box::new(Audit { number: 0, entry }))).await;
    }
    until("all reports", || world.server.knowledge().audit.len() == 5).await;
}

/// Sends until the shipper takes no more, because nothing is proven. Gives the number of bytes, the
/// last [`PIECE`] of which may be under way in part, and what of it is still to be sent.
async fn fill(world: &World, plugin: &mut Plugin) -> (usize, BytesMut) {
    world.server.knowledge().acks = Acks::None;
    let (mut sent, mut bytes) = (0, BytesMut::new());
    loop {
        if bytes.is_empty() {
            plugin.make_event(&[b'x'; PIECE]).encode(0, &mut bytes);
            sent += PIECE;
            assert!(sent < UNACKED_BYTES_MAX * 2, "the shipper takes without bound");
        }
        let write = plugin.wire().socket.write_all_buf(&mut bytes);
        match timeout(Duration::from_millis(100), write).await {
            Ok(result) => result.unwrap(),
            Err(_) if world.server.stored(plugin.id).data.len() >= UNACKED_BYTES_MAX => break,
            Err(_) => {}
        }
    }
    (sent, bytes)
}

const PIECE: usize = 32 * 1024;

/// The answer to what came first cannot be written any more, and what came last is not yet read.
#[tokio::test]
async fn what_a_sudo_said_before_it_was_killed_is_read_to_its_end() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    let (sent, _) = fill(&world, &mut plugin).await;
    let id = plugin.id;
    drop(plugin);
    world.server.knowledge().acks = Acks::Good;
    world.server.order(id, OrderKind::Message);
    until("NOTICE gone", || world.server.stored(id).notices.contains(&NoticeKind::Gone)).await;
    let stored = world.server.stored(id).data.len();
    assert_eq!(stored, sent - PIECE, "all but what was cut off");
}

/// The server takes everything and proves nothing: the shipper must stop to read, not to grow.
#[tokio::test]
async fn without_proof_memory_is_bounded_and_with_it_all_flows() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    let (sent, mut bytes) = fill(&world, &mut plugin).await;
    let id = plugin.id;
    let stored = || world.server.stored(id).data.len();
    assert!(stored() < UNACKED_BYTES_MAX + FROZEN_EXTRA_BYTES + 256 * 1024);

    world.server.knowledge().acks = Acks::Good;
    world.server.order(id, OrderKind::Message);
    plugin.wire().socket.write_all_buf(&mut bytes).await.unwrap();
    plugin.close().await;
    assert_eq!(stored(), sent);
}
