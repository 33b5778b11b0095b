//! Cuts: nothing is lost, and the session goes on over the next connection.

use std::time::Instant;

use sudolog_core::session::Event;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{DenyCode, NoticeKind};

use super::plugin::Plugin;
use super::server::Acks;
use super::world::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_again_and_again_loses_nothing() {
    let mut world = World::start().await;
    let mut plugins = Vec::new();
    for number in 0..5 {
        plugins.push(world.open(number).await);
    }
    for round in 0..5u8 {
        for plugin in &mut plugins {
            plugin.events(&[round; 500], 50).await;
        }
        world.server.stop().await;
        for plugin in &mut plugins {
            plugin.events(&[round + 100; 500], 50).await;
        }
        world.server.listen().await;
        for plugin in &mut plugins {
            plugin.settle().await;
        }
    }
    for plugin in &mut plugins {
        plugin.close().await;
        let stored = world.server.stored(plugin.id);
        let expected: Vec<u8> =
            (0..5u8).flat_map(|r| [vec![r; 25_000], vec![r + 100; 25_000]].concat()).collect();
        assert!(stored.data == expected, "every byte, in order");
        assert!(stored.resumes >= 5);
    }
}

#[tokio::test]
async fn what_the_server_forgot_is_sent_again() {
    let mut world = World::start().await;
    world.server.knowledge().acks = Acks::None;
    let mut plugin = world.open(1).await;
    plugin.events(b"abc", 10).await;
    let id = plugin.id;
    until("ten events", || world.server.stored(id).seq == 10).await;
    world.server.stop().await;
    {
        // The server had not synced the last four: it comes back without them.
        let mut knowledge = world.server.knowledge();
        let stored = knowledge.sessions.get_mut(&id).unwrap();
        stored.seq = 6;
        stored.data.truncate(18);
        stored.chain = plugin.window.chain_at(6).unwrap();
        knowledge.acks = Acks::Good;
    }
    world.server.listen().await;
    plugin.settle().await;
    assert_eq!(world.server.stored(id).data, b"abc".repeat(10));
}

#[tokio::test]
async fn a_server_that_hears_but_does_not_answer_is_left() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    plugin.event(b"a").await;
    plugin.settle().await;
    world.server.knowledge().deaf = true;
    let cut = Instant::now();
    plugin.notice(NoticeKind::Frozen).await;
    // 800 ms from the last answer, which is about one interval before the cut at most.
    assert!(cut.elapsed().as_millis() >= 200, "{:?}", cut.elapsed());
    world.server.knowledge().deaf = false;
    plugin.notice(NoticeKind::Thawed).await;
    plugin.close().await;
}

#[tokio::test]
async fn sudo_that_vanishes_in_an_outage_is_reported_after_it() {
    let mut world = World::start().await;
    let mut plugin = world.open(1).await;
    world.server.stop().await;
    plugin.event(b"late").await;
    let id = plugin.id;
    drop(plugin);
    world.server.listen().await;
    until("NOTICE gone", || world.server.stored(id).notices.contains(&NoticeKind::Gone)).await;
    assert_eq!(world.server.stored(id).data, b"late");
}

#[tokio::test]
async fn a_server_that_lost_the_session_ends_it() {
    let mut world = World::start().await;
    let mut plugin = world.open(1).await;
    world.server.stop().await;
    world.server.knowledge().sessions.clear();
    world.server.listen().await;
    loop {
        if let Message::Denied(denied) = plugin.receive().await {
            assert_eq!(denied.code, DenyCode::Session);
            break;
        }
    }
    plugin.notice(NoticeKind::Terminating).await;
}

#[tokio::test]
async fn a_short_outage_does_not_refuse_a_start() {
    let mut world = World::start().await;
    drop(world.open(1).await);
    world.server.stop().await;
    until("the cut to be noticed", || !world.shipper.is_connected()).await;
    let (socket, keys) = (world.socket(), world.keys.clone());
    let opening = tokio::spawn(async move { Plugin::open(&socket, &keys, 2).await });
    world.server.listen().await;
    let mut plugin = opening.await.unwrap().unwrap();
    plugin.event(b"x").await;
    plugin.close().await;
}

#[tokio::test]
async fn a_server_that_opened_in_vain_hears_that_the_command_was_not_run() {
    let mut world = World::start().await;
    drop(world.open(1).await);
    world.server.knowledge().mute = true;
    let (socket, keys) = (world.socket(), world.keys.clone());
    let opening = tokio::spawn(async move { Plugin::open(&socket, &keys, 2).await });
    let id = super::plugin::start(2).session_id;
    until("OPEN", || world.server.knowledge().sessions.contains_key(&id)).await;
    world.server.stop().await;
    let denied = opening.await.unwrap().err().expect("a refusal");
    assert_eq!(denied.code, DenyCode::Unreachable);
    world.server.listen().await;
    until("the end", || world.server.stored(id).end.is_some()).await;
    let stored = world.server.stored(id);
    let end = stored.end.unwrap();
    assert_eq!((end.final_seq, end.reason.as_str(), stored.resumes), (0, "exec_error", 1));
    assert_eq!(stored.notices, [], "nothing went away");
}

#[tokio::test]
async fn events_out_of_order_end_the_connection() {
    let world = World::start().await;
    let mut plugin = world.open(1).await;
    let data = bytes::Bytes::from_static(b"x");
    let event = Event::new(5, 1, sudolog_core::session::EventKind::Ttyout, data).unwrap();
    plugin.wire().send(&Message::Event(event)).await;
    while plugin.wire().receive().await.is_some() {}
    let id = plugin.id;
    until("NOTICE gone", || world.server.stored(id).notices == [NoticeKind::Gone]).await;
}
