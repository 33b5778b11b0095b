//! The recording thread: sends what waits, takes what comes, checks every proof, and watches over the
//! session ([`vigil`](sudolog_core::vigil)).

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Buf as _, BytesMut};
use sudolog_core::limits::{CLOSE_FROZEN_WAIT, PLUGIN_POLL, TERMINATE_GRACE};
use sudolog_core::session::EndReason;
use sudolog_core::vigil::{Act, Facts, Vigil};
use sudolog_core::wire::message::{Notice, NoticeKind, Order, OrderKind};
use sudolog_core::wire::{Deframer, Message};

use crate::descendants::{descendants, foreground_group, parent};
use crate::shared::{Key, Shared};
use crate::transport::Connection;
use crate::{birth, sys, terminal};

/// The connection's two directions, driven by one thread at a time.
pub(crate) struct Pump {
    socket: UnixStream,
    deframer: Deframer,
    shared: Arc<Shared>,
    /// Taken from the shared state, on its way into the socket.
    sending: BytesMut,
    vigil: Vigil,
    /// Why the session stands still, as the user is told.
    why: String,
    /// Who ordered that it goes on, and why, until it does.
    thaw_order: Option<String>,
    /// Until when stops that were typed before a suspension are discarded.
    unstop_until: Option<Instant>,
}

impl Pump {
    pub(crate) fn new(connection: Connection, shared: Arc<Shared>) -> io::Result<Self> {
        let Connection { socket, deframer, .. } = connection;
        socket.set_nonblocking(true)?;
        let vigil = Vigil::new(Instant::now());
        let (sending, why) = (BytesMut::new(), String::new());
        let (thaw_order, unstop_until) = (None, None);
        Ok(Self { socket, deframer, shared, sending, vigil, why, thaw_order, unstop_until })
    }

    /// The thread's life: until the session is done or cannot go on.
    pub(crate) fn run(mut self) {
        self.vigil = Vigil::new(Instant::now());
        while !self.shared.lock().done {
            let mut patience = self.vigil.patience(Instant::now());
            if self.unstop_until.is_some() {
                patience = patience.min(UNSTOP / 10);
            }
            if let Err(why) = self.watch().and_then(|()| self.turn(patience)) {
                self.give_up(why);
                return;
            }
        }
    }

    /// Without a thread: sends and takes until the end is proven or the deadline has passed.
    pub(crate) fn settle(&mut self, deadline: Instant) {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let state = self.shared.lock();
            if left.is_zero() || state.window.is_complete() || state.broken.is_some() {
                return;
            }
            drop(state);
            if let Err(why) = self.turn(left) {
                self.shared.lock().broken = Some(why);
            }
        }
    }

    /// Looks whether the session may go on as it does.
    fn watch(&mut self) -> Result<(), String> {
        let facts = {
            let state = self.shared.lock();
            Facts {
                debt_since: state.debt.since(),
                head: state.window.head().0,
                acked: state.window.acked().0,
                still: !self.vigil.is_frozen() || self.shared.cgroup.is_still(),
                // What has ended has been born, wherever.
                born: state.closing || birth::happened(),
            }
        };
        for act in self.vigil.turn(Instant::now(), &facts) {
            match act {
                Act::Beat(nonce) => self.push(&Message::Heartbeat(nonce)),
                Act::Hold(cause) => {
                    self.freeze()?;
                    cause.text().clone_into(&mut self.why);
                    self.notice(NoticeKind::Frozen, cause.text());
                }
                Act::Refreeze => self.freeze()?,
                Act::Release => self.notice(NoticeKind::Thawed, "proof has come"),
                Act::End(cause) => {
                    return Err(format!("sudolog: {}; the command is ended", cause.text()));
                }
            }
        }
        self.tell_user();
        self.obey_keys()
    }

    fn freeze(&self) -> Result<(), String> {
        self.shared
            .cgroup
            .freeze()
            .map_err(|e| format!("sudolog: the command cannot be stopped: {e}"))
    }

    /// Lets sudo's thread and the user know when the session begins or ceases to stand still.
    fn tell_user(&mut self) {
        let frozen = self.vigil.is_frozen();
        let mut state = self.shared.lock();
        if std::mem::replace(&mut state.frozen, frozen) == frozen {
            return;
        }
        if frozen {
            // A close that waits for proof need not wait long any more.
            let soon = Instant::now() + CLOSE_FROZEN_WAIT;
            state.close_by = state.close_by.map(|at| at.min(soon));
        }
        let over = state.closing;
        drop(state);
        self.shared.notify();
        match frozen {
            _ if over => {}
            true => self.say_frozen(),
            false => self.say_thawed(),
        }
    }

    fn say_thawed(&mut self) {
        let text = match self.thaw_order.take() {
            Some(order) => format!("sudolog: the command goes on: {order}"),
            None => "sudolog: the recording is proven again, the command goes on.".to_owned(),
        };
        terminal::relieve(&text);
        self.redraw();
    }

    /// The lines that told of it stand in the picture of a full-screen program, which draws it anew when
    /// its window may have changed.
    fn redraw(&self) {
        self.in_foreground().into_iter().for_each(sys::tell_of_window);
    }

    /// One line of less than 80 columns for every usual cause, and one for what can be done.
    fn say_frozen(&self) {
        terminal::warn(&format!(
            "sudolog: FROZEN: {}; keys wait.\r\nsudolog: Ctrl+C ends the command, Ctrl+Z gives the shell back.",
            self.why
        ));
    }

    /// What the user typed into a frozen session and cannot wait for its thaw.
    fn obey_keys(&mut self) -> Result<(), String> {
        let key = self.shared.lock().key.take();
        match key {
            Some(Key::Interrupt) => {
                terminal::warn("sudolog: ended by Ctrl+C while frozen.");
                let killed = self.shared.cgroup.kill();
                killed.map_err(|e| format!("sudolog: the command cannot be ended: {e}"))?;
            }
            Some(Key::Continued) => {
                self.unstop_until = Some(Instant::now() + UNSTOP);
                if self.vigil.is_frozen() {
                    self.say_frozen();
                }
            }
            None => {}
        }
        if let Some(until) = self.unstop_until {
            self.discard_stops();
            self.unstop_until = Some(until).filter(|until| Instant::now() < *until);
        }
        Ok(())
    }

    /// The Ctrl+Z that suspended sudo goes on to the frozen command, when sudo continues and comes
    /// round to passing it on; it must not stop the command once more after the thaw.
    fn discard_stops(&self) {
        self.in_foreground().into_iter().for_each(sys::discard_stop);
    }

    /// The process groups that the session's terminals belong to now.
    fn in_foreground(&self) -> Vec<i32> {
        let processes = self.shared.cgroup.processes();
        let mut groups: Vec<i32> = processes.into_iter().filter_map(foreground_group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// One round: waits at most `limit` for something to do, and does it.
    fn turn(&mut self, limit: Duration) -> Result<(), String> {
        self.send()?;
        let (readable, _) =
            sys::poll(&self.socket, &self.shared.wake, !self.sending.is_empty(), limit)
                .map_err(|e| format!("sudolog: poll: {e}"))?;
        if readable { self.receive() } else { Ok(()) }
    }

    /// Writes until nothing waits any more or the socket is full.
    pub(crate) fn send(&mut self) -> Result<(), String> {
        loop {
            if self.sending.is_empty() {
                self.sending.clear();
                std::mem::swap(&mut self.sending, &mut self.shared.lock().out);
                if self.sending.is_empty() {
                    return Ok(());
                }
            }
            match self.socket.write(&self.sending) {
                Ok(count) => self.sending.advance(count),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(lost(&e.to_string())),
            }
        }
    }

    fn receive(&mut self) -> Result<(), String> {
        let mut buffer = [0; 16 * 1024];
        match self.socket.read(&mut buffer) {
            Ok(0) => return Err(lost("it ended")),
            Ok(count) => self.deframer.push(buffer.get(..count).unwrap_or_default()),
            Err(e)
                if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) =>
            {
                return Ok(());
            }
            Err(e) => return Err(lost(&e.to_string())),
        }
        self.vigil.hear(Instant::now());
        while let Some(frame) = self.deframer.next_frame().map_err(|e| lost(&e.to_string()))? {
            let message = Message::decode(frame).map_err(|e| lost(&e.to_string()))?;
            self.take(message)?;
        }
        self.shared.notify();
        Ok(())
    }

    fn take(&mut self, message: Message) -> Result<(), String> {
        match message {
            Message::Ack(ack) => {
                let proven = self.shared.lock().prove(&ack, &self.shared.keys);
                if let Err(error) = proven {
                    self.notice(NoticeKind::BadAck, &error.to_string());
                    let _ = self.send();
                    return Err(format!("sudolog: the recording is not proven: {error}"));
                }
            }
            Message::Denied(denied) => {
                return Err(format!(
                    "sudolog: the log server ended the session: {}",
                    denied.text.escaped()
                ));
            }
            Message::Notice(notice) => self.noticed(&notice),
            Message::Order(order) if order.kind == OrderKind::Message => {
                terminal::say(&format!(
                    "sudolog: {} writes: {}",
                    order.who.escaped(),
                    order.why.escaped()
                ));
            }
            Message::Order(order) if order.kind == OrderKind::Thaw => self.goes_on(&order),
            Message::Order(order) if order.kind == OrderKind::Freeze => {
                self.thaw_order = None;
                self.shared.lock().ordered = true;
            }
            Message::Checked(checked) => {
                let mut state = self.shared.lock();
                state.waits = checked.wait;
                state.checked = checked.seq.max(state.checked);
                if let Some(rule) = checked.rule {
                    state.forbidden = Some((checked.seq, rule.escaped().to_string()));
                }
            }
            // Other orders are carried out by the shipper, whose notices tell what it does. Newer
            // messages are for newer plugins.
            _ => {}
        }
        Ok(())
    }

    /// The last order is said again over each new connection, and is no news then.
    fn goes_on(&mut self, order: &Order) {
        if std::mem::take(&mut self.shared.lock().ordered) {
            let (who, why) = (order.who.escaped(), order.why.escaped());
            self.thaw_order = Some(format!("{who} ordered it: {why}"));
        }
    }

    fn noticed(&mut self, notice: &Notice) {
        let text = notice.text.escaped();
        match notice.kind {
            NoticeKind::Frozen => {
                self.why = text.to_string();
                self.vigil.told(true);
            }
            NoticeKind::Thawed => self.vigil.told(false),
            NoticeKind::FreezeTimeout => self.end(EndReason::FREEZE_TIMEOUT, &text.to_string()),
            NoticeKind::Terminating => self.end(EndReason::TERMINATED, &text.to_string()),
            _ => {}
        }
    }

    /// The shipper ends the session: the command is asked to, and killed a little later.
    fn end(&self, reason: &'static str, text: &str) {
        self.shared.lock().end_reason = EndReason::new(reason);
        self.ask_to_end();
        terminal::warn(&format!("sudolog: the command is ended: {text}"));
    }

    fn notice(&self, kind: NoticeKind, text: &str) {
        self.push(&Message::Notice(Notice::new(kind, text)));
    }

    /// Puts a message behind what waits to be sent.
    fn push(&self, message: &Message) {
        message.encode(0, &mut self.shared.lock().out);
    }

    /// Nothing can be recorded any more: the command ends, first asked, then killed; one that stands
    /// still cannot be asked. Words come last, because a terminal may be slow.
    fn give_up(self, why: String) {
        let over = {
            let mut state = self.shared.lock();
            let over = state.done || state.window.is_complete();
            state.broken = Some(why.clone());
            over
        };
        self.shared.notify();
        if over {
            return;
        }
        self.ask_to_end();
        let mut deadline = Instant::now();
        if self.vigil.is_frozen() {
            let _ = self.shared.cgroup.kill();
        } else {
            deadline += TERMINATE_GRACE;
        }
        self.shared.lock().said = terminal::warn(&why);
        while Instant::now() < deadline && !self.shared.lock().done {
            std::thread::sleep(PLUGIN_POLL);
        }
        if self.shared.lock().done {
            return;
        }
        let _ = self.shared.cgroup.kill();
        self.outside_too().into_iter().for_each(|pid| sys::signal(pid, libc::SIGKILL));
    }

    /// What comes from sudo and may not be in the cgroup, since it never came there or has left it. The
    /// monitor of a command that did come there stays: it tells sudo how that ended.
    fn outside_too(&self) -> Vec<i32> {
        let all = own_descendants();
        let own = i32::try_from(std::process::id()).unwrap_or(i32::MAX);
        let is_whole = self.shared.cgroup.is_absent() || !birth::happened();
        let spared = !is_whole && self.shared.on_terminal;
        all.into_iter().filter(|pid| !(spared && parent(*pid) == Some(own))).collect()
    }

    /// Asks the command to end, through sudo. Without a terminal sudo and the command are one process
    /// group, and sudo passes nothing on that comes from its own group.
    fn ask_to_end(&self) {
        sys::terminate_sudo();
        if !self.shared.on_terminal {
            own_descendants().into_iter().for_each(|pid| sys::signal(pid, libc::SIGTERM));
        }
    }
}

/// sudo comes round within microseconds, unless the machine is very busy.
const UNSTOP: Duration = Duration::from_millis(300);

fn own_descendants() -> Vec<i32> {
    descendants(i32::try_from(std::process::id()).unwrap_or(i32::MAX))
}

fn lost(what: &str) -> String {
    format!(
        "sudolog: the connection to sudolog-shipper is lost ({what}); the command is ended because it is not recorded"
    )
}
