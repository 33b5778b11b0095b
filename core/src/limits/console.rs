//! The limits of a console: what it asks for, watches, keeps and shows.

use std::time::Duration;

/// Operator attachments on one console connection.
pub const WATCHES_PER_CONSOLE_MAX: usize = 64;
/// Requests that a console may have queued behind its connection; then whoever asks waits.
pub const CONSOLE_REQUESTS_MAX: usize = 16;
/// Events of one stream that a console holds unread; then the server is not read either.
pub const CONSOLE_STREAM_ITEMS_MAX: usize = 64;
/// Frames that wait to be sent to one console; whoever has more to say to it waits.
pub const CONSOLE_REPLIES_MAX: usize = 4;
/// Text of a list's query, with all patterns of its conditions.
pub const QUERY_TEXT_BYTES_MAX: usize = 1024;
/// Conditions of a list's query.
pub const QUERY_CONDITIONS_MAX: usize = 32;
/// Values in all of them together.
pub const QUERY_VALUES_MAX: usize = 128;
/// Alarms of a console that nobody has looked at; the oldest make room.
pub const ALARMS_MAX: usize = 64;
/// What is grave and older than this is not told to a console that is opened now.
pub const GRAVE_AGE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How often a console asks for what is grave.
pub const GRAVE_INTERVAL: Duration = Duration::from_secs(2);
/// Values of each thing that sessions are told to differ in; the most frequent ones are told.
pub const FACET_VALUES_MAX: usize = 100;
/// Different values of one facet that are counted; the sessions of further ones are counted together.
pub const FACET_NAMES_MAX: usize = 100_000;
/// A name that is longer is none to choose from.
pub const FACET_VALUE_BYTES_MAX: usize = 256;
/// What sessions are found by.
pub const FIND_LETTERS_BYTES_MAX: usize = 128;
/// Sessions that are found by it.
pub const FIND_ROWS_MAX: u32 = 100;
/// Rows of a live list.
pub const CONSOLE_LIST_ROWS_MAX: u32 = 500;
/// Rows that the table of all sessions asks for at once.
pub const BROWSE_PAGE_ROWS: u32 = 100;
/// Pages of it that a console keeps.
pub const BROWSE_PAGES_MAX: usize = 8;
/// Rows before and behind the chosen one that are asked for in advance.
pub const BROWSE_MARGIN_ROWS: u32 = 60;
/// Entries of the event log, or alerts, that a console keeps: bytes, and rows of no size.
pub const TRAIL_ROWS_MAX: usize = 2000;
/// See [`TRAIL_ROWS_MAX`].
pub const TRAIL_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A live picture that lies further behind the recording than this says so.
pub const LIVE_BEHIND_MIN: Duration = Duration::from_secs(1);
/// How often it is shown and says so while it catches up.
pub const LIVE_BEHIND_INTERVAL: Duration = Duration::from_secs(1);
/// Events that the store holds ready for one live screen; what it misses it reads from the files.
pub const LIVE_EVENTS_MAX: usize = 256;
/// Items that wait for one live viewer, who then begins again with a keyframe: on a slow line, what waits
/// is what they lie behind.
pub const LIVE_ITEMS_MAX: usize = 32;
/// A list that a console asks for again and again unchanged stands in the access log this often.
pub const ACCESS_LIST_INTERVAL: Duration = Duration::from_secs(60);
/// A console that is owed a reply and hears nothing for this long gives the connection up.
pub const CONSOLE_SILENCE: Duration = Duration::from_secs(5);
/// How long a console waits for the server to record an order.
pub const CONSOLE_ORDER_WAIT: Duration = Duration::from_secs(10);
/// First and longest pause between two tries of a console to reach its server again.
pub const CONSOLE_RECONNECT_DELAY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(50)..=Duration::from_secs(2);
/// How often a live list is asked for.
pub const CONSOLE_LIST_INTERVAL: Duration = Duration::from_secs(1);
/// A followed screen that keeps changing is handed on this often, faster than it is drawn.
pub const CONSOLE_PICTURE_INTERVAL: Duration = Duration::from_millis(16);
/// Text that is handed to the operator's clipboard; base64 makes a third more of it, and many terminals take
/// no more than 100 kB.
pub const CLIPBOARD_BYTES_MAX: usize = 64 * 1024;
/// Themes that a console offers, its own among them.
pub const THEMES_MAX: usize = 64;
/// Length of a theme's file.
pub const THEME_FILE_BYTES_MAX: u64 = 64 * 1024;
