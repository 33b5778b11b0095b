//! The way from a session back to its host: there or gone, and what is to be said when it is back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use sudolog_core::ack::SignedAck;
use sudolog_core::limits::{ORDER_DOUBTED, ORDERS_WAITING_MAX};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Instance, Order};
use tokio::sync::{Notify, mpsc};

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
    /// Orders that the host has not been sent, or may not have got.
    orders: Vec<Order>,
    /// The last ones that it was sent, and when.
    sent: VecDeque<(Instant, Order)>,
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
            orders: Vec::new(),
            sent: VecDeque::new(),
            loose: now,
        }
    }

    /// From now on that connection holds the session, by that stream.
    pub(super) fn attach(&mut self, outlet: &Outlet, stream: u32) {
        self.instance = outlet.instance;
        self.outlet = Some((outlet.clone(), stream));
    }

    /// The same for a connection that resumed it, which is told the answer, the newest proof (`first`
    /// when there is none yet), and the orders that it missed.
    pub(super) fn reattach(
        &mut self,
        outlet: &Outlet,
        stream: u32,
        answer: &Message,
        first: impl FnOnce() -> SignedAck,
        now: Instant,
    ) {
        self.doubt(now);
        let ack = self.last_ack.get_or_insert_with(first);
        outlet.send(answer, stream);
        outlet.send(&Message::Ack(ack.clone()), stream);
        self.attach(outlet, stream);
        for order in std::mem::take(&mut self.orders) {
            self.order(order, now);
        }
    }

    /// That connection is gone.
    pub(super) fn detach(&mut self, connection: u64, now: Instant) {
        if self.is_held_by(connection) {
            self.doubt(now);
            self.outlet = None;
            self.loose = now;
        }
    }

    /// What was sent just before the connection was lost may never have arrived: it is sent again, since
    /// an order that comes twice does no harm.
    fn doubt(&mut self, now: Instant) {
        let is_doubted = |at: &Instant| now.saturating_duration_since(*at) <= ORDER_DOUBTED;
        let sent = std::mem::take(&mut self.sent).into_iter();
        let doubted = sent.filter(|(at, _)| is_doubted(at)).map(|(_, order)| order);
        self.orders.splice(..0, doubted);
        self.orders.truncate(ORDERS_WAITING_MAX);
    }

    /// Tells the host, if it is there.
    pub(super) fn send(&self, message: &Message) {
        if let Some((outlet, stream)) = &self.outlet {
            outlet.send(message, *stream);
        }
    }

    /// Tells the host an order, now or when it is back.
    pub(super) fn order(&mut self, order: Order, now: Instant) {
        match &self.outlet {
            Some((outlet, stream)) => {
                outlet.send(&Message::Order(order.clone()), *stream);
                if self.sent.len() == ORDERS_WAITING_MAX {
                    self.sent.pop_front();
                }
                self.sent.push_back((now, order));
            }
            None if self.orders.len() < ORDERS_WAITING_MAX => self.orders.push(order),
            None => {}
        }
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

#[cfg(test)]
mod tests {
    use sudolog_core::ack::{AckSigner, Chain};
    use sudolog_core::session::sample;
    use sudolog_core::wire::Deframer;
    use sudolog_core::wire::message::OrderKind;

    use super::*;

    fn outlet(connection: u64) -> (Outlet, mpsc::Receiver<Bytes>) {
        let (frames, sent) = mpsc::channel(100);
        (Outlet { connection, instance: None, frames, cut: Arc::default() }, sent)
    }

    fn orders(sent: &mut mpsc::Receiver<Bytes>) -> Vec<Order> {
        let mut deframer = Deframer::new();
        std::iter::from_fn(|| sent.try_recv().ok()).for_each(|bytes| deframer.push(&bytes));
        let frames = std::iter::from_fn(|| deframer.next_frame().unwrap());
        let messages = frames.map(|frame| Message::decode(frame).unwrap());
        let order = |message| match message {
            Message::Order(order) => Some(order),
            _ => None,
        };
        messages.filter_map(order).collect()
    }

    #[test]
    fn an_order_that_may_have_been_lost_is_given_again() {
        let start = Instant::now();
        let order = |kind| Order { kind, who: "olga".into(), why: "test".into() };
        let again = |link: &mut Link, outlet: &Outlet, now| {
            let begin = sample::start();
            let (signer, chain) = (AckSigner::from_seed(&[1; 32]), Chain::start(&begin));
            let first = || SignedAck::sign(&signer, begin.session_id, 0, 0, chain);
            link.reattach(outlet, 1, &Message::Heartbeat(0), first, now);
        };
        let mut link = Link::new(start);
        let (first, mut to_first) = outlet(1);
        link.attach(&first, 1);
        link.order(order(OrderKind::Thaw), start);
        let late = start + ORDER_DOUBTED * 2;
        link.order(order(OrderKind::Freeze), late);
        assert_eq!(orders(&mut to_first).len(), 2);

        link.detach(1, late);
        link.order(order(OrderKind::Terminate), late);
        let (second, mut to_second) = outlet(2);
        again(&mut link, &second, late + ORDER_DOUBTED * 9);
        let expected = [OrderKind::Freeze, OrderKind::Terminate].map(order);
        assert_eq!(orders(&mut to_second), expected, "the thaw had time enough");

        // Resumed before the server knew that the connection was gone.
        let (third, mut to_third) = outlet(3);
        again(&mut link, &third, late + ORDER_DOUBTED * 9);
        assert_eq!(orders(&mut to_third), expected);
        let (fourth, mut to_fourth) = outlet(4);
        again(&mut link, &fourth, late + ORDER_DOUBTED * 11);
        assert_eq!(orders(&mut to_fourth), []);
    }
}
