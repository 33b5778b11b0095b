//! One sudo: its window, its debt and its vigil, and the thread that turns them.
//!
//! The rules are the real ones ([`Window`], [`Debt`], [`Vigil`]); here is only what carries words
//! between them, as `plugin/src/recorder.rs` and `plugin/src/pump.rs` do.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sudolog_core::ack::{AckVerifiers, Debt, Window};
use sudolog_core::limits::{
    CLOSE_DEADLINE, CLOSE_FROZEN_WAIT, FROZEN_EXTRA_BYTES, START_DEADLINE, TERMINATE_GRACE,
};
use sudolog_core::session::{EndReason, Event, EventKind, SessionEnd, SessionStart};
use sudolog_core::vigil::{Act, Facts, Vigil};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Hello, Notice, NoticeKind};

use crate::stage::{Actor, Stage};

/// One sudo.
#[derive(Debug)]
pub struct Plugin {
    number: usize,
    pub start: SessionStart,
    keys: Arc<AckVerifiers>,
    pub phase: Phase,
    pub window: Window,
    debt: Debt,
    vigil: Option<Vigil>,
    last_us: u64,
    broken: bool,
    frozen: bool,
    end_reason: Option<EndReason>,
    /// SIGTERM is on its way to the command.
    pub term_sent: bool,
    /// Since when sudo is stopped.
    stopped_at: Option<u64>,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// sudo was not called yet.
    Waiting,
    /// `open` waits until then.
    Opening(u64),
    /// The command runs, or stands still.
    Running,
    /// The command is over; proof is waited for until then.
    Closing(u64),
    /// Nothing can be recorded; what is left is killed then.
    GivenUp(u64),
    /// sudo has gone.
    Over,
}

impl Plugin {
    pub fn new(number: usize, start: SessionStart, keys: Arc<AckVerifiers>) -> Self {
        Self {
            number,
            window: Window::new(&start),
            start,
            keys,
            phase: Phase::Waiting,
            debt: Debt::default(),
            vigil: None,
            last_us: 0,
            broken: false,
            frozen: false,
            end_reason: None,
            term_sent: false,
            stopped_at: None,
        }
    }

    /// All that is due now.
    pub fn turn(&mut self, stage: &mut Stage) {
        match self.phase {
            Phase::Waiting => self.call(stage),
            Phase::Opening(deadline) => self.open(stage, deadline),
            Phase::Running | Phase::Closing(_) => self.pump(stage),
            Phase::GivenUp(kill_at) if stage.now >= kill_at => {
                stage.kill_group(self.number);
                self.leave(stage);
            }
            Phase::GivenUp(_) | Phase::Over => {}
        }
    }

    /// SIGKILL.
    pub fn die(&mut self, stage: &mut Stage) {
        if self.phase != Phase::Waiting && self.phase != Phase::Over {
            stage.oracle.excuse(self.number, "sudo was killed");
            self.leave(stage);
        }
    }

    /// SIGSTOP.
    pub fn stop(&mut self, now: u64) {
        self.stopped_at.get_or_insert(now);
    }

    /// SIGCONT.
    pub fn go_on(&mut self, stage: &mut Stage) {
        if let Some(at) = self.stopped_at.take() {
            let now = stage.now;
            stage.oracle.slept(self.number, now - at, now);
            stage.wake(Actor::Plugin(self.number), now);
            stage.wake(Actor::Command(self.number), now);
        }
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped_at.is_some()
    }

    /// True when an event can be recorded now.
    pub fn has_room(&self) -> bool {
        let extra = if self.frozen { FROZEN_EXTRA_BYTES } else { 0 };
        !self.broken && !self.window.is_full_beyond(extra)
    }

    /// Records an event for which there is room.
    pub fn record(&mut self, stage: &mut Stage, kind: EventKind, data: Bytes) {
        let (seq, _) = self.window.head();
        let delay = (stage.now - self.last_us) * 1000;
        let event = Event::new(seq + 1, delay, kind, data).unwrap();
        self.window.push(event.clone()).unwrap();
        self.debt.owe(event.seq(), stage.clock());
        self.last_us = stage.now;
        let now = stage.now;
        stage.oracle.recorded(self.number, &event, now, self.window.bytes());
        stage.send_shipper(self.number, Message::Event(event));
        stage.wake(Actor::Plugin(self.number), now);
    }

    /// The command is over: sudo calls `close`.
    pub fn close(&mut self, stage: &mut Stage, exit_value: Option<i32>) {
        if self.phase != Phase::Running {
            if matches!(self.phase, Phase::GivenUp(_)) {
                self.leave(stage);
            }
            return;
        }
        let end = SessionEnd {
            final_seq: self.window.head().0,
            run_time_ns: stage.now * 1000,
            exit_value,
            signal: exit_value.is_none().then(|| "TERM".into()),
            dumped_core: false,
            error: None,
            reason: self.end_reason.clone().unwrap_or_default(),
        };
        self.window.push_end(end.clone()).unwrap();
        let now = stage.now;
        stage.oracle.closed(self.number, &end, now);
        stage.send_shipper(self.number, Message::Close(end));
        let wait = if self.frozen { CLOSE_FROZEN_WAIT } else { CLOSE_DEADLINE };
        self.phase = Phase::Closing(now + us(wait));
        stage.wake(Actor::Plugin(self.number), now);
        stage.wake(Actor::Plugin(self.number), now + us(wait));
    }

    fn call(&mut self, stage: &mut Stage) {
        stage.sockets[self.number].open();
        let hello =
            Hello { protocol: 1, version: "0".into(), host: None, boot_id: None, instance: None };
        stage.send_shipper(self.number, Message::Hello(hello));
        stage.send_shipper(self.number, Message::Open(Box::new(self.start.clone())));
        let deadline = stage.now + us(START_DEADLINE);
        self.phase = Phase::Opening(deadline);
        stage.wake(Actor::Plugin(self.number), deadline);
    }

    fn open(&mut self, stage: &mut Stage, deadline: u64) {
        while let Some(message) = stage.sockets[self.number].plugin_takes(stage.now) {
            match message {
                Message::Opened(_) => {
                    stage.groups[self.number].populate();
                    let (now, id) = (stage.now, self.start.session_id);
                    stage.oracle.opened(self.number, id, now);
                    stage.note(|| format!("session {}: opened", self.number));
                    self.vigil = Some(Vigil::new(stage.clock()));
                    self.last_us = now;
                    self.phase = Phase::Running;
                    stage.wake(Actor::Command(self.number), now);
                    return self.pump(stage);
                }
                Message::Denied(denied) => {
                    stage.note(|| format!("session {}: {}", self.number, denied.text.escaped()));
                    return self.leave(stage);
                }
                _ => {}
            }
        }
        if stage.now >= deadline || stage.sockets[self.number].ended_for_plugin() {
            self.leave(stage);
        }
    }

    /// One round of the recording thread.
    fn pump(&mut self, stage: &mut Stage) {
        // After a pause it may look around before it reads.
        let looked = if stage.random.chance(10) { self.watch(stage) } else { Ok(()) };
        let done = looked.and_then(|()| self.receive(stage)).and_then(|()| self.watch(stage));
        if let Err(why) = done {
            return self.give_up(stage, &why);
        }
        if let Phase::Closing(by) = self.phase
            && (self.window.is_complete() || stage.now >= by)
        {
            return self.leave(stage);
        }
        let patience = self.vigil.as_ref().unwrap().patience(stage.clock());
        // A poll never takes less than it can measure.
        stage.wake(Actor::Plugin(self.number), stage.now + us(patience).max(1_000));
    }

    fn receive(&mut self, stage: &mut Stage) -> Result<(), String> {
        while let Some(message) = stage.sockets[self.number].plugin_takes(stage.now) {
            let now = stage.clock();
            self.vigil.as_mut().unwrap().hear(now);
            stage.oracle.plugin_heard(self.number, stage.now);
            self.take(stage, message)?;
        }
        if stage.sockets[self.number].ended_for_plugin() {
            return Err("the connection to the shipper is lost".into());
        }
        Ok(())
    }

    fn take(&mut self, stage: &mut Stage, message: Message) -> Result<(), String> {
        match message {
            Message::Ack(ack) => match self.window.acknowledge(&ack, &self.keys) {
                Ok(proof) => {
                    self.debt.pay(proof.seq(), stage.clock());
                    stage.oracle.proven(self.number, proof.seq(), stage.now);
                    if self.window.is_complete() {
                        stage.oracle.complete(self.number);
                    }
                }
                Err(error) => {
                    stage.oracle.excuse_lie(self.number);
                    self.notice(stage, NoticeKind::BadAck);
                    return Err(error.to_string());
                }
            },
            Message::Denied(denied) => return Err(denied.text.escaped().to_string()),
            Message::Notice(notice) => self.noticed(stage, notice.kind),
            _ => {}
        }
        Ok(())
    }

    fn noticed(&mut self, stage: &mut Stage, kind: NoticeKind) {
        stage.note(|| format!("session {}: plugin is told {kind:?}", self.number));
        match kind {
            NoticeKind::Frozen => self.vigil.as_mut().unwrap().told(true),
            NoticeKind::Thawed => self.vigil.as_mut().unwrap().told(false),
            NoticeKind::FreezeTimeout | NoticeKind::Terminating => self.terminate(stage),
            _ => {}
        }
    }

    fn watch(&mut self, stage: &mut Stage) -> Result<(), String> {
        let (now, group) = (stage.now, &stage.groups[self.number]);
        let vigil = self.vigil.as_mut().unwrap();
        let still = !group.is_populated() || group.is_frozen(now);
        let facts = Facts {
            debt_since: self.debt.since(),
            head: self.window.head().0,
            acked: self.window.acked().0,
            still: !vigil.is_frozen() || still,
            born: true,
        };
        for act in vigil.turn(stage.clock(), &facts) {
            if !matches!(act, Act::Beat(_)) {
                stage.note(|| format!("session {}: plugin: {act:?} {facts:?}", self.number));
            }
            match act {
                Act::Beat(nonce) => stage.send_shipper(self.number, Message::Heartbeat(nonce)),
                Act::Hold(cause) => {
                    stage.freeze(self.number, true);
                    stage.oracle.held(self.number, cause, now);
                    self.notice(stage, NoticeKind::Frozen);
                }
                Act::Refreeze => stage.freeze(self.number, true),
                Act::Release => self.notice(stage, NoticeKind::Thawed),
                Act::End(cause) => {
                    stage.oracle.ended_by_plugin(self.number, cause, now);
                    return Err(cause.text().to_owned());
                }
            }
        }
        self.tell_user(now);
        Ok(())
    }

    fn tell_user(&mut self, now: u64) {
        let frozen = self.vigil.as_ref().is_some_and(Vigil::is_frozen);
        if !std::mem::replace(&mut self.frozen, frozen)
            && frozen
            && let Phase::Closing(by) = &mut self.phase
        {
            *by = (*by).min(now + us(CLOSE_FROZEN_WAIT));
        }
    }

    fn notice(&self, stage: &mut Stage, kind: NoticeKind) {
        stage.send_shipper(self.number, Message::Notice(Notice::new(kind, "by the plugin")));
    }

    /// sudo gets SIGTERM and passes it on.
    fn terminate(&mut self, stage: &mut Stage) {
        self.term_sent = true;
        stage.wake(Actor::Command(self.number), stage.now + 1_000);
    }

    fn give_up(&mut self, stage: &mut Stage, why: &str) {
        stage.note(|| format!("session {}: given up: {why}", self.number));
        self.broken = true;
        if self.window.is_complete() || matches!(self.phase, Phase::Closing(_)) {
            return self.leave(stage);
        }
        let now = stage.now;
        stage.oracle.given_up(self.number, why, now);
        self.terminate(stage);
        if self.vigil.as_ref().is_some_and(Vigil::is_frozen) {
            stage.kill_group(self.number);
            return self.leave(stage);
        }
        self.phase = Phase::GivenUp(now + us(TERMINATE_GRACE));
        stage.wake(Actor::Plugin(self.number), now + us(TERMINATE_GRACE));
    }

    fn leave(&mut self, stage: &mut Stage) {
        self.phase = Phase::Over;
        stage.sockets[self.number].close();
        stage.wake(Actor::Shipper, stage.now + 100);
    }
}

/// A duration as the simulation counts.
pub fn us(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap()
}
