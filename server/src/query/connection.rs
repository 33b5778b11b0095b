//! One console's connection: HELLO first, then requests in, answers and streams out.

use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use sudolog_core::ack::KeyId;
use sudolog_core::limits::{
    CONSOLE_REPLIES_MAX, HANDSHAKE_DEADLINE, LINK_WRITE_BYTES, PROTOCOL_VERSION,
    READS_PER_CONSOLE_MAX,
};
use sudolog_core::wire::message::{Denied, DenyCode, Hello, Role, Welcome};
use sudolog_core::wire::{DecodeError, Deframer, FrameError, Message};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::desk::Desk;
use super::gate::Gate;
use super::request::Asked;
use crate::authz::Operator;
use crate::clock::now;
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
    from: String,
    services: Services,
) -> Result<(), QueryError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut reading, writing) = split(stream);
    let (frames, replies) = mpsc::channel(CONSOLE_REPLIES_MAX);
    // A set of one: the writer ends with this future, however that ends.
    let mut writer = JoinSet::new();
    writer.spawn(write(writing, replies));
    let Services { recorder, hub, shelf, access, rulebook, bench, presence, .. } = services;
    let (operators, alerts, warnings) = (services.operators, services.alerts, services.warnings);
    let catalog = recorder.catalog().clone();
    let signs_with = recorder.signer().id();
    let gate = Gate {
        operator,
        operators,
        from,
        access,
        catalog,
        recorder,
        rulebook,
        bench,
        presence,
        alerts,
        warnings,
        glances: Mutex::default(),
        lists: Mutex::default(),
        plays: Mutex::default(),
        shows: Mutex::default(),
        reviews: Mutex::default(),
        sums: Mutex::default(),
        facets: Mutex::default(),
        finds: Mutex::default(),
        rules_read: Mutex::default(),
        tallies: Default::default(),
        happenings: Mutex::default(),
    };
    let places = Semaphore::new(READS_PER_CONSOLE_MAX);
    let asked = Arc::new(Asked { gate: Arc::new(gate), hub, shelf, places, frames });
    let result = converse(&mut reading, &asked, signs_with).await;
    let farewell = async {
        if let Err(QueryError::Frame(_) | QueryError::Decode(_) | QueryError::Hello(_)) = &result {
            let text = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
            let denied = Denied { code: DenyCode::Malformed, text: text.into() };
            asked.send(&Message::Denied(denied), 0).await;
        }
        drop(asked);
        writer.join_next().await
    };
    // A console that does not read its last answers does not get them.
    let _ = timeout(HANDSHAKE_DEADLINE, farewell).await;
    result
}

async fn converse(
    reading: &mut (impl AsyncRead + Unpin),
    asked: &Arc<Asked>,
    key: KeyId,
) -> Result<(), QueryError> {
    let mut deframer = Deframer::new();
    match timeout(HANDSHAKE_DEADLINE, next(reading, &mut deframer)).await {
        Ok(Ok(Some(Message::Hello(Hello { protocol: PROTOCOL_VERSION, .. })))) => {}
        Ok(Ok(Some(Message::Hello(Hello { protocol, .. })))) => {
            let text = format!("protocol {protocol} is not spoken here, only {PROTOCOL_VERSION}");
            return Err(QueryError::Hello(text));
        }
        Ok(Ok(Some(other))) => {
            return Err(QueryError::Hello(format!("{} came first", other.name())));
        }
        Ok(Ok(None)) => return Ok(()),
        Ok(Err(error)) => return Err(error),
        Err(_) => return Err(QueryError::Hello("it did not come in time".into())),
    }
    asked.send(&welcome(key, asked.gate.operator.grant.role), 0).await;
    let mut desk = Desk::new(Arc::clone(asked));
    loop {
        tokio::select! {
            message = next(reading, &mut deframer) => match message? {
                Some(Message::Request(request)) => desk.take(request).await,
                Some(Message::Heartbeat(nonce)) => {
                    asked.send(&Message::HeartbeatAck(nonce), 0).await;
                }
                // Newer messages are for newer servers.
                Some(_) => {}
                None => return Ok(()),
            },
            answered = desk.answered() => desk.finish(answered).await,
        }
    }
}

fn welcome(key: KeyId, role: Role) -> Message {
    Message::Welcome(Welcome {
        protocol: PROTOCOL_VERSION,
        server_id: concat!("sudolog-server ", env!("CARGO_PKG_VERSION")).to_owned(),
        server_time: now(),
        ack_key_ids: vec![key],
        role: Some(role),
    })
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

/// Sends what waits, several small frames at once.
async fn write(
    mut writing: impl AsyncWrite + Unpin,
    mut replies: mpsc::Receiver<Bytes>,
) -> std::io::Result<()> {
    let mut out = BytesMut::new();
    while let Some(frame) = replies.recv().await {
        out.clear();
        out.extend_from_slice(&frame);
        while out.len() < LINK_WRITE_BYTES
            && let Ok(frame) = replies.try_recv()
        {
            out.extend_from_slice(&frame);
        }
        writing.write_all(&out).await?;
        writing.flush().await?;
    }
    writing.shutdown().await
}
