//! Whatever is done to a session, in any order.

use proptest::prelude::*;

use super::World;
use crate::machine::session::State;
use crate::machine::traffic::Output;

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
