//! The limits of alerts: their file, their words, their outbox.

use std::time::Duration;

/// A file of alerts.
pub const ALERTS_FILE_BYTES_MAX: usize = 512 * 1024;
/// Targets in it.
pub const ALERT_TARGETS_MAX: usize = 64;
/// Routes in it.
pub const ALERT_ROUTES_MAX: usize = 256;
/// What templates may do for one text, in steps.
pub const ALERT_TEMPLATE_FUEL: u64 = 100_000;
/// What one template may make.
pub const ALERT_WORDS_BYTES_MAX: usize = 32 * 1024;
/// Messages that one request about alerts names.
pub const ALERT_NUMBERS_MAX: usize = 500;
/// A name that an alert tells: a host, a user, a rule.
pub const ALERT_NAME_BYTES_MAX: usize = 256;
/// A command line or sentence that an alert tells; of a longer one the beginning, and how much is left.
pub const ALERT_COMMAND_BYTES_MAX: usize = 2048;
/// The subject of a message.
pub const ALERT_TITLE_BYTES_MAX: usize = 200;
/// Entries in one message.
pub const ALERT_BATCH_ITEMS_MAX: usize = 100;
/// Bytes of the entries that are collected for one message, as JSON; then it is sent.
pub const ALERT_GROUP_BYTES_MAX: usize = 128 * 1024;
/// Messages that are being collected; beyond it the oldest is sent.
pub const ALERT_GROUPS_MAX: usize = 1000;
/// Parts of one message; what does not fit is counted.
pub const ALERT_PARTS_MAX: usize = 5;
/// Things of which is remembered that they were told lately; the oldest are forgotten.
pub const ALERT_KEYS_MAX: usize = 10_000;
/// The same on the disk, as JSON; of more the oldest are forgotten by a restart.
pub const ALERT_MEMORY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How often that is written while it changes; a server that is killed knows what it knew so long ago.
pub const ALERT_MEMORY_INTERVAL: Duration = Duration::from_secs(2);
/// What sudo says of one call is told together; what waits for the rest waits so long at most.
pub const ALERT_CALL_WAIT: Duration = Duration::from_secs(10);
/// Entries that the dispatcher takes from the log at once.
pub const ALERT_TURN_ENTRIES: usize = 500;
/// What one try to send a message may take.
pub const ALERT_SEND_TIME: Duration = Duration::from_secs(10);
/// The same for the machine's own mail program and for Apprise.
pub const ALERT_PROGRAM_TIME: Duration = Duration::from_secs(30);
/// What is read of an answer.
pub const ALERT_ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Longest first pause before a message is tried again; each further one may be twice as long.
pub const ALERT_PAUSE_MIN: Duration = Duration::from_secs(1);
/// Longest pause of all.
pub const ALERT_PAUSE_MAX: Duration = Duration::from_secs(300);
/// How long a target may ask to be left alone.
pub const ALERT_BUSY_MAX: Duration = Duration::from_secs(3600);
/// A message that nobody has taken for so long is given up.
pub const ALERT_LIFE: Duration = Duration::from_secs(24 * 3600);
/// All messages in the outbox; beyond it the oldest of the least severe are left out.
pub const OUTBOX_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Length at which the outbox begins a new file.
pub const OUTBOX_SEGMENT_BYTES: u64 = 2 * 1024 * 1024;
/// How often an outbox that cannot be opened is tried again.
pub const OUTBOX_RETRY_INTERVAL: Duration = Duration::from_secs(5);
/// One record of it.
pub const OUTBOX_RECORD_BYTES_MAX: usize = 1024 * 1024;
/// Messages that were sent or left out and are still listed.
pub const OUTBOX_DONE_MAX: usize = 1000;
/// How often a file of alerts is looked at.
pub const ALERTS_LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// A secret in a file of its own.
pub const SECRET_BYTES_MAX: u64 = 4096;
