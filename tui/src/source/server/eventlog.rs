//! The server's event log, as a console asks for it.

use sudolog_core::limits::EVENTS_MAX;
use sudolog_core::wire::message::{Events, EventsQuery, Outcome, RequestBody};

use tokio::sync::oneshot;

use super::pending::Waiting;
use super::{Client, ClientError};

impl Client {
    /// Entries of the event log, the newest first, as many as fit into one answer.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn events(&self, query: EventsQuery) -> Result<Events, ClientError> {
        match self.ask(RequestBody::Events(query)).await? {
            Outcome::Events(events) => Ok(events),
            other => Err(self.unexpected(&other)),
        }
    }

    /// As [`events`](Self::events), for a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub fn events_blocking(&self, query: EventsQuery) -> Result<Events, ClientError> {
        let (sender, answer) = oneshot::channel();
        self.send_blocking(RequestBody::Events(query), Waiting::Once(sender))?;
        match self.outcome(answer.blocking_recv().ok())? {
            Outcome::Events(events) => Ok(events),
            other => Err(self.unexpected(&other)),
        }
    }

    /// The entries that follow on those before, until there are no more or `limit` of them were had; each
    /// answer is handed on as it comes, the newest entry first.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub async fn events_back<E: From<ClientError>>(
        &self,
        mut query: EventsQuery,
        mut limit: u64,
        mut take: impl FnMut(&Events) -> Result<(), E>,
    ) -> Result<(), E> {
        while limit > 0 {
            query.limit = u32::try_from(limit).unwrap_or(u32::MAX).min(EVENTS_MAX);
            let events = self.events(query.clone()).await?;
            take(&events)?;
            limit = limit.saturating_sub(events.entries.len() as u64);
            let last = events.entries.last().map_or(0, |entry| entry.number);
            let next = if events.reached > 0 { events.reached } else { last };
            // A server that does not come any further would be asked for ever.
            let is_further = next > 0 && (query.before == 0 || next < query.before);
            if !events.more || !is_further {
                break;
            }
            query.before = next;
        }
        Ok(())
    }
}
