//! A session that is not open yet: asked of the server while the kernel makes its cgroup, then handed
//! over to its [`Bridge`], or refused.

use std::sync::Arc;
use std::time::Instant;

use sudolog_core::limits::SESSIONS_PER_HOST_MAX;
use sudolog_core::session::SessionStart;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Denied, DenyCode, Opened};
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::bridge::Bridge;
use super::farewell;
use super::listener::{Host, refuse};
use super::plugin::{Plugin, PluginError};
use super::processes::Processes;
use crate::freezer::Origin;
use crate::machine::opening::{self, Opening, Step};
use crate::machine::session::Session;
use crate::machine::traffic::Outgoing;
use crate::upstream::exchange::Line;

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
    let (made, asked) = (None, None);
    let mut opening =
        Start { plugin: &mut plugin, line: &line, start: &start, making, made, asked };
    let outcome = opening.open().await;
    let asked = opening.asked.filter(|_| outcome.is_none());
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
            Bridge::new(plugin, line, processes, session, host, sitting).run().await;
        }
        (_, Some(processes)) => {
            processes.remove();
            part(plugin, &line, &start, asked).await;
        }
        (_, None) => part(plugin, &line, &start, asked).await,
    }
}

/// The plugin is let go, and the server, which may have opened the session already, must not wait for it.
async fn part(plugin: Plugin, line: &Line, start: &SessionStart, asked: Option<u64>) {
    drop(plugin);
    if let Some(connection) = asked {
        farewell::say(line, start, connection).await;
    }
}

/// A session that is not open yet.
struct Start<'a> {
    plugin: &'a mut Plugin,
    line: &'a Line,
    start: &'a SessionStart,
    making: JoinHandle<std::io::Result<Processes>>,
    made: Option<Processes>,
    /// The connection over which OPEN went.
    asked: Option<u64>,
}

impl Start<'_> {
    /// Waits for server and cgroup; `None` when the session was refused or given up.
    async fn open(&mut self) -> Option<(Opened, u64)> {
        let link = self.line.link();
        let mut opening = Opening::new(Instant::now(), &link);
        let mut step = opening.handle(Instant::now(), opening::Input::Link(link));
        loop {
            match step {
                Step::Ready(mut opened, connection) => {
                    opened.parent = self.start.parent;
                    return Some((opened, connection));
                }
                Step::Ask(connection) => {
                    self.ask(connection);
                    self.asked = Some(connection);
                }
                Step::Wait => {}
                Step::Refuse(denied) => {
                    warn!(reason = %denied.text.escaped(), "refused");
                    refuse(self.plugin, &denied).await;
                    return None;
                }
            }
            match self.next(&mut opening).await {
                Ok(next) => step = next,
                Err(error) => {
                    info!(reason = %error, "given up before it was open");
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

    fn news(&mut self, opening: &mut Opening) -> Step {
        let now = Instant::now();
        // What follows OPENED is for the session that runs: orders, and what the rules say.
        while !opening.is_opened()
            && let Some(message) = self.line.next_message()
        {
            let step = match message {
                Message::Opened(opened) => opening.handle(now, opening::Input::Opened(opened)),
                Message::Denied(denied) => {
                    // A server that refused it does not wait for it.
                    self.asked = None;
                    opening.handle(now, opening::Input::Denied(denied))
                }
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

    /// The cgroup, also one that was finished after the session was given up.
    async fn processes(self) -> Option<Processes> {
        match self.made {
            Some(processes) => Some(processes),
            None => self.making.await.ok()?.ok(),
        }
    }
}
