//! Judges: counts by itself what was recorded, proven and promised, and compares.
//!
//! It sees what passes between the machines and never asks them what they think. A broken promise is
//! a panic; the seed's runner says how to see it again.

use std::collections::{BTreeMap, VecDeque};

use sudolog_core::ack::SignedAck;
use sudolog_core::limits::{
    ACK_DEBT, ESCAPE_SCAN, EVENT_DATA_BYTES_MAX, FROZEN_EXTRA_BYTES, LINK_DEAD, PLUGIN_POLL,
    REFREEZE_AFTER, SHIPPER_SILENT, SHIPPER_SILENT_KILL, TERMINATE_GRACE, UNACKED_BYTES_MAX,
};
use sudolog_core::session::{Event, SessionEnd, SessionId};
use sudolog_core::vigil::Cause;
use sudolog_core::wire::message::NoticeKind;
use sudolog_shipper::machine::decision::FreezeCause;
use sudolog_shipper::machine::session::State;

use crate::plugin::us;
use crate::stage::{GROUP_SETTLES_US, Process};

/// Everything that was seen.
#[derive(Debug)]
pub struct Oracle {
    pub sessions: Vec<Seen>,
    numbers: BTreeMap<SessionId, usize>,
    /// When the shipper last heard the server.
    heard_at: u64,
    /// Since when somebody lies, and whether it is the shipper.
    lie: Option<(u64, bool)>,
    /// Since when no word can come from the server.
    deaf_since: Option<u64>,
    /// The longest way of a packet so far.
    delay_max_us: u64,
}

/// One session.
#[derive(Debug, Default)]
pub struct Seen {
    pub id: Option<SessionId>,
    pub events: Vec<Event>,
    pub end: Option<SessionEnd>,
    /// What the plugin has valid proof of; `final seq + 1` is the end.
    pub proven: u64,
    /// What an honest server has signed.
    signed: u64,
    /// Plugin or shipper say that the recording is complete.
    pub is_complete: bool,
    /// Why it was ended before its time, when there is a good reason.
    pub excuse: Option<&'static str>,
    /// The plugin, or the shipper, ended it.
    pub was_ended: Option<String>,
    plugin_heard_at: u64,
    plugin_debt: Debts,
    shipper_debt: Debts,
    proved_at: Option<u64>,
    /// When the shipper was last seen without proof while the session was frozen.
    lapsed_at: Option<u64>,
    terminating_since: Option<u64>,
    shipper_bytes: VecDeque<(u64, usize)>,
    pub was_security: bool,
    pub was_held: bool,
    pub is_frozen: bool,
    last_proof: Option<SignedAck>,
    pub last_progress: u64,
    /// When somebody else thawed it.
    thawed_at: Option<u64>,
    /// An operator froze it.
    pub is_ordered: bool,
}

/// Since when proof is owed, counted anew.
#[derive(Debug, Default)]
struct Debts {
    owed: VecDeque<(u64, u64)>,
    paid_at: u64,
}

impl Debts {
    fn owe(&mut self, seq: u64, now: u64) {
        self.owed.push_back((seq, now));
    }

    fn pay(&mut self, seq: u64, now: u64) {
        while self.owed.front().is_some_and(|(owed, _)| *owed <= seq) {
            self.owed.pop_front();
            self.paid_at = now;
        }
    }

    fn since(&self) -> Option<u64> {
        self.owed.front().map(|(_, at)| self.paid_at.max(*at))
    }
}

impl Oracle {
    pub fn new(sessions: usize) -> Self {
        Self {
            sessions: (0..sessions).map(|_| Seen::default()).collect(),
            numbers: BTreeMap::new(),
            heard_at: 0,
            lie: None,
            deaf_since: None,
            delay_max_us: 0,
        }
    }

    /// From now on somebody lies.
    pub fn lies(&mut self, now: u64, is_shipper: bool) {
        self.lie = Some((now, is_shipper));
    }

    pub fn is_lying(&self) -> bool {
        self.lie.is_some()
    }

    pub fn excuse(&mut self, session: usize, why: &'static str) {
        self.sessions[session].excuse.get_or_insert(why);
    }

    pub fn excuse_lie(&mut self, session: usize) {
        assert!(self.is_lying(), "session {session}: honest proof is refused by the plugin");
        self.excuse(session, "a lie was seen");
    }

    pub fn opened(&mut self, session: usize, id: SessionId, now: u64) {
        self.numbers.insert(id, session);
        let seen = &mut self.sessions[session];
        seen.id = Some(id);
        seen.plugin_heard_at = now;
    }

    /// The command makes output. May it?
    pub fn progress(&mut self, session: usize, now: u64, shipper: Process) {
        let settles = GROUP_SETTLES_US + 2_000;
        // Whoever is thawed by a stranger is frozen again by the shipper, or else by the plugin.
        // One that comes before the last freeze was complete is seen at the next look.
        let fought = if shipper.runs() {
            settles + us(ESCAPE_SCAN)
        } else {
            us(REFREEZE_AFTER + PLUGIN_POLL)
        };
        let poll = us(PLUGIN_POLL);
        let is_shipper_lying = self.lie.is_some_and(|(_, is_shipper)| is_shipper);
        let seen = &mut self.sessions[session];
        seen.last_progress = now;
        let silent = seen.plugin_heard_at + us(SHIPPER_SILENT) + poll + settles;
        // A shipper that always thaws is fought until the session is ended.
        let was_thawed = seen.thawed_at.is_some_and(|at| now <= at + fought + settles);
        let is_fought = is_shipper_lying || was_thawed;
        let fight = if is_fought { us(SHIPPER_SILENT_KILL) } else { 0 };
        assert!(
            now <= silent + fight,
            "session {session} runs {} ms after its plugin last heard the shipper",
            (now - seen.plugin_heard_at) / 1000
        );
        if let Some(since) = seen.plugin_debt.since() {
            let limit = since + us(ACK_DEBT) + 500_000 + poll + settles + fight;
            assert!(now <= limit, "session {session} runs {} ms in debt", (now - since) / 1000);
        }
        if let Some(since) = seen.terminating_since {
            let limit = since + us(TERMINATE_GRACE) + settles;
            assert!(now <= limit, "session {session} runs long after its end was ordered");
            return;
        }
        let Process::Runs(runs_since) = shipper else { return };
        if is_shipper_lying || seen.thawed_at.is_some_and(|at| now <= at + fought + settles) {
            return;
        }
        if let Some(since) = self.deaf_since.filter(|since| runs_since < *since) {
            let limit = since + us(LINK_DEAD) + self.delay_max_us + settles;
            assert!(now <= limit, "session {session} runs {} ms after a cut", (now - since) / 1000);
        }
        let dead = self.heard_at + us(LINK_DEAD);
        assert!(
            now <= dead.max(runs_since) + settles,
            "session {session} runs {} ms after the server was last heard",
            (now - self.heard_at) / 1000
        );
        if let Some(since) = seen.shipper_debt.since() {
            let limit = (since + us(ACK_DEBT)).max(runs_since) + settles;
            assert!(now <= limit, "session {session}: the shipper lets it run in debt");
        }
    }

    pub fn recorded(&mut self, session: usize, event: &Event, now: u64, window_bytes: usize) {
        let seen = &mut self.sessions[session];
        seen.events.push(event.clone());
        seen.plugin_debt.owe(event.seq(), now);
        let limit = UNACKED_BYTES_MAX + FROZEN_EXTRA_BYTES + EVENT_DATA_BYTES_MAX + 64;
        assert!(window_bytes <= limit, "session {session}: {window_bytes} bytes in the window");
    }

    pub fn closed(&mut self, session: usize, end: &SessionEnd, _now: u64) {
        self.sessions[session].end = Some(end.clone());
    }

    /// Somebody who has no say in it thaws the session.
    pub fn thawed(&mut self, session: usize, now: u64) {
        self.sessions[session].thawed_at = Some(now);
    }

    /// Whether words of the server can reach the host, and how long they take.
    pub fn path(&mut self, is_open: bool, delay_us: u64, now: u64) {
        self.delay_max_us = self.delay_max_us.max(delay_us);
        self.deaf_since = if is_open { None } else { self.deaf_since.or(Some(now)) };
    }

    /// sudo itself stood still for so long.
    pub fn slept(&mut self, session: usize, slept_us: u64, now: u64) {
        let seen = &mut self.sessions[session];
        seen.plugin_heard_at = now.min(seen.plugin_heard_at + slept_us);
    }

    pub fn plugin_heard(&mut self, session: usize, now: u64) {
        self.sessions[session].plugin_heard_at = now;
    }

    /// An honest server signed up to there.
    pub fn signed(&mut self, id: SessionId, seq: u64) {
        if let Some(number) = self.numbers.get(&id) {
            let seen = &mut self.sessions[*number];
            seen.signed = seen.signed.max(seq);
        }
    }

    /// The plugin took this as proof.
    pub fn proven(&mut self, session: usize, seq: u64, now: u64) {
        let seen = &mut self.sessions[session];
        assert!(seq <= seen.signed, "session {session}: {seq} is no proof, only {}", seen.signed);
        assert!(seq >= seen.proven, "session {session}: proof goes back to {seq}");
        seen.proven = seq;
        seen.plugin_debt.pay(seq, now);
    }

    /// Plugin or shipper say that the end is proven.
    pub fn complete(&mut self, session: usize) {
        let seen = &mut self.sessions[session];
        let last = seen.end.as_ref().map(|end| end.final_seq + 1);
        assert!(last == Some(seen.signed), "session {session} is complete, but not its end");
        seen.is_complete = true;
    }

    pub fn held(&mut self, session: usize, _cause: Cause, _now: u64) {
        self.sessions[session].was_held = true;
    }

    pub fn ended_by_plugin(&mut self, session: usize, cause: Cause, _now: u64) {
        self.sessions[session].was_ended.get_or_insert(format!("{cause:?}"));
    }

    pub fn given_up(&mut self, session: usize, why: &str, _now: u64) {
        self.sessions[session].was_ended.get_or_insert(why.to_owned());
    }

    pub fn server_heard(&mut self, now: u64) {
        self.heard_at = now;
    }

    /// The shipper read an event or the end.
    pub fn shipper_took(&mut self, session: usize, seq: u64, bytes: usize, now: u64) {
        let seen = &mut self.sessions[session];
        seen.shipper_debt.owe(seq, now);
        seen.shipper_bytes.push_back((seq, bytes));
        let held: usize = seen.shipper_bytes.iter().map(|(_, bytes)| bytes).sum();
        let limit = UNACKED_BYTES_MAX + FROZEN_EXTRA_BYTES + 2 * (EVENT_DATA_BYTES_MAX + 64);
        assert!(held <= limit, "session {session}: the shipper holds {held} bytes");
    }

    /// The shipper took this as proof.
    pub fn shipper_proved(&mut self, session: usize, seq: u64, now: u64) {
        let seen = &mut self.sessions[session];
        assert!(seq <= seen.signed, "session {session}: {seq} is no proof to a shipper");
        seen.shipper_debt.pay(seq, now);
        seen.proved_at = Some(now);
        while seen.shipper_bytes.front().is_some_and(|(held, _)| *held <= seq) {
            seen.shipper_bytes.pop_front();
        }
    }

    pub fn shipper_freezes(&mut self, session: usize, cause: FreezeCause, now: u64) {
        let seen = &mut self.sessions[session];
        assert!(seen.terminating_since.is_none(), "session {session} is frozen while it is ended");
        if matches!(cause, FreezeCause::Link | FreezeCause::Debt) && !seen.is_frozen {
            seen.lapsed_at = Some(now);
        }
        seen.is_frozen = true;
    }

    pub fn shipper_thaws(&mut self, session: usize, now: u64) {
        let seen = &mut self.sessions[session];
        assert!(seen.terminating_since.is_none(), "session {session} is thawed while it is ended");
        if let Some(lapsed) = seen.lapsed_at.take() {
            let is_proven = seen.proved_at.is_some_and(|at| at > lapsed);
            assert!(is_proven, "session {session} is thawed without proof since {lapsed} us");
        }
        assert!(now < self.heard_at + us(LINK_DEAD), "session {session} is thawed without a link");
        seen.is_frozen = false;
    }

    pub fn shipper_kills(&mut self, session: usize, now: u64) {
        self.sessions[session].terminating_since.get_or_insert(now);
    }

    /// The shipper tells the plugin something.
    pub fn noticed(&mut self, session: usize, kind: NoticeKind, now: u64) {
        let seen = &mut self.sessions[session];
        if matches!(kind, NoticeKind::Terminating | NoticeKind::FreezeTimeout) {
            seen.terminating_since.get_or_insert(now);
            seen.was_ended.get_or_insert(format!("{kind:?}"));
        }
    }

    pub fn denied(&mut self, session: usize) {
        let is_gone = self.sessions[session].excuse.is_some();
        assert!(self.is_lying() || is_gone, "session {session}: an honest server denies it");
        self.excuse(session, "the server denied it");
    }

    pub fn security(&mut self, session: usize) {
        let was_thawed = self.sessions[session].thawed_at.is_some();
        assert!(self.is_lying() || was_thawed, "session {session}: a false alarm");
        self.sessions[session].was_security = true;
    }

    /// The shipper has looked at everything. Would this oracle have decided so?
    pub fn shipper_decided(&mut self, session: usize, state: State, now: u64) {
        let seen = &mut self.sessions[session];
        let in_debt = seen.shipper_debt.since().is_some_and(|at| now >= at + us(ACK_DEBT));
        let is_lapsed = now >= self.heard_at + us(LINK_DEAD) || in_debt;
        match state {
            State::Frozen(_) if is_lapsed => seen.lapsed_at = Some(now),
            State::Running => {
                assert!(!is_lapsed, "session {session} is let run without proof");
                assert!(
                    seen.terminating_since.is_none(),
                    "session {session} runs after its end was ordered"
                );
            }
            _ => {}
        }
    }

    /// Proof that another session got.
    pub fn other_proof(&self, session: usize) -> Option<SignedAck> {
        let others = self.sessions.iter().enumerate().filter(|(n, _)| *n != session);
        others.filter_map(|(_, seen)| seen.last_proof.clone()).next()
    }

    pub fn keep_proof(&mut self, session: usize, ack: &SignedAck) {
        self.sessions[session].last_proof = Some(ack.clone());
    }
}
