//! The requests of one console that are being answered: each by a task of its own, all replies
//! from here, so that a request's number is free when its reply is on the way.

use std::collections::HashMap;
use std::sync::Arc;

use sudolog_core::limits::WATCHES_PER_CONSOLE_MAX;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Outcome, Reply, Request, RequestBody};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinError, JoinSet};

use super::request::{Asked, failure};

/// Answers requests. Dropping it ends all answers.
pub(super) struct Desk {
    asked: Arc<Asked>,
    tasks: JoinSet<Outcome>,
    requests: HashMap<Id, u32>,
    running: HashMap<u32, Option<oneshot::Sender<()>>>,
}

/// The end of a task.
pub(super) type Answered = Result<(Id, Outcome), JoinError>;

impl Desk {
    /// A desk without requests.
    pub(super) fn new(asked: Arc<Asked>) -> Self {
        let tasks = JoinSet::new();
        Self { asked, tasks, requests: HashMap::new(), running: HashMap::new() }
    }

    /// Begins to answer.
    pub(super) async fn take(&mut self, request: Request) {
        let Request { id, body } = request;
        if id == 0 || self.running.contains_key(&id) {
            return self.refuse(id, "the request's number is in use").await;
        }
        if let RequestBody::Cancel { target } = body {
            // The request itself says that it has ended, once nothing more of it can come.
            if let Some(cancel) = self.running.get_mut(&target).and_then(Option::take) {
                let _ = cancel.send(());
            }
            return self.reply(id, Outcome::Done).await;
        }
        if self.running.len() >= WATCHES_PER_CONSOLE_MAX {
            return self.refuse(id, "too many requests are being answered").await;
        }
        let asked = Arc::clone(&self.asked);
        let (cancel, cancelled) = oneshot::channel();
        let task = self.tasks.spawn(async move {
            tokio::select! {
                outcome = asked.answer(id, body) => outcome,
                Ok(()) = cancelled => Outcome::Done,
            }
        });
        self.requests.insert(task.id(), id);
        self.running.insert(id, Some(cancel));
    }

    /// The next answer that is complete; waits for ever while nothing is being answered.
    pub(super) async fn answered(&mut self) -> Answered {
        match self.tasks.join_next_with_id().await {
            Some(answered) => answered,
            None => std::future::pending().await,
        }
    }

    /// Sends the reply of an answer that is complete.
    pub(super) async fn finish(&mut self, answered: Answered) {
        let (task, outcome) = answered.unwrap_or_else(|error| {
            let text = "the server failed to answer; its log says why";
            (error.id(), Outcome::Failed(failure(Cause::Other, text)))
        });
        if let Some(id) = self.requests.remove(&task) {
            self.running.remove(&id);
            self.reply(id, outcome).await;
        }
    }

    async fn refuse(&self, id: u32, text: &str) {
        self.reply(id, Outcome::Failed(failure(Cause::Malformed, text))).await;
    }

    async fn reply(&self, id: u32, outcome: Outcome) {
        // Every console asks for these again and again.
        let says = matches!(outcome, Outcome::Sessions(_) | Outcome::Alerts(_));
        let warning = says.then(|| self.asked.gate.warning());
        self.asked.send(&Message::Reply(Reply { id, warning, outcome }), 0).await;
    }
}
