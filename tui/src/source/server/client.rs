//! A server as the rest of the console sees it: ask, stream, and know whether the link is up.
//!
//! One task owns the connection. It carries any number of requests side by side, and when the
//! connection is lost it fails what was pending, says so, and dials again until it is back.

use std::time::Duration;

use sudolog_core::limits::{
    CONSOLE_RECONNECT_DELAY, CONSOLE_REQUESTS_MAX, CONSOLE_SILENCE, CONSOLE_STREAM_ITEMS_MAX,
};
use sudolog_core::session::Tsid;
use sudolog_core::term::{Pattern, Streams};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    Detail, Listing, OrderKind, Outcome, OutlineKnown, Query, Reply, Request, RequestBody,
};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::connection::{Connection, Writer};
use super::pending::{Part, Pending, Waiting};
use super::{Address, ClientError, LinkState, Stream};
use crate::source::About;

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
        let (commands, queue) = mpsc::channel(CONSOLE_REQUESTS_MAX);
        let (state, link) = watch::channel(LinkState::up(&connection.welcome));
        let driver = Driver { address, commands: queue, link: state, pending: Pending::default() };
        tokio::spawn(driver.run(connection));
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

    /// A page of sessions.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn list(&self, query: Query) -> Result<Listing, ClientError> {
        match self.ask(RequestBody::List(query.clone())).await? {
            // An older server takes no notice of what it does not know.
            Outcome::Sessions(listing) if listing.rows.iter().any(|row| query.excludes(row)) => {
                let reason =
                    "it is older than this console and knows words only: leave out FIELD:VALUE";
                Err(ClientError::Protocol {
                    server: self.server.clone(),
                    reason: reason.to_owned(),
                })
            }
            Outcome::Sessions(listing) => Ok(listing),
            other => Err(self.unexpected(&other)),
        }
    }

    /// A page with all of its rows: a server leaves out those that do not fit into one answer, and a row is
    /// as long as whoever is recorded likes.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn whole_page(&self, query: Query) -> Result<Listing, ClientError> {
        let mut page = self.list(query.clone()).await?;
        loop {
            let here = u32::try_from(page.rows.len()).unwrap_or(u32::MAX);
            let (offset, limit) =
                (query.offset.saturating_add(here), query.limit.saturating_sub(here));
            if here == 0 || limit == 0 || u64::from(offset) >= page.total {
                return Ok(page);
            }
            let more = self.list(Query { offset, limit, ..query.clone() }).await?;
            page.total = more.total;
            if more.rows.is_empty() {
                return Ok(page);
            }
            page.rows.extend(more.rows);
        }
    }

    /// All sessions of a query, a page after the other, `limit` at most.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn list_all(&self, query: &Query, limit: usize) -> Result<Vec<About>, ClientError> {
        let mut sessions = Vec::new();
        while sessions.len() < limit {
            let offset = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
            let left = u32::try_from(limit - sessions.len()).unwrap_or(u32::MAX);
            let query = Query { offset, limit: left.min(PAGE_ROWS), ..query.clone() };
            let page = self.list(query).await?;
            let last = page.rows.is_empty();
            sessions.extend(page.rows.into_iter().map(About::from));
            if last || sessions.len() as u64 >= page.total {
                break;
            }
        }
        Ok(sessions)
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

    /// As [`show`](Self::show), for a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`show`](Self::show).
    pub fn show_blocking(&self, tsid: Tsid) -> Result<Detail, ClientError> {
        let (sender, answer) = oneshot::channel();
        self.send_blocking(RequestBody::Show { tsid }, Waiting::Once(sender))?;
        match self.outcome(answer.blocking_recv().ok())? {
            Outcome::Session(detail) => Ok(*detail),
            other => Err(self.unexpected(&other)),
        }
    }

    /// As [`read`](Self::read), for a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_blocking(&self, tsid: Tsid, from_seq: u64) -> Result<Stream, ClientError> {
        self.stream_blocking(RequestBody::Read { tsid, from_seq })
    }

    /// What the console does not have yet of a recording's outline: moments, then the rest. For a
    /// thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn outline_blocking(&self, tsid: Tsid, known: OutlineKnown) -> Result<Stream, ClientError> {
        self.stream_blocking(RequestBody::Outline { tsid, known })
    }

    /// The screen after an event with these streams on it, if it is wanted, then some events that follow. For a thread that is
    /// no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn look_blocking(
        &self,
        tsid: Tsid,
        seq: u64,
        screen: Option<Streams>,
        bytes: u32,
    ) -> Result<Stream, ClientError> {
        let streams = screen.unwrap_or_default().to_wire();
        let screen = screen.is_some();
        self.stream_blocking(RequestBody::Look { tsid, seq, screen, streams, bytes })
    }

    /// What the screens of a recording showed that matches, with these streams on them; with `follow` also what a running session
    /// shows from now on. For a thread that is no asynchronous task.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn search_blocking(
        &self,
        tsid: Tsid,
        pattern: &Pattern,
        streams: Streams,
        follow: bool,
    ) -> Result<Stream, ClientError> {
        let streams = streams.to_wire();
        let (text, regex) = (pattern.text().to_owned(), pattern.is_regex());
        self.stream_blocking(RequestBody::Search { tsid, text, regex, streams, follow })
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

    fn stream_blocking(&self, body: RequestBody) -> Result<Stream, ClientError> {
        let (sender, stream) = self.new_stream();
        self.send_blocking(body, Waiting::Stream(sender))?;
        Ok(stream)
    }

    async fn send(&self, body: RequestBody, waiting: Waiting) -> Result<(), ClientError> {
        self.commands.send(Command { body, waiting }).await.map_err(|_| self.gone())
    }

    fn send_blocking(&self, body: RequestBody, waiting: Waiting) -> Result<(), ClientError> {
        self.commands.blocking_send(Command { body, waiting }).map_err(|_| self.gone())
    }

    fn new_stream(&self) -> (mpsc::Sender<Result<Part, ClientError>>, Stream) {
        let (sender, items) = mpsc::channel(CONSOLE_STREAM_ITEMS_MAX);
        (sender, Stream::new(items, self.gone()))
    }

    fn outcome(
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

/// One request on its way to the driver.
#[derive(Debug)]
struct Command {
    body: RequestBody,
    waiting: Waiting,
}

/// The task that owns the connection.
struct Driver {
    address: Address,
    commands: mpsc::Receiver<Command>,
    link: watch::Sender<LinkState>,
    pending: Pending,
}

impl Driver {
    async fn run(mut self, mut connection: Connection) {
        while let Err(error) = self.serve(connection).await {
            // Before those who wait are told, so that none of them finds the link still up.
            self.link.send_replace(LinkState::Down { reason: error.to_string() });
            self.pending.fail_all(&error);
            match self.reconnect(error).await {
                Some(next) => connection = next,
                None => return,
            }
        }
    }

    /// Carries requests until the connection is lost, or until no handle is left.
    async fn serve(&mut self, connection: Connection) -> Result<(), ClientError> {
        let Connection { mut reader, mut writer, .. } = connection;
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                message = reader.next() => {
                    let (stream, message) = message?;
                    self.note(&message);
                    let delivered = self.pending.deliver(stream, message).await;
                    delivered.map_err(|reason| self.protocol(reason))?;
                    heard = Instant::now();
                }
                sent = writer.send_all(), if writer.has_work() => {
                    sent.map_err(|error| self.lost(error.to_string()))?;
                }
                command = self.commands.recv(), if !writer.has_work() => {
                    let Some(command) = command else { return Ok(()) };
                    if !self.pending.owes_reply() {
                        heard = Instant::now();
                    }
                    self.request(command, &mut writer);
                }
                () = sleep_until(heard + CONSOLE_SILENCE), if self.pending.owes_reply() => {
                    let seconds = CONSOLE_SILENCE.as_secs();
                    return Err(self.lost(format!("no answer for {seconds} s")));
                }
            }
        }
    }

    /// What the server says of itself beside an answer.
    fn note(&self, message: &Message) {
        if let Message::Reply(Reply { warning: Some(warning), .. }) = message {
            self.link.send_if_modified(|link| link.warn(warning));
        }
    }

    /// Numbers and queues a request, and cancels the streams that nobody reads any more.
    fn request(&mut self, command: Command, writer: &mut Writer) {
        for target in self.pending.sweep() {
            let id = self.pending.unused_id();
            let body = RequestBody::Cancel { target };
            writer.push(&Message::Request(Request { id, body }));
        }
        if command.waiting.is_abandoned() {
            // Whoever asked has given it up: an order above all must not be carried out much later.
            return;
        }
        let id = self.pending.insert(command.waiting);
        writer.push(&Message::Request(Request { id, body: command.body }));
    }

    /// Dials until there is a connection; `None` when no handle is left. Requests that come
    /// meanwhile fail at once: whoever asks shows the state instead of waiting.
    async fn reconnect(&mut self, mut error: ClientError) -> Option<Connection> {
        let mut delay = *CONSOLE_RECONNECT_DELAY.start();
        loop {
            match self.try_again(delay, &error).await? {
                Ok(connection) => {
                    self.link.send_replace(LinkState::up(&connection.welcome));
                    return Some(connection);
                }
                Err(next) => error = next,
            }
            self.link.send_replace(LinkState::Down { reason: error.to_string() });
            delay = (delay * 2).min(*CONSOLE_RECONNECT_DELAY.end());
        }
    }

    async fn try_again(
        &mut self,
        delay: Duration,
        error: &ClientError,
    ) -> Option<Result<Connection, ClientError>> {
        let attempt = async {
            tokio::time::sleep(delay).await;
            Connection::open(&self.address).await
        };
        tokio::pin!(attempt);
        loop {
            tokio::select! {
                result = &mut attempt => return Some(result),
                command = self.commands.recv() => {
                    self.pending.insert(command?.waiting);
                    self.pending.fail_all(error);
                }
            }
        }
    }

    fn lost(&self, reason: String) -> ClientError {
        ClientError::Lost { server: self.address.to_string(), reason }
    }

    fn protocol(&self, reason: String) -> ClientError {
        ClientError::Protocol { server: self.address.to_string(), reason }
    }
}

/// The server gives no more at once.
const PAGE_ROWS: u32 = 1000;
