//! Every queue, length, loop and interval that the parts of Sudolog must agree on, in one place.
//!
//! A number that an administrator may change has its default here and its key in a TOML file; the
//! others are part of the protocol. Units come last in each name.

mod alert;
mod eventlog;
mod kaudit;

use std::time::Duration;

pub use alert::*;
pub use eventlog::*;
pub use kaudit::*;

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
/// Bytes of one session that may be sent and not yet acknowledged; then the command waits.
pub const UNACKED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Events of one session that may be sent and not yet acknowledged: bounds what tiny events cost.
pub const UNACKED_EVENTS_MAX: usize = 64 * 1024;
/// What a frozen session may record beyond that: what was on its way, and what the user types.
pub const FROZEN_EXTRA_BYTES: usize = 1024 * 1024;
/// What one event costs in the window beside its data.
pub const UNACKED_EVENT_OVERHEAD_BYTES: usize = 64;
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
/// Notices and orders that wait for a plugin that does not read.
pub const PLUGIN_BACKLOG_BYTES_MAX: usize = 64 * 1024;
/// Connections to the shipper's socket: a session and an audit report each.
pub const LOCAL_CONNECTIONS_MAX: usize = 2 * SESSIONS_PER_HOST_MAX;
/// Sessions that one host may have open at once.
pub const SESSIONS_PER_HOST_MAX: usize = 8192;
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
/// Messages that one request about alerts names.
pub const ALERT_NUMBERS_MAX: usize = 500;
/// What the emulator may do before others have their turn, in units of `SafeScreen::feed_within`:
/// 2 to 4 ms.
pub const EMULATOR_SLICE_WORK: u64 = 200_000;

/// Length at which the journal begins a new segment.
pub const JOURNAL_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// What the journal writes and syncs at once, about.
pub const JOURNAL_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Batches that are synced in the journal and not yet in the iolog files; then acknowledgements wait.
pub const SINK_BATCHES_MAX: usize = 64;
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
/// A live picture that lies further behind the recording than this says so.
pub const LIVE_BEHIND_MIN: Duration = Duration::from_secs(1);
/// How often it is shown and says so while it catches up.
pub const LIVE_BEHIND_INTERVAL: Duration = Duration::from_secs(1);
/// Events that the store holds ready for one live screen; what it misses it reads from the files.
pub const LIVE_EVENTS_MAX: usize = 256;
/// Items that wait for one live viewer, who then begins again with a keyframe: on a slow line, what waits
/// is what they lie behind.
pub const LIVE_ITEMS_MAX: usize = 32;

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
/// A list that a console asks for again and again unchanged stands in the access log this often.
pub const ACCESS_LIST_INTERVAL: Duration = Duration::from_secs(60);
/// What was entered waits so long for the rules, where they may forbid it; then it goes on unchecked.
pub const CHECK_DEADLINE: Duration = Duration::from_secs(1);
/// How often server and shipper look whether their certificates end soon.
pub const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(3600);
/// How often the server looks for sessions that nobody has resumed.
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(1);
/// A session that nobody has held for this long counts as lost until somebody resumes it.
pub const HOST_LOST_AFTER: Duration = Duration::from_secs(3);

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

/// Of what a rule found so many bytes are kept to show.
pub const FINDING_TEXT_BYTES_MAX: usize = 256;

/// So many findings are kept of a session, those that count first.
pub const FINDINGS_MAX: usize = 200;

/// One tag of a session.
pub const TAG_BYTES_MAX: usize = 64;

/// So many tags a session can have.
pub const TAGS_MAX: usize = 16;

/// So many remarks are kept of a session; who has more to say is refused.
pub const REMARKS_MAX: usize = 1000;

/// What these remarks take in a file; who has more to say is refused.
pub const REMARKS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What is read of the file in which the assessments of a session stand, from its end.
pub const ASSESSMENTS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// So many assessments of a session are shown, the newest.
pub const ASSESSMENTS_MAX: usize = 8;

/// So many sessions are judged with one request.
pub const JUDGED_MAX: usize = 1000;

/// So many sessions with something new wait for the rules; further ones are looked at when there is time.
pub const FRESH_SESSIONS_MAX: usize = 100_000;
/// Of those, sessions in which somebody types and which are looked at first.
pub const FRESH_TYPED_MAX: usize = 256;
/// So many of them one after the other, then another session.
pub const FRESH_TYPED_TURNS: u32 = 4;

/// So many changes of the rules are told, the newest.
pub const RULES_CHANGES_MAX: usize = 50;
/// So many of the newest recordings are assessed when rules are tried from a console, and so many of those
/// are shown that would have another risk.
pub const RULES_TRIED_MAX: u32 = 2000;
/// See there.
pub const RULES_TRIAL_ROWS_MAX: usize = 100;
/// Changes that wait for the slowest console; it misses the oldest. One act has room.
pub const CHANGES_WAITING_MAX: usize = 1024;

/// Who has played, watched or reviewed a session is shown to its other reviewers for this long.
pub const PRESENCE_LIFE: Duration = Duration::from_secs(30);

/// Operators and sessions of which that is known, the newest.
pub const PRESENCES_MAX: usize = 1024;

/// So many other operators are shown to a reviewer.
pub const WATCHERS_MAX: usize = 32;

/// What is read of the access log to list views, from its end.
pub const VIEWS_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// So many views are listed at once.
pub const VIEWS_MAX: u32 = 1000;

/// A file of rules.
pub const RULES_BYTES_MAX: usize = 512 * 1024;
/// Rules in it.
pub const RULES_MAX: usize = 500;
/// How deep its lists and mappings lie in one another.
pub const DOCUMENT_DEPTH_MAX: usize = 8;
/// One text in it.
pub const DOCUMENT_TEXT_BYTES_MAX: usize = 8 * 1024;
/// Values of one list in it.
pub const DOCUMENT_VALUES_MAX: usize = 256;
/// Memory that the regular expression of one rule may take.
pub const RULE_REGEX_BYTES_MAX: usize = 1024 * 1024;
/// The same of all that look at one source together.
pub const RULES_REGEX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Different matches that a rule may ask for.
pub const RULE_DISTINCT_MAX: usize = 64;
/// Matches of one rule that are counted in one text.
pub const RULE_MATCHES_MAX: usize = 64;
/// Rules look at so much of a line at once; of a longer one at pieces that overlap.
pub const RISK_LINE_BYTES_MAX: usize = 8 * 1024;
/// What two pieces of a line have in common.
pub const RISK_OVERLAP_BYTES: usize = 1024;
/// Refusals of sudo that the server remembers for rules which count them.
pub const RISK_REJECTS_MAX: usize = 10_000;
/// Lines that were entered and not left yet.
pub const RISK_ENTERED_MAX: usize = 64;
/// Line ends at which a line that was pasted is looked for.
pub const RISK_ENTERED_LOOKS: u32 = 1024;
/// What was shown and is looked at together.
pub const RISK_SHOWN_BYTES: usize = 64 * 1024;
/// Output that waits until somebody wants to know what the screen shows.
pub const RISK_BACKLOG_BYTES: usize = 64 * 1024;
/// So much of it a session that sleeps keeps as it is.
pub const RISK_BACKLOG_ASLEEP_BYTES: usize = 4 * 1024;
/// Input that comes faster than this belongs to one paste.
pub const PASTE_PAUSE: Duration = Duration::from_millis(20);
/// A session that lasts longer is out of the ordinary.
pub const VERY_LONG: Duration = Duration::from_secs(8 * 3600);
/// Host name: RFC 1035 section 2.3.4.
pub const HOST_NAME_BYTES_MAX: usize = 253;

/// Keys of a recording that the player keeps, the newest.
pub const KEYSTROKES_MAX: usize = 16 * 1024;
/// Typed characters that may still be echoed.
pub const KEYSTROKES_PENDING_MAX: usize = 64;
/// A character that is not echoed within this time is not shown.
pub const ECHO_WAIT: Duration = Duration::from_secs(1);
/// Entered lines of a recording that the player keeps, the first.
pub const ENTERED_LINES_MAX: usize = 4096;
/// Characters of an entered line that are kept.
pub const ENTERED_LINE_CHARS_MAX: usize = 400;
/// Rows of a recorded screen that are drawn; larger sizes are stored but clamped for display.
pub const SCREEN_LINES_MAX: u16 = 500;
/// Columns of a recorded screen that are drawn.
pub const SCREEN_COLUMNS_MAX: u16 = 1000;
/// A screen smaller than this is drawn as if it had this many rows and columns.
pub const SCREEN_SIDE_MIN: u16 = 2;
/// One recorded escape or control sequence, at most; a longer one is shown as text.
pub const TERM_SEQUENCE_BYTES_MAX: usize = 256;
/// Payload of a recorded OSC, SOS or PM string that is swallowed; what follows is shown as text.
pub const TERM_STRING_BYTES_MAX: usize = 64 * 1024;
/// The same for DCS and APC, which carry pictures.
pub const TERM_PICTURE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that the emulator is given at once, at most; what a parser reset can garble.
pub const TERM_RUN_BYTES_MAX: usize = 4096;
/// Bytes between two safety copies of the screen, from which a parser reset is mended; one for
/// each cell where the screen has more cells than this, so that copying stays cheap beside it.
pub const TERM_JOURNAL_BYTES_MAX: usize = 64 * 1024;
/// Output that the emulator is given later because most of it will have scrolled away by then; where
/// half of it is still seen, it is given at once.
pub const TERM_DEFERRED_BYTES_MAX: usize = 32 * 1024;
/// Different styles in such output that are left behind; with more it is given at once.
pub const TERM_DEFERRED_STYLES_MAX: usize = 64;
/// What expensive sequences of a recording (clearing, scrolling, repeating) may cost at once, in
/// units of `SafeScreen::feed_within`: 15 ms. Beyond it they are left out and the screen says so.
pub const TERM_CREDIT_MAX: u32 = 1_500_000;
/// What each byte of text or of a sequence adds to that again: 64 KiB bring 16 ms.
pub const TERM_CREDIT_PER_BYTE: u32 = 24;
/// What each recorded millisecond adds: a twentieth of a processor.
pub const TERM_CREDIT_PER_MS: u32 = 5_000;

/// A keyframe is kept at least every so many bytes of data: the most that a seek must replay.
pub const KEYFRAME_DATA_BYTES: usize = 256 * 1024;
/// A keyframe is kept at least this often while something happens.
pub const KEYFRAME_INTERVAL: Duration = Duration::from_secs(30);
/// Memory for the keyframes of one recording; beyond it they are kept less often.
pub const KEYFRAMES_BYTES_MAX: usize = 32 * 1024 * 1024;
/// A pause in a recording that is worth a mark on the timeline.
pub const IDLE_GAP: Duration = Duration::from_secs(5);
/// Marks on one timeline; further ones are counted, not kept.
pub const TIMELINE_MARKS_MAX: usize = 4096;
/// What a player reads of a recording at once, bytes; then it looks whether it shall do other work.
pub const REPLAY_READ_BYTES: usize = 256 * 1024;
/// Events between two bookmarks of a recording: the most that a seek passes over.
pub const REPLAY_BOOKMARK_EVENTS: u64 = 256;
/// Events of one recording that are played; what follows is left out with a note.
pub const REPLAY_EVENTS_MAX: u64 = 32 * 1024 * 1024;
/// Requests of one console that survey, look or search at once; the others wait.
pub const READS_PER_CONSOLE_MAX: usize = 4;
/// What one answer to `outline` brings: bytes of MOMENTS, bytes of lines, marks and keys.
pub const OUTLINE_PIECE_BYTES: usize = 64 * 1024;
/// Marks and keys in one answer to `outline`.
pub const OUTLINE_PIECE_ITEMS: usize = 512;
/// How long a server reads for one answer to `outline`.
pub const OUTLINE_PIECE_TIME: Duration = Duration::from_millis(500);
/// Events of which one MOMENTS tells, at most.
pub const OUTLINE_BLOCK_EVENTS: u64 = 4096;
/// Memory for what the server keeps of recordings that are played: the one that was not used for the
/// longest time goes first.
pub const SHELF_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Recordings that it keeps something of.
pub const SHELF_RECORDINGS_MAX: usize = 64;
/// For so long what is kept of a recording makes no room for another one: otherwise many consoles would
/// take it away from one another, and all be surveyed again and again.
pub const SHELF_REST: Duration = Duration::from_secs(10);
/// How long a server reads for one answer to `look`; what it has read by then is kept for the next.
pub const LOOK_TIME: Duration = Duration::from_secs(5);
/// What a player asks for at once of the events that follow a moment, bytes.
pub const LOOK_BYTES: u32 = 64 * 1024;
/// The most that a server gives.
pub const LOOK_BYTES_MAX: u32 = 256 * 1024;
/// Unpacked data of one compressed recording that is kept on disk while it is open.
pub const REPLAY_SPOOL_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// How often a recording that may grow is looked at.
pub const REPLAY_FOLLOW_INTERVAL: Duration = Duration::from_millis(250);
/// Slots of a timeline's activity histogram; an even number.
pub const TIMELINE_SLOTS: usize = 512;

/// Text or regular expression that is searched for.
pub const SEARCH_PATTERN_BYTES_MAX: usize = 1024;
/// Memory that a regular expression may take.
pub const SEARCH_REGEX_BYTES_MAX: usize = 1024 * 1024;
/// Memory for the text that one recording showed; what was shown later is not searched, and that is
/// said.
pub const SEARCH_INDEX_BYTES_MAX: usize = 256 * 1024 * 1024;
/// What is searched at once; then whoever searches looks whether it shall do other work.
pub const SEARCH_SLICE_BYTES: usize = 4 * 1024 * 1024;
/// What one event writes that is kept until the screen is looked at.
pub const SEARCH_TRACE_BYTES_MAX: usize = 512 * 1024;
/// What looking at screens for search may cost at once, in units of 10 ns: 0.3 s. Beyond it some
/// moments are not looked at, and that is said.
pub const SEARCH_CREDIT_MAX: u64 = 30_000_000;
/// What each recorded byte adds to that again.
pub const SEARCH_CREDIT_PER_BYTE: u64 = 32;
/// What each recorded millisecond adds.
pub const SEARCH_CREDIT_PER_MS: u64 = 500;
/// What each event adds.
pub const SEARCH_CREDIT_PER_EVENT: u64 = 100;
/// Hits of one search that a player keeps; further ones are not looked for.
pub const SEARCH_HITS_MAX: usize = 10_000;
/// Text around a hit.
pub const SEARCH_CONTEXT_BYTES_MAX: usize = 512;

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
/// Incidents that are kept of one session.
pub const INCIDENTS_MAX: usize = 1000;
/// Orders for a session whose host is away.
pub const ORDERS_WAITING_MAX: usize = 16;
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
/// A busy session's acknowledgements are checked no more often than this: one covers all before
/// it, and a signature costs as much as hashing 50 KiB.
pub const ACK_CHECK_PAUSE: Duration = Duration::from_millis(100);
/// The same for one that proves all there is.
pub const ACK_CHECK_PAUSE_MIN: Duration = Duration::from_millis(20);
/// Between two tries to reach the server while no session waits for it.
pub const RECONNECT_IDLE: Duration = Duration::from_secs(2);
/// How long the plugin's close waits for the acknowledgement of CLOSE.
pub const CLOSE_DEADLINE: Duration = Duration::from_secs(5);
/// How long it waits when the session is frozen: the shipper delivers the rest by itself.
pub const CLOSE_FROZEN_WAIT: Duration = Duration::from_millis(300);
/// A lost session may be resumed for this long, then it is INCOMPLETE.
pub const RESUME_GRACE: Duration = Duration::from_secs(600);
/// First and longest pause between two tries to reach the server.
pub const RECONNECT_DELAY: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(50)..=Duration::from_millis(250);
/// TCP connect, TLS handshake and HELLO together, on either side.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(5);
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
    assert!(UNACKED_BYTES_MAX >= 4 * EVENT_DATA_BYTES_MAX);
    assert!(LINK_DEAD.as_millis() >= 2 * HEARTBEAT_INTERVAL.as_millis());
    assert!(START_LINK_WAIT.as_millis() < START_ANSWER_WAIT.as_millis());
    assert!(START_ANSWER_WAIT.as_millis() < START_DEADLINE.as_millis());
    assert!(ACK_CHECK_PAUSE_MIN.as_millis() < ACK_CHECK_PAUSE.as_millis());
    assert!(ACK_CHECK_PAUSE.as_millis() * 4 < LINK_DEAD.as_millis());
    assert!(FAIR_TURN_BYTES <= LINK_WRITE_BYTES && LINK_WRITE_BYTES_MIN <= FAIR_TURN_BYTES);
    assert!(LINK_PROOF_LIFE.as_millis() < LINK_DEAD.as_millis());
    assert!(LINK_WRITE_TIME.as_millis() * 4 < HEARTBEAT_INTERVAL.as_millis());
    assert!(INGEST_RESERVE_BYTES <= INGEST_BYTES_MAX && INGEST_BYTES_MAX <= INGEST_POOL_BYTES);
    assert!(CONNECTIONS_PER_ADDRESS_MAX < CONNECTIONS_MAX);
    assert!(HANDSHAKES_PER_ADDRESS_MAX < HANDSHAKES_MAX && HANDSHAKES_MAX < CONNECTIONS_MAX);
    assert!(PLUGIN_POLL.as_millis() < SHIPPER_SILENT.as_millis());
    assert!(SHIPPER_SILENT.as_millis() < SHIPPER_SILENT_KILL.as_millis());
    assert!(2 * HEARTBEAT_INTERVAL.as_millis() < SUDO_SILENT.as_millis());
    assert!(TERM_RUN_BYTES_MAX + TERM_SEQUENCE_BYTES_MAX <= TERM_JOURNAL_BYTES_MAX);
    assert!(TERM_DEFERRED_BYTES_MAX + TERM_RUN_BYTES_MAX <= TERM_JOURNAL_BYTES_MAX);
    assert!(KAUDIT_ARGV_BYTES_MAX <= TEXT_BYTES_MAX);
    assert!(KAUDIT_EVENT_BYTES_MAX <= KAUDIT_OPEN_BYTES_MAX);
    assert!(KAUDIT_FRAME_BYTES <= KAUDIT_LINE_BYTES_MAX);
    assert!(TIMELINE_SLOTS.is_multiple_of(2));
    assert!(JUDGED_MAX <= CHANGES_WAITING_MAX, "nobody misses one act who keeps up");
    assert!(SCREEN_SIDE_MIN <= SCREEN_LINES_MAX && SCREEN_SIDE_MIN <= SCREEN_COLUMNS_MAX);
    // The most expensive sequence at the largest screen can be paid for: two units a cell.
    assert!(2 * SCREEN_LINES_MAX as u32 * SCREEN_COLUMNS_MAX as u32 <= TERM_CREDIT_MAX);
};
