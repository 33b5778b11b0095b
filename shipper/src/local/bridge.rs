//! The one task that owns a session: moves what its machines say between plugin, server and
//! cgroup. It decides nothing itself.

use std::sync::Arc;
use std::time::Instant;

use sudolog_core::limits::{ESCAPE_SCAN, SESSIONS_PER_HOST_MAX};
use sudolog_core::session::SessionStart;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, DenyCode, Notice, NoticeKind, Opened};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::listener::{Host, refuse, reported};
use super::plugin::{Plugin, PluginError};
use super::processes::Processes;
use crate::freezer::Origin;
use crate::machine::opening::{self, Opening, Step};
use crate::machine::session::Session;
use crate::machine::traffic::{Input, Outgoing, Output};
use crate::upstream::exchange::Line;
use crate::witness::Sitting;

/// Carries a session from OPEN to its end.
pub(super) async fn run(mut plugin: Plugin, start: SessionStart, host: Arc<Host>) {
    let id = start.session_id;
    let Some(line) = host.exchange.line() else {
        let text = format!("this host has {SESSIONS_PER_HOST_MAX} sudo sessions already");
        warn!(reason = %text, "refused");
        let denied = Denied { code: DenyCode::Storage, text: text.into() };
        return refuse(&mut plugin, &denied).await;
    };
    // The kernel makes the cgroup while the server opens the session.
    let (root, watch) = (host.root.clone(), host.watch.clone());
    let sudo = i32::try_from(start.sudo_pid).unwrap_or(i32::MAX);
    let origin = Origin { sudo, terminal: start.tty.is_some(), parent: start.parent };
    let making = tokio::task::spawn_blocking(move || Processes::make(root, &watch, id, origin));
    let mut opening = Start { plugin: &mut plugin, line: &line, start: &start, making, made: None };
    let outcome = opening.open().await;
    let made = opening.processes().await;
    match (outcome, made) {
        (Some((opened, connection)), Some(processes)) => {
            info!(
                tsid = %opened.tsid, user = %start.submit_user.escaped(),
                command = %start.command.escaped(), sudo_pid = start.sudo_pid, "opened"
            );
            let keys = host.keys.clone();
            let now = Instant::now();
            let session = Session::new(now, &start, keys, connection, host.freeze_timeout);
            let grouped = processes.dir().is_some();
            let session = session.lingering_for(host.linger);
            let session = if grouped { session } else { session.ignoring_silence() };
            let sitting = host.bench.opened(&start);
            plugin.push(&Message::Opened(opened));
            let mut bridge = Bridge::new(plugin, line, processes, session, host, sitting);
            bridge.run().await;
            bridge.end();
        }
        (_, Some(processes)) => processes.remove(),
        (_, None) => {}
    }
}

/// A session that is not open yet.
struct Start<'a> {
    plugin: &'a mut Plugin,
    line: &'a Line,
    start: &'a SessionStart,
    making: JoinHandle<std::io::Result<Processes>>,
    made: Option<Processes>,
}

impl Start<'_> {
    /// Waits for server and cgroup; `None` when the session was refused or given up.
    async fn open(&mut self) -> Option<(Opened, u64)> {
        let link = self.line.link();
        let mut opening = Opening::new(Instant::now(), &link);
        let mut asked = None;
        let mut step = opening.handle(Instant::now(), opening::Input::Link(link));
        loop {
            match step {
                Step::Ready(mut opened, connection) => {
                    opened.parent = self.start.parent;
                    return Some((opened, connection));
                }
                Step::Ask(connection) => {
                    self.ask(connection);
                    asked = Some(connection);
                }
                Step::Wait => {}
                Step::Refuse(denied) => {
                    warn!(reason = %denied.text.escaped(), "refused");
                    self.abandon(asked);
                    refuse(self.plugin, &denied).await;
                    return None;
                }
            }
            match self.next(&mut opening).await {
                Ok(next) => step = next,
                Err(error) => {
                    info!(reason = %error, "given up before it was open");
                    self.abandon(asked);
                    return None;
                }
            }
        }
    }

    /// Waits for one input and handles it.
    async fn next(&mut self, opening: &mut Opening) -> Result<Step, PluginError> {
        let wake = tokio::time::sleep_until(opening.next_wake().into());
        tokio::select! {
            made = &mut self.making, if self.made.is_none() => {
                let input = match made {
                    Ok(Ok(processes)) => {
                        let dir = processes.dir();
                        self.made = Some(processes);
                        opening::Input::Group(dir)
                    }
                    Ok(Err(error)) => opening::Input::NoGroup(error.to_string()),
                    Err(error) => opening::Input::NoGroup(error.to_string()),
                };
                Ok(opening.handle(Instant::now(), input))
            }
            () = self.line.news() => Ok(self.news(opening)),
            message = self.plugin.next() => {
                match message? {
                    Message::Heartbeat(nonce) => self.plugin.push(&Message::HeartbeatAck(nonce)),
                    other => warn!(message = other.name(), "came before OPENED and is ignored"),
                }
                Ok(Step::Wait)
            }
            () = wake => Ok(opening.handle(Instant::now(), opening::Input::Tick)),
        }
    }

    fn news(&self, opening: &mut Opening) -> Step {
        let now = Instant::now();
        while let Some(message) = self.line.next_message() {
            let step = match message {
                Message::Opened(opened) => opening.handle(now, opening::Input::Opened(opened)),
                Message::Denied(denied) => opening.handle(now, opening::Input::Denied(denied)),
                _ => continue,
            };
            if step != Step::Wait {
                return step;
            }
        }
        opening.handle(now, opening::Input::Link(self.line.link()))
    }

    fn ask(&self, connection: u64) {
        let open = Message::Open(Box::new(self.start.clone()));
        self.line.send(connection, &mut vec![Outgoing::control(open)]);
    }

    /// The server may have opened the session already: it must not wait for it.
    fn abandon(&self, asked: Option<u64>) {
        if let Some(connection) = asked {
            let text = "the command was not run";
            let gone = Message::Notice(Notice::new(NoticeKind::Gone, text));
            self.line.send(connection, &mut vec![Outgoing::control(gone)]);
        }
    }

    /// The cgroup, also one that was finished after the session was given up.
    async fn processes(self) -> Option<Processes> {
        match self.made {
            Some(processes) => Some(processes),
            None => self.making.await.ok()?.ok(),
        }
    }
}

/// An open session.
struct Bridge {
    plugin: Plugin,
    /// The plugin's connection is of no more use.
    hung_up: bool,
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
    fn new(
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

    async fn run(&mut self) {
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
            self.stalled = self.session.is_full();
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
            NoticeKind::Unchecked => self.input(now, Input::Unchecked(notice)),
            _ => self.outgoing.push(Outgoing::control(Message::Notice(notice))),
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
            self.hang_up(&error.into());
            self.settle();
        }
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
