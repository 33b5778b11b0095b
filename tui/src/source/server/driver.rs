//! The task that owns the connection: it carries any number of requests side by side, and when the
//! connection is lost it fails what was pending, says so, and dials again until it is back.

use std::time::Duration;

use sudolog_core::limits::{CONSOLE_RECONNECT_DELAY, CONSOLE_REQUESTS_MAX, CONSOLE_SILENCE};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Reply, Request, RequestBody};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::connection::{Connection, Writer};
use super::link::LinkState;
use super::pending::{Pending, Waiting};
use super::{Address, ClientError};

/// One request on its way to the driver.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) body: RequestBody,
    pub(super) waiting: Waiting,
}

/// The task that owns the connection.
pub(super) struct Driver {
    address: Address,
    commands: mpsc::Receiver<Command>,
    link: watch::Sender<LinkState>,
    pending: Pending,
}

impl Driver {
    /// Serves whoever sends to the one, and says through the other how the connection is.
    pub(super) fn start(
        address: Address,
        connection: Connection,
    ) -> (mpsc::Sender<Command>, watch::Receiver<LinkState>) {
        let (commands, queue) = mpsc::channel(CONSOLE_REQUESTS_MAX);
        let (link, state) = watch::channel(LinkState::up(&connection));
        let driver = Self { address, commands: queue, link, pending: Pending::default() };
        tokio::spawn(driver.run(connection));
        (commands, state)
    }

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
                    self.link.send_replace(LinkState::up(&connection));
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
