//! Talking to the shipper before the command runs: blocking, with one deadline for all of it.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use sudolog_core::ack::{AckVerifiers, KeyId};
use sudolog_core::limits::{PROTOCOL_VERSION, START_DEADLINE};
use sudolog_core::session::SessionStart;
use sudolog_core::wire::message::{Hello, Opened};
use sudolog_core::wire::{Deframer, Message};

use crate::sys;

/// Why a session cannot start, as the user reads it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RefusedError {
    #[error("the shipper does not answer at {path}: {error}; is sudolog-shipper running?")]
    Shipper { path: String, error: io::Error },
    #[error("{path} belongs to user {uid}, not to root; somebody else listens there")]
    Impostor { path: String, uid: u32 },
    #[error("{0}")]
    Denied(String),
    #[error("the log server did not answer within {} seconds", START_DEADLINE.as_secs())]
    Late,
    #[error("the shipper speaks another language: {0}; are plugin and shipper of one version?")]
    Protocol(String),
    #[error("{path}: {problem}")]
    Key { path: String, problem: String },
    #[error("the log server signs with a key that sudo.conf's key= file does not hold ({0})")]
    Stranger(String),
}

/// A connection over which the session was accepted.
pub(crate) struct Connection {
    pub(crate) socket: UnixStream,
    pub(crate) deframer: Deframer,
    pub(crate) opened: Opened,
}

/// Opens the session: returns when the server has stored durably that it starts.
pub(crate) fn open_session(
    path: &Path,
    start: &SessionStart,
    keys: &AckVerifiers,
) -> Result<Connection, RefusedError> {
    let deadline = Instant::now() + START_DEADLINE;
    let shown = || path.display().to_string();
    let shipper = |error| RefusedError::Shipper { path: shown(), error };
    let mut socket = sys::connect(path, START_DEADLINE).map_err(shipper)?;
    let uid = sys::peer_uid(&socket).map_err(shipper)?;
    if uid != sys_root() {
        return Err(RefusedError::Impostor { path: shown(), uid });
    }
    socket.write_all(&greeting(start)).map_err(shipper)?;
    let mut deframer = Deframer::new();
    loop {
        match receive(&mut socket, &mut deframer, deadline)? {
            Message::Opened(opened) => return Ok(Connection { socket, deframer, opened }),
            Message::Denied(denied) => {
                return Err(RefusedError::Denied(denied.text.escaped().to_string()));
            }
            Message::Welcome(welcome) if welcome.protocol == PROTOCOL_VERSION => {
                check_signer(&welcome.ack_key_ids, keys)?;
            }
            Message::Welcome(welcome) => {
                return Err(RefusedError::Protocol(format!("protocol {}", welcome.protocol)));
            }
            other => {
                return Err(RefusedError::Protocol(format!("{} came too early", other.name())));
            }
        }
    }
}

/// Says something to the shipper that needs no answer. Never takes longer than `limit`.
///
/// # Errors
/// When the shipper is not there, or does not take it.
pub(crate) fn tell(path: &Path, frames: &[u8], limit: Duration) -> io::Result<()> {
    let deadline = Instant::now() + limit;
    let socket = sys::connect(path, limit)?;
    if sys::peer_uid(&socket)? != sys_root() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: None,
        boot_id: None,
        instance: None,
    };
    let mut out = bytes::BytesMut::new();
    Message::Hello(hello).encode(0, &mut out);
    out.extend_from_slice(frames);
    let mut rest: &[u8] = &out;
    while !rest.is_empty() {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        socket.set_write_timeout(Some(left))?;
        let sent = sys::send(&socket, rest)?;
        rest = rest.get(sent..).unwrap_or_default();
    }
    Ok(())
}

/// Better refused now than ended at the first acknowledgement.
fn check_signer(signs: &[KeyId], keys: &AckVerifiers) -> Result<(), RefusedError> {
    if signs.is_empty() || signs.iter().any(|id| keys.get(*id).is_some()) {
        return Ok(());
    }
    let names: Vec<String> = signs.iter().map(KeyId::to_string).collect();
    Err(RefusedError::Stranger(names.join(", ")))
}

fn greeting(start: &SessionStart) -> bytes::BytesMut {
    let mut out = bytes::BytesMut::new();
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: Some(start.submit_host.clone()),
        boot_id: Some(start.boot_id.clone()),
        instance: None,
    };
    Message::Hello(hello).encode(0, &mut out);
    Message::Open(Box::new(start.clone())).encode(0, &mut out);
    out
}

fn receive(
    socket: &mut UnixStream,
    deframer: &mut Deframer,
    deadline: Instant,
) -> Result<Message, RefusedError> {
    let protocol = |error: &dyn std::fmt::Display| RefusedError::Protocol(error.to_string());
    let mut buffer = [0; 4096];
    loop {
        if let Some(frame) = deframer.next_frame().map_err(|e| protocol(&e))? {
            return Message::decode(frame).map_err(|e| protocol(&e));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(RefusedError::Late);
        }
        socket.set_read_timeout(Some(left)).map_err(|e| protocol(&e))?;
        match socket.read(&mut buffer) {
            Ok(0) => {
                return Err(RefusedError::Denied("the shipper hung up; its log says why".into()));
            }
            Ok(count) => deframer.push(buffer.get(..count).unwrap_or_default()),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(RefusedError::Late);
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(protocol(&e)),
        }
    }
}

/// Reads the keys that may sign acknowledgements. Whoever can write this file can make sudo believe
/// a false server, so it must be root's alone.
pub(crate) fn read_keys(path: &Path) -> Result<AckVerifiers, RefusedError> {
    let fault = |problem: String| RefusedError::Key { path: path.display().to_string(), problem };
    let metadata = fs::metadata(path).map_err(|e| fault(e.to_string()))?;
    if metadata.uid() != sys_root() || metadata.mode() & 0o022 != 0 {
        return Err(fault("must belong to root and be writable by nobody else".into()));
    }
    if metadata.len() > KEY_FILE_BYTES_MAX {
        return Err(fault("is too long for a key file".into()));
    }
    let text = fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
    AckVerifiers::parse(&text).map_err(|e| fault(e.to_string()))
}

/// Who must own what sudo trusts. Tests run as whoever they run as.
fn sys_root() -> u32 {
    if cfg!(test) { std::fs::metadata("/proc/self").map_or(0, |m| m.uid()) } else { 0 }
}

const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;
