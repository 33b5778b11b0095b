//! What all actors share: the fake clock, chance, the network, the sockets, the commands, the oracle.
//!
//! An actor is woken at the times that were asked for, does all that is due in one turn, and asks
//! again. Nothing else passes time.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use sudolog_core::wire::Message;

use crate::group::Group;
use crate::net::Net;
use crate::oracle::Oracle;
use crate::random::Random;

/// Who has turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// The recording thread of a sudo.
    Plugin(usize),
    /// What a sudo runs.
    Command(usize),
    /// The shipper's process.
    Shipper,
    /// The server's process.
    Server,
    /// Who breaks things.
    Faults,
}

/// A process as the kernel sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// It has turns, since then.
    Runs(u64),
    /// SIGSTOP came, then.
    Stopped(u64),
    /// It is not there.
    Dead,
}

impl Process {
    pub fn runs(self) -> bool {
        matches!(self, Self::Runs(_))
    }
}

/// All that is shared.
#[derive(Debug)]
pub struct Stage {
    start: Instant,
    /// Microseconds since the start.
    pub now: u64,
    pub random: Random,
    pub net: Net,
    /// Between a sudo and the shipper, by sudo.
    pub sockets: Vec<Socket>,
    pub groups: Vec<Group>,
    pub oracle: Oracle,
    pub shipper: Process,
    pub server: Process,
    alarms: BTreeSet<(u64, Actor)>,
    trace: VecDeque<String>,
    is_traced: bool,
}

impl Stage {
    pub fn new(seed: u64, sessions: usize, is_traced: bool) -> Self {
        Self {
            start: Instant::now(),
            now: 0,
            random: Random::new(seed),
            net: Net::default(),
            sockets: (0..sessions).map(|_| Socket::default()).collect(),
            groups: (0..sessions).map(|_| Group::default()).collect(),
            oracle: Oracle::new(sessions),
            shipper: Process::Runs(0),
            server: Process::Runs(0),
            alarms: BTreeSet::new(),
            trace: VecDeque::new(),
            is_traced,
        }
    }

    /// The fake clock.
    pub fn clock(&self) -> Instant {
        self.start + Duration::from_micros(self.now)
    }

    /// A moment of the fake clock as the simulation counts, never before now.
    pub fn micros(&self, at: Instant) -> u64 {
        let since = at.saturating_duration_since(self.start);
        // What is due within a microsecond is due after it.
        (u64::try_from(since.as_nanos()).unwrap().div_ceil(1000)).max(self.now)
    }

    /// Gives an actor a turn then.
    pub fn wake(&mut self, actor: Actor, at: u64) {
        self.alarms.insert((at.max(self.now), actor));
    }

    /// Passes time to the next turn; `None` when it is after `until`.
    pub fn next(&mut self, until: u64) -> Option<Actor> {
        let next = self.alarms.first().copied().filter(|(at, _)| *at <= until);
        let Some((at, actor)) = next else {
            self.now = until;
            return None;
        };
        self.alarms.pop_first();
        self.now = at;
        Some(actor)
    }

    /// Notes what happened, for whoever looks for the cause of a failure.
    pub fn note(&mut self, what: impl FnOnce() -> String) {
        if self.is_traced {
            if self.trace.len() >= TRACE_LINES_MAX {
                self.trace.pop_front();
            }
            self.trace.push_back(format!("{:>10.3} ms  {}", self.now as f64 / 1000.0, what()));
        }
    }

    pub fn trace(&self) -> impl Iterator<Item = &String> {
        self.trace.iter()
    }

    /// A plugin's message on its way to the shipper.
    pub fn send_shipper(&mut self, session: usize, message: Message) {
        let at = self.now + SOCKET_US;
        if self.sockets[session].is_open() {
            self.sockets[session].to_shipper.push_back((at, message));
            self.wake(Actor::Shipper, at);
        }
    }

    /// A message of the shipper on its way to a plugin.
    pub fn send_plugin(&mut self, session: usize, message: Message) {
        let at = self.now + SOCKET_US;
        if self.sockets[session].is_open() {
            self.sockets[session].to_plugin.push_back((at, message));
            self.wake(Actor::Plugin(session), at);
        }
    }

    /// Freezes or thaws a session's cgroup. The kernel takes a moment for it.
    pub fn freeze(&mut self, session: usize, frozen: bool) {
        let settles_at = self.now + self.random.between(50, GROUP_SETTLES_US);
        self.groups[session].order(self.now, settles_at, frozen);
        self.wake(Actor::Shipper, settles_at);
    }

    /// Kills all in a session's cgroup, and sudo sees its command end.
    pub fn kill_group(&mut self, session: usize) {
        if self.groups[session].kill(self.now) {
            self.note(|| format!("session {session}: cgroup.kill"));
            self.wake(Actor::Command(session), self.now + 100);
            self.wake(Actor::Shipper, self.now + 100);
        }
    }
}

/// A unix socket between a plugin and the shipper: two lanes, in order, quick.
#[derive(Debug, Default)]
pub struct Socket {
    to_shipper: VecDeque<(u64, Message)>,
    to_plugin: VecDeque<(u64, Message)>,
    state: Ends,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ends {
    /// Nobody has called yet.
    #[default]
    Idle,
    Open,
    Closed,
}

impl Socket {
    pub fn open(&mut self) {
        self.state = Ends::Open;
    }

    /// What is on its way still arrives, then the other side sees the end.
    pub fn close(&mut self) {
        self.state = Ends::Closed;
    }

    pub fn is_open(&self) -> bool {
        self.state == Ends::Open
    }

    /// The next message for the shipper.
    pub fn shipper_takes(&mut self, now: u64) -> Option<Message> {
        take(&mut self.to_shipper, now)
    }

    /// The next message for the plugin.
    pub fn plugin_takes(&mut self, now: u64) -> Option<Message> {
        take(&mut self.to_plugin, now)
    }

    /// True when the shipper has read all and nothing more can come.
    pub fn ended_for_shipper(&self) -> bool {
        self.state == Ends::Closed && self.to_shipper.is_empty()
    }

    /// True when the plugin has read all and nothing more can come.
    pub fn ended_for_plugin(&self) -> bool {
        self.state == Ends::Closed && self.to_plugin.is_empty()
    }
}

fn take(lane: &mut VecDeque<(u64, Message)>, now: u64) -> Option<Message> {
    lane.front().filter(|(at, _)| *at <= now)?;
    lane.pop_front().map(|(_, message)| message)
}

const SOCKET_US: u64 = 80;
/// The kernel stops a cgroup, and lets it go on, within this time.
pub const GROUP_SETTLES_US: u64 = 8_000;
const TRACE_LINES_MAX: usize = 4_000;
