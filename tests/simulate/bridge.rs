//! One session inside the shipper: what its machines say is carried between plugin, server and
//! cgroup, as `shipper/src/local/bridge.rs` does. A lying shipper lies here.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::ack::{AckSigner, AckVerifiers, SignedAck};
use sudolog_core::limits::ESCAPE_SCAN;
use sudolog_core::session::SessionStart;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind};
use sudolog_shipper::exchange::{Exchange, Line};
use sudolog_shipper::machine::opening::{self, Opening, Step};
use sudolog_shipper::machine::session::Session;
use sudolog_shipper::machine::traffic::{GroupState, Input, Outgoing, Output};

use crate::plugin::us;
use crate::stage::{Actor, Stage};

/// How a shipper lies to its plugins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShipperLie {
    /// It lets every command run, and does not say so.
    NeverFreezes,
    /// It says that commands are frozen, and lets them run.
    FrozenInWord,
    /// It thaws whatever is frozen, at once and always, and says that it is frozen.
    AlwaysThaws,
    /// It makes acknowledgements of its own.
    Forges,
    /// It hands out acknowledgements of other sessions.
    Crosses,
    /// It repeats an old acknowledgement for ever and lets commands run.
    Replays,
    /// It answers nothing.
    Silent,
}

/// One session.
pub struct Bridge {
    number: usize,
    start: SessionStart,
    line: Line,
    at: At,
    /// When the cgroup is made.
    made_at: u64,
    asked: Option<u64>,
    group: GroupState,
    hung_up: bool,
    /// The session came to its end and is forgotten.
    pub over: bool,
    stalled: bool,
    outputs: Vec<Output>,
    outgoing: Vec<Outgoing>,
    to_plugin: Vec<Message>,
    proof: Option<SignedAck>,
    old_proof: Option<SignedAck>,
    lie: Option<ShipperLie>,
}

enum At {
    Opening(Opening),
    Open(Box<Session>),
}

impl Bridge {
    /// A session for which OPEN came.
    pub fn new(
        stage: &mut Stage,
        number: usize,
        start: SessionStart,
        exchange: &Arc<Exchange>,
        lie: Option<ShipperLie>,
    ) -> Self {
        let line = exchange.line().unwrap();
        let opening = Opening::new(stage.clock(), &line.link());
        let made_at = stage.now + stage.random.between(100, 30_000);
        stage.wake(Actor::Shipper, made_at);
        Self {
            number,
            start,
            line,
            at: At::Opening(opening),
            made_at,
            asked: None,
            group: GroupState::default(),
            hung_up: false,
            over: false,
            stalled: false,
            outputs: Vec::new(),
            outgoing: Vec::new(),
            to_plugin: Vec::new(),
            proof: None,
            old_proof: None,
            lie,
        }
    }

    /// All that is due now.
    pub fn turn(&mut self, stage: &mut Stage, keys: &Arc<AckVerifiers>, timeout: Option<Duration>) {
        if matches!(self.at, At::Opening(_)) {
            self.opening(stage, keys, timeout);
        }
        if matches!(self.at, At::Open(_)) && !self.over {
            self.read(stage);
            self.look_at_group(stage);
            self.news(stage);
            self.settle(stage);
            self.judge(stage);
        }
    }

    fn opening(&mut self, stage: &mut Stage, keys: &Arc<AckVerifiers>, timeout: Option<Duration>) {
        let At::Opening(opening) = &mut self.at else { return };
        let now = stage.clock();
        let mut inputs = vec![opening::Input::Link(self.line.link())];
        while let Some(message) = self.line.next_message() {
            match message {
                Message::Opened(opened) => inputs.push(opening::Input::Opened(opened)),
                Message::Denied(denied) => inputs.push(opening::Input::Denied(denied)),
                _ => {}
            }
        }
        if stage.now >= self.made_at {
            inputs.push(opening::Input::Group(Some("/cg".into())));
        }
        inputs.push(opening::Input::Tick);
        for input in inputs {
            match opening.handle(now, input) {
                Step::Wait => {}
                Step::Ask(connection) => {
                    let open = Message::Open(Box::new(self.start.clone()));
                    self.line.send(connection, &mut vec![Outgoing::control(open)]);
                    self.asked = Some(connection);
                }
                Step::Refuse(denied) => {
                    self.abandon();
                    stage.send_plugin(self.number, Message::Denied(denied));
                    stage.sockets[self.number].close();
                    return;
                }
                Step::Ready(opened, connection) => {
                    let keys = keys.clone();
                    let session = Session::new(now, &self.start, keys, connection, timeout);
                    stage.send_plugin(self.number, Message::Opened(opened));
                    self.at = At::Open(Box::new(session));
                    return;
                }
            }
        }
        if stage.sockets[self.number].ended_for_shipper() {
            self.abandon();
        }
    }

    /// The server may have opened the session already.
    fn abandon(&mut self) {
        if let Some(connection) = self.asked {
            let text = "the command was not run";
            let gone = Message::Notice(Notice::new(NoticeKind::Gone, text));
            self.line.send(connection, &mut vec![Outgoing::control(gone)]);
        }
        self.over = true;
    }

    /// When something is due though nothing comes.
    pub fn next_wake(&self, stage: &Stage) -> Option<u64> {
        match &self.at {
            At::Opening(opening) => Some(stage.micros(opening.next_wake())),
            At::Open(session) => {
                let wake = session.next_wake().map(|at| stage.micros(at));
                let look = session.stands_still().then_some(stage.now + us(ESCAPE_SCAN));
                wake.into_iter().chain(look).min()
            }
        }
    }

    /// True when it has ended with all that it had to tell.
    pub fn is_complete(&self) -> bool {
        matches!(&self.at, At::Open(session) if session.is_over() && !session.is_incomplete())
    }

    fn session(&mut self) -> &mut Session {
        match &mut self.at {
            At::Open(session) => session,
            At::Opening(_) => unreachable!("asked for an open session only"),
        }
    }

    fn read(&mut self, stage: &mut Stage) {
        let number = self.number;
        loop {
            self.stalled = self.session().is_full();
            if self.stalled || self.hung_up {
                return;
            }
            match stage.sockets[number].shipper_takes(stage.now) {
                Some(Message::Event(event)) => {
                    let (now, cost) = (stage.now, event.data().len() + 64);
                    stage.oracle.shipper_took(number, event.seq(), cost, now);
                    self.input(stage, Input::Event(event));
                }
                Some(Message::Close(end)) => {
                    let now = stage.now;
                    stage.oracle.shipper_took(number, end.final_seq + 1, 0, now);
                    self.input(stage, Input::Close(end));
                }
                Some(Message::Heartbeat(nonce)) => {
                    self.input(stage, Input::Heard);
                    self.to_plugin.push(Message::HeartbeatAck(nonce));
                }
                Some(Message::Notice(notice)) => match notice.kind {
                    NoticeKind::Frozen => self.input(stage, Input::Held(true)),
                    NoticeKind::Thawed => self.input(stage, Input::Held(false)),
                    _ => self.outgoing.push(Outgoing::control(Message::Notice(notice))),
                },
                Some(_) => {}
                None => break,
            }
        }
        if stage.sockets[number].ended_for_shipper() {
            self.hang_up(stage);
        }
    }

    fn hang_up(&mut self, stage: &mut Stage) {
        if !std::mem::replace(&mut self.hung_up, true) {
            self.look_at_group(stage);
            self.input(stage, Input::PluginGone);
            stage.sockets[self.number].close();
        }
    }

    fn news(&mut self, stage: &mut Stage) {
        let link = self.line.link();
        self.input(stage, Input::Link(link));
        let mail = self.line.mail();
        for (connection, message) in mail.messages {
            let current = connection == self.session().connection();
            match message {
                Message::Ack(ack) => self.input(stage, Input::Ack(ack)),
                Message::Order(order) => self.input(stage, Input::Order(order)),
                Message::Resumed(resumed) if current => self.input(stage, Input::Resumed(resumed)),
                Message::Denied(denied) if current => {
                    stage.oracle.denied(self.number);
                    self.input(stage, Input::Denied(denied));
                }
                _ => {}
            }
        }
        if let Some(ack) = mail.ack {
            self.input(stage, Input::Ack(ack));
        }
    }

    /// Lets the machine decide and does what it says, until it has nothing more to say.
    fn settle(&mut self, stage: &mut Stage) {
        loop {
            if self.stalled && !self.session().is_full() {
                self.read(stage);
            }
            let now = stage.clock();
            let mut outputs = std::mem::take(&mut self.outputs);
            self.session().poll(now, &mut outputs);
            if outputs.is_empty() {
                break;
            }
            for output in outputs {
                self.carry_out(stage, output);
            }
        }
        let connection = self.session().connection();
        self.line.send(connection, &mut self.outgoing);
        self.write(stage);
    }

    fn carry_out(&mut self, stage: &mut Stage, output: Output) {
        let (number, now) = (self.number, stage.now);
        match output {
            Output::ToServer(outgoing) => self.outgoing.push(outgoing),
            Output::ToPlugin(message) => {
                if let Message::Notice(notice) = &message {
                    stage.oracle.noticed(number, notice.kind, now);
                }
                self.to_plugin.push(message);
            }
            Output::Proof(ack) => {
                stage.oracle.shipper_proved(number, ack.seq, now);
                self.proof = Some(ack);
            }
            Output::Freeze(cause) => {
                stage.note(|| format!("session {number}: shipper freezes: {cause:?}"));
                stage.oracle.shipper_freezes(number, cause, now);
                if self.is_lax(stage) {
                    self.input(stage, Input::Group(GroupState { frozen: true, ..self.group }));
                } else {
                    stage.freeze(number, true);
                    self.look_at_group(stage);
                }
            }
            Output::Thaw => {
                stage.note(|| format!("session {number}: shipper thaws"));
                stage.oracle.shipper_thaws(number, now);
                stage.freeze(number, false);
                self.look_at_group(stage);
            }
            Output::Kill => {
                stage.oracle.shipper_kills(number, now);
                stage.kill_group(number);
                self.look_at_group(stage);
            }
            Output::Security(what) => {
                stage.note(|| format!("session {number}: SECURITY: {what}"));
                stage.oracle.security(number);
            }
        }
    }

    /// What the plugin is sent, messages first and then the newest proof.
    fn write(&mut self, stage: &mut Stage) {
        let lie = self.lie.filter(|_| stage.oracle.is_lying());
        let mut messages = std::mem::take(&mut self.to_plugin);
        if let Some(ack) = self.proof.take() {
            let ack = match lie {
                Some(ShipperLie::Forges) => {
                    let signer = AckSigner::from_seed(&[66; 32]);
                    SignedAck::sign(&signer, self.start.session_id, ack.seq, 0, ack.chain)
                }
                Some(ShipperLie::Crosses) => stage.oracle.other_proof(self.number).unwrap_or(ack),
                Some(ShipperLie::Replays) => self.old_proof.get_or_insert(ack).clone(),
                _ => ack,
            };
            stage.oracle.keep_proof(self.number, &ack);
            messages.push(Message::Ack(ack));
        }
        if lie == Some(ShipperLie::Silent) || self.hung_up {
            return;
        }
        let says_nothing = lie == Some(ShipperLie::NeverFreezes);
        for message in messages {
            let is_freeze = matches!(&message, Message::Notice(n) if n.kind == NoticeKind::Frozen);
            if !(says_nothing && is_freeze) {
                stage.send_plugin(self.number, message);
            }
        }
    }

    /// True for a shipper that lets run what it should stop.
    fn is_lax(&self, stage: &Stage) -> bool {
        use ShipperLie::{AlwaysThaws, FrozenInWord, NeverFreezes, Replays};
        let lax = [AlwaysThaws, FrozenInWord, NeverFreezes, Replays];
        stage.oracle.is_lying() && self.lie.is_some_and(|lie| lax.contains(&lie))
    }

    fn look_at_group(&mut self, stage: &mut Stage) {
        let group = &stage.groups[self.number];
        let populated = group.is_populated();
        let state = GroupState { populated, frozen: group.is_frozen(stage.now) };
        if self.is_lax(stage) {
            let frozen_again = stage.groups[self.number].is_ordered_frozen();
            if frozen_again && self.lie == Some(ShipperLie::AlwaysThaws) {
                stage.freeze(self.number, false);
            }
            let frozen = self.group.frozen;
            self.group = GroupState { frozen: true, ..state };
            if !frozen {
                self.input(stage, Input::Group(self.group));
            }
            return;
        }
        if state != self.group {
            self.group = state;
            self.input(stage, Input::Group(state));
        }
        let was_thawed = !stage.groups[self.number].is_ordered_frozen();
        if self.session().stands_still() && was_thawed {
            self.input(stage, Input::ThawedByOthers);
        }
    }

    fn input(&mut self, stage: &mut Stage, input: Input) {
        let now = stage.clock();
        let mut outputs = std::mem::take(&mut self.outputs);
        let result = self.session().handle(now, input, &mut outputs);
        self.outputs = outputs;
        result.expect("an honest plugin keeps the numbering");
    }

    fn judge(&mut self, stage: &mut Stage) {
        let (number, now) = (self.number, stage.now);
        let state = self.session().state();
        stage.oracle.shipper_decided(number, state, now);
        if self.session().is_over() {
            if self.is_complete() {
                stage.oracle.complete(number);
            }
            stage.note(|| format!("session {number}: the shipper is done with it"));
            self.over = true;
        }
    }
}
