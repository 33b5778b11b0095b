//! One seed: a host with a few sudos, a network and a server, from the first call to the last proof.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::ack::{AckSigner, AckVerifiers, Chain};
use sudolog_core::session::sample;
use sudolog_core::wire::message::OrderKind;

use crate::bridge::ShipperLie;
use crate::command::Command;
use crate::disk::{Mood, Platter};
use crate::faults::{Action, Plan};
use crate::plugin::{Phase, Plugin};
use crate::random::Random;
use crate::server::{Server, ServerLie};
use crate::shipper::Shipper;
use crate::stage::{Actor, Process, Stage};

/// Everything of one seed.
pub struct World {
    pub stage: Stage,
    plan: Plan,
    next_action: usize,
    plugins: Vec<Plugin>,
    commands: Vec<Command>,
    shipper: Shipper,
    server: Server,
    keys: Arc<AckVerifiers>,
}

impl World {
    pub fn new(seed: u64, is_traced: bool) -> Self {
        let plan = Plan::draw(&mut Random::new(seed));
        let mut stage = Stage::new(seed.wrapping_add(1 << 32), plan.sessions, is_traced);
        let signer = Arc::new(AckSigner::from_seed(&[1; 32]));
        let keys = Arc::new(AckVerifiers::new(vec![signer.verifier()]));
        let plugins = (0..plan.sessions)
            .map(|number| (number, sample::start_of(u8::try_from(number).unwrap() + 1)))
            .map(|(number, start)| Plugin::new(number, start, keys.clone()))
            .collect();
        let commands = (0..plan.sessions).map(|n| Command::new(n, &mut stage.random)).collect();
        let timeout = Some(Duration::from_secs(plan.freeze_timeout_s));
        let shipper = Shipper::new(&stage, keys.clone(), timeout, plan.shipper_lie);
        let mut server = Server::new(signer);
        server.lie = plan.server_lie;
        for (number, at) in plan.calls.iter().enumerate() {
            stage.wake(Actor::Plugin(number), *at);
        }
        plan.actions.iter().for_each(|(at, _)| stage.wake(Actor::Faults, *at));
        stage.wake(Actor::Shipper, 0);
        stage.note(|| format!("{plan:?}"));
        let next_action = 0;
        Self { stage, plan, next_action, plugins, commands, shipper, server, keys }
    }

    /// From the first call to the last proof.
    pub fn run(&mut self) {
        let quiet_at = self.plan.quiet_at;
        self.pass(quiet_at);
        if self.plan.shipper_lie.is_some() || self.plan.server_lie.is_some() {
            return self.check_liar();
        }
        self.pass(quiet_at + RECOVERY_US);
        self.check_alive();
        for (number, command) in self.commands.iter_mut().enumerate() {
            command.left = 0;
            self.stage.wake(Actor::Command(number), self.stage.now);
        }
        self.pass(quiet_at + RECOVERY_US + ENDING_US);
        self.server.disk.lose_power(&mut self.stage.random);
        self.check_ended();
    }

    fn pass(&mut self, until: u64) {
        while let Some(actor) = self.stage.next(until) {
            match actor {
                Actor::Plugin(n) | Actor::Command(n) if self.plugins[n].is_stopped() => {}
                Actor::Plugin(number) => self.plugins[number].turn(&mut self.stage),
                Actor::Command(number) => {
                    self.commands[number].turn(&mut self.stage, &mut self.plugins[number]);
                }
                Actor::Shipper if self.stage.shipper.runs() => self.shipper.turn(&mut self.stage),
                Actor::Server if self.stage.server.runs() => self.server.turn(&mut self.stage),
                Actor::Shipper | Actor::Server => {}
                Actor::Faults => self.act(),
            }
            self.stage.net.sweep();
        }
    }

    fn act(&mut self) {
        while let Some((at, action)) = self.plan.actions.get(self.next_action).copied()
            && at <= self.stage.now
        {
            self.next_action += 1;
            self.stage.note(|| format!("*** {action:?}"));
            self.carry_out(action);
            let Stage { net, server, oracle, now, .. } = &mut self.stage;
            oracle.path(net.carries_answers() && server.runs(), net.delay_us.1, *now);
        }
    }

    fn carry_out(&mut self, action: Action) {
        let now = self.stage.now;
        match action {
            Action::Cut(up, down) => self.stage.net.cut(up, down, now),
            Action::Heal => self.heal(),
            Action::Reset => {
                self.stage.net.reset(now);
                self.wake_all();
            }
            Action::Delay(from, to) => self.stage.net.delay_us = (from, to),
            Action::StopServer
            | Action::ContinueServer
            | Action::KillServer(_)
            | Action::StartServer(_) => self.change_server(action),
            Action::StopShipper
            | Action::ContinueShipper
            | Action::KillShipper
            | Action::StartShipper => self.change_shipper(action),
            Action::Disk(mood) => self.server.disk.set_mood(mood),
            Action::Sync(from, to) => self.server.sync_us = (from, to),
            Action::KillSudo(session) => self.plugins[session].die(&mut self.stage),
            Action::StopSudo(session) => self.plugins[session].stop(now),
            Action::ContinueSudo(session) => self.plugins[session].go_on(&mut self.stage),
            Action::Thaw(session) => {
                if self.stage.groups[session].is_ordered_frozen() {
                    self.stage.oracle.thawed(session, now);
                    self.stage.freeze(session, false);
                }
            }
            Action::Order(session, kind) => {
                let id = self.plugins[session].start.session_id;
                let is_there = self.stage.server.runs();
                if is_there && self.server.order(&mut self.stage, id, kind) {
                    let is_end = kind == OrderKind::Terminate;
                    let seen = &mut self.stage.oracle.sessions[session];
                    seen.excuse = seen.excuse.or(is_end.then_some("an operator ended it"));
                    seen.is_ordered |= kind == OrderKind::Freeze;
                }
            }
            Action::KeepDisk => self.server.keep_disk(),
            Action::Lie => {
                self.stage.oracle.lies(now, self.plan.shipper_lie.is_some());
                self.wake_all();
            }
            Action::Quiet => self.quiet(),
        }
    }

    fn heal(&mut self) {
        let (now, random) = (self.stage.now, &mut self.stage.random);
        let last = self.stage.net.heal(now, random);
        // What was held arrives one by one until then.
        for at in (now..=last).step_by(10_000).chain([last]) {
            self.stage.wake(Actor::Server, at);
            self.stage.wake(Actor::Shipper, at);
        }
    }

    fn wake_all(&mut self) {
        self.stage.wake(Actor::Shipper, self.stage.now);
        self.stage.wake(Actor::Server, self.stage.now);
    }

    fn change_server(&mut self, action: Action) {
        let now = self.stage.now;
        match (action, self.stage.server) {
            (Action::StopServer, Process::Runs(_)) => self.stage.server = Process::Stopped(now),
            (Action::ContinueServer, Process::Stopped(_)) => {
                self.stage.server = Process::Runs(now);
            }
            (Action::KillServer(with_power), Process::Runs(_) | Process::Stopped(_)) => {
                self.stage.server = Process::Dead;
                self.server.crash(&mut self.stage, with_power);
                if !with_power {
                    self.close_all();
                }
                self.check_stored();
            }
            (Action::StartServer(dies_at), Process::Dead) => {
                // One that cannot write its journal ends, and is started again later.
                if self.server.begin(dies_at) || self.server.begin(None) {
                    self.close_all();
                    self.stage.server = Process::Runs(now);
                }
                self.check_stored();
            }
            _ => {}
        }
        self.wake_all();
    }

    fn close_all(&mut self) {
        for connection in self.stage.net.numbers() {
            let (now, random) = (self.stage.now, &mut self.stage.random);
            if let Some(at) = self.stage.net.server_leaves(connection, now, random) {
                self.stage.wake(Actor::Shipper, at);
            }
        }
    }

    fn change_shipper(&mut self, action: Action) {
        let now = self.stage.now;
        match (action, self.stage.shipper) {
            (Action::StopShipper, Process::Runs(_)) => self.stage.shipper = Process::Stopped(now),
            (Action::ContinueShipper, Process::Stopped(_)) => {
                self.stage.shipper = Process::Runs(now);
            }
            (Action::KillShipper, Process::Runs(_) | Process::Stopped(_)) => {
                self.stage.shipper = Process::Dead;
                self.shipper.crash(&mut self.stage);
            }
            (Action::StartShipper, Process::Dead) => {
                let timeout = Some(Duration::from_secs(self.plan.freeze_timeout_s));
                self.shipper = Shipper::new(&self.stage, self.keys.clone(), timeout, None);
                self.stage.shipper = Process::Runs(now);
            }
            _ => {}
        }
        self.wake_all();
    }

    /// Everything is well again.
    fn quiet(&mut self) {
        self.server.disk.set_mood(Mood::Well);
        self.server.hurry(self.stage.now);
        self.stage.net.delay_us = (100, 3_000);
        self.change_server(Action::ContinueServer);
        self.change_server(Action::StartServer(None));
        self.change_shipper(Action::ContinueShipper);
        self.change_shipper(Action::StartShipper);
        self.heal();
        self.plugins.iter_mut().for_each(|plugin| plugin.go_on(&mut self.stage));
    }

    /// Whatever a power cut takes now: what is proven is stored, in order, once, byte by byte.
    fn check_stored(&mut self) {
        if self.plan.server_lie == Some(ServerLie::OldDisk) {
            return;
        }
        let disk = self.server.disk.copy();
        disk.lose_power(&mut self.stage.random);
        disk.recover(None).expect("a whole disk can be recovered");
        for session in 0..self.plan.sessions {
            self.check_recording(&disk, session);
        }
    }

    fn check_recording(&self, disk: &Platter, session: usize) {
        let seen = &self.stage.oracle.sessions[session];
        let Some(iolog) = seen.id.and_then(|id| disk.iolog(id)) else {
            assert!(seen.id.is_none(), "session {session} was opened and is not stored");
            return;
        };
        let stored = iolog.events.len();
        assert!(stored <= seen.events.len(), "session {session}: more is stored than was recorded");
        assert!(iolog.events == seen.events[..stored], "session {session} is stored differently");
        let proven = usize::try_from(seen.proven).unwrap();
        assert!(
            stored >= proven.min(seen.events.len()),
            "session {session}: {proven} events are proven and {stored} stored"
        );
        let end_proven = seen.is_complete || proven > seen.events.len();
        assert!(!end_proven || iolog.how() == seen.end.as_ref(), "session {session}: lost its end");
        assert!(
            iolog.how().is_none() || iolog.how() == seen.end.as_ref(),
            "session {session} has an end that it never had"
        );
    }

    /// Nothing is wrong any more: every session that was not ended runs.
    fn check_alive(&mut self) {
        let now = self.stage.now;
        for (number, plugin) in self.plugins.iter().enumerate() {
            let seen = &self.stage.oracle.sessions[number];
            let is_timed_out = self.plan.freeze_timeout_s < 300
                && seen.was_ended.as_deref() == Some("FreezeTimeout");
            let is_excused = seen.excuse.is_some() || is_timed_out || self.plan.is_stop_long;
            if let Some(why) = &seen.was_ended {
                assert!(is_excused, "session {number} was ended without need: {why}");
            }
            if plugin.phase != Phase::Running || is_excused || seen.is_ordered {
                continue;
            }
            let group = &self.stage.groups[number];
            assert!(
                group.runs(now) || !group.is_populated(),
                "session {number} still stands still after everything is well again"
            );
        }
    }

    fn check_ended(&mut self) {
        self.server.disk.recover(None).expect("a whole disk can be recovered");
        for (number, plugin) in self.plugins.iter().enumerate() {
            let seen = &self.stage.oracle.sessions[number];
            self.check_recording(&self.server.disk, number);
            let Some(id) = seen.id else { continue };
            let is_excused = seen.excuse.is_some() || self.plan.is_stop_long || seen.is_ordered;
            if is_excused || seen.was_ended.is_some() {
                continue;
            }
            assert_eq!(plugin.phase, Phase::Over, "session {number} does not end");
            assert!(seen.is_complete, "session {number} ended and is not complete");
            let iolog = self.server.disk.iolog(id).unwrap();
            assert_eq!(iolog.how(), seen.end.as_ref(), "session {number}");
            let chain = Chain::start(&plugin.start);
            let chain = seen.events.iter().fold(chain, |chain, event| chain.event(event));
            assert_eq!(iolog.position().chain, chain, "session {number}: the chain");
        }
    }

    /// Long after a lie began: nobody works unproven, and the lie was seen.
    fn check_liar(&mut self) {
        let lie_at = self.plan.actions.iter().find(|(_, a)| *a == Action::Lie).unwrap().0;
        for (number, plugin) in self.plugins.iter().enumerate() {
            let seen = &self.stage.oracle.sessions[number];
            if plugin.phase == Phase::Over
                && seen.was_ended.is_none()
                && seen.last_progress < lie_at
            {
                continue;
            }
            // What ended by itself did not have to be stopped.
            if seen.id.is_none() || seen.last_progress < lie_at || seen.end.is_some() {
                continue;
            }
            let runs = self.stage.groups[number].runs(self.stage.now);
            let noticed = seen.was_ended.is_some() || seen.was_security || seen.was_held;
            match (self.plan.shipper_lie, self.plan.server_lie) {
                (Some(ShipperLie::Crosses), _) if self.plan.sessions == 1 => {}
                (Some(_), _) => {
                    assert!(!runs, "session {number} runs under a lying shipper");
                    assert!(noticed, "session {number}: nobody noticed the lie");
                }
                (_, Some(ServerLie::OldDisk)) => {
                    let stored = self.server.disk.iolog(plugin.start.session_id);
                    let count = stored.map_or(0, |iolog| iolog.events.len() as u64);
                    assert!(!runs || count >= seen.proven, "session {number}: proof was lost");
                }
                (_, lie) => {
                    let owes = seen.proven < seen.events.len() as u64;
                    assert!(!runs || !owes, "session {number} runs under a lying server");
                    let tells = lie != Some(ServerLie::Mute) && seen.proven > 0;
                    assert!(!tells || noticed, "session {number}: nobody noticed the lie");
                }
            }
        }
    }
}

/// From the end of the last fault to the thaw of the last session.
const RECOVERY_US: u64 = 2_000_000;
/// From the exit of the commands to the last proof.
const ENDING_US: u64 = 6_000_000;
