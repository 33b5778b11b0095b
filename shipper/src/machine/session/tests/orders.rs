//! What operators order of a session.

use sudolog_core::wire::Message;
use sudolog_core::wire::message::{NoticeKind, OrderKind};

use super::{World, frozen, notices};
use crate::machine::decision::FreezeCause;
use crate::machine::traffic::Output;

#[test]
fn an_operator_freezes_and_thaws() {
    let mut world = World::new();
    assert!(world.order(0, OrderKind::Freeze).contains(&Output::Freeze(FreezeCause::Order)));
    world.at(1, frozen(true));
    assert_eq!(world.poll(900_000), [], "no timeout for what somebody wants");
    assert!(world.order(900_001, OrderKind::Thaw).contains(&Output::Thaw));

    world.event(900_002, 10);
    world.poll(902_002);
    let out = world.order(902_003, OrderKind::Thaw);
    assert!(!out.contains(&Output::Thaw), "an order is no proof");
}

#[test]
fn termination_gives_a_running_command_time_and_never_freezes() {
    let mut world = World::new();
    world.event(0, 10);
    let out = world.order(0, OrderKind::Terminate);
    assert!(matches!(&out[0], Output::ToPlugin(Message::Order(_))));
    assert_eq!(notices(&out).1, [NoticeKind::Terminating]);
    world.cut(10);
    assert_eq!(world.poll(1_999), []);
    assert_eq!(world.poll(2_000), [Output::Kill]);
    assert_eq!((world.poll(9_000), world.session.next_wake()), (vec![], None));
}

#[test]
fn termination_never_thaws() {
    let mut world = World::new();
    world.cut(0);
    world.poll(800);
    world.at(801, frozen(true));
    let out = world.order(900, OrderKind::Terminate);
    assert!(out.contains(&Output::Kill) && !out.contains(&Output::Thaw));
}
