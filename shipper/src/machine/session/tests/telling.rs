//! What the server must hear though the link dies just then.

use sudolog_core::wire::message::{Notice, NoticeKind, OrderKind};

use super::{World, frozen, notices};
use crate::machine::traffic::{Input, Output};

fn told() -> [NoticeKind; 3] {
    [NoticeKind::Escape, NoticeKind::Unchecked, NoticeKind::BadAck]
}

/// A session that has told all of them, each once.
fn telling() -> World {
    let mut world = World::new();
    world.event(0, 10);
    let mut up = notices(&world.at(10, Input::Escape("process 9".into()))).0;
    let unchecked = Notice::new(NoticeKind::Unchecked, "late");
    up.extend(notices(&world.at(11, Input::Noticed(unchecked))).0);
    world.event(12, 10);
    let mut wrong = world.signed();
    wrong.timestamp_ns += 1;
    up.extend(notices(&world.at(13, Input::Ack(wrong))).0);
    assert_eq!(up, told());
    world
}

#[test]
fn what_went_into_a_dying_link_is_told_again() {
    let mut world = telling();
    world.cut(500);
    assert_eq!(notices(&world.reconnect(600)).0, told());
    world.cut(700);
    assert_eq!(notices(&world.reconnect(800)).0, told(), "and once more");
}

#[test]
fn what_surely_arrived_is_not_told_again() {
    let mut world = telling();
    world.event(100, 10);
    world.ack(200);
    world.poll(400);
    world.cut(500);
    assert_eq!(notices(&world.reconnect(600)).0, []);
    let mut world = telling();
    world.cut(60_000);
    assert_eq!(notices(&world.reconnect(60_100)).0, [], "the link was well for long afterwards");
}

#[test]
fn what_does_not_stand_still_in_an_outage_is_told_after_it() {
    let mut world = World::new();
    world.event(0, 10);
    world.ack(1);
    world.cut(100);
    world.poll(900);
    let out = world.poll(1_900);
    assert!(matches!(&out[..], [Output::Security(text)] if text.starts_with("not all of it")));
    assert_eq!(notices(&world.reconnect(2_000)).0, [NoticeKind::Frozen]);
}

#[test]
fn that_it_goes_on_is_told_after_a_cut_and_never_without_a_freeze() {
    for (freeze_ms, want) in [(10, vec![NoticeKind::Thawed]), (210, vec![])] {
        let mut world = World::new();
        if freeze_ms > 200 {
            world.cut(200);
        }
        world.at(freeze_ms, Input::Held(true));
        world.at(freeze_ms + 1, frozen(true));
        world.cut(220);
        assert!(world.at(300, Input::Held(false)).contains(&Output::Thaw));
        assert_eq!(notices(&world.at(301, frozen(false))).0, []);
        assert_eq!(notices(&world.reconnect(400)).0, want);
    }
}

#[test]
fn that_it_goes_on_is_told_again_when_it_went_into_a_dying_link() {
    let mut world = World::new();
    world.order(0, OrderKind::Freeze);
    world.at(1, frozen(true));
    world.order(100, OrderKind::Thaw);
    assert_eq!(notices(&world.at(101, frozen(false))).0, [NoticeKind::Thawed]);
    world.cut(200);
    world.poll(1_000);
    world.at(1_001, frozen(true));
    let told = notices(&world.reconnect(1_500)).0;
    assert_eq!(told, [NoticeKind::Thawed, NoticeKind::Frozen], "in their order");
}
