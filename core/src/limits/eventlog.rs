//! What concerns the event log: entries on their way, on the disk, and when they are asked for.

use std::time::Duration;

/// Details that one entry of the event log may have.
pub const ENTRY_DETAILS_MAX: usize = 32;
/// Entries of the event log in one answer.
pub const EVENTS_MAX: u32 = 500;
/// Alerts in one answer.
pub const ALERTS_MAX: u32 = 500;
/// Audit events that the shipper keeps while the server is away; beyond it the least severe are lost, of these the oldest.
pub const AUDIT_QUEUE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// One entry as JSON writes it; the server cuts what is longer.
pub const ENTRY_JSON_BYTES_MAX: usize = 64 * 1024;
/// What a host pays for one batch of entries at least: each is synced by itself.
pub const AUDIT_BATCH_BYTES_MIN: usize = 4 * 1024;
/// Entries that an answer is chosen from, bytes; then the rest is another page.
pub const EVENTS_FOUND_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The shipper's file of audit events that wait, as JSON; then it is written anew.
pub const AUDIT_SPOOL_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Audit events that are sent and not yet answered by AUDITED, about; then the shipper waits.
pub const AUDIT_UNANSWERED_BYTES_MAX: usize = 256 * 1024;
/// The same on the server, as it counts them; then it takes none over that connection.
pub const AUDIT_WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;
/// The same in entries.
pub const AUDIT_WAITING_MAX: usize = 8192;
/// Entries of one host that are written together.
pub const AUDIT_BATCH_MAX: usize = 256;
/// What a host may fill of the event log, bytes a second for ever; beyond it AUDITED comes later.
pub const AUDIT_RATE_BYTES_PER_S: u32 = 16 * 1024;
/// The same at once.
pub const AUDIT_BURST_BYTES: usize = 8 * 1024 * 1024;
/// How long sudo may spend on telling the shipper what its audit says.
pub const AUDIT_SEND_DEADLINE: Duration = Duration::from_millis(100);
/// A command line in an entry of sudo's, as JSON; what is longer is cut and says so.
pub const AUDIT_ARGV_JSON_BYTES_MAX: usize = 16 * 1024;
/// Every other text in it.
pub const AUDIT_TEXT_BYTES_MAX: usize = 2048;
/// Entries of one call of sudo that wait to be told.
pub const AUDIT_CALL_ENTRIES_MAX: usize = 64;
/// Variables of the environment in it, those that the administrator allows.
pub const AUDIT_ENV_MAX: usize = 16;
/// What several hosts send and is synced at once; a host's batch that reaches beyond it is the last one.
pub const EVENTS_TOGETHER_BYTES: usize = 1024 * 1024;
/// What one source may have of a full event log; beyond it its own oldest entries go before those of others.
pub const EVENTS_SOURCE_BYTES_MAX: u64 = EVENTS_LOG_BYTES_MAX / 8;
/// Length at which the server's event log begins a new segment.
pub const EVENTS_SEGMENT_BYTES: u64 = 4 * 1024 * 1024;
/// Length of the whole event log; beyond it its oldest segments are removed.
pub const EVENTS_LOG_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Newest segments whose entries are known again when a host sends them a second time.
pub const EVENTS_REMEMBERED_SEGMENTS: usize = 16;
/// The server's own entries that wait to be written; further ones are counted and lost.
pub const EVENTS_QUEUE_MAX: usize = 4096;
/// Batches of hosts' entries that wait to be written; further ones wait at their connection.
pub const EVENTS_KEEPS_MAX: usize = 64;
/// What waits and is written together.
pub const EVENTS_BATCH_MAX: usize = 256;
/// Newest entries that are read from memory.
pub const EVENTS_RECENT_MAX: usize = 1024;
/// The same in bytes.
pub const EVENTS_RECENT_BYTES: usize = 4 * 1024 * 1024;
/// How long one request looks through the event log; then it says how far it came.
pub const EVENTS_SCAN_TIME: Duration = Duration::from_millis(250);
/// How often it is written down up to where the event log has what the journal tells; of what came since, a
/// server that was killed looks again.
pub const EVENTS_TOLD_INTERVAL: Duration = Duration::from_secs(5);
/// After the event log could not be written.
pub const EVENTS_RETRY_INTERVAL: Duration = Duration::from_secs(1);

const _: () = {
    assert!(AUDIT_UNANSWERED_BYTES_MAX * 2 < AUDIT_WAITING_BYTES_MAX);
};
