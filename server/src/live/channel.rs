//! One watched session: a thread that keeps its screen and tells its watchers.
//!
//! The thread first reads what is stored, then follows what the store publishes; whatever it misses
//! it reads from the files again. A watcher has a bounded queue; when that is full the watcher is
//! marked, and its next item is a keyframe (invariant I3).

use std::sync::mpsc as blocking;
use std::time::Duration;

use sudolog_core::iolog::Reader;
use sudolog_core::limits::LIVE_EVENTS_MAX;
use sudolog_core::session::Event;
use sudolog_core::term::SafeScreen;
use sudolog_core::wire::message::ScreenDump;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::ingest::{LiveItem, Subscription};
use crate::store::Directory;

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

/// A running channel.
pub struct Channel {
    joins: blocking::SyncSender<mpsc::Sender<WatchItem>>,
    alive: std::sync::Weak<()>,
}

impl Channel {
    /// Another watcher; `None` when the channel has ended.
    pub fn join(&self) -> Option<Watch> {
        let (sender, watch) = mpsc::channel(LIVE_EVENTS_MAX);
        (self.is_alive() && self.joins.try_send(sender).is_ok()).then_some(watch)
    }

    /// True while the thread runs.
    pub fn is_alive(&self) -> bool {
        self.alive.strong_count() > 0
    }
}

/// Starts the thread for one session, with its first watcher: it ends when it has none.
pub fn start(
    size: (u16, u16),
    directory: Directory,
    subscription: Subscription,
) -> (Channel, Watch) {
    let (joins, joining) = blocking::sync_channel(JOINS_MAX);
    let (items, watch) = mpsc::channel(LIVE_EVENTS_MAX);
    let life = std::sync::Arc::new(());
    let alive = std::sync::Arc::downgrade(&life);
    let projector = Projector {
        screen: SafeScreen::new(size.0, size.1),
        reader: Reader::new(directory),
        subscription,
        joining,
        watchers: vec![Watcher { items, behind: true }],
        seq: 0,
        elapsed: Duration::ZERO,
    };
    let spawned = std::thread::Builder::new().name("live".to_owned()).spawn(move || {
        projector.run();
        drop(life);
    });
    if let Err(error) = spawned {
        tracing::error!("no thread for a live view: {error}");
    }
    (Channel { joins, alive }, watch)
}

struct Projector {
    screen: SafeScreen,
    reader: Reader<Directory>,
    subscription: Subscription,
    joining: blocking::Receiver<mpsc::Sender<WatchItem>>,
    watchers: Vec<Watcher>,
    /// The last event on the screen.
    seq: u64,
    elapsed: Duration,
}

struct Watcher {
    items: mpsc::Sender<WatchItem>,
    /// Begins again with a keyframe.
    behind: bool,
}

impl Projector {
    /// Follows the session until it is over or nobody watches.
    fn run(mut self) {
        self.catch_up();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let Ok(runtime) = runtime else { return };
        loop {
            self.welcome();
            if self.watchers.is_empty() {
                return;
            }
            let next = runtime.block_on(async {
                tokio::time::timeout(LOOK_ROUND, self.subscription.recv()).await
            });
            match next {
                Ok(Some(LiveItem::Event(event))) => self.event(&event),
                Ok(Some(LiveItem::Lagged)) => self.catch_up(),
                Ok(Some(LiveItem::Ended) | None) => {
                    // The queue may have dropped the last events; the files have them.
                    self.catch_up();
                    return self.say_goodbye();
                }
                Err(_) => self.catch_up_watchers(),
            }
        }
    }

    /// Reads from the files all that is stored and not on the screen yet.
    fn catch_up(&mut self) {
        while let Ok(Some(event)) = self.reader.next_event() {
            self.event(&event);
        }
    }

    fn event(&mut self, event: &Event) {
        // The files and the subscription overlap. A gap cannot be drawn: the files fill it.
        if event.seq() <= self.seq {
            return;
        }
        if event.seq() > self.seq + 1 {
            return self.catch_up();
        }
        self.seq = event.seq();
        self.elapsed = self.elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
        self.screen.apply(event);
        self.watchers
            .retain_mut(|watcher| watcher.behind || watcher.offer(WatchItem::Event(event.clone())));
        self.catch_up_watchers();
    }

    /// Takes new watchers in; each begins with a keyframe.
    fn welcome(&mut self) {
        let new = std::iter::from_fn(|| self.joining.try_recv().ok());
        self.watchers.extend(new.map(|items| Watcher { items, behind: true }));
        self.catch_up_watchers();
    }

    /// Gives a keyframe to every watcher that needs one and has room.
    fn catch_up_watchers(&mut self) {
        if !self
            .watchers
            .iter()
            .any(|watcher| watcher.behind && watcher.items.capacity() > LIVE_EVENTS_MAX / 2)
        {
            self.watchers.retain(|watcher| !watcher.items.is_closed());
            return;
        }
        let dump = WatchItem::Keyframe(self.screen.to_wire(self.seq, self.elapsed));
        self.watchers.retain_mut(|watcher| {
            if !watcher.behind || watcher.items.capacity() <= LIVE_EVENTS_MAX / 2 {
                return !watcher.items.is_closed();
            }
            watcher.behind = false;
            watcher.offer(dump.clone())
        });
    }

    /// Every watcher sees the last screen, however slow it was, and then the end.
    fn say_goodbye(self) {
        let last = WatchItem::Keyframe(self.screen.to_wire(self.seq, self.elapsed));
        for watcher in self.watchers {
            if watcher.behind {
                let _ = watcher.items.try_send(last.clone());
            }
            // Dropping the sender says the same to a watcher whose queue is full.
            let _ = watcher.items.try_send(WatchItem::Ended);
        }
    }
}

impl Watcher {
    /// `false` when nobody is there any more.
    fn offer(&mut self, item: WatchItem) -> bool {
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

/// Watchers that wait to be taken in.
const JOINS_MAX: usize = 64;
/// How often a silent channel looks for new watchers; a keystroke does not wait for it.
const LOOK_ROUND: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests;
