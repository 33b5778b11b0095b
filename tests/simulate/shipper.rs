//! The shipper's process: the link to the server and a bridge for each session.
//!
//! The rules are the real ones ([`Pulse`], [`retry_pause`], [`Exchange`] and what the bridges turn);
//! here is only what carries words between them, as `shipper/src/upstream/client.rs` does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::ack::AckVerifiers;
use sudolog_core::limits::{HANDSHAKE_DEADLINE, LINK_WRITE_BYTES, RECONNECT_IDLE};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::Welcome;
use sudolog_shipper::exchange::Exchange;
use sudolog_shipper::machine::link::{Beat, Pulse, retry_pause};
use sudolog_shipper::machine::traffic::Outgoing;

use crate::bridge::{Bridge, ShipperLie};
use crate::net::Packet;
use crate::plugin::us;
use crate::stage::{Actor, Process, Stage};

/// The process.
pub struct Shipper {
    exchange: Arc<Exchange>,
    keys: Arc<AckVerifiers>,
    upstream: Upstream,
    bridges: BTreeMap<usize, Bridge>,
    freeze_timeout: Option<Duration>,
    pub lie: Option<ShipperLie>,
}

enum Upstream {
    Connecting {
        /// Tries in flight: when each began and when it is answered at the earliest.
        tries: Vec<(u64, u64)>,
        next_try: u64,
        failures: u32,
    },
    Up {
        connection: u64,
        number: u64,
        pulse: Pulse,
    },
}

impl Shipper {
    pub fn new(
        stage: &Stage,
        keys: Arc<AckVerifiers>,
        freeze_timeout: Option<Duration>,
        lie: Option<ShipperLie>,
    ) -> Self {
        Self {
            exchange: Exchange::new(stage.clock(), "not yet".into()),
            keys,
            upstream: connecting(stage.now),
            bridges: BTreeMap::new(),
            freeze_timeout,
            lie,
        }
    }

    /// The process is gone: sockets and connection close.
    pub fn crash(&mut self, stage: &mut Stage) {
        for socket in &mut stage.sockets {
            if socket.is_open() {
                socket.close();
            }
        }
        for session in 0..stage.sockets.len() {
            stage.oracle.excuse(session, "the shipper was killed");
            stage.wake(Actor::Plugin(session), stage.now + 100);
        }
        if let Upstream::Up { connection, .. } = self.upstream {
            hang_up(stage, connection);
        }
        self.bridges.clear();
    }

    /// All that is due now.
    pub fn turn(&mut self, stage: &mut Stage) {
        // After a pause the watch over the link may be looked at before what arrived meanwhile.
        if stage.random.chance(50) {
            self.beat(stage);
        }
        self.receive(stage);
        self.beat(stage);
        self.connect(stage);
        self.listen(stage);
        let mut sessions: Vec<usize> = self.bridges.keys().copied().collect();
        stage.random.shuffle(&mut sessions);
        let (keys, timeout) = (self.keys.clone(), self.freeze_timeout);
        for session in sessions {
            if let Some(bridge) = self.bridges.get_mut(&session) {
                bridge.turn(stage, &keys, timeout);
            }
        }
        self.bridges.retain(|_, bridge| !bridge.over);
        self.send(stage);
        self.set_alarm(stage);
    }

    fn listen(&mut self, stage: &mut Stage) {
        for session in 0..stage.sockets.len() {
            while !self.bridges.contains_key(&session)
                && let Some(message) = stage.sockets[session].shipper_takes(stage.now)
            {
                match message {
                    Message::Hello(_) => {
                        stage.send_plugin(session, Message::Welcome(welcome()));
                    }
                    Message::Open(start) => {
                        let bridge = Bridge::new(stage, session, *start, &self.exchange, self.lie);
                        self.bridges.insert(session, bridge);
                    }
                    _ => {}
                }
            }
        }
    }

    fn receive(&mut self, stage: &mut Stage) {
        let Upstream::Up { connection, number, pulse } = &mut self.upstream else { return };
        let (connection, number) = (*connection, *number);
        let mut arrived = Vec::new();
        let mut ended = None;
        while let Some(packet) = stage.net.take_down(connection, stage.now) {
            match packet {
                Packet::Message(_, Message::HeartbeatAck(nonce)) => {
                    let before = pulse.heard_at();
                    pulse.hear(stage.clock(), nonce);
                    if pulse.heard_at() != before {
                        let now = stage.now;
                        stage.oracle.server_heard(now);
                    }
                }
                Packet::Message(stream, message) => arrived.push((stream, message)),
                Packet::End => ended = Some(pulse.heard_at()),
            }
        }
        self.exchange.deliver(number, &mut arrived);
        if let Some(heard_at) = ended {
            self.lose(stage, connection, heard_at, "closed");
        }
    }

    fn beat(&mut self, stage: &mut Stage) {
        let Upstream::Up { connection, pulse, .. } = &mut self.upstream else { return };
        let (connection, heard_at) = (*connection, pulse.heard_at());
        match pulse.poll(stage.clock()) {
            Some(Beat::Send(nonce)) => put(stage, connection, 0, Message::Heartbeat(nonce)),
            Some(Beat::Dead) => self.lose(stage, connection, heard_at, "no heartbeat"),
            None => {}
        }
    }

    fn lose(
        &mut self,
        stage: &mut Stage,
        connection: u64,
        heard_at: std::time::Instant,
        why: &str,
    ) {
        stage.note(|| format!("shipper: connection {connection} is lost: {why}"));
        hang_up(stage, connection);
        self.exchange.link_down(stage.clock(), heard_at, why.into());
        self.upstream = connecting(stage.now);
    }

    fn connect(&mut self, stage: &mut Stage) {
        let Upstream::Connecting { tries, next_try, failures } = &mut self.upstream else {
            return;
        };
        let now = stage.now;
        if now >= *next_try {
            if tries.len() >= TRIES_MAX {
                tries.remove(0);
            }
            let round = 2 * stage.random.between(stage.net.delay_us.0, stage.net.delay_us.1);
            tries.push((now, now + 3 * round + 1_000));
            let pause = if self.exchange.has_lines() {
                retry_pause(*failures, (stage.random.next() % 256) as u8)
            } else {
                RECONNECT_IDLE
            };
            *next_try = now + us(pause);
        }
        let (whole, server) = (stage.net.is_whole(), stage.server);
        let mut refused = 0;
        // Packets of a handshake that a cut took are sent again too late to matter.
        tries.retain(|(began, ready)| match server {
            _ if now >= began + us(HANDSHAKE_DEADLINE) => {
                refused += 1;
                false
            }
            _ if !whole => now < *ready,
            Process::Dead => {
                refused += u32::from(now >= *ready);
                now < *ready
            }
            _ => true,
        });
        for _ in 0..refused {
            *failures = self.exchange.link_failed("refused".into());
        }
        if whole && server.runs() && tries.iter().any(|(_, ready)| now >= *ready) {
            let connection = stage.net.connect();
            let number = self.exchange.link_up();
            stage.oracle.server_heard(now);
            stage.note(|| format!("shipper: connection {connection} stands"));
            self.upstream = Upstream::Up { connection, number, pulse: Pulse::new(stage.clock()) };
            self.beat(stage);
        }
    }

    fn send(&mut self, stage: &mut Stage) {
        let Upstream::Up { connection, .. } = self.upstream else { return };
        let mut batch = Vec::new();
        // With a cut path the kernel's buffer fills, and the rest waits here.
        while stage.net.unsent_up(connection) < SEND_BUFFER_MESSAGES {
            self.exchange.take(LINK_WRITE_BYTES, &mut batch);
            if batch.is_empty() {
                break;
            }
            for (stream, outgoing) in batch.drain(..) {
                let message = match outgoing {
                    Outgoing::Event(event) => Message::Event(event),
                    Outgoing::Control(message) => *message,
                };
                put(stage, connection, stream, message);
            }
        }
    }

    fn set_alarm(&self, stage: &mut Stage) {
        let upstream = match &self.upstream {
            Upstream::Up { connection, pulse, .. } => {
                let wake = stage.micros(pulse.next_wake());
                let full = stage.net.unsent_up(*connection) >= SEND_BUFFER_MESSAGES;
                if full { wake.min(stage.now + 5_000) } else { wake }
            }
            Upstream::Connecting { tries, next_try, .. } => {
                let ready = tries.iter().map(|(_, ready)| *ready).filter(|at| *at > stage.now);
                ready.chain([*next_try]).min().unwrap_or(*next_try)
            }
        };
        let sessions = self.bridges.values().filter_map(|bridge| bridge.next_wake(stage)).min();
        let at = sessions.map_or(upstream, |at| at.min(upstream));
        stage.wake(Actor::Shipper, at.max(stage.now + 1));
    }
}

fn connecting(now: u64) -> Upstream {
    Upstream::Connecting { tries: Vec::new(), next_try: now, failures: 0 }
}

fn put(stage: &mut Stage, connection: u64, stream: u32, message: Message) {
    let (now, random) = (stage.now, &mut stage.random);
    let packet = Packet::Message(stream, message);
    if let Some(at) = stage.net.send_up(connection, packet, now, random) {
        stage.wake(Actor::Server, at);
    }
}

fn hang_up(stage: &mut Stage, connection: u64) {
    let (now, random) = (stage.now, &mut stage.random);
    if let Some(at) = stage.net.host_leaves(connection, now, random) {
        stage.wake(Actor::Server, at);
    }
}

fn welcome() -> Welcome {
    Welcome {
        protocol: 1,
        server_id: "shipper".into(),
        server_time: Default::default(),
        ack_key_ids: Vec::new(),
        role: None,
    }
}

/// As many tries in flight as the real one allows.
const TRIES_MAX: usize = 8;
const SEND_BUFFER_MESSAGES: usize = 200;
