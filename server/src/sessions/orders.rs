//! What a session's host was ordered, and what of it must be said again over its next connection.
//!
//! An order that was sent just before a connection was lost may never have arrived, and one that waited for
//! a host does not outlive the server. So whether the session is held, and that it is to end, is said to
//! every connection that goes on with it: to hear it twice does no harm. A message is said once, as far as
//! anybody can know.

use std::collections::VecDeque;
use std::time::Instant;

use sudolog_core::limits::{MESSAGE_DOUBTED, MESSAGES_WAITING_MAX};
use sudolog_core::wire::message::{Order, OrderKind};

/// The orders of one session.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// The last freeze or thaw.
    hold: Option<Order>,
    /// That it ends.
    end: Option<Order>,
    /// What was written to its user, the last ones, and when it was sent.
    messages: VecDeque<(Order, Option<Instant>)>,
}

impl Orders {
    /// One more, which was sent then, or waits.
    pub(super) fn give(&mut self, order: Order, sent: Option<Instant>) {
        match order.kind {
            OrderKind::Freeze | OrderKind::Thaw => self.hold = Some(order),
            OrderKind::Terminate => self.end = Some(order),
            OrderKind::Message | OrderKind::Other => {
                if self.messages.len() == MESSAGES_WAITING_MAX {
                    self.messages.pop_front();
                }
                self.messages.push_back((order, sent));
            }
        }
    }

    /// The connection was lost over which they were sent.
    pub(super) fn doubt(&mut self, now: Instant) {
        for (_, sent) in &mut self.messages {
            sent.take_if(|at| now.saturating_duration_since(*at) <= MESSAGE_DOUBTED);
        }
    }

    /// What a new connection is told, now.
    pub(super) fn again(&mut self, now: Instant) -> Vec<Order> {
        self.messages.retain(|(_, sent)| sent.is_none());
        for (_, sent) in &mut self.messages {
            *sent = Some(now);
        }
        let messages = self.messages.iter().map(|(order, _)| order);
        messages.chain(&self.hold).chain(&self.end).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(kind: OrderKind) -> Order {
        Order { kind, who: "olga".into(), why: "test".into() }
    }

    #[test]
    fn what_stands_is_said_to_every_connection() {
        let now = Instant::now();
        let mut orders = Orders::default();
        for _ in 0..MESSAGES_WAITING_MAX * 2 {
            orders.give(order(OrderKind::Freeze), Some(now));
            orders.give(order(OrderKind::Thaw), Some(now));
        }
        let late = now + MESSAGE_DOUBTED * 2;
        assert_eq!(orders.again(late), [order(OrderKind::Thaw)], "the last one counts");
        orders.give(order(OrderKind::Terminate), None);
        orders.give(order(OrderKind::Freeze), None);
        let expected = [OrderKind::Freeze, OrderKind::Terminate].map(order);
        assert_eq!(orders.again(late), expected);
        assert_eq!(orders.again(late), expected);
    }

    #[test]
    fn a_message_that_may_have_been_lost_is_given_again() {
        let start = Instant::now();
        let message = |why: &str| Order { why: why.into(), ..order(OrderKind::Message) };
        let mut orders = Orders::default();
        orders.give(message("long ago"), Some(start));
        let late = start + MESSAGE_DOUBTED * 2;
        orders.give(message("just now"), Some(late));
        orders.doubt(late);
        orders.give(message("for one who is away"), None);
        let expected = [message("just now"), message("for one who is away")];
        assert_eq!(orders.again(late), expected);
        orders.doubt(late);
        assert_eq!(orders.again(late + MESSAGE_DOUBTED), expected, "that connection was lost too");
        orders.doubt(late + MESSAGE_DOUBTED * 3);
        assert_eq!(orders.again(late + MESSAGE_DOUBTED * 3), []);
    }

    #[test]
    fn no_more_messages_are_kept_than_there_is_room_for() {
        let mut orders = Orders::default();
        for number in 0..=MESSAGES_WAITING_MAX {
            let why = number.to_string().as_str().into();
            orders.give(Order { why, ..order(OrderKind::Message) }, None);
        }
        let again = orders.again(Instant::now());
        assert_eq!((again.len(), &again[0].why), (MESSAGES_WAITING_MAX, &"1".into()));
    }
}
