//! The limits of the journal, the recordings and the disks under them.

use std::time::Duration;

/// Length at which the journal begins a new segment.
pub const JOURNAL_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// What the journal writes and syncs at once, about.
pub const JOURNAL_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Batches that are synced in the journal and not yet in the iolog files; then acknowledgements wait.
pub const SINK_BATCHES_MAX: usize = 64;
/// Part of a disk that is kept for sessions that run already, percent; new ones are refused.
pub const DISK_RESERVE_PERCENT: u64 = 5;
/// The same in bytes, at most.
pub const DISK_RESERVE_BYTES: u64 = 1024 * 1024 * 1024;
/// A disk that goes on failing is said in the log this often.
pub const ALARM_INTERVAL: Duration = Duration::from_secs(30);
/// Recordings whose files the server keeps open at once.
pub const OPEN_RECORDINGS_MAX: usize = 512;
/// A checkpoint is written beside the recording after so many bytes, and always at the end.
pub const CHECKPOINT_BYTES: u64 = 1024 * 1024;
/// And after so long, when something was acknowledged since the last one.
pub const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(5);
/// So often as many bytes of checkpoints stand there, that interval is longer by itself.
pub const CHECKPOINTS_BYTES_STEP: u64 = 1024 * 1024;
