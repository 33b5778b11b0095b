//! The rules of a running session, with a server and a clock in memory.

use bytes::Bytes;
use proptest::prelude::*;
use sudolog_core::ack::{AckSigner, Chain};
use sudolog_core::limits::{ACK_DEBT, LINK_DEAD};
use sudolog_core::session::{EndReason, EventKind};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{DenyCode, NoticeKind};

use super::super::link::Outage;
use super::*;

mod orders;
mod silence;

const MS: fn(u64) -> Duration = Duration::from_millis;

fn start() -> SessionStart {
    SessionStart {
        session_id: SessionId::v7(1_763_000_000_000, [7; 10]),
        submit_host: "web1".parse().unwrap(),
        submit_user: "alice".into(),
        submit_uid: 1000,
        submit_cwd: "/".into(),
        submit_time: Timestamp::default(),
        run_user: "root".into(),
        run_uid: 0,
        run_group: None,
        run_gid: None,
        run_cwd: "/".into(),
        command: "/usr/bin/id".into(),
        argv: vec!["id".into()],
        tty: None,
        lines: 24,
        columns: 80,
        sudo_pid: 1,
        pid_start_ticks: 1,
        boot_id: "b".into(),
        parent: None,
    }
}

/// A session, and a server that keeps what reached it.
struct World {
    t: Instant,
    signer: AckSigner,
    session: Session,
    sent: u64,
    head: Chain,
    stored: Vec<(u64, Chain)>,
    out: Vec<Output>,
    /// sudo is heard all the time.
    talks: bool,
}

impl World {
    fn new() -> Self {
        let (t, signer, start) = (Instant::now(), AckSigner::from_seed(&[1; 32]), start());
        let keys = Arc::new(AckVerifiers::new(vec![signer.verifier()]));
        let session = Session::new(t, &start, keys, 1, Some(MS(300_000)));
        let head = Chain::start(&start);
        Self {
            t,
            signer,
            session,
            sent: 0,
            head,
            stored: vec![(0, head)],
            out: Vec::new(),
            talks: true,
        }
    }

    /// Handles and polls at `ms`; gives what came out, after the server stored its share.
    fn at(&mut self, ms: u64, input: Input) -> Vec<Output> {
        self.session.handle(self.t + MS(ms), input, &mut self.out).unwrap();
        self.poll(ms)
    }

    fn poll(&mut self, ms: u64) -> Vec<Output> {
        if self.talks {
            let heard = Input::Heard;
            self.session.handle(self.t + MS(ms), heard, &mut self.out).unwrap();
        }
        self.session.poll(self.t + MS(ms), &mut self.out);
        let out = std::mem::take(&mut self.out);
        out.iter().for_each(|output| self.store(output));
        out
    }

    fn store(&mut self, output: &Output) {
        let Output::ToServer(outgoing) = output else { return };
        let (last, chain) = *self.stored.last().unwrap();
        let next = match outgoing {
            Outgoing::Event(event) => (event.seq(), chain.event(event)),
            Outgoing::Control(message) => match message.as_ref() {
                Message::Close(end) => (end.final_seq + 1, chain.end(end)),
                _ => return,
            },
        };
        assert_eq!(next.0, last + 1, "events reach the server in order");
        self.stored.push(next);
    }

    fn event(&mut self, ms: u64, bytes: usize) -> Vec<Output> {
        self.sent += 1;
        let data = Bytes::from(vec![b'x'; bytes]);
        let event = Event::new(self.sent, 1, EventKind::Ttyout, data).unwrap();
        self.head = self.head.event(&event);
        self.at(ms, Input::Event(event))
    }

    fn close(&mut self, ms: u64) -> Vec<Output> {
        let end = SessionEnd {
            final_seq: self.sent,
            run_time_ns: 1,
            exit_value: Some(0),
            signal: None,
            dumped_core: false,
            error: None,
            reason: EndReason::default(),
        };
        self.at(ms, Input::Close(end))
    }

    fn signed(&self) -> SignedAck {
        let (seq, chain) = *self.stored.last().unwrap();
        SignedAck::sign(&self.signer, self.session.id(), seq, 0, chain)
    }

    fn ack(&mut self, ms: u64) -> Vec<Output> {
        let ack = self.signed();
        self.at(ms, Input::Ack(ack))
    }

    fn cut(&mut self, ms: u64) -> Vec<Output> {
        let now = self.t + MS(ms);
        let outage = Outage { heard_at: now, since: now, failures: 0, why: "cut".into() };
        self.at(ms, Input::Link(Link::Down(outage)))
    }

    /// A new connection: the server says what it lacks.
    fn reconnect(&mut self, ms: u64) -> Vec<Output> {
        let connection = self.session.connection() + 1;
        let out = self.at(ms, Input::Link(Link::Up(connection)));
        assert!(matches!(control(&out), Some(Message::Resume(_))), "{out:?}");
        let next_seq = self.stored.last().unwrap().0 + 1;
        self.at(ms, Input::Resumed(Resumed { next_seq }))
    }

    fn order(&mut self, ms: u64, kind: OrderKind) -> Vec<Output> {
        self.at(ms, Input::Order(Order { kind, who: "olga".into(), why: "test".into() }))
    }
}

fn control(out: &[Output]) -> Option<Message> {
    out.iter().find_map(|output| match output {
        Output::ToServer(Outgoing::Control(message)) => Some(message.as_ref().clone()),
        _ => None,
    })
}

/// Notices for the server and for the plugin.
fn notices(out: &[Output]) -> (Vec<NoticeKind>, Vec<NoticeKind>) {
    let kind = |message: &Message| match message {
        Message::Notice(notice) => Some(notice.kind),
        _ => None,
    };
    let up = out.iter().filter_map(|output| match output {
        Output::ToServer(Outgoing::Control(message)) => kind(message),
        _ => None,
    });
    let down = out.iter().filter_map(|output| match output {
        Output::ToPlugin(message) => kind(message),
        _ => None,
    });
    (up.collect(), down.collect())
}

fn frozen(frozen: bool) -> Input {
    Input::Group(GroupState { populated: true, frozen })
}

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
fn a_blink_of_the_link_freezes_nothing() {
    let mut world = World::new();
    world.cut(0);
    world.event(10, 10);
    world.reconnect(300);
    assert_eq!(world.poll(1_900), []);
    assert_eq!(world.stored.len(), 2, "the event was sent again");
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
fn what_cannot_be_told_is_given_up_after_the_grace() {
    let mut world = World::new();
    world.cut(0);
    world.event(1, 10);
    world.at(2, Input::PluginGone);
    assert_eq!(world.session.next_wake(), Some(world.t + MS(2) + RESUME_GRACE));
    world.poll(600_002);
    assert!(world.session.is_over() && world.session.next_wake().is_none());
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

#[derive(Clone, Debug)]
enum Act {
    Event(usize),
    Ack,
    Cut,
    Lose(usize),
    Reconnect,
    Wait(u64),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => (1usize..2000).prop_map(Act::Event),
        3 => Just(Act::Ack),
        1 => Just(Act::Cut),
        1 => (0usize..9).prop_map(Act::Lose),
        2 => Just(Act::Reconnect),
        3 => (1u64..900).prop_map(Act::Wait),
    ];
    prop::collection::vec(act, 0..80)
}

proptest! {
    /// Whatever is cut and lost on the way, the server ends with every event in order, and the
    /// session is frozen whenever the last proof is too old.
    #[test]
    fn nothing_is_lost_and_nothing_runs_unproven(acts in acts()) {
        let (mut world, mut ms, mut up, mut acked) = (World::new(), 0, true, 0usize);
        let mut lost_at = None;
        for act in acts {
            match act {
                Act::Event(bytes) => drop(world.event(ms, bytes)),
                Act::Ack if up => {
                    world.ack(ms);
                    acked = world.stored.len();
                }
                Act::Cut if up => {
                    world.cut(ms);
                    (up, lost_at) = (false, Some(ms));
                }
                // What was in flight at the cut never arrives; what was acknowledged is durable.
                Act::Lose(count) if !up => {
                    let kept = world.stored.len().saturating_sub(count).max(acked.max(1));
                    world.stored.truncate(kept);
                }
                Act::Reconnect if !up => {
                    world.reconnect(ms);
                    (up, lost_at) = (true, None);
                }
                Act::Wait(pause) => {
                    ms += pause;
                    world.poll(ms);
                }
                _ => {}
            }
            if lost_at.is_some_and(|at| ms >= at + 800) {
                prop_assert!(world.session.state() != State::Running);
            }
        }
        if !up && !matches!(world.session.state(), State::Terminating(_)) {
            world.reconnect(ms);
        }
        world.close(ms);
        prop_assert_eq!(world.stored.last().unwrap().0, world.sent + 1);
        prop_assert!(world.ack(ms).iter().any(|o| matches!(o, Output::Proof(_))));
    }
}
