//! What the comparison must report, and what it must not.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use sudolog_core::eventlog::Kind;
use sudolog_core::kaudit::{Sighting, SightingKind};
use sudolog_core::limits::WITNESS_SIGHTINGS_MAX;
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;

use super::clock::{Clock, Moments};
use super::machine::{Known, Lineage, Witness};

/// A witness, a clock that starts at 1000 s, and what was reported.
struct Scene {
    witness: Witness,
    start: Instant,
    ms: u64,
    kinds: Vec<Kind>,
    next: u64,
}

impl Scene {
    fn new() -> Self {
        let witness = Witness::new([], since(0));
        Self { witness, start: Instant::now(), ms: 0, kinds: Vec::new(), next: 0 }
    }

    fn now(&self) -> Instant {
        self.start + Duration::from_millis(self.ms)
    }

    /// Lets time pass, doing what is due when it is due.
    fn pass(&mut self, ms: u64) {
        let until = self.ms + ms;
        while self.ms < until {
            self.ms = (self.ms + 500).min(until);
            let now = self.now();
            self.kinds.extend(self.witness.poll(now).iter().map(|entry| entry.kind));
        }
    }

    fn open(&mut self, n: u8, pid: u32) {
        let now = self.now();
        self.witness.opened(now, known(n, pid, self.ms));
    }

    fn see(&mut self, kind: SightingKind, pid: u32, ppid: u32) {
        self.see_with(kind, pid, ppid, Lineage { grandparent: Some(1), session: None });
    }

    fn see_with(&mut self, kind: SightingKind, pid: u32, ppid: u32, lineage: Lineage) {
        self.next += 1;
        let sighting = sighting(self.next, kind, at(self.ms), pid, ppid);
        self.sighted(self.ms, sighting, lineage);
    }

    /// Sees what happened at that time.
    fn sighted(&mut self, ms: u64, sighting: Sighting, lineage: Lineage) {
        let (now, when) = (self.now(), Moments::at(since(ms)));
        self.witness.sighted(now, when, sighting, lineage);
    }

    /// What was reported by the end of it all.
    fn reports(mut self) -> Vec<Kind> {
        self.pass(60_000);
        self.kinds
    }
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_nanos((1_000_000 + ms) * 1_000_000)
}

/// The same on the clock that nobody can set.
fn since(ms: u64) -> Duration {
    Duration::from_secs(1000) + Duration::from_millis(ms)
}

fn known(n: u8, pid: u32, ms: u64) -> Known {
    Known { id: id(n), pid, started: since(ms), ended: None, opened: at(ms) }
}

fn id(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

fn sighting(n: u64, kind: SightingKind, time: Timestamp, pid: u32, ppid: u32) -> Sighting {
    Sighting {
        id: format!("s.{n}").parse().unwrap(),
        kind,
        time,
        pid,
        ppid,
        auid: Some(1000),
        login: "alice".into(),
        uid: Some(1000),
        user: "alice".into(),
        ses: Some(3),
        exe: "/usr/bin/x".into(),
        argv: vec!["sudo".into(), "id".into()],
        tty: "pts0".into(),
    }
}

use SightingKind::{Command, Refusal, Root, Setuid, Sudo};

#[test]
fn a_command_without_a_session_is_unrecorded_after_five_seconds() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.see(Command, 7, 1);
    scene.pass(4500);
    assert_eq!(scene.kinds, []);
    scene.pass(500);
    assert_eq!(scene.kinds, [Kind::Unrecorded]);
    assert_eq!(scene.reports(), [Kind::Unrecorded]);
}

#[test]
fn what_there_is_no_room_to_wait_for_is_told_at_once() {
    let mut scene = Scene::new();
    scene.pass(1000);
    let most = u32::try_from(WITNESS_SIGHTINGS_MAX).unwrap();
    scene.open(1, 10);
    (0..most + 4).for_each(|n| scene.see(Command, 10 + n, 1));
    let told = scene.witness.poll(scene.now());
    // The first one has a session, and takes no room.
    assert_eq!(told.iter().map(|entry| entry.pid).collect::<Vec<_>>(), [11, 12, 13].map(Some));
}

#[test]
fn one_that_was_called_inside_a_session_names_it() {
    for inside in [None, Some(id(4))] {
        let mut scene = Scene::new();
        scene.pass(1000);
        scene.see_with(Command, 7, 6, Lineage { grandparent: Some(1), session: inside });
        let due = scene.witness.poll(scene.now() + Duration::from_secs(5));
        assert_eq!(due.iter().map(|entry| entry.session_id).collect::<Vec<_>>(), [inside]);
    }
}

#[test]
fn a_session_explains_it_in_either_order() {
    for session_first in [true, false] {
        let mut scene = Scene::new();
        scene.pass(1000);
        let (now, known) = (scene.now(), known(1, 7, scene.ms));
        if session_first {
            scene.witness.opened(now, known);
        }
        scene.see(Sudo, 7, 1);
        scene.see(Command, 7, 1);
        scene.see(Root, 8, 7);
        if !session_first {
            scene.pass(2000);
            let now = scene.now();
            scene.witness.opened(now, known);
        }
        assert_eq!(scene.reports(), [], "{session_first}");
    }
}

#[test]
fn a_number_that_is_used_again_explains_nothing() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.open(1, 7);
    scene.see(Command, 7, 1);
    scene.pass(1000);
    scene.witness.ended(id(1), 7, since(scene.ms));
    scene.pass(1000);
    scene.see(Command, 7, 1);
    scene.pass(1000);
    scene.open(2, 7);
    assert_eq!(scene.reports(), [Kind::Unrecorded]);
}

#[test]
fn two_sudos_of_one_user_do_not_confirm_each_other() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.open(1, 7);
    scene.see(Command, 7, 1);
    scene.see(Command, 9, 1);
    assert_eq!(scene.reports(), [Kind::Unrecorded]);
}

#[test]
fn what_runs_nothing_or_is_refused_is_no_difference() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.see(Sudo, 7, 1);
    scene.see(Refusal, 7, 1);
    scene.see(Sudo, 8, 1);
    assert_eq!(scene.reports(), []);
}

#[test]
fn a_sudo_that_says_nothing_and_makes_root_had_its_plugins_replaced() {
    // The same process, its child, its monitor's child, and one whose monitor is gone.
    for (pid, ppid, grandparent) in
        [(7, 1, Some(1)), (8, 7, Some(1)), (9, 8, Some(7)), (9, 8, None)]
    {
        let mut scene = Scene::new();
        scene.pass(1000);
        scene.see(Sudo, 7, 1);
        scene.pass(20_000 * u64::from(grandparent.is_some()));
        scene.see_with(Root, pid, ppid, Lineage { grandparent, session: None });
        scene.pass(9_500);
        assert_eq!(scene.kinds, []);
        assert_eq!(scene.reports(), [Kind::PolicyReplaced], "{pid} {ppid}");
    }
}

#[test]
fn a_sudo_that_says_it_runs_nothing_and_makes_root_all_the_same_had_its_plugins_replaced() {
    for (argv, refuses) in [("sudo -l", false), ("sudo -V", false), ("sudo id", true)] {
        let mut scene = Scene::new();
        scene.pass(1000);
        let mut sudo = sighting(1, Sudo, at(1000), 7, 1);
        sudo.argv = argv.split(' ').map(Into::into).collect();
        scene.sighted(1000, sudo, Lineage { grandparent: Some(1), session: None });
        scene.next = 1;
        if refuses {
            scene.see(Refusal, 7, 1);
        }
        // What may be another's is not laid at it.
        scene.see_with(Root, 20, 19, Lineage::default());
        scene.pass(15_000);
        assert_eq!(scene.kinds, [], "{argv}");
        scene.see(Root, 8, 7);
        assert_eq!(scene.reports(), [Kind::PolicyReplaced], "{argv}");
    }
}

#[test]
fn sudos_word_is_about_the_last_sudo_of_that_process_number() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.see(Sudo, 7, 1);
    scene.see(Root, 8, 7);
    scene.pass(5_000);
    scene.see(Sudo, 7, 1);
    scene.open(1, 7);
    scene.see(Command, 7, 1);
    scene.pass(5_000);
    assert_eq!(scene.kinds, [Kind::PolicyReplaced]);
    assert_eq!(scene.reports(), [Kind::PolicyReplaced]);
}

#[test]
fn a_clock_that_root_sets_back_hides_nothing_and_accuses_nobody() {
    let (mut scene, mut clock) = (Scene::new(), Clock::default());
    let step_ms = 600_000;
    clock.look(at(0), since(0));
    scene.pass(1000);
    clock.look(at(1000), since(1000));
    // An hour may pass before the wall clock is again where it was; a session runs meanwhile.
    clock.look(Timestamp::from_nanos(at(1500).as_nanos() - step_ms * 1_000_000), since(1500));
    scene.pass(1000);
    scene.open(1, 9);
    let stamp = |ms: u64| Timestamp::from_nanos(at(ms).as_nanos() - step_ms * 1_000_000);
    clock.look(stamp(2000), since(2000));
    for (n, pid) in [(1, 7), (2, 9)] {
        let seen = sighting(n, Command, stamp(2000), pid, 1);
        let when = clock.moments(seen.time);
        let now = scene.now();
        scene.witness.sighted(now, when, seen, Lineage::default());
    }
    assert_eq!(scene.reports(), [Kind::Unrecorded]);
}

#[test]
fn an_orphan_is_not_laid_at_a_sudo_that_may_not_be_its_own() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.open(1, 7);
    scene.see(Sudo, 7, 1);
    scene.see(Sudo, 9, 1);
    scene.see_with(Root, 20, 19, Lineage::default());
    assert_eq!(scene.reports(), []);
}

#[test]
fn another_way_to_root_is_reported_unless_it_is_recorded() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.see(Setuid, 7, 1);
    scene.see(Root, 8, 7);
    scene.see_with(Setuid, 17, 1, Lineage { grandparent: None, session: Some(id(1)) });
    scene.see_with(Root, 18, 17, Lineage { grandparent: Some(1), session: Some(id(1)) });
    scene.see(Setuid, 27, 1);
    assert_eq!(scene.reports(), [Kind::OtherRoot]);
}

#[test]
fn sessions_that_nobody_saw_are_reported_together_and_only_while_somebody_looks() {
    let mut scene = Scene::new();
    scene.open(1, 7);
    let now = scene.now();
    scene.witness.attached(now, at(1), true);
    (2..6).for_each(|n| scene.open(n, u32::from(n) + 10));
    scene.see(Command, 12, 1);
    scene.pass(29_500);
    assert_eq!(scene.kinds, []);
    scene.pass(60_000);
    assert_eq!(scene.kinds, [Kind::WitnessMissing]);
    scene.open(9, 90);
    let now = scene.now();
    scene.witness.attached(now, at(2), false);
    assert_eq!(scene.reports(), [Kind::WitnessMissing, Kind::AuditTampered]);
}

#[test]
fn a_flood_of_other_programs_hides_nothing_that_became_root() {
    let mut scene = Scene::new();
    scene.pass(1000);
    scene.see(Sudo, 50, 1);
    scene.see(Root, 51, 50);
    (0..2 * 4096).for_each(|n| scene.see(Setuid, 1000 + n, 1));
    assert_eq!(scene.reports(), [Kind::PolicyReplaced]);
}

#[test]
fn a_witness_that_comes_back_soon_or_is_not_the_only_one_is_not_missed() {
    let mut scene = Scene::new();
    let now = scene.now();
    scene.witness.attached(now, at(1), true);
    scene.witness.attached(now, at(2), false);
    scene.witness.attached(now, at(3), true);
    scene.open(1, 7);
    // Another one comes and goes: what is watched for is watched for all the same.
    scene.witness.attached(now, at(4), true);
    assert_eq!(scene.reports(), [Kind::WitnessMissing]);
}

#[test]
fn what_was_before_nobody_judges_and_what_an_earlier_run_knew_is_known() {
    let old = Known { ended: Some(since(900)), ..known(1, 7, 500) };
    let mut scene = Scene::new();
    scene.witness = Witness::new([old], since(400));
    for (n, time, pid) in [(1, 100, 70), (2, 600, 7), (3, 600, 71)] {
        scene.sighted(time, sighting(n, Command, at(time), pid, 1), Lineage::default());
    }
    assert_eq!(scene.reports(), [Kind::Unrecorded]);
}

#[test]
fn what_comes_twice_is_reported_once() {
    let mut scene = Scene::new();
    scene.pass(1000);
    let twice = sighting(1, Command, at(900), 7, 1);
    scene.sighted(900, twice.clone(), Lineage::default());
    scene.sighted(900, twice, Lineage::default());
    assert_eq!(scene.reports(), [Kind::Unrecorded]);
}

proptest! {
    /// Sudos with and without a session, their numbers used again, all shuffled within what may arrive late.
    #[test]
    fn exactly_the_unrecorded_are_reported(runs in prop::collection::vec((0u32..4, any::<bool>(), 0u64..4000), 1..40)) {
        let mut scene = Scene::new();
        let mut unrecorded = 0;
        for (n, (pid, recorded, late)) in runs.into_iter().enumerate() {
            scene.pass(5000);
            let (pid, session) = (pid + 100, SessionId::from_bytes([u8::try_from(n).unwrap(); 16]));
            let began = scene.ms;
            let now = scene.now();
            scene.next += 1;
            let seen = sighting(scene.next, Command, at(began + 10), pid, 1);
            if recorded {
                scene.witness.opened(now, Known { id: session, ..known(0, pid, began) });
                scene.witness.ended(session, pid, since(began + 20));
            } else {
                unrecorded += 1;
            }
            scene.pass(late);
            scene.sighted(began + 10, seen, Lineage::default());
        }
        let reports = scene.reports();
        prop_assert_eq!(reports.len(), unrecorded);
        prop_assert!(reports.iter().all(|kind| *kind == Kind::Unrecorded));
    }
}
