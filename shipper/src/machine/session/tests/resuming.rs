//! A link that is cut and comes back, and servers that have something else than was sent.

use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, DenyCode, Resumed};

use super::World;
use crate::machine::link::Link;
use crate::machine::session::State;
use crate::machine::traffic::{Input, Output};

#[test]
fn a_blink_of_the_link_freezes_nothing() {
    let mut world = World::new();
    world.cut(0);
    world.event(10, 10);
    world.reconnect(300);
    assert_eq!(world.poll(1_900), []);
    assert_eq!(world.stored.len(), 2, "the event was sent again");
}

#[test]
fn a_server_that_lost_or_invented_events_ends_the_session() {
    for next_seq in [0, 1, 4, u64::MAX] {
        let mut world = World::new();
        world.event(0, 10);
        world.ack(1);
        world.event(2, 10);
        world.cut(3);
        world.at(4, Input::Link(Link::Up(2)));
        let out = world.at(5, Input::Resumed(Resumed { next_seq }));
        assert!(matches!(out[0], Output::Security(_)), "{out:?}");
        assert!(matches!(world.session.state(), State::Terminating(_)), "{next_seq}");
    }
}

#[test]
fn a_server_that_does_not_know_the_session_ends_it() {
    let mut world = World::new();
    let denied = Denied { code: DenyCode::Session, text: "unknown".into() };
    let out = world.at(0, Input::Denied(denied));
    assert!(matches!(out[0], Output::ToPlugin(Message::Denied(_))));
    assert!(matches!(world.session.state(), State::Terminating(Some(_))));
    world.at(1, Input::PluginGone);
    assert!(world.session.is_over());
}

#[test]
fn the_end_is_sent_again_only_when_it_is_lacking() {
    for (next_seq, again) in [(1, 2), (2, 1), (3, 0)] {
        let mut world = World::new();
        world.event(0, 10);
        world.close(1);
        world.stored.truncate(next_seq as usize);
        world.cut(2);
        world.at(3, Input::Link(Link::Up(2)));
        let out = world.at(4, Input::Resumed(Resumed { next_seq }));
        assert_eq!(out.len(), again, "{out:?}");
    }
}
