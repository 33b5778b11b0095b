//! Watchers of every speed on one channel.

use std::io::Write as _;

use super::*;
use sudolog_core::iolog::encode_timing;
use sudolog_core::limits::{EVENT_DATA_BYTES_MAX, SCREEN_COLUMNS_MAX, SCREEN_LINES_MAX};
use sudolog_core::session::EventKind;
use sudolog_core::term::behind;

/// A recording on disk and the store's end of the subscription.
struct Stored {
    dir: tempfile::TempDir,
    publish: mpsc::Sender<LiveItem>,
    seq: u64,
}

impl Stored {
    fn new() -> (Self, Channel, Watch) {
        Self::with_history(&["before "])
    }

    fn with_history(history: &[&str]) -> (Self, Channel, Watch) {
        let (stored, source) = Self::source(history);
        let (channel, watch) = start(source).unwrap();
        (stored, channel, watch)
    }

    fn source(history: &[&str]) -> (Self, Source) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("timing"), "").unwrap();
        let (publish, subscription) = mpsc::channel(LIVE_EVENTS_MAX);
        let mut stored = Self { dir, publish, seq: 0 };
        for text in history {
            stored.append(text);
        }
        let directory = Directory(stored.dir.path().to_owned());
        let stored_now = Box::new(|| Duration::ZERO);
        (stored, Source { size: (5, 40), directory, subscription, stored: stored_now })
    }

    /// To the files first, as the sink does.
    fn append(&mut self, text: &str) -> Event {
        self.seq += 1;
        let event = Event::new(self.seq, 1000, EventKind::Ttyout, text.to_owned().into()).unwrap();
        let append = |name: &str, bytes: &[u8]| {
            let path = self.dir.path().join(name);
            std::fs::File::options()
                .create(true)
                .append(true)
                .open(path)
                .unwrap()
                .write_all(bytes)
                .unwrap();
        };
        append("ttyout", event.data());
        let mut line = Vec::new();
        encode_timing(&event, &mut line);
        append("timing", &line);
        event
    }

    fn write(&mut self, text: &str) {
        let event = self.append(text);
        self.publish.blocking_send(LiveItem::Event(event)).unwrap();
    }
}

/// The screen that a watcher builds from what it gets, until `text` is on it.
fn see(watch: &mut Watch, screen: &mut Option<SafeScreen>, text: &str) -> (usize, usize) {
    let (mut keyframes, mut events) = (0, 0);
    while screen.as_ref().is_none_or(|screen| !screen.row_text(0).contains(text)) {
        match watch.blocking_recv().expect("the channel ended") {
            WatchItem::Keyframe(dump) => {
                *screen = Some(SafeScreen::from_wire(&dump).unwrap());
                keyframes += 1;
            }
            WatchItem::Event(event) => {
                screen.as_mut().unwrap().apply(&event);
                events += 1;
            }
            WatchItem::Ended => panic!("ended"),
        }
    }
    (keyframes, events)
}

#[test]
fn a_late_joiner_gets_one_keyframe_and_the_tail() {
    let (mut stored, channel, mut first) = Stored::new();
    let mut screen = None;
    assert_eq!(see(&mut first, &mut screen, "before"), (1, 0));
    stored.write("during ");
    assert_eq!(see(&mut first, &mut screen, "during"), (0, 1));

    let mut late = channel.join().unwrap();
    let mut late_screen = None;
    assert_eq!(see(&mut late, &mut late_screen, "before during"), (1, 0));
    stored.write("after");
    see(&mut first, &mut screen, "after");
    see(&mut late, &mut late_screen, "after");
    assert_eq!(screen.unwrap().text_lines(), late_screen.unwrap().text_lines());
    stored.publish.blocking_send(LiveItem::Ended).unwrap();
    assert_eq!(late.blocking_recv(), Some(WatchItem::Ended));
}

#[test]
fn history_is_one_keyframe_however_long() {
    let history = vec!["\rhistory "; LIVE_EVENTS_MAX * 20];
    let (mut stored, channel, mut first) = Stored::with_history(&history);
    let mut screen = None;
    assert_eq!(see(&mut first, &mut screen, "history"), (1, 0));
    stored.write("tail");
    assert_eq!(see(&mut first, &mut screen, "history tail"), (0, 1));
    let mut late = channel.join().unwrap();
    assert_eq!(see(&mut late, &mut None, "history tail"), (1, 0));
}

#[test]
fn what_the_store_dropped_comes_as_a_keyframe() {
    let (mut stored, _channel, mut watch) = Stored::new();
    let mut screen = None;
    see(&mut watch, &mut screen, "before");
    stored.append("not published ");
    stored.append("nor this ");
    stored.write("but this");
    assert_eq!(see(&mut watch, &mut screen, "before not published nor this but this"), (1, 0));
}

#[test]
fn a_burst_that_overflows_and_then_silence_leaves_no_old_screen() {
    let (mut stored, _channel, mut watch) = Stored::new();
    let mut screen = None;
    see(&mut watch, &mut screen, "before");
    let mut dropped = 0;
    let mut number = 0;
    while dropped == 0 {
        number += 1;
        let event = stored.append(&format!("\rnumber {number:06}"));
        // As the fanout: nothing is said of what did not fit until there is room for more.
        dropped += usize::from(stored.publish.try_send(LiveItem::Event(event)).is_err());
    }
    see(&mut watch, &mut screen, &format!("{number:06}"));
}

#[test]
fn a_slow_watcher_gets_a_new_keyframe() {
    let (mut stored, channel, mut slow) = Stored::new();
    let mut quick = channel.join().unwrap();
    let (mut quick_screen, mut slow_screen) = (None, None);
    see(&mut quick, &mut quick_screen, "before");
    for number in 0..LIVE_EVENTS_MAX * 3 {
        stored.write(&format!("\rnumber {number:06}"));
        see(&mut quick, &mut quick_screen, &format!("{number:06}"));
    }
    let last = format!("{:06}", LIVE_EVENTS_MAX * 3 - 1);
    let (keyframes, events) = see(&mut slow, &mut slow_screen, &last);
    assert!(keyframes >= 2, "{keyframes} keyframes, {events} events");
    assert!(events <= LIVE_EVENTS_MAX * 2);
}

#[test]
fn a_slow_watcher_never_blocks_recording() {
    let (mut stored, channel, asleep) = Stored::new();
    for number in 0..LIVE_EVENTS_MAX * 3 {
        let event = stored.append(&format!("\rnumber {number:06}"));
        // The store never waits: what does not fit is dropped and marked.
        if stored.publish.try_send(LiveItem::Event(event)).is_err() {
            let _ = stored.publish.try_send(LiveItem::Lagged);
        }
    }
    let mut awake = channel.join().unwrap();
    stored.publish.blocking_send(LiveItem::Lagged).unwrap();
    see(&mut awake, &mut None, &format!("{:06}", LIVE_EVENTS_MAX * 3 - 1));
    drop(asleep);
}

#[test]
fn the_thread_ends_when_nobody_watches() {
    let (_stored, channel, watch) = Stored::new();
    drop(watch);
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while channel.is_alive() {
        assert!(std::time::Instant::now() < deadline, "the thread goes on");
        std::thread::yield_now();
    }
    assert!(channel.join().is_none());
}

/// A thread's work without the thread, with its first watcher and the way to join.
fn projector(
    pace: Pace,
    source: Source,
) -> (Projector, Watch, mpsc::Sender<mpsc::Sender<WatchItem>>) {
    let (joins, joining) = mpsc::channel(JOINS_MAX);
    let (items, watch) = mpsc::channel(LIVE_ITEMS_MAX);
    (Projector::new(pace, source, joining, items), watch, joins)
}

const SLICED: Pace = Pace { slice_work: 1_000, behind_interval: Duration::ZERO };

/// The dearest event there can be.
fn hostile(seq: u64) -> Event {
    let data: Vec<u8> = b"\x1b[41m\x1b[2J\x1b[42m\x1b#8"
        .iter()
        .copied()
        .cycle()
        .take(EVENT_DATA_BYTES_MAX)
        .collect();
    Event::new(seq, 0, EventKind::Ttyout, data.into()).unwrap()
}

#[test]
fn joins_are_taken_in_within_one_expensive_event() {
    let (_stored, mut source) = Stored::source(&[]);
    source.size = (SCREEN_LINES_MAX, SCREEN_COLUMNS_MAX);
    let (mut projector, _first, joins) = projector(SLICED, source);
    let mut late: Vec<Watch> = Vec::new();
    for _ in 0..JOINS_MAX {
        let (items, watch) = mpsc::channel(LIVE_ITEMS_MAX);
        joins.try_send(items).unwrap();
        late.push(watch);
    }
    assert_eq!(projector.show(&hostile(1)), Ok(true));
    assert_eq!(projector.watchers.len(), 1 + JOINS_MAX);
    assert_eq!(joins.capacity(), JOINS_MAX, "there is room for others");
    assert!(late.iter_mut().all(|watch| watch.try_recv().is_err()), "no screen within an event");
    projector.resynchronise();
    let Ok(WatchItem::Keyframe(dump)) = late[0].try_recv() else { panic!("no keyframe") };
    assert_eq!(dump.seq, 1);
    assert!(SafeScreen::from_wire(&dump).unwrap().is_approximate(), "the mark goes with it");
}

#[test]
fn an_expensive_event_is_not_finished_for_nobody() {
    let (_stored, mut source) = Stored::source(&[]);
    source.size = (SCREEN_LINES_MAX, SCREEN_COLUMNS_MAX);
    let (mut projector, first, _joins) = projector(SLICED, source);
    drop(first);
    assert_eq!(projector.show(&hostile(1)), Err(Deserted));
    assert_eq!(projector.seq, 0);
}

#[test]
fn a_picture_that_is_behind_says_by_how_much() {
    let (_stored, mut source) = Stored::source(&["one ", "two ", "three"]);
    source.stored = Box::new(|| Duration::from_secs(90));
    let (mut projector, mut first, _joins) = projector(SLICED, source);
    projector.catch_up().unwrap();
    for (text, micros) in [("one", 1), ("one two", 2), ("one two three", 3)] {
        let Ok(WatchItem::Keyframe(dump)) = first.try_recv() else { panic!("no {text}") };
        assert_eq!(SafeScreen::from_wire(&dump).unwrap().row_text(0), text);
        // In whole milliseconds.
        let expected = Duration::from_secs(90) - Duration::from_micros(micros);
        assert_eq!(behind(&dump).as_millis(), expected.as_millis());
    }
    projector.stored = Box::new(|| Duration::from_millis(900));
    assert_eq!(behind(&projector.dump()), Duration::ZERO, "not worth a word");
}

#[test]
fn a_session_that_is_stuck_keeps_nobody_else_waiting() {
    let (_stuck, mut source) = Stored::source(&["never seen"]);
    let (release, gate) = std::sync::mpsc::sync_channel::<()>(1);
    let (arrived, arrival) = std::sync::mpsc::sync_channel(1);
    source.stored = Box::new(move || {
        let _ = arrived.try_send(());
        let _ = gate.recv();
        Duration::ZERO
    });
    let (stuck, _watch) = start_at(SLICED, source).unwrap();
    arrival.recv().unwrap();
    let (mut stored, channel, mut watch) = Stored::new();
    let mut screen = None;
    see(&mut watch, &mut screen, "before");
    stored.write("during");
    see(&mut watch, &mut screen, "before during");
    let joined: Vec<_> = (0..JOINS_MAX).map_while(|_| stuck.join()).collect();
    assert_eq!(joined.len(), JOINS_MAX, "joining does not wait either");
    assert!(channel.is_alive() && stuck.is_alive());
    drop(release);
}
