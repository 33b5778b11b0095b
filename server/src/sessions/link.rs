//! The way from a session back to its host: there or gone, and what is to be said when it is back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sudolog_core::ack::SignedAck;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Checked, Instance, Order};
use tokio::sync::{Notify, mpsc};

use super::orders::Orders;

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

/// One session's end of it.
#[derive(Debug)]
pub(super) struct Link {
    outlet: Option<(Outlet, u32)>,
    last_ack: Option<SignedAck>,
    /// The run of the shipper that has it.
    instance: Option<Instance>,
    orders: Orders,
    /// How far the rules have looked, and what they say.
    checked: Option<Checked>,
    /// Since when nobody holds the session, or since when it is over.
    loose: Instant,
}

impl Link {
    /// Nobody holds the session yet.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            outlet: None,
            last_ack: None,
            instance: None,
            orders: Orders::default(),
            checked: None,
            loose: now,
        }
    }

    /// From now on that connection holds the session, by that stream.
    pub(super) fn attach(&mut self, outlet: &Outlet, stream: u32) {
        self.instance = outlet.instance;
        self.outlet = Some((outlet.clone(), stream));
    }

    /// The same for a connection that resumed it, which is told the answer, the newest proof (`first`
    /// when there is none yet), what the rules say, and what orders stand.
    pub(super) fn reattach(
        &mut self,
        outlet: &Outlet,
        stream: u32,
        answer: &Message,
        first: impl FnOnce() -> SignedAck,
        now: Instant,
    ) {
        self.orders.doubt(now);
        let ack = self.last_ack.get_or_insert_with(first);
        outlet.send(answer, stream);
        outlet.send(&Message::Ack(ack.clone()), stream);
        if let Some(checked) = &self.checked {
            outlet.send(&Message::Checked(checked.clone()), stream);
        }
        for order in self.orders.again(now) {
            outlet.send(&Message::Order(order), stream);
        }
        self.attach(outlet, stream);
    }

    /// That connection is gone.
    pub(super) fn detach(&mut self, connection: u64, now: Instant) {
        if self.is_held_by(connection) {
            self.orders.doubt(now);
            self.outlet = None;
            self.loose = now;
        }
    }

    /// Tells the host, if it is there.
    pub(super) fn send(&self, message: &Message) {
        if let Some((outlet, stream)) = &self.outlet {
            outlet.send(message, *stream);
        }
    }

    /// Tells the host an order, now or when it is back.
    pub(super) fn order(&mut self, order: Order, now: Instant) {
        self.send(&Message::Order(order.clone()));
        self.orders.give(order, self.is_held().then_some(now));
    }

    /// What the host was ordered before the server was started anew.
    pub(super) fn recover(&mut self, order: Order) {
        self.orders.give(order, None);
    }

    /// Tells the host what the rules say, now or when it is back.
    pub(super) fn check(&mut self, news: Checked) {
        self.send(&Message::Checked(news.clone()));
        // Whether lines wait is as it was said last; what stops a line that still waits is not passed over.
        self.checked = Some(match self.checked.take() {
            Some(before) if before.seq > news.seq => Checked { wait: news.wait, ..before },
            _ => news,
        });
    }

    /// Tells the host what is proven, and remembers it for a resume.
    pub(super) fn acknowledge(&mut self, ack: SignedAck) {
        self.last_ack = Some(ack.clone());
        self.send(&Message::Ack(ack));
    }

    pub(super) fn is_held(&self) -> bool {
        self.outlet.is_some()
    }

    pub(super) fn is_held_by(&self, connection: u64) -> bool {
        self.outlet.as_ref().is_some_and(|(outlet, _)| outlet.connection == connection)
    }

    /// True when the run of a shipper that had it has gone, and `instance` is another one.
    pub(super) fn is_left_by_other_than(&self, instance: Instance) -> bool {
        !self.is_held() && self.instance.is_some_and(|had| had != instance)
    }

    /// How long nobody has held the session; `None` while somebody does.
    pub(super) fn loose_for(&self, now: Instant) -> Option<Duration> {
        (!self.is_held()).then(|| now.saturating_duration_since(self.loose))
    }
}
