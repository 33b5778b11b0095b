//! The server's process: its connections, its sessions' machines, its journal.
//!
//! The rules are the real ones ([`Machine`], the journal's writer and its recovery); here is only
//! what carries words between them, as `ingest/connection.rs` and `ingest/committer.rs` do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sudolog_core::ack::{AckSigner, Chain, SignedAck};
use sudolog_core::session::{SessionId, SessionStart, Tsid};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    Denied, DenyCode, NoticeKind, Opened, Order, OrderKind, Resume, Resumed,
};
use sudolog_server::journal::writer::Committed;
use sudolog_server::journal::{Entry, Record, Writer};
use sudolog_server::sessions::{Machine, PeerError};

use crate::disk::{self, Mood, Platter};
use crate::net::Packet;
use crate::stage::{Actor, Stage};

/// How a server lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerLie {
    /// It signs another chain than it was sent.
    WrongChain,
    /// It signs what it signed before, again and again.
    GoesBack,
    /// It signs with a key of its own.
    ForeignKey,
    /// It answers heartbeats and signs nothing.
    Mute,
    /// It comes back with an old disk.
    OldDisk,
}

/// The process and what it has on disk.
#[derive(Debug)]
pub struct Server {
    pub disk: Platter,
    signer: Arc<AckSigner>,
    memory: Memory,
    /// How long a sync takes, bounds in microseconds.
    pub sync_us: (u64, u64),
    pub lie: Option<ServerLie>,
    old_disk: Option<Platter>,
}

/// What a crash takes.
#[derive(Debug, Default)]
struct Memory {
    writer: Option<Writer<Platter>>,
    sessions: BTreeMap<SessionId, Hand>,
    /// Sessions by connection and stream.
    streams: BTreeMap<(u64, u32), SessionId>,
    known: BTreeSet<u64>,
    queue: Vec<Entry>,
    /// A batch at the disk, and when it is done.
    batch: Option<(u64, Vec<Entry>)>,
    /// Segments below these numbers go when the recordings are synced, then.
    releases: Vec<(u64, u64)>,
    last_tsid: u32,
}

/// One session in hand.
#[derive(Debug)]
struct Hand {
    tsid: Tsid,
    start: SessionStart,
    machine: Machine,
    outlet: Option<(u64, u32)>,
    last_ack: Option<SignedAck>,
}

impl Server {
    pub fn new(signer: Arc<AckSigner>) -> Self {
        let mut server = Self {
            disk: Platter::default(),
            signer,
            memory: Memory::default(),
            sync_us: (200, 4_000),
            lie: None,
            old_disk: None,
        };
        assert!(server.begin(None));
        server
    }

    /// Starts the process on what is on the disk; false when it crashed again at once.
    pub fn begin(&mut self, dies_at: Option<usize>) -> bool {
        if let (Some(ServerLie::OldDisk), Some(old)) = (self.lie, self.old_disk.take()) {
            self.disk = old;
        }
        let Some(found) = self.disk.recover(dies_at) else { return false };
        self.memory =
            Memory { writer: Some(found.writer), last_tsid: found.last_tsid, ..Memory::default() };
        for (start, tail) in found.open {
            let id = start.session_id;
            let ack = SignedAck::sign(&self.signer, id, tail.at.seq, 0, tail.at.chain);
            let hand = Hand {
                tsid: tail.tsid,
                machine: Machine::recovered(&tail.at),
                start,
                outlet: None,
                last_ack: Some(ack),
            };
            self.memory.sessions.insert(id, hand);
        }
        true
    }

    /// The process is gone. A batch that was on its way to the disk may be there, unsynced.
    pub fn crash(&mut self, stage: &mut Stage, with_power: bool) {
        let mut memory = std::mem::take(&mut self.memory);
        if let (Some(writer), Some((_, batch))) = (&mut memory.writer, memory.batch)
            && self.disk.mood() == Mood::Well
            && stage.random.chance(70)
        {
            // After the sync and before the signature, or before the sync.
            let mood = if stage.random.chance(50) { Mood::Well } else { Mood::Dying };
            self.disk.set_mood(mood);
            let _ = writer.commit(&batch);
            self.disk.set_mood(Mood::Well);
        }
        if with_power {
            self.disk.lose_power(&mut stage.random);
        }
    }

    /// A sync that takes long is over now.
    pub fn hurry(&mut self, now: u64) {
        self.sync_us = (200, 4_000);
        if let Some((at, _)) = &mut self.memory.batch {
            *at = now;
        }
    }

    /// Remembers the disk as it is, to come back with.
    pub fn keep_disk(&mut self) {
        self.old_disk = Some(self.disk.copy());
    }

    /// An operator's order to the session of that id; false when nobody is there to hear it.
    pub fn order(&self, stage: &mut Stage, session: SessionId, kind: OrderKind) -> bool {
        let Some(hand) = self.memory.sessions.get(&session) else { return false };
        let order = Order { kind, who: "olga".into(), why: "seen".into() };
        send(stage, hand.outlet, Message::Order(order));
        hand.outlet.is_some()
    }

    /// All that is due now.
    pub fn turn(&mut self, stage: &mut Stage) {
        let mut numbers = stage.net.numbers();
        stage.random.shuffle(&mut numbers);
        for connection in numbers {
            self.memory.known.insert(connection);
            while let Some(packet) = stage.net.take_up(connection, stage.now) {
                match packet {
                    Packet::Message(stream, message) => {
                        self.take(stage, connection, stream, message);
                    }
                    Packet::End => self.leave(stage, connection),
                }
            }
        }
        self.commit(stage);
        let due = |(at, _): &mut (u64, u64)| *at <= stage.now;
        for (_, number) in self.memory.releases.extract_if(.., due) {
            self.disk.release_below(number);
        }
    }

    fn take(&mut self, stage: &mut Stage, connection: u64, stream: u32, message: Message) {
        match message {
            Message::Heartbeat(nonce) => {
                send(stage, Some((connection, stream)), Message::HeartbeatAck(nonce));
            }
            Message::Open(start) => self.open(stage, connection, stream, *start),
            Message::Resume(resume) => self.resume(stage, connection, stream, &resume),
            Message::Event(_) | Message::Close(_) => {
                self.step(stage, connection, stream, message);
            }
            Message::Notice(notice) if notice.kind == NoticeKind::Gone => {
                let Some(id) = self.memory.streams.remove(&(connection, stream)) else { return };
                let Some(hand) = self.memory.sessions.get_mut(&id) else { return };
                if hand.outlet == Some((connection, stream))
                    && let Some(record) = hand.machine.give_up("sudo went away")
                {
                    self.memory.queue.push(Entry { session: id, record });
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, stage: &mut Stage, connection: u64, stream: u32, start: SessionStart) {
        let id = start.session_id;
        if self.disk.mood() != Mood::Well || self.memory.sessions.contains_key(&id) {
            return deny(stage, connection, stream, DenyCode::Storage, "not now");
        }
        self.memory.last_tsid += 1;
        let tsid = disk::tsid(self.memory.last_tsid);
        let machine = Machine::new(Chain::start(&start));
        let outlet = Some((connection, stream));
        let record = Record::Open { tsid, start: Box::new(start.clone()) };
        let hand = Hand { tsid, start, machine, outlet, last_ack: None };
        self.memory.sessions.insert(id, hand);
        self.memory.streams.insert((connection, stream), id);
        self.memory.queue.push(Entry { session: id, record });
    }

    fn step(&mut self, stage: &mut Stage, connection: u64, stream: u32, message: Message) {
        let Some(id) = self.memory.streams.get(&(connection, stream)).copied() else { return };
        let Some(hand) = self.memory.sessions.get_mut(&id) else { return };
        if hand.outlet != Some((connection, stream)) {
            self.memory.streams.remove(&(connection, stream));
            return;
        }
        let done = match message {
            Message::Event(event) => hand.machine.event(event),
            Message::Close(end) => hand.machine.close(end),
            _ => return,
        };
        match done {
            Ok(record) => {
                if matches!(record, Some(Record::Close { .. })) {
                    self.memory.streams.remove(&(connection, stream));
                }
                self.memory.queue.extend(record.map(|record| Entry { session: id, record }));
            }
            Err(error) => {
                self.memory.streams.remove(&(connection, stream));
                hand.outlet = None;
                refuse(stage, connection, stream, &error);
            }
        }
    }

    fn resume(&mut self, stage: &mut Stage, connection: u64, stream: u32, resume: &Resume) {
        let outlet = Some((connection, stream));
        let Some(hand) = self.memory.sessions.get_mut(&resume.session_id) else {
            return self.resume_stored(stage, connection, stream, resume);
        };
        match hand.machine.resume(resume) {
            Ok(next_seq) => {
                let id = resume.session_id;
                let ack = hand.last_ack.get_or_insert_with(|| {
                    SignedAck::sign(&self.signer, id, 0, 0, Chain::start(&hand.start))
                });
                let ack = ack.clone();
                hand.outlet = outlet;
                self.memory.streams.insert((connection, stream), id);
                send(stage, outlet, Message::Resumed(Resumed { next_seq }));
                self.sign(stage, outlet, id, ack);
            }
            Err(error) => refuse(stage, connection, stream, &error),
        }
    }

    fn resume_stored(&self, stage: &mut Stage, connection: u64, stream: u32, resume: &Resume) {
        let iolog = self.disk.iolog(resume.session_id);
        let Some((at, end)) = iolog.and_then(|log| Some((*log.position(), log.how()?.clone())))
        else {
            return deny(stage, connection, stream, DenyCode::Session, "no such session");
        };
        let next_seq = end.final_seq + 2;
        let chain = at.chain.end(&end);
        let ack = SignedAck::sign(&self.signer, resume.session_id, end.final_seq + 1, 0, chain);
        stage.oracle.signed(resume.session_id, ack.seq);
        send(stage, Some((connection, stream)), Message::Resumed(Resumed { next_seq }));
        send(stage, Some((connection, stream)), Message::Ack(ack));
    }

    fn leave(&mut self, stage: &mut Stage, connection: u64) {
        for hand in self.memory.sessions.values_mut() {
            hand.outlet = hand.outlet.filter(|(at, _)| *at != connection);
        }
        self.memory.streams.retain(|(at, _), _| *at != connection);
        let (now, random) = (stage.now, &mut stage.random);
        stage.net.server_leaves(connection, now, random);
    }

    /// The journal's thread: one sync for all that waits, then the signatures.
    fn commit(&mut self, stage: &mut Stage) {
        if let Some((at, batch)) = self.memory.batch.take() {
            if stage.now < at {
                self.memory.batch = Some((at, batch));
                return;
            }
            let Some(writer) = &mut self.memory.writer else { return };
            match writer.commit(&batch) {
                Ok(committed) => self.acknowledge(stage, batch, committed),
                Err(_) => {
                    let again = stage.now + RETRY_PAUSE_US;
                    self.memory.batch = Some((again, batch));
                    stage.wake(Actor::Server, again);
                    return;
                }
            }
        }
        if !self.memory.queue.is_empty() {
            let done = stage.now + stage.random.between(self.sync_us.0, self.sync_us.1);
            self.memory.batch = Some((done, std::mem::take(&mut self.memory.queue)));
            stage.wake(Actor::Server, done);
        }
    }

    fn acknowledge(&mut self, stage: &mut Stage, batch: Vec<Entry>, committed: Committed) {
        if let Committed::Rotated(number) = committed {
            let at = stage.now + stage.random.between(1_000, 2_000_000);
            self.memory.releases.push((at, number));
            stage.wake(Actor::Server, at);
        }
        let mut proven: BTreeMap<SessionId, (u64, Chain)> = BTreeMap::new();
        for Entry { session, record } in batch {
            match &record {
                Record::Open { tsid, .. } => {
                    let outlet = self.memory.sessions.get(&session).and_then(|hand| hand.outlet);
                    let tsid = *tsid;
                    let opened = Opened {
                        session_id: session,
                        tsid,
                        cgroup: None,
                        parent: None,
                        wait: false,
                    };
                    send(stage, outlet, Message::Opened(opened));
                }
                Record::Event { event, chain } => {
                    proven.insert(session, (event.seq(), *chain));
                }
                Record::Close { end, chain } => {
                    proven.insert(session, (end.final_seq + 1, *chain));
                }
                Record::Gone { .. } | Record::Carry(_) | Record::Incident(_) => {}
            }
            self.disk.record(session, &record);
            if let (Record::Close { .. } | Record::Gone { .. }, Some(hand)) =
                (&record, self.memory.sessions.get(&session))
            {
                stage.note(|| format!("server: {} is over", hand.tsid));
            }
        }
        for (id, (seq, chain)) in proven {
            let ack = SignedAck::sign(&self.signer, id, seq, 0, chain);
            if let Some(hand) = self.memory.sessions.get_mut(&id) {
                hand.last_ack = Some(ack.clone());
                let outlet = hand.outlet;
                self.sign(stage, outlet, id, ack);
            }
        }
        self.memory.sessions.retain(|id, _| !self.disk.is_over(*id));
    }

    /// Sends an acknowledgement, or what a liar sends in its place.
    fn sign(&self, stage: &mut Stage, outlet: Option<(u64, u32)>, id: SessionId, ack: SignedAck) {
        let again = |signer: &AckSigner, seq, chain| SignedAck::sign(signer, id, seq, 0, chain);
        let ack = match self.lie.filter(|_| stage.oracle.is_lying()) {
            None | Some(ServerLie::OldDisk) => {
                stage.oracle.signed(id, ack.seq);
                ack
            }
            Some(ServerLie::Mute) => return,
            Some(ServerLie::WrongChain) => again(&self.signer, ack.seq, Chain::from_bytes([7; 32])),
            Some(ServerLie::GoesBack) => {
                let hand = self.memory.sessions.get(&id);
                let Some(hand) = hand else { return };
                again(&self.signer, 0, Chain::start(&hand.start))
            }
            Some(ServerLie::ForeignKey) => {
                again(&AckSigner::from_seed(&[9; 32]), ack.seq, ack.chain)
            }
        };
        send(stage, outlet, Message::Ack(ack));
    }
}

fn send(stage: &mut Stage, outlet: Option<(u64, u32)>, message: Message) {
    let Some((connection, stream)) = outlet else { return };
    let (now, random) = (stage.now, &mut stage.random);
    let packet = Packet::Message(stream, message);
    if let Some(at) = stage.net.send_down(connection, packet, now, random) {
        stage.wake(Actor::Shipper, at);
    }
}

fn deny(stage: &mut Stage, connection: u64, stream: u32, code: DenyCode, text: &str) {
    let denied = Denied { code, text: text.into() };
    send(stage, Some((connection, stream)), Message::Denied(denied));
}

fn refuse(stage: &mut Stage, connection: u64, stream: u32, error: &PeerError) {
    stage.note(|| format!("server: {error}"));
    deny(stage, connection, stream, DenyCode::Session, &error.to_string());
}

const RETRY_PAUSE_US: u64 = 100_000;
