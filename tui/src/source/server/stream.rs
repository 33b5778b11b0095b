//! What a request brings that is answered by more than a reply: items, and whether that was all.

use sudolog_core::session::Event;
use sudolog_core::wire::message::{Change, Hits, Moments, Outline, ScreenDump};
use tokio::sync::mpsc;

use super::ClientError;
use super::pending::Part;

/// What a request brings that is answered by more than a reply. Dropping it cancels the request.
#[derive(Debug)]
pub struct Stream {
    items: mpsc::Receiver<Result<Part, ClientError>>,
    /// What to say when the stream stops without `done`; `None` once it has ended.
    cut: Option<ClientError>,
}

impl Stream {
    pub(super) fn new(items: mpsc::Receiver<Result<Part, ClientError>>, cut: ClientError) -> Self {
        Self { items, cut: Some(cut) }
    }

    /// True when [`next`](Self::next) will not wait.
    pub fn has_more(&self) -> bool {
        !self.items.is_empty()
    }

    /// The next item; `None` when the server says that this was all. Safe to cancel.
    ///
    /// # Errors
    /// [`ClientError`] when the server refuses or the connection is lost; the last thing to come.
    pub async fn next(&mut self) -> Result<Option<Item>, ClientError> {
        if self.cut.is_none() {
            return Ok(None);
        }
        let part = self.items.recv().await;
        self.take(part)
    }

    /// As [`next`](Self::next), for a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn next_blocking(&mut self) -> Result<Option<Item>, ClientError> {
        if self.cut.is_none() {
            return Ok(None);
        }
        let part = self.items.blocking_recv();
        self.take(part)
    }

    /// Every part but an item is the last one.
    fn take(
        &mut self,
        part: Option<Result<Part, ClientError>>,
    ) -> Result<Option<Item>, ClientError> {
        if let Some(Ok(Part::Item(item))) = part {
            return Ok(Some(item));
        }
        let cut = self.cut.take();
        match part {
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(error),
            None => cut.map_or(Ok(None), Err),
        }
    }
}

/// What a stream brings.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// The screen to go on from, in place of everything before.
    Keyframe(ScreenDump),
    /// The next event.
    Event(Event),
    /// When some events happened.
    Moments(Moments),
    /// What else an outline has; the last item.
    Outline(Box<Outline>),
    /// What a search found.
    Hits(Hits),
    /// A session that stands differently.
    Change(Box<Change>),
}
