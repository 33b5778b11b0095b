//! How a session ends, and what is left to be done when sudo has gone.

use sudolog_core::limits::RESUME_GRACE;
use sudolog_core::wire::message::NoticeKind;

use super::{MS, World, frozen, notices};
use crate::machine::traffic::{GroupState, Input, Output};

#[test]
fn a_whole_session() {
    let mut world = World::new();
    world.event(0, 100);
    let out = world.ack(1);
    assert!(matches!(out.as_slice(), [Output::Proof(ack)] if ack.seq == 1));
    world.event(2, 100);
    world.close(3);
    let out = world.ack(4);
    assert!(matches!(out.as_slice(), [Output::Proof(ack)] if ack.seq == 3), "at once: {out:?}");
    assert!(!world.session.is_over());
    assert_eq!(world.at(5, Input::PluginGone), []);
    assert!(world.session.is_over() && !world.session.is_incomplete());
}

#[test]
fn processes_that_linger_keep_the_session() {
    let mut world = World::new();
    world.at(0, frozen(false));
    world.close(1);
    world.ack(2);
    world.at(3, Input::PluginGone);
    assert!(!world.session.is_over());
    world.at(4, Input::Group(GroupState::default()));
    assert!(world.session.is_over());
}

#[test]
fn what_lingers_for_too_long_is_killed_once() {
    let mut world = World::new();
    world.session = world.session.lingering_for(Some(MS(1000)));
    world.at(0, frozen(false));
    world.close(1);
    world.ack(2);
    world.at(3, Input::PluginGone);
    assert_eq!(world.session.next_wake(), Some(world.t + MS(1003)));
    assert_eq!(world.poll(1002), []);
    assert_eq!(world.poll(1003), [Output::Kill]);
    assert_eq!((world.poll(5000), world.session.next_wake()), (vec![], None));
    world.at(5001, Input::Group(GroupState::default()));
    assert!(world.session.is_over());
}

#[test]
fn frozen_too_long_is_the_end() {
    let mut world = World::new();
    world.cut(0);
    world.poll(800);
    world.at(801, frozen(true));
    assert_eq!(world.session.next_wake(), Some(world.t + MS(300_800)));
    let out = world.poll(300_800);
    assert_eq!(notices(&out).1, [NoticeKind::FreezeTimeout]);
    assert!(out.contains(&Output::Kill));
}

#[test]
fn sudo_that_vanishes_is_reported_and_its_processes_killed() {
    let mut world = World::new();
    world.event(0, 10);
    let out = world.at(1, Input::PluginGone);
    assert!(out.contains(&Output::Kill));
    assert_eq!(notices(&out).0, [NoticeKind::Gone]);
    assert!(!world.session.is_over(), "the last event is not yet proven");
    world.ack(2);
    assert!(world.session.is_over() && world.session.is_incomplete());
}

#[test]
fn sudo_that_vanishes_in_an_outage_is_reported_afterwards() {
    let mut world = World::new();
    world.cut(0);
    world.event(1, 10);
    assert_eq!(notices(&world.at(2, Input::PluginGone)).0, []);
    assert_eq!(notices(&world.reconnect(3)).0, [NoticeKind::Gone]);
    world.ack(50);
    assert!(world.session.is_over());
}

#[test]
fn that_sudo_vanished_is_said_again_when_it_went_into_a_dying_link() {
    let mut world = World::new();
    world.event(0, 10);
    assert_eq!(notices(&world.at(1, Input::PluginGone)).0, [NoticeKind::Gone]);
    world.cut(2);
    assert!(!world.session.is_over());
    assert_eq!(notices(&world.reconnect(3)).0, [NoticeKind::Gone]);
    world.ack(4);
    assert!(world.session.is_over());
}

#[test]
fn what_cannot_be_told_is_given_up_after_the_grace() {
    let mut world = World::new();
    world.cut(0);
    world.event(1, 10);
    world.at(2, Input::PluginGone);
    assert_eq!(world.session.next_wake(), Some(world.t + MS(2) + RESUME_GRACE));
    world.poll(600_002);
    assert!(world.session.is_over() && world.session.next_wake().is_none());
}
