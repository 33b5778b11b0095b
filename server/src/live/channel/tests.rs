//! Watchers of every speed on one channel.

use std::io::Write as _;

use super::*;
use sudolog_core::iolog::encode_timing;
use sudolog_core::session::EventKind;

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
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("timing"), "").unwrap();
        let (publish, subscription) = mpsc::channel(LIVE_EVENTS_MAX);
        let mut stored = Self { dir, publish, seq: 0 };
        for text in history {
            stored.append(text);
        }
        let directory = Directory(stored.dir.path().to_owned());
        let (channel, watch) = start((5, 40), directory, subscription).unwrap();
        (stored, channel, watch)
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
