//! The one task that owns an open session: moves what its machine says between plugin, server and
//! cgroup. It decides nothing itself.

use std::sync::Arc;
use std::time::Instant;

use sudolog_core::limits::ESCAPE_SCAN;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Notice, NoticeKind};
use tracing::{info, warn};

use super::listener::{Host, reported};
use super::plugin::{Plugin, PluginError};
use super::processes::Processes;
use crate::machine::session::Session;
use crate::machine::traffic::{Input, Outgoing, Output};
use crate::upstream::exchange::Line;
use crate::witness::Sitting;

/// An open session.
pub(super) struct Bridge {
    plugin: Plugin,
    /// The plugin's connection is of no more use.
    hung_up: bool,
    /// It is read to its end, whether there is room or not.
    drains: bool,
    host: Arc<Host>,
    /// Its place among those that are compared with what the kernel saw.
    sitting: Sitting,
    /// Frames were left in the buffer because the window was full.
    stalled: bool,
    line: Line,
    processes: Processes,
    session: Session,
    outputs: Vec<Output>,
    outgoing: Vec<Outgoing>,
    /// The cgroup was last ordered to stand still.
    ordered: bool,
    /// When to look at it again while it should.
    look_at: Option<Instant>,
}

impl Bridge {
    pub(super) fn new(
        plugin: Plugin,
        line: Line,
        processes: Processes,
        session: Session,
        host: Arc<Host>,
        sitting: Sitting,
    ) -> Self {
        Self {
            plugin,
            hung_up: false,
            drains: false,
            host,
            sitting,
            stalled: false,
            line,
            processes,
            session,
            outputs: Vec::new(),
            outgoing: Vec::new(),
            ordered: false,
            look_at: None,
        }
    }

    /// Carries it to its end.
    pub(super) async fn run(mut self) {
        self.news();
        self.settle();
        while !self.session.is_over() {
            let look_at = self.look_at.filter(|_| self.session.stands_still());
            let wake = self.session.next_wake().into_iter().chain(look_at).min();
            let wake = wake.map(tokio::time::Instant::from_std);
            let wake = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let here = !self.hung_up;
            tokio::select! {
                _ = self.plugin.readable(), if here && !self.session.is_full() => self.read(),
                _ = self.plugin.writable(), if here && self.plugin.has_output() => {}
                () = self.line.news() => self.news(),
                escape = self.processes.changed() => match escape {
                    Some(text) => self.input(Instant::now(), Input::Escape(text)),
                    None => self.look_at_group(),
                },
                // What has come counts before what is due: the whole shipper may have stood still.
                () = wake => {
                    if here && !self.session.is_full() {
                        self.read();
                    }
                    if look_at.is_some_and(|at| Instant::now() >= at) {
                        self.look_at_group();
                    }
                }
            }
            self.settle();
        }
        self.end();
    }

    fn end(self) {
        if self.session.is_incomplete() {
            warn!("SECURITY: sudo went away without an end: the recording is INCOMPLETE");
        } else {
            info!("complete");
        }
        self.processes.remove();
    }

    fn read(&mut self) {
        match self.plugin.read() {
            Ok(()) => self.take(),
            Err(error) => self.hang_up(&error),
        }
    }

    /// Handles the messages that were read, as far as the window has room.
    fn take(&mut self) {
        let now = Instant::now();
        loop {
            self.stalled = self.session.is_full() && !self.drains;
            if self.stalled || self.hung_up {
                return;
            }
            match self.plugin.take() {
                Ok(Some(Message::Event(event))) => self.input(now, Input::Event(event)),
                Ok(Some(Message::Close(end))) => self.input(now, Input::Close(end)),
                Ok(Some(Message::Heartbeat(nonce))) => {
                    self.input(now, Input::Heard);
                    self.plugin.push(&Message::HeartbeatAck(nonce));
                }
                Ok(Some(Message::Audit(event))) => reported(&self.host.exchange, *event),
                Ok(Some(Message::Notice(notice))) => self.noticed(now, notice),
                Ok(Some(other)) => {
                    warn!(message = other.name(), "a plugin may not send this in a session");
                    self.hang_up(&PluginError::Gone);
                }
                Ok(None) => return,
                Err(error) => self.hang_up(&error),
            }
        }
    }

    /// What the plugin did or saw; the server hears of a freeze from the machine.
    fn noticed(&mut self, now: Instant, notice: Notice) {
        match notice.kind {
            NoticeKind::Frozen => {
                warn!(why = %notice.text.escaped(), "SECURITY: the plugin froze the session itself");
                self.input(now, Input::Held(true));
            }
            NoticeKind::Thawed => self.input(now, Input::Held(false)),
            _ => self.input(now, Input::Noticed(notice)),
        }
    }

    fn news(&mut self) {
        let now = Instant::now();
        self.input(now, Input::Link(self.line.link()));
        let mail = self.line.mail();
        for (connection, message) in mail.messages {
            let current = connection == self.session.connection();
            match message {
                Message::Ack(ack) => self.input(now, Input::Ack(ack)),
                Message::Order(order) => self.input(now, Input::Order(order)),
                Message::Checked(checked) => self.plugin.push(&Message::Checked(checked)),
                Message::Resumed(resumed) if current => self.input(now, Input::Resumed(resumed)),
                Message::Denied(denied) if current => {
                    warn!(reason = %denied.text.escaped(), "the server does not go on");
                    self.input(now, Input::Denied(denied));
                }
                _ => {}
            }
        }
        if let Some(ack) = mail.ack {
            self.input(now, Input::Ack(ack));
        }
    }

    /// Lets the machine decide and does what it says, until it has nothing more to say.
    fn settle(&mut self) {
        loop {
            if self.stalled && !self.session.is_full() {
                self.take();
            }
            self.session.poll(Instant::now(), &mut self.outputs);
            if self.outputs.is_empty() {
                break;
            }
            self.carry_out();
        }
        self.line.send(self.session.connection(), &mut self.outgoing);
        if !self.hung_up
            && self.plugin.has_output()
            && let Err(error) = self.plugin.write()
        {
            self.drain(&error.into());
            self.settle();
        }
    }

    /// sudo has gone and does not hear any more; what it said before lies in the socket still. That is as
    /// much as a socket holds, so it is taken without waiting for room.
    fn drain(&mut self, error: &PluginError) {
        self.drains = true;
        self.take();
        while !self.hung_up && self.plugin.drain() {
            self.take();
        }
        self.hang_up(error);
    }

    fn carry_out(&mut self) {
        let mut outputs = std::mem::take(&mut self.outputs);
        for output in outputs.drain(..) {
            match output {
                Output::ToServer(outgoing) => self.outgoing.push(outgoing),
                Output::ToPlugin(message) => self.plugin.push(&message),
                Output::Proof(ack) => self.plugin.prove(ack),
                Output::Freeze(cause) => {
                    warn!(?cause, "freezing");
                    self.freeze(true);
                }
                Output::Thaw => {
                    info!("thawing");
                    self.freeze(false);
                }
                Output::Kill => {
                    // Why it ends comes before its end.
                    if !self.hung_up
                        && let Err(error) = self.plugin.write()
                    {
                        warn!(%error, "the plugin cannot be told of the end");
                    }
                    warn!("killing what is left of the session");
                    self.processes.kill();
                    self.look_at_group();
                }
                Output::Security(what) => warn!("SECURITY: {what}"),
            }
        }
        // Keeps the room that was made, for the next batch.
        outputs.append(&mut self.outputs);
        self.outputs = outputs;
    }

    fn freeze(&mut self, frozen: bool) {
        self.processes.freeze(frozen);
        self.ordered = frozen;
        self.look_at_group();
    }

    fn look_at_group(&mut self) {
        let state = self.processes.state();
        let now = Instant::now();
        self.input(now, Input::Group(state));
        // While it should stand still the order is looked at itself: with a process in it that cannot
        // stand still nothing else would ever tell.
        self.look_at = Some(now + ESCAPE_SCAN);
        if self.session.stands_still() && self.ordered && self.processes.was_thawed() {
            self.input(now, Input::ThawedByOthers);
        }
    }

    fn hang_up(&mut self, error: &PluginError) {
        if self.hung_up {
            return;
        }
        self.hung_up = true;
        self.sitting.end();
        match error {
            PluginError::Gone => {}
            error => warn!(%error, "the plugin's connection failed"),
        }
        self.look_at_group();
        self.input(Instant::now(), Input::PluginGone);
        self.plugin.hang_up();
    }

    fn input(&mut self, now: Instant, input: Input) {
        if let Err(error) = self.session.handle(now, input, &mut self.outputs) {
            warn!(%error, "a plugin breaks the numbering of events");
            self.hang_up(&PluginError::Gone);
        }
    }
}
