//! A sudo that is stopped: nothing is recorded, so nothing may run.

use sudolog_core::limits::{BIRTH_DEADLINE, EVENT_DATA_BYTES_MAX, SUDO_SILENT};
use sudolog_core::wire::message::{NoticeKind, OrderKind};

use super::{MS, World, frozen, notices};
use crate::machine::decision::FreezeCause;
use crate::machine::session::State;
use crate::machine::traffic::{Input, Output};

/// A session whose sudo is heard only where the test says so.
fn quiet() -> World {
    World { talks: false, ..World::new() }
}

#[test]
fn a_sudo_that_is_stopped_stops_its_command_until_it_is_heard_again() {
    let mut world = quiet();
    world.at(0, Input::Heard);
    assert_eq!(world.session.next_wake(), Some(world.t + SUDO_SILENT));
    assert_eq!(world.poll(1_999), []);
    assert_eq!(world.poll(2_000), [Output::Freeze(FreezeCause::Silent)]);
    assert_eq!(notices(&world.at(2_010, frozen(true))), (vec![NoticeKind::Frozen], vec![]));
    assert_eq!(world.session.next_wake(), Some(world.t + MS(300_000)), "nothing before it ends");
    assert_eq!(world.at(200_001, Input::Heard), [Output::Thaw]);
    assert_eq!(notices(&world.at(200_010, frozen(false))), (vec![NoticeKind::Thawed], vec![]));
    world.poll(202_001);
    let end = world.poll(500_001);
    assert!(notices(&end).0.contains(&NoticeKind::FreezeTimeout), "{end:?}");
}

#[test]
fn a_sudo_that_was_never_heard_is_stopped_too() {
    let mut world = quiet();
    let due = BIRTH_DEADLINE + SUDO_SILENT;
    assert_eq!(world.session.next_wake(), Some(world.t + due));
    let due = u64::try_from(due.as_millis()).unwrap();
    assert_eq!(world.poll(due - 1), []);
    assert_eq!(world.poll(due), [Output::Freeze(FreezeCause::Silent)]);
}

#[test]
fn a_sudo_that_wakes_into_an_outage_is_told_of_it() {
    let mut world = quiet();
    world.at(0, Input::Heard);
    world.poll(2_000);
    world.at(2_001, frozen(true));
    world.cut(3_000);
    assert_eq!(notices(&world.poll(4_000)).1, [NoticeKind::Frozen]);
    assert_eq!(world.session.state(), State::Frozen(FreezeCause::Link));
    assert_eq!(world.at(4_001, Input::Heard), [], "only proof thaws");
    world.reconnect(5_000);
    assert!(world.session.next_wake().is_some());
}

#[test]
fn a_sudo_that_is_stopped_in_an_outage_is_no_fault_of_the_server() {
    let mut world = quiet();
    world.event(0, 10);
    world.ack(1);
    world.cut(100);
    world.poll(900);
    assert_eq!(notices(&world.at(905, frozen(true))).1, [NoticeKind::Frozen]);
    world.event(910, 10);
    world.reconnect(2_000);
    let (up, down) = notices(&world.ack(3_000));
    assert_eq!(world.session.state(), State::Frozen(FreezeCause::Silent));
    assert_eq!((up, down), (vec![NoticeKind::Frozen], vec![]), "said anew, with its true cause");
    assert!(world.at(9_000, Input::Heard).contains(&Output::Thaw));
    let told = notices(&world.at(9_010, frozen(false)));
    assert_eq!(told, (vec![NoticeKind::Thawed], vec![NoticeKind::Thawed]));
}

#[test]
fn a_sudo_that_is_not_listened_to_is_not_silent() {
    let mut world = quiet();
    world.at(0, Input::Heard);
    while !world.session.is_full() {
        world.event(1, EVENT_DATA_BYTES_MAX);
    }
    assert!(!world.poll(1_990).contains(&Output::Freeze(FreezeCause::Silent)));
    world.ack(1_995);
    assert!(!world.poll(3_000).contains(&Output::Freeze(FreezeCause::Silent)));
}

#[test]
fn a_sudo_that_is_stopped_while_an_operator_holds_it_is_no_hurry() {
    let mut world = quiet();
    world.at(0, Input::Heard);
    world.order(10, OrderKind::Freeze);
    world.at(11, frozen(true));
    assert_eq!(world.poll(5_000), []);
    let wake = world.session.next_wake().unwrap();
    assert!(wake > world.t + MS(5_000), "a time that is past would be waited for again and again");
}

#[test]
fn where_silence_is_ignored_a_full_window_does_not_change_that() {
    let mut world = quiet();
    world.session = world.session.ignoring_silence();
    while !world.session.is_full() {
        world.event(1, EVENT_DATA_BYTES_MAX);
    }
    world.ack(1_990);
    assert!(!world.poll(900_000).contains(&Output::Freeze(FreezeCause::Silent)));
}

#[test]
fn a_freeze_that_does_not_come_about_is_reported() {
    let mut world = World::new();
    assert!(world.order(0, OrderKind::Freeze).contains(&Output::Freeze(FreezeCause::Order)));
    assert_eq!(notices(&world.poll(999)), (vec![], vec![]));
    assert_eq!(notices(&world.poll(1_000)), (vec![NoticeKind::Frozen], vec![]));
    assert_eq!(notices(&world.poll(9_000)), (vec![], vec![]));
    let told = notices(&world.at(9_001, frozen(true)));
    assert_eq!(told, (vec![NoticeKind::Frozen], vec![NoticeKind::Frozen]));
    world.order(9_100, OrderKind::Thaw);
    let told = notices(&world.at(9_110, frozen(false)));
    assert_eq!(told, (vec![NoticeKind::Thawed], vec![NoticeKind::Thawed]));
}
