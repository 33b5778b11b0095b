//! What concerns the kernel's audit stream and what is made of it.

use std::time::Duration;

/// Line of the kernel's audit stream; of a longer one the rest is cut off.
pub const KAUDIT_LINE_BYTES_MAX: usize = 9 * 1024;
/// Frame of that stream in its binary format: 16 bytes of header, 8970 of data (`libaudit.h`).
pub const KAUDIT_FRAME_BYTES: usize = 8986;
/// Records that are read and not yet looked at; then those go first that nobody waits for.
pub const KAUDIT_QUEUE_RECORDS_MAX: usize = 16 * 1024;
/// What these records take.
pub const KAUDIT_QUEUE_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Events of which not all records are there.
pub const KAUDIT_EVENTS_OPEN_MAX: usize = 1024;
/// What these events take.
pub const KAUDIT_OPEN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Records of one event.
pub const KAUDIT_EVENT_BYTES_MAX: usize = 1024 * 1024;
/// Events that have ended and are remembered, so that none comes twice.
pub const KAUDIT_DONE_MAX: usize = 8192;
/// An event of which nothing more comes ends after this, by the stream's time or by the clock.
pub const KAUDIT_ASSEMBLY_WAIT: Duration = Duration::from_secs(2);
/// Arguments of a command that are kept of an audit event.
pub const KAUDIT_ARGV_BYTES_MAX: usize = 64 * 1024;
/// Keys of one audit event.
pub const KAUDIT_KEYS_MAX: usize = 32;
/// A number that is missing in the stream for this long is lost.
pub const KAUDIT_GAP_WAIT: Duration = Duration::from_secs(5);
/// Such numbers that are waited for.
pub const KAUDIT_GAPS_MAX: usize = 4096;
/// Hosts in one stream whose numbers are watched.
pub const KAUDIT_NODES_MAX: usize = 16;
/// Users named in the summary of what was held back.
pub const KAUDIT_BURST_NAMES_MAX: usize = 8;
/// Entries and sightings that the shipper has not taken yet; then the oldest go and are counted.
pub const KAUDIT_OUTBOX_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Between a mail about a key and the summary of what followed it.
pub const KAUDIT_MAIL_PAUSE: Duration = Duration::from_secs(60);
/// A command that sudo ran and no session has, so long after it was seen: it is unrecorded.
pub const WITNESS_COMMAND_WAIT: Duration = Duration::from_secs(5);
/// A program that became root by sudo, or by another program, so long after it was seen.
pub const WITNESS_ROOT_WAIT: Duration = Duration::from_secs(10);
/// The witness has gone for so long.
pub const WITNESS_GONE_WAIT: Duration = Duration::from_secs(10);
/// A session whose sudo the kernel's audit has not shown for so long.
pub const WITNESS_MISSING_WAIT: Duration = Duration::from_secs(30);
/// Between two reports of such sessions.
pub const WITNESS_MISSING_PAUSE: Duration = Duration::from_secs(600);
/// A session that has ended is remembered for so long: the audit stream may lag.
pub const WITNESS_MEMORY: Duration = Duration::from_secs(900);
/// Sessions that are remembered.
pub const WITNESS_SESSIONS_MAX: usize = 16 * 1024;
/// Sightings that are compared with them.
pub const WITNESS_SIGHTINGS_MAX: usize = 4096;
/// What these sightings take.
pub const WITNESS_SIGHTINGS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Between two reports of what the kernel's audit lost.
pub const WITNESS_LOSS_PAUSE: Duration = Duration::from_secs(60);
/// Steps of the wall clock that are remembered, to understand what was stamped before them.
pub const WITNESS_CLOCK_STEPS_MAX: usize = 16;

/// So many commands of a host that nothing recorded become sessions without a recording, within
/// [`UNRECORDED_WINDOW`]; further ones stand in the event log only.
pub const UNRECORDED_MAX: u32 = 100;
/// How long ago one of them may have been, by its host's word; a host's spool reaches back less far.
pub const UNRECORDED_AGE_MAX: Duration = Duration::from_secs(30 * 24 * 3600);
/// See there.
pub const UNRECORDED_WINDOW: Duration = Duration::from_secs(3600);
