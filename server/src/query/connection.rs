//! One console's connection: requests in, answers and streams out.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use sudolog_core::limits::{
    CONSOLE_REQUESTS_MAX, HANDSHAKE_DEADLINE, PROTOCOL_VERSION, WATCHES_PER_CONSOLE_MAX,
};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Cause, Denied, DenyCode, Failure, Hello, Outcome, Reply, Request, RequestBody, Welcome,
};
use sudolog_core::wire::{DecodeError, Deframer, FrameError, Message};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::request::Asked;
use crate::authz::Operator;
use crate::listener::Services;

/// Why a console's connection ended that should not have.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The network.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Bytes that are no frames.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A frame that is no message.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The first message is not HELLO of our version, or comes too late.
    #[error("no proper HELLO: {0}")]
    Hello(String),
}

/// Serves one console until it hangs up.
///
/// # Errors
/// [`QueryError`]
pub async fn serve<S>(
    stream: S,
    operator: Operator,
    from: &str,
    services: Services,
) -> Result<(), QueryError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut reading, writing) = split(stream);
    let (frames, replies) = mpsc::channel(REPLIES_MAX);
    let writer = tokio::spawn(write(writing, replies));
    let mut deframer = Deframer::new();
    let greeted = tokio::time::timeout(HANDSHAKE_DEADLINE, next(&mut reading, &mut deframer)).await;
    let first = greeted.map_err(|_| QueryError::Hello("it did not come in time".into()))??;
    let asked = Arc::new(Asked { operator, from: from.to_owned(), services, frames });
    let result = match first {
        Some(Message::Hello(hello)) if hello.protocol == PROTOCOL_VERSION => {
            asked.send(&welcome(&asked), 0).await;
            Desk { asked, tasks: JoinSet::new(), running: HashMap::new() }
                .serve(&mut reading, &mut deframer)
                .await
        }
        Some(Message::Hello(Hello { protocol, .. })) => {
            let text = format!("protocol {protocol} is not spoken here, only {PROTOCOL_VERSION}");
            let denied = Denied { code: DenyCode::Malformed, text: text.as_str().into() };
            asked.send(&Message::Denied(denied), 0).await;
            drop(asked);
            Err(QueryError::Hello(text))
        }
        Some(other) => Err(QueryError::Hello(format!("{} came first", other.name()))),
        None => Ok(()),
    };
    let _ = tokio::time::timeout(HANDSHAKE_DEADLINE, writer).await;
    result
}

fn welcome(asked: &Asked) -> Message {
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Message::Welcome(Welcome {
        protocol: PROTOCOL_VERSION,
        server_id: concat!("sudolog-server ", env!("CARGO_PKG_VERSION")).to_owned(),
        server_time: Timestamp::from_nanos(u64::try_from(now.as_nanos()).unwrap_or(u64::MAX)),
        ack_key_ids: vec![asked.services.recorder.signer().id()],
    })
}

/// The requests of one console that are being answered.
struct Desk {
    asked: Arc<Asked>,
    tasks: JoinSet<u32>,
    running: HashMap<u32, tokio::task::AbortHandle>,
}

impl Desk {
    async fn serve(
        mut self,
        reading: &mut (impl AsyncRead + Unpin),
        deframer: &mut Deframer,
    ) -> Result<(), QueryError> {
        loop {
            tokio::select! {
                message = next(reading, deframer) => match message? {
                    Some(Message::Request(request)) => self.request(request).await,
                    Some(Message::Heartbeat(nonce)) => self.asked.send(&Message::HeartbeatAck(nonce), 0).await,
                    // Newer messages are for newer servers.
                    Some(_) => {}
                    None => return Ok(()),
                },
                Some(done) = self.tasks.join_next() => {
                    if let Ok(id) = done {
                        self.running.remove(&id);
                    }
                }
            }
        }
    }

    async fn request(&mut self, request: Request) {
        let Request { id, body } = request;
        if let RequestBody::Cancel { target } = body {
            if let Some(task) = self.running.remove(&target) {
                task.abort();
                self.asked.reply(target, Outcome::Done).await;
            }
            return self.asked.reply(id, Outcome::Done).await;
        }
        if id == 0 || self.running.contains_key(&id) {
            return self.refuse(id, "the request's number is in use").await;
        }
        if self.running.len() >= CONSOLE_REQUESTS_MAX.max(WATCHES_PER_CONSOLE_MAX) {
            return self.refuse(id, "too many requests are being answered").await;
        }
        let asked = Arc::clone(&self.asked);
        let task = self.tasks.spawn(async move {
            let outcome = asked.answer(id, body).await;
            asked.reply(id, outcome).await;
            id
        });
        self.running.insert(id, task);
    }

    async fn refuse(&self, id: u32, text: &str) {
        self.asked
            .reply(id, Outcome::Failed(Failure { cause: Cause::Malformed, text: text.into() }))
            .await;
    }
}

impl Asked {
    pub(super) async fn send(&self, message: &Message, stream: u32) {
        // A console that is gone needs no answer.
        let _ = self.frames.send(message.to_bytes(stream)).await;
    }

    pub(super) async fn reply(&self, id: u32, outcome: Outcome) {
        self.send(&Message::Reply(Reply { id, outcome }), 0).await;
    }
}

/// The next message; `None` when the console has hung up. Safe to drop while it waits: what was read
/// stays in the deframer.
async fn next(
    reading: &mut (impl AsyncRead + Unpin),
    deframer: &mut Deframer,
) -> Result<Option<Message>, QueryError> {
    loop {
        if let Some(frame) = deframer.next_frame()? {
            match Message::decode(frame) {
                Ok(message) => return Ok(Some(message)),
                Err(DecodeError::Code(_)) => continue,
                Err(error) => return Err(error.into()),
            }
        }
        if reading.read_buf(deframer.buffer_mut()).await? == 0 {
            return Ok(None);
        }
    }
}

async fn write(
    mut writing: impl AsyncWrite + Unpin,
    mut replies: mpsc::Receiver<Bytes>,
) -> std::io::Result<()> {
    let mut waiting = Vec::new();
    let mut out = BytesMut::new();
    while replies.recv_many(&mut waiting, REPLIES_MAX).await > 0 {
        out.clear();
        waiting.drain(..).for_each(|frame| out.extend_from_slice(&frame));
        writing.write_all(&out).await?;
        writing.flush().await?;
    }
    writing.shutdown().await
}

/// Frames that wait for a console; whoever has more to say to it waits.
const REPLIES_MAX: usize = 64;
