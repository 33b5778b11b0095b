//! Every queue, length, loop and interval that the parts of Sudolog must agree on, in one place.
//!
//! A number that an administrator may change has its default here and its key in a TOML file; the
//! others are part of the protocol. Units come last in each name. Here is what every part keeps to;
//! what belongs to one room is in the folder's file of its name.

mod alert;
mod console;
mod eventlog;
mod export;
mod host;
mod kaudit;
mod link;
mod replay;
mod risk;
mod search;
mod store;
mod term;
mod triage;

use std::time::Duration;

pub use alert::*;
pub use console::*;
pub use eventlog::*;
pub use export::*;
pub use host::*;
pub use kaudit::*;
pub use link::*;
pub use replay::*;
pub use risk::*;
pub use search::*;
pub use store::*;
pub use term::*;
pub use triage::*;

/// Version of the wire protocol spoken by this build (`docs/protocol.md`).
pub const PROTOCOL_VERSION: u16 = 1;
/// ALPN of the connection that a host's shipper makes.
pub const ALPN_SHIP: &[u8] = b"sudolog-ship/1";
/// ALPN of the connection that an operator's console makes.
pub const ALPN_CONSOLE: &[u8] = b"sudolog-console/1";
/// TCP port of the server.
pub const SERVER_PORT: u16 = 9876;

/// Payload of one frame, at most. A longer one is refused before a buffer grows for it.
pub const FRAME_PAYLOAD_BYTES_MAX: usize = 1024 * 1024;
/// Recorded data in one event, at most. sudo's own I/O buffer is 64 KiB.
pub const EVENT_DATA_BYTES_MAX: usize = 64 * 1024;
/// Name of the signal in a suspend event, at most (`SIGRTMIN+15` without `SIG` is 8).
pub const SUSPEND_NAME_BYTES_MAX: usize = 16;

/// Any one string in a session start (user, command, directory, argument).
pub const TEXT_BYTES_MAX: usize = 128 * 1024;
/// Arguments of a command. Linux allows more in theory; a frame of 1 MiB does not.
pub const ARGV_MAX: usize = 32 * 1024;
/// All strings of a session start together.
pub const START_TEXT_BYTES_MAX: usize = 480 * 1024;
/// The same as JSON writes them (a control character takes 6 bytes): leaves room in a frame.
pub const START_JSON_BYTES_MAX: usize = 960 * 1024;
/// A name or sentence in a control message: a reason, a refusal, an error of exec.
pub const SENTENCE_BYTES_MAX: usize = 4096;
/// Host name: RFC 1035 section 2.3.4.
pub const HOST_NAME_BYTES_MAX: usize = 253;

/// Bytes of one session that may be sent and not yet acknowledged; then the command waits.
pub const UNACKED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Events of one session that may be sent and not yet acknowledged: bounds what tiny events cost.
pub const UNACKED_EVENTS_MAX: usize = 64 * 1024;
/// What a frozen session may record beyond that: what was on its way, and what the user types.
pub const FROZEN_EXTRA_BYTES: usize = 1024 * 1024;
/// What one event costs in the window beside its data.
pub const UNACKED_EVENT_OVERHEAD_BYTES: usize = 64;

/// Sessions that one host may have open at once.
pub const SESSIONS_PER_HOST_MAX: usize = 8192;
/// Segments of the journal that are kept for what the event log has not been told yet.
pub const JOURNAL_SEGMENTS_LATE_MAX: u64 = 4;
/// Incidents of one sort that are kept of one session.
pub const INCIDENTS_MAX: usize = 1000;
/// Of what a host says of each of them so much is kept: all of them together can be read again.
pub const INCIDENT_TEXT_BYTES_MAX: usize = 1024;
/// Messages to the user of a session whose host is away; beyond it the oldest is left out.
pub const MESSAGES_WAITING_MAX: usize = 16;
/// A message to a user that was sent so short a time before its connection was lost is sent again over the next one.
pub const MESSAGE_DOUBTED: Duration = Duration::from_secs(5);
/// A session that nobody has held for this long counts as lost until somebody resumes it.
pub const HOST_LOST_AFTER: Duration = Duration::from_secs(3);
/// A lost session may be resumed for this long, then it is INCOMPLETE.
pub const RESUME_GRACE: Duration = Duration::from_secs(600);
/// How often the server looks for sessions that nobody has resumed.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

const _: () = {
    assert!(
        AUDIT_QUEUE_BYTES_MAX <= AUDIT_BURST_BYTES,
        "after an outage all of it may come at once"
    );
    assert!(EVENT_DATA_BYTES_MAX < FRAME_PAYLOAD_BYTES_MAX);
    assert!(START_TEXT_BYTES_MAX * 2 <= START_JSON_BYTES_MAX, "hex doubles what is not UTF-8");
    assert!(
        START_JSON_BYTES_MAX + 16 * 1024 < FRAME_PAYLOAD_BYTES_MAX,
        "numbers, keys and what the shipper adds have room"
    );
    assert!(SENTENCE_BYTES_MAX * 6 * 4 < FRAME_PAYLOAD_BYTES_MAX);
    assert!(TEXT_BYTES_MAX <= START_TEXT_BYTES_MAX);
    assert!(
        MESSAGE_DOUBTED.as_secs() > link::HOST_SILENT.as_secs(),
        "a silent host is cut off first"
    );
    assert!(UNACKED_BYTES_MAX >= 4 * EVENT_DATA_BYTES_MAX);
    assert!(KAUDIT_ARGV_BYTES_MAX <= TEXT_BYTES_MAX);
    assert!(KAUDIT_EVENT_BYTES_MAX <= KAUDIT_OPEN_BYTES_MAX);
    assert!(KAUDIT_FRAME_BYTES <= KAUDIT_LINE_BYTES_MAX);
};
