//! A sudo that is stopped: nothing is recorded, so nothing may run.

use sudolog_core::limits::SUDO_SILENT;

use super::*;

#[test]
fn a_sudo_that_is_stopped_stops_its_command_until_it_is_heard_again() {
    let mut world = World::new();
    world.at(0, Input::Heard);
    assert_eq!(world.session.next_wake(), Some(world.t + SUDO_SILENT));
    assert_eq!(world.poll(1_999), []);
    assert_eq!(world.poll(2_000), [Output::Freeze(FreezeCause::Silent)]);
    assert_eq!(world.session.next_wake(), None, "it waits for sudo, not for a time");
    assert_eq!(notices(&world.at(2_010, frozen(true))), (vec![NoticeKind::Frozen], vec![]));
    assert_eq!(world.poll(900_000), [], "no timeout");
    assert_eq!(world.at(900_001, Input::Heard), [Output::Thaw]);
    assert_eq!(notices(&world.at(900_010, frozen(false))), (vec![NoticeKind::Thawed], vec![]));
}

#[test]
fn a_sudo_that_wakes_into_an_outage_is_told_of_it() {
    let mut world = World::new();
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
fn a_sudo_that_is_not_listened_to_is_not_silent() {
    let mut world = World::new();
    world.at(0, Input::Heard);
    while !world.session.is_full() {
        world.event(1, EVENT_DATA_BYTES_MAX);
    }
    assert!(!world.poll(1_990).contains(&Output::Freeze(FreezeCause::Silent)));
    world.ack(1_995);
    assert!(!world.poll(3_000).contains(&Output::Freeze(FreezeCause::Silent)));
}
