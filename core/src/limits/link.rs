//! The limits of the connections to the server: who may have how many, what waits on them, and when
//! one counts as dead.

use std::time::Duration;

/// Notices of one session that the shipper keeps until it is sure that the server has them.
pub const NOTICES_KEPT_MAX: usize = 32;
/// A notice that was sent so long before the server was last heard, and of which nothing tells that it
/// arrived, is sent again over the next connection.
pub const NOTICE_DOUBT: Duration = Duration::from_secs(5);
/// What one session may put on the wire before the next session's turn comes.
pub const FAIR_TURN_BYTES: usize = 64 * 1024;
/// What the shipper hands to TLS in one write, at most.
pub const LINK_WRITE_BYTES: usize = 256 * 1024;
/// The same on a link so narrow that more would keep heartbeats waiting.
pub const LINK_WRITE_BYTES_MIN: usize = 16 * 1024;
/// A write that takes longer is made smaller the next time.
pub const LINK_WRITE_TIME: Duration = Duration::from_millis(50);
/// What may lie in the shipper's kernel unsent: a heartbeat waits behind it.
pub const LINK_UNSENT_BYTES: u32 = 32 * 1024;
/// Orders and answers for one session that its shipper task has not taken yet.
pub const INBOX_MESSAGES_MAX: usize = 64;

/// Connections of one host; a further one cuts the oldest. A shipper that connects anew may meet its
/// own dying connection, and no more than that.
pub const CONNECTIONS_PER_HOST_MAX: usize = 4;

/// Bytes of one host's events that wait for the journal, over all its connections; then they are
/// not read.
pub const INGEST_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The same for all hosts together, beyond the reserve of each.
pub const INGEST_POOL_BYTES: usize = 256 * 1024 * 1024;
/// What each host may have in the journal's queue in any case, whatever the others have there.
pub const INGEST_RESERVE_BYTES: usize = 1024 * 1024;
/// Frames that wait to be sent to one host; a host that does not read is cut off and may resume.
pub const INGEST_REPLIES_MAX: usize = 8192;

/// Connections to the server at once whose certificate was verified.
pub const CONNECTIONS_MAX: usize = 16 * 1024;
/// Such connections from one address.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 1024;
/// Connections that have not shown who they are yet; beyond it the oldest of them is cut.
pub const HANDSHAKES_MAX: usize = 2048;
/// Such connections from one address; beyond it the oldest of that address is cut.
pub const HANDSHAKES_PER_ADDRESS_MAX: usize = 256;
/// After the system refused a new connection, for want of descriptors most likely.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A connection to the server on which nothing has come for this long is probed.
pub const PROBE_AFTER: Duration = Duration::from_secs(10);
/// Between two probes of a silent connection.
pub const PROBE_INTERVAL: Duration = Duration::from_secs(5);
/// Probes without an answer; then the connection is dead.
pub const PROBES_MAX: u32 = 3;
/// A host that sends nothing for this long, not even a heartbeat, is cut off.
pub const HOST_SILENT: Duration = Duration::from_secs(3);
/// A host whose system does not confirm what it was sent for this long is gone.
pub const HOST_UNANSWERED_MAX: Duration = Duration::from_secs(10);
/// How often server and shipper look whether their certificates end soon.
pub const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(3600);

/// Shipper to server, per connection.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(400);
/// Without HEARTBEAT_ACK for this long the link is dead, unless acknowledgements come.
pub const LINK_DEAD: Duration = Duration::from_millis(800);
/// An acknowledgement shows that the link lives for this long: shorter than a HEARTBEAT_ACK does, so
/// that a cut is noticed no later.
pub const LINK_PROOF_LIFE: Duration = Duration::from_millis(600);
/// An event unacknowledged for this long, and none before it acknowledged meanwhile, counts as a dead
/// link though heartbeats arrive.
pub const ACK_DEBT: Duration = Duration::from_secs(2);
/// A busy session's acknowledgements are checked no more often than this: one covers all before
/// it, and a signature costs as much as hashing 50 KiB.
pub const ACK_CHECK_PAUSE: Duration = Duration::from_millis(100);
/// The same for one that proves all there is.
pub const ACK_CHECK_PAUSE_MIN: Duration = Duration::from_millis(20);

/// Between two tries to reach the server while no session waits for it.
pub const RECONNECT_IDLE: Duration = Duration::from_secs(2);
/// First and longest pause between two tries to reach the server.
pub const RECONNECT_DELAY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(50)..=Duration::from_millis(250);
/// TCP connect, TLS handshake and HELLO together, on either side.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);

const _: () = {
    assert!(LINK_DEAD.as_millis() >= 2 * HEARTBEAT_INTERVAL.as_millis());
    assert!(LINK_PROOF_LIFE.as_millis() < LINK_DEAD.as_millis());
    assert!(LINK_WRITE_TIME.as_millis() * 4 < HEARTBEAT_INTERVAL.as_millis());
    assert!(ACK_CHECK_PAUSE_MIN.as_millis() < ACK_CHECK_PAUSE.as_millis());
    assert!(ACK_CHECK_PAUSE.as_millis() * 4 < LINK_DEAD.as_millis());
    assert!(FAIR_TURN_BYTES <= LINK_WRITE_BYTES && LINK_WRITE_BYTES_MIN <= FAIR_TURN_BYTES);
    assert!(INGEST_RESERVE_BYTES <= INGEST_BYTES_MAX && INGEST_BYTES_MAX <= INGEST_POOL_BYTES);
    assert!(CONNECTIONS_PER_ADDRESS_MAX < CONNECTIONS_MAX);
    assert!(HANDSHAKES_PER_ADDRESS_MAX < HANDSHAKES_MAX && HANDSHAKES_MAX < CONNECTIONS_MAX);
};
