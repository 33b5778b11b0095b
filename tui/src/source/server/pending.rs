//! The requests that wait for an answer on one connection, by number.
//!
//! Invariant: an answer reaches exactly the request whose number it carries; answers to requests
//! that nobody waits for any more are dropped.

use std::collections::HashMap;

use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Outcome, Reply};
use tokio::sync::{mpsc, oneshot};

use super::{ClientError, Item};

/// Where an answer goes.
#[derive(Debug)]
pub(super) enum Waiting {
    /// One reply and no more.
    Once(oneshot::Sender<Result<Outcome, ClientError>>),
    /// One reply that takes as long as it takes.
    Late(oneshot::Sender<Result<Outcome, ClientError>>),
    /// Events and keyframes until `done`.
    Stream(mpsc::Sender<Result<Part, ClientError>>),
}

/// A piece of a stream. A stream that stops without `Done` was cut.
#[derive(Debug)]
pub(super) enum Part {
    /// One more item.
    Item(Item),
    /// The server says that this was all.
    Done,
}

impl Waiting {
    pub(super) fn is_abandoned(&self) -> bool {
        match self {
            Self::Once(sender) | Self::Late(sender) => sender.is_closed(),
            Self::Stream(sender) => sender.is_closed(),
        }
    }
}

/// All requests of one connection.
#[derive(Debug, Default)]
pub(super) struct Pending {
    waiting: HashMap<u32, Waiting>,
    last_id: u32,
}

impl Pending {
    /// Takes a request in and gives its number: never 0, never one in use.
    pub(super) fn insert(&mut self, waiting: Waiting) -> u32 {
        let id = self.unused_id();
        self.waiting.insert(id, waiting);
        id
    }

    /// A number for a request whose answer nobody needs.
    pub(super) fn unused_id(&mut self) -> u32 {
        loop {
            self.last_id = self.last_id.wrapping_add(1);
            if self.last_id != 0 && !self.waiting.contains_key(&self.last_id) {
                return self.last_id;
            }
        }
    }

    /// True when a single reply is owed, so that silence means something.
    pub(super) fn owes_reply(&self) -> bool {
        self.waiting.values().any(|waiting| matches!(waiting, Waiting::Once(_)))
    }

    /// Forgets what nobody waits for any more and gives the numbers of streams to cancel.
    pub(super) fn sweep(&mut self) -> Vec<u32> {
        let mut streams = Vec::new();
        self.waiting.retain(|id, waiting| {
            let abandoned = waiting.is_abandoned();
            if abandoned && matches!(waiting, Waiting::Stream(_) | Waiting::Late(_)) {
                streams.push(*id);
            }
            !abandoned
        });
        streams
    }

    /// Hands a message to whom it belongs. Waits while a stream's reader is behind: that is what
    /// makes the server slow down, and resynchronise a watch with a keyframe.
    ///
    /// # Errors
    /// What the peer did that it must not.
    pub(super) async fn deliver(&mut self, stream: u32, message: Message) -> Result<(), String> {
        match message {
            Message::Event(event) => self.deliver_item(stream, Item::Event(event)).await,
            Message::Keyframe(dump) => self.deliver_item(stream, Item::Keyframe(dump)).await,
            Message::Moments(moments) => self.deliver_item(stream, Item::Moments(moments)).await,
            Message::Change(change) => self.deliver_item(stream, Item::Change(change)).await,
            Message::Hits(hits) => self.deliver_item(stream, Item::Hits(hits)).await,
            Message::Reply(reply) => self.deliver_reply(reply).await,
            other => return Err(format!("it sent {}", other.name())),
        }
        Ok(())
    }

    async fn deliver_item(&mut self, id: u32, item: Item) {
        if let Some(Waiting::Stream(sender)) = self.waiting.get(&id) {
            // A reader that went away is swept with the next request.
            let _ = sender.send(Ok(Part::Item(item))).await;
        }
    }

    async fn deliver_reply(&mut self, reply: Reply) {
        match (self.waiting.remove(&reply.id), reply.outcome) {
            (Some(Waiting::Once(sender) | Waiting::Late(sender)), outcome) => {
                let _ = sender.send(Ok(outcome));
            }
            (Some(Waiting::Stream(sender)), Outcome::Failed(failure)) => {
                let _ = sender.send(Err(ClientError::Failed(failure))).await;
            }
            (Some(Waiting::Stream(sender)), Outcome::Outline(outline)) => {
                let _ = sender.send(Ok(Part::Item(Item::Outline(outline)))).await;
                let _ = sender.send(Ok(Part::Done)).await;
            }
            (Some(Waiting::Stream(sender)), _) => {
                let _ = sender.send(Ok(Part::Done)).await;
            }
            (None, _) => {}
        }
    }

    /// Tells everybody that the connection is gone.
    pub(super) fn fail_all(&mut self, error: &ClientError) {
        for (_, waiting) in self.waiting.drain() {
            match waiting {
                Waiting::Once(sender) | Waiting::Late(sender) => {
                    let _ = sender.send(Err(error.clone()));
                }
                Waiting::Stream(sender) => {
                    // With a full queue the reader finds the cut by the missing `Done`.
                    let _ = sender.try_send(Err(error.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_never_zero_nor_in_use() {
        let mut pending = Pending { last_id: u32::MAX - 1, ..Pending::default() };
        let (kept, _receiver) = oneshot::channel();
        assert_eq!(pending.insert(Waiting::Once(kept)), u32::MAX);
        assert_eq!(pending.unused_id(), 1);
        pending.last_id = u32::MAX - 1;
        assert_eq!(pending.unused_id(), 1);
    }

    #[test]
    fn what_nobody_waits_for_is_cancelled_once() {
        let mut pending = Pending::default();
        let (sender, receiver) = mpsc::channel(1);
        let id = pending.insert(Waiting::Stream(sender));
        assert!(pending.sweep().is_empty());
        drop(receiver);
        assert_eq!(pending.sweep(), [id]);
        assert!(pending.sweep().is_empty());
    }
}
