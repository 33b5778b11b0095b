//! What goes wrong, and when: drawn from the seed before anything runs.

use sudolog_core::wire::message::OrderKind;

use crate::bridge::ShipperLie;
use crate::disk::Mood;
use crate::random::Random;
use crate::server::ServerLie;

/// What happens to the world at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// No packet passes upwards, downwards.
    Cut(bool, bool),
    Heal,
    /// Every connection ends.
    Reset,
    /// One way takes so long, bounds in microseconds.
    Delay(u64, u64),
    StopServer,
    ContinueServer,
    /// With the power, or by SIGKILL.
    KillServer(bool),
    /// It crashes again at that step of its recovery.
    StartServer(Option<usize>),
    Disk(Mood),
    /// A sync takes so long, bounds in microseconds.
    Sync(u64, u64),
    StopShipper,
    ContinueShipper,
    KillShipper,
    StartShipper,
    KillSudo(usize),
    StopSudo(usize),
    ContinueSudo(usize),
    /// Somebody else writes a 0 to the session's `cgroup.freeze`.
    Thaw(usize),
    Order(usize, OrderKind),
    /// The server's liar takes a copy of the disk.
    KeepDisk,
    Lie,
    /// From here on nothing goes wrong any more.
    Quiet,
}

/// One seed's plan.
#[derive(Debug)]
pub struct Plan {
    pub sessions: usize,
    /// When sudos are called.
    pub calls: Vec<u64>,
    pub actions: Vec<(u64, Action)>,
    pub quiet_at: u64,
    pub freeze_timeout_s: u64,
    pub shipper_lie: Option<ShipperLie>,
    pub server_lie: Option<ServerLie>,
    /// Long stops of the shipper, after which plugins may have ended sessions.
    pub is_stop_long: bool,
}

impl Plan {
    pub fn draw(random: &mut Random) -> Self {
        let sessions = 1 + random.index(4);
        let quiet_at = random.between(3_000_000, 14_000_000);
        let calls = (0..sessions).map(|_| random.between(0, 2_000_000)).collect();
        let freeze_timeout_s = if random.chance(10) { random.between(1, 6) } else { 300 };
        let mut plan = Self {
            sessions,
            calls,
            actions: Vec::new(),
            quiet_at,
            freeze_timeout_s,
            shipper_lie: None,
            server_lie: None,
            is_stop_long: false,
        };
        if random.chance(15) {
            plan.draw_lie(random);
        } else {
            let kinds = random.between(1, 5);
            let favourites: Vec<usize> = (0..kinds).map(|_| random.index(FAULTS)).collect();
            for _ in 0..random.index(9) {
                let fault = random.pick(&favourites);
                plan.draw_fault(fault, random);
            }
        }
        if plan.shipper_lie.is_none() && plan.server_lie.is_none() {
            plan.actions.push((quiet_at, Action::Quiet));
        }
        // Equal times keep their order, so the end of a fault does not come before it.
        plan.actions.sort_by_key(|(at, _)| *at);
        plan
    }

    /// A fault that begins somewhere and ends before all is quiet.
    fn draw_fault(&mut self, fault: usize, random: &mut Random) {
        let from = random.between(200_000, self.quiet_at);
        let length = match random.index(4) {
            0 => random.between(1_000, 300_000),
            1 => random.between(300_000, 1_200_000),
            2 => random.between(800_000, 4_000_000),
            _ => random.between(3_000_000, 9_000_000),
        };
        let until = (from + length).min(self.quiet_at - 1);
        let session = random.index(self.sessions);
        let kind = random.pick(&[OrderKind::Freeze, OrderKind::Freeze, OrderKind::Terminate]);
        let (begin, end) = match fault {
            0 => (Action::Cut(true, true), Action::Heal),
            1 => (Action::Cut(true, false), Action::Heal),
            2 => (Action::Cut(false, true), Action::Heal),
            3 => (Action::Reset, Action::Reset),
            4 => {
                let slow = random.between(5_000, 600_000);
                (Action::Delay(slow / 2, slow), Action::Delay(100, 3_000))
            }
            5 => (Action::StopServer, Action::ContinueServer),
            6 | 7 => {
                let dies_at = random.chance(20).then(|| random.index(3));
                (Action::KillServer(fault == 6), Action::StartServer(dies_at))
            }
            8 => {
                let mood = random.pick(&[Mood::Full, Mood::Failing]);
                (Action::Disk(mood), Action::Disk(Mood::Well))
            }
            9 => {
                let slow = random.between(10_000, 3_000_000);
                (Action::Sync(slow / 2, slow), Action::Sync(200, 4_000))
            }
            10 | 11 => {
                self.is_stop_long |= until - from > 4_900_000;
                (Action::StopShipper, Action::ContinueShipper)
            }
            12 => (Action::Order(session, kind), Action::Order(session, OrderKind::Thaw)),
            13 if random.chance(50) => (Action::KillShipper, Action::StartShipper),
            13 => (Action::KillSudo(session), Action::KillSudo(session)),
            14 => (Action::StopSudo(session), Action::ContinueSudo(session)),
            _ => (Action::Thaw(session), Action::Thaw(session)),
        };
        self.actions.push((from, begin));
        self.actions.push((until, end));
    }

    /// A lie, and what makes it matter.
    fn draw_lie(&mut self, random: &mut Random) {
        let at = random.between(1_500_000, 4_000_000);
        self.quiet_at = at + 14_000_000;
        self.freeze_timeout_s = 300;
        self.actions.push((at, Action::Lie));
        if random.chance(50) {
            use ServerLie::{ForeignKey, GoesBack, Mute, OldDisk, WrongChain};
            let lie = random.pick(&[ForeignKey, GoesBack, Mute, OldDisk, WrongChain]);
            self.server_lie = Some(lie);
            if lie == OldDisk {
                self.actions.push((at - 1_000, Action::KeepDisk));
                self.actions.push((at + 1_500_000, Action::KillServer(true)));
                self.actions.push((at + 1_900_000, Action::StartServer(None)));
            }
            return;
        }
        use ShipperLie::{
            AlwaysThaws, Crosses, Forges, FrozenInWord, NeverFreezes, Replays, Silent,
        };
        let lies = [AlwaysThaws, Crosses, Forges, FrozenInWord, NeverFreezes, Replays, Silent];
        let lie = random.pick(&lies);
        self.shipper_lie = Some(lie);
        if !matches!(lie, Crosses | Forges | Silent) {
            self.actions.push((at + 10_000, Action::Cut(true, true)));
        }
    }
}

const FAULTS: usize = 16;
