//! One session in hand: how it started, what may come next, who holds it, how far its files are.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sudolog_core::ack::{AckSigner, SignedAck};
use sudolog_core::limits::INCIDENTS_MAX;
use sudolog_core::session::{
    Incident, IncidentKind, IncidentSort, SessionEnd, SessionStart, SessionState, Tsid,
};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Checked, Instance, Order, OrderKind, SessionRow};

use super::brief::Brief;
use super::link::{Link, Outlet};
use super::machine::Machine;
use crate::journal::Position;

/// One session in hand.
#[derive(Debug)]
pub struct Session {
    tsid: Tsid,
    start: Brief,
    machine: Mutex<Machine>,
    link: Mutex<Link>,
    frozen: AtomicBool,
    /// Nobody has held it for longer than a reconnect takes.
    lost: AtomicBool,
    /// How many incidents of each sort came.
    incidents: [AtomicUsize; SORTS],
    /// When it came into this server's hands, and how long it had lasted by then.
    began: (Instant, Duration),
    stored_seq: AtomicU64,
    stored_ns: AtomicU64,
}

impl Session {
    /// A session that starts.
    pub fn new(tsid: Tsid, start: &SessionStart) -> Self {
        let start = Brief::of(tsid, start);
        let machine = Machine::new(start.chain);
        Self::with(tsid, start, machine)
    }

    /// A session that the journal brought back, and that has lasted so long.
    pub fn recovered(tsid: Tsid, start: Brief, at: &Position, lasted: Duration) -> Self {
        let mut session = Self::with(tsid, start, Machine::recovered(at));
        session.began.1 = lasted;
        session.set_stored(at);
        session
    }

    fn with(tsid: Tsid, start: Brief, machine: Machine) -> Self {
        Self {
            tsid,
            start,
            machine: Mutex::new(machine),
            link: Mutex::new(Link::new(Instant::now())),
            frozen: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            incidents: Default::default(),
            began: (Instant::now(), Duration::ZERO),
            stored_seq: AtomicU64::new(0),
            stored_ns: AtomicU64::new(0),
        }
    }

    /// Its number in the log directory.
    pub fn tsid(&self) -> Tsid {
        self.tsid
    }

    /// How it started, in short.
    pub fn start(&self) -> &Brief {
        &self.start
    }

    /// Its rules, for the connection that holds it.
    pub fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the session to a connection; what it is told goes there from now on.
    pub fn attach(&self, outlet: &Outlet, stream: u32) {
        self.link().attach(outlet, stream);
    }

    /// Gives the session to a connection that resumed it, with the answer and the newest proof,
    /// before any newer proof can pass them. There is always a proof, because it is what lets a
    /// frozen session go on: without any event it is of the start, which is durable.
    pub fn reattach(
        &self,
        outlet: &Outlet,
        stream: u32,
        answer: &Message,
        signer: &AckSigner,
        now_ns: u64,
    ) {
        let first = || SignedAck::sign(signer, self.start.session_id, 0, now_ns, self.start.chain);
        self.link().reattach(outlet, stream, answer, first, Instant::now());
    }

    /// Nobody has held the session for long; true the first time since it was held.
    pub fn lose(&self) -> bool {
        // Whoever resumes it takes this lock first, and asks afterwards whether it was lost.
        let link = self.link();
        !link.is_held() && !self.lost.swap(true, Ordering::Relaxed)
    }

    /// Somebody holds it again; true when it was lost.
    pub fn find(&self) -> bool {
        self.lost.swap(false, Ordering::Relaxed)
    }

    /// True when the run of a shipper that had it has gone, and `instance` is another one.
    pub fn is_left_by_other_than(&self, instance: Instance) -> bool {
        self.link().is_left_by_other_than(instance)
    }

    /// Carries an order out as soon as it is recorded: the host is told, now or when it is back.
    pub fn obey(&self, incident: &Incident) {
        let Some(kind) = incident.kind.order() else { return };
        let who = incident.who.clone().unwrap_or_default();
        self.link().order(Order { kind, who, why: incident.text.clone() }, Instant::now());
    }

    /// What is known of it from before the server was started anew: orders that stand hold on.
    pub fn recover(&self, incidents: &[Incident]) {
        for incident in incidents {
            match incident.kind.order() {
                // It was said, or nobody will ever know.
                None | Some(OrderKind::Message | OrderKind::Other) => {}
                Some(kind) => {
                    let who = incident.who.clone().unwrap_or_default();
                    self.link().recover(Order { kind, who, why: incident.text.clone() });
                }
            }
        }
    }

    /// Tells the host how far the rules have looked, now or when it is back.
    pub fn check(&self, checked: Checked) {
        self.link().check(checked);
    }

    /// Whether one more incident may be kept. Orders always, because they are carried out when they
    /// are kept; and no flood of escapes, which whoever is recorded can cause, leaves out a freeze, a wrong
    /// acknowledgement or what the kernel saw.
    pub fn takes_incident(&self, kind: IncidentKind) -> Intake {
        let [caused, suffered, doubted, witnessed, remarked] = &self.incidents;
        let count = match kind.sort() {
            IncidentSort::Ordered => return Intake::Kept,
            IncidentSort::Caused => caused,
            IncidentSort::Suffered => suffered,
            IncidentSort::Doubted => doubted,
            IncidentSort::Witnessed => witnessed,
            IncidentSort::Remarked => remarked,
        };
        match count.fetch_add(1, Ordering::Relaxed) {
            before if before < INCIDENTS_MAX => Intake::Kept,
            INCIDENTS_MAX => Intake::FirstLeftOut,
            _ => Intake::LeftOut,
        }
    }

    /// True while that connection holds the session.
    pub fn is_held_by(&self, connection: u64) -> bool {
        self.link().is_held_by(connection)
    }

    /// The connection is gone; the session may be resumed.
    pub fn detach(&self, connection: u64) {
        self.link().detach(connection, Instant::now());
    }

    /// How long nobody has held the session; `None` while somebody does.
    pub fn loose_for(&self, now: Instant) -> Option<Duration> {
        self.link().loose_for(now)
    }

    /// Tells the host.
    pub fn send(&self, message: &Message) {
        self.link().send(message);
    }

    /// Tells the host what is proven, and remembers it for a resume.
    pub fn acknowledge(&self, ack: SignedAck) {
        self.link().acknowledge(ack);
    }

    /// What an operator sees.
    pub fn state(&self) -> SessionState {
        if self.lost.load(Ordering::Relaxed) {
            SessionState::Incomplete
        } else if self.frozen.load(Ordering::Relaxed) {
            SessionState::Frozen
        } else if !self.link().is_held() {
            SessionState::Lagging
        } else {
            SessionState::Live
        }
    }

    /// The host says that the command stands still, or goes on.
    pub fn set_frozen(&self, frozen: bool) {
        self.frozen.store(frozen, Ordering::Relaxed);
    }

    /// The row for lists.
    pub fn row(&self, state: SessionState, end: Option<&SessionEnd>) -> SessionRow {
        self.start.row(state, self.stored(), end)
    }

    /// How far the files are: events, and nanoseconds since the start.
    pub fn stored(&self) -> (u64, u64) {
        (self.stored_seq.load(Ordering::Relaxed), self.stored_ns.load(Ordering::Relaxed))
    }

    /// How long it has lasted by this server's clock; the last event may lie long before now, and a host's
    /// clock may be anywhere.
    pub fn lasted(&self) -> Duration {
        let (since, before) = self.began;
        since.elapsed().saturating_add(before).max(Duration::from_nanos(self.stored().1))
    }

    /// Says how far the files are.
    pub fn set_stored(&self, at: &Position) {
        self.stored_seq.store(at.seq, Ordering::Relaxed);
        self.stored_ns.store(at.elapsed_ns, Ordering::Relaxed);
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intake {
    /// It is kept.
    Kept,
    /// There are too many, and this is the first too many: that is kept.
    FirstLeftOut,
    /// It is left out.
    LeftOut,
}

/// Sorts of incidents that are counted.
const SORTS: usize = 5;
