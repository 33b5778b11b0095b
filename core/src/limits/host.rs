//! The limits of a host: plugin, shipper and the session between them.

use std::time::Duration;

use super::{HEARTBEAT_INTERVAL, SESSIONS_PER_HOST_MAX};

/// Notices and orders that wait for a plugin that does not read.
pub const PLUGIN_BACKLOG_BYTES_MAX: usize = 64 * 1024;
/// Connections to the shipper's socket: a session and an audit report each.
pub const LOCAL_CONNECTIONS_MAX: usize = 2 * SESSIONS_PER_HOST_MAX;
/// How often the plugin looks at the shipper and at the terminal's foreground group.
pub const PLUGIN_POLL: Duration = Duration::from_millis(150);
/// Shipper silent for this long: the plugin freezes the session itself.
pub const SHIPPER_SILENT: Duration = Duration::from_millis(800);
/// The plugin has had to hold the session for this long: it ends it.
pub const SHIPPER_SILENT_KILL: Duration = Duration::from_secs(5);
/// A freeze that the kernel has not carried out within this time is reported all the same.
pub const STILL_DEADLINE: Duration = Duration::from_secs(1);
/// sudo silent for this long: the shipper freezes the session until it is heard again.
pub const SUDO_SILENT: Duration = Duration::from_secs(2);
/// A session that the shipper calls frozen runs for this long: the plugin freezes it itself.
pub const REFREEZE_AFTER: Duration = Duration::from_millis(450);
/// How often the shipper looks for processes that have left their session's cgroup; longer where
/// looking takes more than a tenth of it.
pub const ESCAPE_SCAN: Duration = Duration::from_millis(250);
/// The same while sessions are frozen.
pub const ESCAPE_SCAN_FROZEN: Duration = Duration::from_millis(50);
/// After a kill, processes that turn up are looked for until a look that was begun so long after it
/// finds none: births on their way to the shipper have come by then.
pub const KILL_SEARCH: Duration = Duration::from_millis(100);
/// Escapes of one session that its task has not reported yet; further ones are stopped all the same.
pub const ESCAPES_MAX: usize = 32;
/// A command that has not come up inside its cgroup after this long is ended.
pub const BIRTH_DEADLINE: Duration = Duration::from_secs(2);
/// SIGTERM, then this long until `cgroup.kill`.
pub const TERMINATE_GRACE: Duration = Duration::from_secs(2);
/// Frozen for this long: the session is terminated. Configurable; zero means never.
pub const FREEZE_TIMEOUT: Duration = Duration::from_secs(300);
/// From the plugin's connect to OPENED; later the command is refused.
pub const START_DEADLINE: Duration = Duration::from_secs(5);
/// How long a starting session waits for a link that is being made again.
pub const START_LINK_WAIT: Duration = Duration::from_secs(2);
/// How long the shipper waits for OPENED; shorter than what the plugin waits, so that the user
/// gets the sentence that says why.
pub const START_ANSWER_WAIT: Duration = Duration::from_millis(4500);
/// How long the plugin's close waits for the acknowledgement of CLOSE.
pub const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// How long it waits when the session is frozen: the shipper delivers the rest by itself.
pub const CLOSE_FROZEN_WAIT: Duration = Duration::from_millis(300);

const _: () = {
    assert!(START_LINK_WAIT.as_millis() < START_ANSWER_WAIT.as_millis());
    assert!(START_ANSWER_WAIT.as_millis() < START_DEADLINE.as_millis());
    assert!(PLUGIN_POLL.as_millis() < SHIPPER_SILENT.as_millis());
    assert!(SHIPPER_SILENT.as_millis() < SHIPPER_SILENT_KILL.as_millis());
    assert!(2 * HEARTBEAT_INTERVAL.as_millis() < SUDO_SILENT.as_millis());
};
