//! One watched session: a thread that keeps its screen and tells its watchers.
//!
//! The thread first reads what is stored, telling nobody, then follows what the store publishes;
//! what it misses it reads from the files. A watcher has a bounded queue. Whoever joins, has a full
//! queue, or was passed by a reading of the files is *behind*, and their next item is a keyframe
//! (invariant I3).

use std::io;
use std::sync::{Arc, Weak};
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
    joins: mpsc::Sender<mpsc::Sender<WatchItem>>,
    alive: Weak<()>,
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
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    size: (u16, u16),
    directory: Directory,
    subscription: Subscription,
) -> io::Result<(Channel, Watch)> {
    let (joins, joining) = mpsc::channel(JOINS_MAX);
    let (items, watch) = mpsc::channel(LIVE_EVENTS_MAX);
    let life = Arc::new(());
    let alive = Arc::downgrade(&life);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let projector = Projector {
        screen: SafeScreen::new(size.0, size.1),
        reader: Reader::new(directory),
        subscription,
        joining,
        watchers: vec![Watcher { items, behind: true }],
        overflowed: false,
        seq: 0,
        elapsed: Duration::ZERO,
    };
    std::thread::Builder::new().name("live".to_owned()).spawn(move || {
        projector.run(&runtime);
        drop(life);
    })?;
    Ok((Channel { joins, alive }, watch))
}

struct Projector {
    screen: SafeScreen,
    reader: Reader<Directory>,
    subscription: Subscription,
    joining: mpsc::Receiver<mpsc::Sender<WatchItem>>,
    watchers: Vec<Watcher>,
    /// The store's queue was full, so it may have dropped events and not said so yet.
    overflowed: bool,
    /// The last event on the screen.
    seq: u64,
    elapsed: Duration,
}

struct Watcher {
    items: mpsc::Sender<WatchItem>,
    /// Begins again with a keyframe.
    behind: bool,
}

/// What a channel waits for.
enum Next {
    Item(Option<LiveItem>),
    Join(mpsc::Sender<WatchItem>),
    Silence,
}

impl Projector {
    /// Follows the session until it is over or nobody watches.
    fn run(mut self, runtime: &tokio::runtime::Runtime) {
        self.catch_up();
        loop {
            self.resynchronise();
            if self.watchers.is_empty() {
                return;
            }
            match runtime.block_on(self.next()) {
                Next::Join(items) => self.watchers.push(Watcher { items, behind: true }),
                Next::Item(Some(LiveItem::Event(event))) => self.follow(&event),
                // The files may have filled the gap by now; the next event tells.
                Next::Item(Some(LiveItem::Lagged)) => self.overflowed = true,
                Next::Item(Some(LiveItem::Ended) | None) => {
                    // The queue may have dropped the last events; the files have them.
                    self.catch_up();
                    return self.say_goodbye();
                }
                Next::Silence => {}
            }
            if self.overflowed && self.subscription.is_empty() {
                self.overflowed = false;
                self.catch_up();
            }
        }
    }

    async fn next(&mut self) -> Next {
        tokio::select! {
            // Joins first: a flood of events must not keep somebody waiting for a screen.
            biased;
            Some(items) = self.joining.recv() => Next::Join(items),
            item = self.subscription.recv() => {
                // Full before this item was taken; whatever was dropped came after it.
                self.overflowed |= self.subscription.len() + 1 >= LIVE_EVENTS_MAX;
                Next::Item(item)
            }
            () = tokio::time::sleep(LOOK_ROUND) => Next::Silence,
        }
    }

    /// Reads from the files all that is stored and not on the screen yet. Watchers are not walked
    /// through it: they get the screen as it is afterwards.
    fn catch_up(&mut self) {
        let before = self.seq;
        while let Ok(Some(event)) = self.reader.next_event() {
            self.show(&event);
            if event.seq() % LOOK_ROUND_EVENTS == 0 && self.is_deserted() {
                break;
            }
        }
        if self.seq > before {
            self.watchers.iter_mut().for_each(|watcher| watcher.behind = true);
        }
    }

    /// Takes the next event from the store. What the files already gave is passed over; a gap
    /// cannot be drawn, so the files fill it.
    fn follow(&mut self, event: &Event) {
        if event.seq() > self.seq + 1 {
            self.catch_up();
        } else if self.show(event) {
            self.watchers.retain_mut(|watcher| {
                watcher.behind || watcher.offer(WatchItem::Event(event.clone()))
            });
        }
    }

    /// Puts an event on the screen; `false` when it is there.
    fn show(&mut self, event: &Event) -> bool {
        if event.seq() <= self.seq {
            return false;
        }
        self.seq = event.seq();
        self.elapsed = self.elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
        self.screen.apply(event);
        true
    }

    fn is_deserted(&self) -> bool {
        self.joining.is_empty() && self.watchers.iter().all(|watcher| watcher.items.is_closed())
    }

    /// Gives a keyframe to every watcher that is behind and has room; forgets those who left.
    fn resynchronise(&mut self) {
        self.watchers.retain(|watcher| !watcher.items.is_closed());
        if !self.watchers.iter().any(Watcher::is_ready) {
            return;
        }
        let dump = WatchItem::Keyframe(self.screen.to_wire(self.seq, self.elapsed));
        self.watchers.retain_mut(|watcher| {
            if !watcher.is_ready() {
                return true;
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
    /// A keyframe is worth its while only when events after it have room too.
    fn is_ready(&self) -> bool {
        self.behind && self.items.capacity() > LIVE_EVENTS_MAX / 2
    }

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
/// How often a silent channel looks whether a slow watcher has room again, or has left.
const LOOK_ROUND: Duration = Duration::from_millis(50);
/// How often a long reading of files looks whether anybody still waits for it.
const LOOK_ROUND_EVENTS: u64 = 1024;

#[cfg(test)]
mod tests;
