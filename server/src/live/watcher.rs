//! One operator's end of a live screen: a bounded queue, and whether it has lost the thread.

use std::time::Duration;

use sudolog_core::limits::LIVE_ITEMS_MAX;
use sudolog_core::session::Event;
use sudolog_core::wire::message::ScreenDump;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// What a watcher gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchItem {
    /// Start again from this screen.
    Keyframe(ScreenDump),
    /// The next event.
    Event(Event),
    /// The session is over.
    Ended,
}

/// A watcher's end. Dropping it ends the watching. When it ends without [`WatchItem::Ended`] the
/// channel ended while the watcher joined: watch again.
pub type Watch = mpsc::Receiver<WatchItem>;

/// The channel's end.
pub(super) struct Watcher {
    items: mpsc::Sender<WatchItem>,
    /// Begins again with a keyframe.
    behind: bool,
}

impl Watcher {
    /// Somebody who joins, and needs a keyframe to begin with.
    pub(super) fn new(items: mpsc::Sender<WatchItem>) -> Self {
        Self { items, behind: true }
    }

    /// True when the operator is gone.
    pub(super) fn has_left(&self) -> bool {
        self.items.is_closed()
    }

    /// Events were passed over: the next item is a keyframe.
    pub(super) fn lose_thread(&mut self) {
        self.behind = true;
    }

    /// A keyframe is worth its while only when events after it have room too.
    pub(super) fn is_ready(&self) -> bool {
        self.behind && self.items.capacity() > LIVE_ITEMS_MAX / 2
    }

    /// The next event, unless a keyframe must come first. `false` when nobody is there any more.
    pub(super) fn event(&mut self, event: &Event) -> bool {
        self.behind || self.offer(WatchItem::Event(event.clone()))
    }

    /// A screen to go on from, when it is wanted. `false` when nobody is there any more.
    pub(super) fn keyframe(&mut self, dump: &ScreenDump) -> bool {
        if !self.is_ready() {
            return true;
        }
        self.behind = false;
        self.offer(WatchItem::Keyframe(dump.clone()))
    }

    /// The last screen for who has not seen it, however slow they were, and then the end.
    pub(super) fn end(self, last: &ScreenDump) {
        if self.behind {
            let _ = self.items.try_send(WatchItem::Keyframe(last.clone()));
        }
        // Dropping the sender says the same to a watcher whose queue is full.
        let _ = self.items.try_send(WatchItem::Ended);
    }

    fn offer(&mut self, item: WatchItem) -> bool {
        // The last screen and the end always have room.
        if self.items.capacity() <= LAST_ITEMS {
            self.behind = true;
            return !self.items.is_closed();
        }
        match self.items.try_send(item) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.behind = true;
                true
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }
}

/// The last screen and the end.
const LAST_ITEMS: usize = 2;

/// How a channel divides its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Work of the emulator between two looks at who joins and who leaves.
    pub(super) slice_work: u64,
    /// Between two pictures of a screen that lies behind.
    pub(super) behind_interval: Duration,
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use sudolog_core::session::EventKind;

    use super::*;

    fn dump(seq: u64) -> ScreenDump {
        ScreenDump { seq, elapsed_ns: 0, lines: 2, columns: 2, state: Bytes::new() }
    }

    #[test]
    fn who_never_reads_still_gets_the_last_screen_and_the_end() {
        let (items, mut watch) = mpsc::channel(LIVE_ITEMS_MAX);
        let mut watcher = Watcher::new(items);
        assert!(watcher.keyframe(&dump(0)));
        for seq in 1..=2 * LIVE_ITEMS_MAX as u64 {
            let event = Event::new(seq, 0, EventKind::Ttyout, Bytes::from_static(b"x")).unwrap();
            assert!(watcher.event(&event));
        }
        watcher.end(&dump(999));
        let mut got: Vec<WatchItem> = std::iter::from_fn(|| watch.try_recv().ok()).collect();
        assert_eq!(got.pop(), Some(WatchItem::Ended));
        assert_eq!(got.pop(), Some(WatchItem::Keyframe(dump(999))));
    }
}
