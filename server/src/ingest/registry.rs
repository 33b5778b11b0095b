//! All sessions that the server has in hand: which are open, who holds them, how far they are.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sudolog_core::ack::{AckSigner, SignedAck};
use sudolog_core::limits::{INCIDENTS_MAX, ORDERS_WAITING_MAX};
use sudolog_core::session::{
    HostName, Incident, IncidentKind, SessionEnd, SessionId, SessionStart, SessionState, Tsid,
};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Instance, Order, SessionRow};
use tokio::sync::{Notify, mpsc};

use super::session::Machine;
use crate::journal::Position;
use crate::store::Brief;

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
    /// Escapes and the like, which whoever is recorded can cause.
    caused: AtomicUsize,
    /// What happened to the session beside them.
    suffered: AtomicUsize,
    stored_seq: AtomicU64,
    stored_ns: AtomicU64,
}

#[derive(Debug)]
struct Link {
    outlet: Option<(Outlet, u32)>,
    last_ack: Option<SignedAck>,
    /// The run of the shipper that has it.
    instance: Option<Instance>,
    /// Orders that the host has not been sent.
    orders: Vec<Order>,
    /// Since when nobody holds the session, or since when it is over.
    loose: Instant,
}

/// The way back to one host: frames that its connection sends in order.
#[derive(Clone, Debug)]
pub struct Outlet {
    /// Names the connection.
    pub connection: u64,
    /// The run of the shipper at its other end, when it says.
    pub instance: Option<Instance>,
    /// Bounded; a host that does not read is cut off.
    pub frames: mpsc::Sender<Bytes>,
    /// Ends the connection.
    pub cut: Arc<Notify>,
}

impl Outlet {
    /// Sends without waiting; a full queue cuts the connection, and the host resumes.
    pub fn send(&self, message: &Message, stream: u32) {
        if self.frames.try_send(message.to_bytes(stream)).is_err() {
            self.cut.notify_one();
        }
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

impl Session {
    /// A session that starts.
    pub fn new(tsid: Tsid, start: &SessionStart) -> Self {
        let start = Brief::of(tsid, start);
        let machine = Machine::new(start.chain);
        Self::with(tsid, start, machine)
    }

    /// A session that the journal brought back.
    pub fn recovered(tsid: Tsid, start: Brief, at: &Position) -> Self {
        let session = Self::with(tsid, start, Machine::recovered(at));
        session.set_stored(at);
        session
    }

    fn with(tsid: Tsid, start: Brief, machine: Machine) -> Self {
        Self {
            tsid,
            start,
            machine: Mutex::new(machine),
            link: Mutex::new(Link {
                outlet: None,
                last_ack: None,
                instance: None,
                orders: Vec::new(),
                loose: Instant::now(),
            }),
            frozen: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            caused: AtomicUsize::new(0),
            suffered: AtomicUsize::new(0),
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
        let mut link = self.link();
        link.instance = outlet.instance;
        link.outlet = Some((outlet.clone(), stream));
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
        let mut link = self.link();
        let ack = link.last_ack.get_or_insert_with(|| {
            SignedAck::sign(signer, self.start.session_id, 0, now_ns, self.start.chain)
        });
        outlet.send(answer, stream);
        outlet.send(&Message::Ack(ack.clone()), stream);
        for order in std::mem::take(&mut link.orders) {
            outlet.send(&Message::Order(order), stream);
        }
        link.instance = outlet.instance;
        link.outlet = Some((outlet.clone(), stream));
    }

    /// Nobody has held the session for long; true the first time since it was held.
    pub fn lose(&self) -> bool {
        !self.lost.swap(true, Ordering::Relaxed)
    }

    /// Somebody holds it again; true when it was lost.
    pub fn find(&self) -> bool {
        self.lost.swap(false, Ordering::Relaxed)
    }

    /// True when the run of a shipper that had it has gone, and `instance` is another one.
    pub fn is_left_by_other_than(&self, instance: Instance) -> bool {
        let link = self.link();
        link.outlet.is_none() && link.instance.is_some_and(|had| had != instance)
    }

    /// Carries an order out as soon as it is recorded: the host is told, now or when it is back.
    pub fn obey(&self, incident: &Incident) {
        let Some(kind) = incident.kind.order() else { return };
        let who = incident.who.clone().unwrap_or_default();
        let order = Order { kind, who, why: incident.text.clone() };
        let mut link = self.link();
        match &link.outlet {
            Some((outlet, stream)) => outlet.send(&Message::Order(order), *stream),
            None if link.orders.len() < ORDERS_WAITING_MAX => link.orders.push(order),
            None => {}
        }
    }

    /// Whether one more incident may be kept. Orders always, because they are carried out when they
    /// are kept; and no flood of escapes leaves out a freeze.
    pub fn takes_incident(&self, kind: IncidentKind) -> Intake {
        use IncidentKind::{Frozen, Lost, Resumed, Thawed};
        let count = match kind {
            kind if kind.order().is_some() => return Intake::Kept,
            Frozen | Thawed | Lost | Resumed => &self.suffered,
            _ => &self.caused,
        };
        match count.fetch_add(1, Ordering::Relaxed) {
            before if before < INCIDENTS_MAX => Intake::Kept,
            INCIDENTS_MAX => Intake::FirstLeftOut,
            _ => Intake::LeftOut,
        }
    }

    /// True while that connection holds the session.
    pub fn is_held_by(&self, connection: u64) -> bool {
        self.link().outlet.as_ref().is_some_and(|(outlet, _)| outlet.connection == connection)
    }

    /// The connection is gone; the session may be resumed.
    pub fn detach(&self, connection: u64) {
        let mut link = self.link();
        if link.outlet.as_ref().is_some_and(|(outlet, _)| outlet.connection == connection) {
            link.outlet = None;
            link.loose = Instant::now();
        }
    }

    /// How long nobody has held the session; `None` while somebody does.
    pub fn loose_for(&self, now: Instant) -> Option<Duration> {
        let link = self.link();
        link.outlet.is_none().then(|| now.saturating_duration_since(link.loose))
    }

    /// Tells the host.
    pub fn send(&self, message: &Message) {
        if let Some((outlet, stream)) = &self.link().outlet {
            outlet.send(message, *stream);
        }
    }

    /// Tells the host what is proven, and remembers it for a resume.
    pub fn acknowledge(&self, ack: SignedAck) {
        let mut link = self.link();
        link.last_ack = Some(ack.clone());
        if let Some((outlet, stream)) = &link.outlet {
            outlet.send(&Message::Ack(ack), *stream);
        }
    }

    /// What an operator sees.
    pub fn state(&self) -> SessionState {
        if self.lost.load(Ordering::Relaxed) {
            SessionState::Incomplete
        } else if self.frozen.load(Ordering::Relaxed) {
            SessionState::Frozen
        } else if self.link().outlet.is_none() {
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

    /// Says how far the files are.
    pub fn set_stored(&self, at: &Position) {
        self.stored_seq.store(at.seq, Ordering::Relaxed);
        self.stored_ns.store(at.elapsed_ns, Ordering::Relaxed);
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All sessions in hand; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Registry(Arc<Mutex<Sessions>>);

#[derive(Debug, Default)]
struct Sessions {
    by_id: HashMap<SessionId, Arc<Session>>,
    by_tsid: HashMap<Tsid, Arc<Session>>,
    per_host: HashMap<HostName, usize>,
}

impl Registry {
    /// Adds a session unless its id is taken.
    pub fn insert(&self, session: Session) -> Option<Arc<Session>> {
        let mut sessions = self.lock();
        let id = session.start.session_id;
        if sessions.by_id.contains_key(&id) {
            return None;
        }
        let session = Arc::new(session);
        sessions.by_id.insert(id, Arc::clone(&session));
        sessions.by_tsid.insert(session.tsid, Arc::clone(&session));
        *sessions.per_host.entry(session.start.submit_host.clone()).or_default() += 1;
        Some(session)
    }

    /// The session of that id.
    pub fn get(&self, id: SessionId) -> Option<Arc<Session>> {
        self.lock().by_id.get(&id).cloned()
    }

    /// The session of that number.
    pub fn by_tsid(&self, tsid: Tsid) -> Option<Arc<Session>> {
        self.lock().by_tsid.get(&tsid).cloned()
    }

    /// How many sessions of that host are in hand.
    pub fn count(&self, host: &HostName) -> usize {
        self.lock().per_host.get(host).copied().unwrap_or(0)
    }

    /// Lets go of a session.
    pub fn remove(&self, session: &Session) {
        let mut sessions = self.lock();
        if sessions.by_id.remove(&session.start.session_id).is_some() {
            sessions.by_tsid.remove(&session.tsid);
            if let Some(count) = sessions.per_host.get_mut(&session.start.submit_host) {
                *count -= 1;
            }
            sessions.per_host.retain(|_, count| *count > 0);
        }
    }

    /// All sessions in hand.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.lock().by_id.values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
