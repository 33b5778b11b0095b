//! The limits of playing a recording: keyframes, timeline, and what is read of it from near and far.

use std::time::Duration;

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
/// A recording on this machine that may still grow and to which nobody has written for so long is called
/// unfinished, until somebody does.
pub const REPLAY_SILENCE: Duration = Duration::from_secs(60);
/// A line that is told as text while a recording plays; what is longer is told in pieces, bytes.
pub const PRINTOUT_LINE_BYTES_MAX: usize = 64 * 1024;
/// How far back a player looks for what is gone from the screen, in recorded time.
pub const VANISHED_SPAN: Duration = Duration::from_secs(60);
/// And in events, so that looking stays quick.
pub const VANISHED_EVENTS_MAX: u64 = 2000;
/// Lines that are gone from a screen and kept, the newest.
pub const VANISHED_LINES_MAX: usize = 500;
/// What scrolled away, as much as is known of it to tell it from what is gone, bytes.
pub const VANISHED_SCROLLED_BYTES_MAX: usize = 64 * 1024;
/// Slots of a timeline's activity histogram; an even number.
pub const TIMELINE_SLOTS: usize = 512;

const _: () = {
    assert!(TIMELINE_SLOTS.is_multiple_of(2));
};
