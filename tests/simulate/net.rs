//! The network between one host and the server: connections of two lanes each, delay, loss, cuts.
//!
//! A lane is a TCP stream: in order, and nothing is lost while both ends live; a cut path holds what
//! is on its way until the path is whole again. What a closed connection still had on its way may
//! arrive after a newer connection's first words.

use std::collections::{BTreeMap, VecDeque};

use sudolog_core::wire::Message;

use crate::random::Random;

/// All connections.
#[derive(Debug)]
pub struct Net {
    connections: BTreeMap<u64, Connection>,
    next: u64,
    /// No packet passes from host to server.
    up_cut: bool,
    /// No packet passes from server to host.
    down_cut: bool,
    /// Bounds of one way, microseconds.
    pub delay_us: (u64, u64),
}

#[derive(Debug)]
struct Connection {
    up: Lane,
    down: Lane,
}

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<(u64, Packet)>,
    last: u64,
    /// Whoever reads here has closed: nothing arrives any more.
    deaf: bool,
}

/// What arrives.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a few at a time, and none is moved much")]
pub enum Packet {
    /// A message on a stream.
    Message(u32, Message),
    /// The other side is gone.
    End,
}

impl Default for Net {
    fn default() -> Self {
        Self {
            connections: BTreeMap::new(),
            next: 1,
            up_cut: false,
            down_cut: false,
            delay_us: (100, 3_000),
        }
    }
}

impl Net {
    /// True when packets pass both ways.
    pub fn is_whole(&self) -> bool {
        !self.up_cut && !self.down_cut
    }

    /// True when packets of the server reach the host, be it in answer to old ones.
    pub fn carries_answers(&self) -> bool {
        !self.down_cut
    }

    /// A connection that both sides know.
    pub fn connect(&mut self) -> u64 {
        let number = self.next;
        self.next += 1;
        let connection = Connection { up: Lane::default(), down: Lane::default() };
        self.connections.insert(number, connection);
        number
    }

    /// Sends to the server; gives the time of arrival when the path is whole.
    pub fn send_up(
        &mut self,
        connection: u64,
        packet: Packet,
        now: u64,
        random: &mut Random,
    ) -> Option<u64> {
        let (cut, delay) = (self.up_cut, self.delay_us);
        self.connections.get_mut(&connection)?.up.send(packet, now, cut, delay, random)
    }

    /// Sends to the host; gives the time of arrival when the path is whole.
    pub fn send_down(
        &mut self,
        connection: u64,
        packet: Packet,
        now: u64,
        random: &mut Random,
    ) -> Option<u64> {
        let (cut, delay) = (self.down_cut, self.delay_us);
        self.connections.get_mut(&connection)?.down.send(packet, now, cut, delay, random)
    }

    /// What has arrived at the server over a connection.
    pub fn take_up(&mut self, connection: u64, now: u64) -> Option<Packet> {
        self.connections.get_mut(&connection)?.up.take(now)
    }

    /// What has arrived at the host.
    pub fn take_down(&mut self, connection: u64, now: u64) -> Option<Packet> {
        self.connections.get_mut(&connection)?.down.take(now)
    }

    /// Messages that wait in the host's send buffer.
    pub fn unsent_up(&self, connection: u64) -> usize {
        self.connections.get(&connection).map_or(0, |c| c.up.waiting.len())
    }

    /// All connections that the server may have to look at.
    pub fn numbers(&self) -> Vec<u64> {
        self.connections.keys().copied().collect()
    }

    /// The host lets go of a connection. What it had sent may still arrive, later than anything
    /// else; the end comes behind it.
    pub fn host_leaves(&mut self, connection: u64, now: u64, random: &mut Random) -> Option<u64> {
        let (cut, delay) = (self.up_cut, self.delay_us);
        let gone = self.connections.get_mut(&connection)?;
        gone.down.deaf = true;
        if random.chance(30) {
            gone.up.waiting.clear();
        } else if random.chance(50) {
            gone.up.postpone(now, random.between(1_000, 1_500_000));
        }
        gone.up.send(Packet::End, now, cut, delay, random)
    }

    /// The server lets go of a connection.
    pub fn server_leaves(&mut self, connection: u64, now: u64, random: &mut Random) -> Option<u64> {
        let (cut, delay) = (self.down_cut, self.delay_us);
        let gone = self.connections.get_mut(&connection)?;
        gone.up.waiting.clear();
        gone.up.deaf = true;
        gone.down.send(Packet::End, now, cut, delay, random)
    }

    /// Something on the way ends every connection.
    pub fn reset(&mut self, now: u64) {
        for connection in self.connections.values_mut() {
            for lane in [&mut connection.up, &mut connection.down] {
                lane.waiting.clear();
                lane.waiting.push_back((now, Packet::End));
                lane.last = now;
            }
        }
    }

    /// Cuts one direction or both.
    pub fn cut(&mut self, up: bool, down: bool, now: u64) {
        self.up_cut |= up;
        self.down_cut |= down;
        for connection in self.connections.values_mut() {
            if up {
                connection.up.hold(now);
            }
            if down {
                connection.down.hold(now);
            }
        }
    }

    /// Both directions are whole again: what was held is sent once more, sooner or later.
    pub fn heal(&mut self, now: u64, random: &mut Random) -> u64 {
        (self.up_cut, self.down_cut) = (false, false);
        let mut last = now;
        for connection in self.connections.values_mut() {
            for lane in [&mut connection.up, &mut connection.down] {
                last = last.max(lane.release(now + random.between(1_000, RETRANSMIT_US)));
            }
        }
        last
    }

    /// Forgets connections on which nothing can happen any more.
    pub fn sweep(&mut self) {
        self.connections.retain(|_, c| !(c.up.is_dead() && c.down.is_dead()));
    }
}

impl Lane {
    fn send(
        &mut self,
        packet: Packet,
        now: u64,
        cut: bool,
        delay: (u64, u64),
        random: &mut Random,
    ) -> Option<u64> {
        if self.deaf {
            return None;
        }
        let at = if cut { HELD } else { now + random.between(delay.0, delay.1) };
        self.last = at.max(self.last);
        self.waiting.push_back((self.last, packet));
        (self.last < HELD).then_some(self.last)
    }

    fn take(&mut self, now: u64) -> Option<Packet> {
        if self.deaf {
            self.waiting.clear();
        }
        self.waiting.front().filter(|(at, _)| *at <= now)?;
        let packet = self.waiting.pop_front().map(|(_, packet)| packet);
        self.deaf |= matches!(packet, Some(Packet::End));
        packet
    }

    fn hold(&mut self, now: u64) {
        self.waiting.iter_mut().filter(|(at, _)| *at > now).for_each(|(at, _)| *at = HELD);
        self.last = self.waiting.back().map_or(now, |(at, _)| *at);
    }

    fn release(&mut self, at: u64) -> u64 {
        self.waiting.iter_mut().filter(|(held, _)| *held == HELD).for_each(|(held, _)| *held = at);
        self.last = self.waiting.back().map_or(0, |(at, _)| *at);
        self.last
    }

    fn postpone(&mut self, now: u64, by: u64) {
        let late = self.waiting.iter_mut().filter(|(at, _)| *at > now && *at < HELD);
        late.for_each(|(at, _)| *at += by);
        self.last = self.waiting.back().map_or(0, |(at, _)| *at);
    }

    fn is_dead(&self) -> bool {
        self.deaf
    }
}

const HELD: u64 = u64::MAX;
/// TCP tries again within this time after a short cut.
const RETRANSMIT_US: u64 = 400_000;
