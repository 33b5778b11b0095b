//! What counts as proof, and what is held back until there is some.

use bytes::Bytes;
use sudolog_core::ack::{AckSigner, Chain, SignedAck, WindowError};
use sudolog_core::limits::{ACK_DEBT, FROZEN_EXTRA_BYTES, LINK_DEAD, UNACKED_BYTES_MAX};
use sudolog_core::session::{Event, EventKind, SessionId};
use sudolog_core::wire::message::NoticeKind;

use super::{MS, World, frozen, notices};
use crate::machine::decision::FreezeCause;
use crate::machine::session::State;
use crate::machine::traffic::{Input, Output};

#[test]
fn only_a_valid_proof_thaws() {
    let mut world = World::new();
    world.event(0, 10);
    world.ack(1);
    world.cut(100);
    assert_eq!(world.poll(899), []);
    assert_eq!(world.session.next_wake(), Some(world.t + MS(100) + LINK_DEAD));
    assert_eq!(world.poll(900), [Output::Freeze(FreezeCause::Link)]);
    let (up, down) = notices(&world.at(905, frozen(true)));
    assert_eq!((up, down), (vec![], vec![NoticeKind::Frozen]), "the server cannot be told yet");

    world.event(910, 10);
    let (up, _) = notices(&world.reconnect(2_000));
    assert_eq!(up, [NoticeKind::Frozen]);
    assert_eq!(world.session.state(), State::Frozen(FreezeCause::Link), "a link is no proof");
    assert!(world.ack(2_010).contains(&Output::Thaw));
    assert_eq!(notices(&world.at(2_015, frozen(false))).1, [NoticeKind::Thawed]);
}

#[test]
fn heartbeats_do_not_pay_debts() {
    let mut world = World::new();
    world.event(0, 10);
    assert_eq!(world.session.next_wake(), Some(world.t + ACK_DEBT));
    assert_eq!(world.poll(2_000), [Output::Freeze(FreezeCause::Debt)]);
    assert!(world.ack(2_100).contains(&Output::Thaw));
}

#[test]
fn proof_that_has_come_counts_before_a_debt_comes_of_age() {
    let mut world = World::new();
    let old = world.signed();
    world.event(0, 10);
    assert!(matches!(world.at(1_950, Input::Ack(old)).as_slice(), [Output::Proof(_)]));
    assert_eq!(world.ack(1_960), [], "held back: the last check was just now");
    assert!(matches!(world.poll(2_000).as_slice(), [Output::Proof(_)]), "and no freeze");
}

#[test]
fn a_hold_that_was_over_before_it_was_seen_is_thawed() {
    let mut world = World::new();
    world.event(0, 10);
    world.ack(1);
    world.session.handle(world.t, Input::Held(true), &mut world.out).unwrap();
    assert_eq!(world.at(10, Input::Held(false)), [Output::Thaw]);
    assert_eq!(world.poll(11), []);
    world.cut(100);
    world.session.handle(world.t, Input::Held(true), &mut world.out).unwrap();
    assert_eq!(world.at(900, Input::Held(false)), [Output::Freeze(FreezeCause::Link)]);
}

#[test]
fn a_wrong_ack_is_reported_and_thaws_nothing() {
    let mut world = World::new();
    world.event(0, 10);
    world.poll(2_000);
    let (good, id) = (world.signed(), world.session.id());
    let stranger = AckSigner::from_seed(&[2; 32]);
    let mut broken = good.clone();
    broken.signature[5] ^= 1;
    for (count, bad) in [
        broken,
        SignedAck::sign(&stranger, id, 1, 0, good.chain),
        SignedAck::sign(&world.signer, SessionId::from_bytes([9; 16]), 1, 0, good.chain),
        SignedAck::sign(&world.signer, id, 1, 0, Chain::from_bytes([0; 32])),
        SignedAck::sign(&world.signer, id, 7, 0, good.chain),
    ]
    .into_iter()
    .enumerate()
    {
        let out = world.at(3_000 + count as u64 * 100, Input::Ack(bad));
        assert!(!out.iter().any(|o| matches!(o, Output::Thaw | Output::Proof(_))), "{out:?}");
        let reported = out.iter().any(|o| matches!(o, Output::Security(_)));
        assert_eq!(reported, (count + 1).is_power_of_two());
        assert_eq!(notices(&out).0.contains(&NoticeKind::BadAck), reported);
    }
    assert!(world.at(4_000, Input::Ack(good)).contains(&Output::Thaw));
}

#[test]
fn memory_is_bounded() {
    let mut world = World::new();
    let mut taken = 0;
    while !world.session.is_full() {
        world.event(0, 1000);
        taken += 1000;
    }
    assert!(
        (UNACKED_BYTES_MAX..UNACKED_BYTES_MAX + FROZEN_EXTRA_BYTES + 256 * 1024).contains(&taken)
    );
    world.ack(1);
    assert!(!world.session.is_full());
}

#[test]
fn a_gap_is_the_plugins_fault() {
    let mut world = World::new();
    let event = Event::new(2, 0, EventKind::Ttyout, Bytes::from_static(b"x")).unwrap();
    let error = world.session.handle(world.t, Input::Event(event), &mut world.out).unwrap_err();
    assert_eq!(error, WindowError::Gap { got: 2, want: 1 });
}
