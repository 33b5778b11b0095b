//! One host's connection: frames in, records to the journal, answers out.
//!
//! Reading never waits for the disk until this host has its share of the journal's queue, so
//! heartbeats are answered while a batch is synced or a stored session is looked for. All answers go
//! through one bounded queue and one writer. Between two messages others have their turn: no host can
//! keep the event loop to itself. `greeting` is what comes first, `received` what was read at once,
//! `handler` what it does, and `arrival` how sessions come to the connection.
//!
//! Invariant I1: what a session's machine has counted is in the journal's queue. Room there is made
//! before a message is carried out, so nothing waits in between and a connection may be cut anywhere;
//! and the machine is locked until its records are queued, so whoever resumes the session comes
//! after them.

mod arrival;
mod greeting;
mod handler;
mod received;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use sudolog_core::limits::{HANDSHAKE_DEADLINE, HOST_SILENT, INGEST_REPLIES_MAX};
use sudolog_core::session::HostName;
use sudolog_core::wire::{Deframer, FrameError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{Notify, mpsc};
use tokio::task::yield_now;
use tokio::time::timeout;

use self::handler::Handler;
use self::received::Received;
use super::hosts::Seat;
use super::recorder::Recorder;
use crate::sessions::Outlet;

/// Why a connection ended that should not have.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// The network.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Bytes that are no frames.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The first message is not HELLO of our version, or comes too late.
    #[error("no proper HELLO: {0}")]
    Hello(String),
    /// The host sends no heartbeats.
    #[error("the host is silent: no heartbeat has come for {}", HOST_SILENT.as_secs())]
    Silent,
    /// The host does not read its answers.
    #[error("the host does not read its answers")]
    Deaf,
    /// The host has newer connections, more than it needs.
    #[error("the host has connected again too often; its oldest connection is cut")]
    Replaced,
    /// The server ends.
    #[error("the server is stopping")]
    Stopping,
}

/// Serves one host until it hangs up. `host` is what its certificate says.
///
/// # Errors
/// [`ConnectionError`]; the host's sessions stay and can be resumed.
pub async fn serve<S>(stream: S, host: HostName, recorder: Recorder) -> Result<(), ConnectionError>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
{
    let (mut reading, writing) = split(stream);
    let (frames, replies) = mpsc::channel(INGEST_REPLIES_MAX);
    let cut = Arc::new(Notify::new());
    let writer = tokio::spawn(write(writing, replies));
    let connection = NEXT_CONNECTION.fetch_add(1, Ordering::Relaxed);
    let outlet = Outlet { connection, instance: None, frames, cut: Arc::clone(&cut) };
    let seat = recorder.hosts().enter(&host, connection);
    let mut handler = Handler::new(host, recorder, outlet);
    let result = tokio::select! {
        result = converse(&mut handler, &mut reading, &seat) => result,
        () = cut.notified() => Err(ConnectionError::Deaf),
        () = seat.replaced() => Err(ConnectionError::Replaced),
    };
    handler.leave();
    drop(handler);
    // The writer ends when every sender is gone; what waits is still sent.
    let _ = timeout(HANDSHAKE_DEADLINE, writer).await;
    result
}

/// Reads what the host says and has it carried out, until it hangs up.
async fn converse(
    handler: &mut Handler,
    reading: &mut (impl AsyncRead + Unpin),
    seat: &Seat,
) -> Result<(), ConnectionError> {
    let mut deframer = Deframer::new();
    let greeted = timeout(HANDSHAKE_DEADLINE, handler.greet(reading, &mut deframer)).await;
    greeted.map_err(|_| ConnectionError::Hello("it did not come in time".into()))??;
    loop {
        let received = Received::take(&mut deframer, &handler.outlet)?;
        if !received.is_empty() {
            // Room for all that the messages can bring to the journal.
            let share = seat.share(received.bytes()).await;
            let room = share.and_then(|share| handler.recorder.queue().room(share));
            handler.carry_out(received, &room.ok_or(ConnectionError::Stopping)?).await;
            yield_now().await;
            continue;
        }
        let buffer = deframer.buffer_mut();
        if buffer.capacity() - buffer.len() < READ_BYTES_MIN {
            buffer.reserve(READ_BYTES);
        }
        tokio::select! {
            read = timeout(HOST_SILENT, reading.read_buf(buffer)) => match read {
                Ok(read) => if read? == 0 {
                    return Ok(());
                },
                // Its kernel may still be there, but nobody who records.
                Err(_) => return Err(ConnectionError::Silent),
            },
            answers = handler.lookups.answers() => {
                let send = |(stream, answer): &(u32, _)| handler.outlet.send(answer, *stream);
                answers.iter().for_each(send);
            }
        }
    }
}

/// Sends what waits, as much as possible at once.
async fn write(
    mut writing: impl AsyncWrite + Unpin,
    mut replies: mpsc::Receiver<Bytes>,
) -> std::io::Result<()> {
    let mut waiting = Vec::new();
    let mut out = BytesMut::new();
    while replies.recv_many(&mut waiting, WRITES_AT_ONCE).await > 0 {
        out.clear();
        waiting.drain(..).for_each(|frame| out.extend_from_slice(&frame));
        writing.write_all(&out).await?;
        writing.flush().await?;
    }
    writing.shutdown().await
}

static NEXT_CONNECTION: AtomicU64 = AtomicU64::new(1);
const READ_BYTES: usize = 256 * 1024;
/// With less room than this in its buffer a connection gets a new one. What waits for the journal
/// holds on to the buffer that it came in, so there must not be one for every few bytes.
const READ_BYTES_MIN: usize = 64 * 1024;
const WRITES_AT_ONCE: usize = 256;
