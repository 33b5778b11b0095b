//! A server as the rest of the console sees it: ask, stream, and know whether the link is up.
//!
//! What can be asked is in the files beside this one, by what it is about.

use sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Detail, OrderKind, Outcome, RequestBody};
use tokio::sync::{mpsc, oneshot, watch};

use super::connection::Connection;
use super::driver::{Command, Driver};
use super::link::LinkState;
use super::pending::{Part, Waiting};
use super::{Address, ClientError, Stream};

/// A handle on one server. Cheap to clone; the connection ends with the last handle.
#[derive(Clone, Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    link: watch::Receiver<LinkState>,
    server: String,
}

impl Client {
    /// Connects; later losses are mended in the background. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`ClientError`] of the first connection.
    pub async fn connect(address: Address) -> Result<Self, ClientError> {
        let connection = Connection::open(&address).await?;
        let server = address.to_string();
        let (commands, link) = Driver::start(address, connection);
        Ok(Self { commands, link, server })
    }

    /// The link's state now and as it changes.
    pub fn link(&self) -> watch::Receiver<LinkState> {
        self.link.clone()
    }

    /// The address, for the operator.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// All about one session.
    ///
    /// # Errors
    /// [`ClientError`]; [`ClientError::is_not_found`] when there is no such session.
    pub async fn show(&self, tsid: Tsid) -> Result<Detail, ClientError> {
        match self.ask(RequestBody::Show { tsid }).await? {
            Outcome::Session(detail) => Ok(*detail),
            other => Err(self.unexpected(&other)),
        }
    }

    /// What is stored of a session from event `from_seq` (1 is the first) to now.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked; what it says comes with the stream.
    pub async fn read(&self, tsid: Tsid, from_seq: u64) -> Result<Stream, ClientError> {
        self.stream(RequestBody::Read { tsid, from_seq }).await
    }

    /// A running session as it happens: a keyframe, then events; another keyframe after a gap.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked; what it says comes with the stream.
    pub async fn watch(&self, tsid: Tsid) -> Result<Stream, ClientError> {
        self.stream(RequestBody::Watch { tsid }).await
    }

    /// Has something done with a running session: recorded when this returns, and done as soon as the
    /// host hears it. Never sent twice.
    ///
    /// # Errors
    /// [`ClientError::Failed`] when the server refuses; with any other the order may be recorded all
    /// the same.
    pub async fn order(
        &self,
        tsid: Tsid,
        kind: OrderKind,
        why: Untrusted,
    ) -> Result<(), ClientError> {
        match self.ask(RequestBody::Order { tsid, kind, why }).await? {
            Outcome::Done => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }

    pub(super) async fn ask(&self, body: RequestBody) -> Result<Outcome, ClientError> {
        let (sender, answer) = oneshot::channel();
        self.send(body, Waiting::Once(sender)).await?;
        self.outcome(answer.await.ok())
    }

    /// As [`ask`](Self::ask), for an answer that the server works on for long: its silence says nothing.
    pub(super) async fn ask_patiently(&self, body: RequestBody) -> Result<Outcome, ClientError> {
        let (sender, answer) = oneshot::channel();
        self.send(body, Waiting::Late(sender)).await?;
        self.outcome(answer.await.ok())
    }

    pub(super) async fn stream(&self, body: RequestBody) -> Result<Stream, ClientError> {
        let (sender, stream) = self.new_stream();
        self.send(body, Waiting::Stream(sender)).await?;
        Ok(stream)
    }

    pub(super) fn stream_blocking(&self, body: RequestBody) -> Result<Stream, ClientError> {
        let (sender, stream) = self.new_stream();
        self.send_blocking(body, Waiting::Stream(sender))?;
        Ok(stream)
    }

    async fn send(&self, body: RequestBody, waiting: Waiting) -> Result<(), ClientError> {
        self.commands.send(Command { body, waiting }).await.map_err(|_| self.gone())
    }

    pub(super) fn send_blocking(
        &self,
        body: RequestBody,
        waiting: Waiting,
    ) -> Result<(), ClientError> {
        self.commands.blocking_send(Command { body, waiting }).map_err(|_| self.gone())
    }

    fn new_stream(&self) -> (mpsc::Sender<Result<Part, ClientError>>, Stream) {
        let (sender, items) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        (sender, Stream::new(items, self.gone()))
    }

    pub(super) fn outcome(
        &self,
        answer: Option<Result<Outcome, ClientError>>,
    ) -> Result<Outcome, ClientError> {
        match answer.unwrap_or_else(|| Err(self.gone()))? {
            Outcome::Failed(failure) => Err(ClientError::Failed(failure)),
            outcome => Ok(outcome),
        }
    }

    fn gone(&self) -> ClientError {
        ClientError::Lost { server: self.server.clone(), reason: "it ended".to_owned() }
    }

    /// What to say of a server that answers what it must not.
    pub(super) fn protocol(&self, reason: &str) -> ClientError {
        ClientError::Protocol { server: self.server.clone(), reason: reason.to_owned() }
    }

    pub(super) fn unexpected(&self, outcome: &Outcome) -> ClientError {
        let what = match outcome {
            Outcome::Sessions(_) => "a list",
            Outcome::Session(_) => "a session",
            Outcome::Outline(_) => "an outline",
            Outcome::Review(_) => "a review",
            Outcome::Summary(_) => "sums",
            Outcome::Facets(_) => "facets",
            Outcome::Place { .. } => "a place",
            Outcome::Rules(_) => "rules",
            Outcome::Trial(_) => "a trial of rules",
            Outcome::Views(_) => "views",
            Outcome::Events(_) => "events",
            Outcome::Alerts(_) => "alerts",
            Outcome::Done | Outcome::Failed(_) => "an end",
        };
        self.protocol(&format!("it answered with {what}, which was not asked for"))
    }
}
