//! One watched session: a thread that keeps its screen and tells its watchers.
//!
//! The thread first reads what is stored, telling nobody, then follows what the store publishes;
//! what it misses it reads from the files. A watcher has a bounded queue. Whoever joins, has a full
//! queue, or was passed by a reading of the files has lost the thread, and their next item is a
//! keyframe (invariant I3).
//!
//! The emulator works in slices of a few milliseconds. Between them the thread looks who joins and
//! who leaves, so no output, however expensive, keeps it longer than that. A screen that lies
//! behind what is stored is shown all the same, and the keyframe says how far behind it is.

use std::io;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sudolog_core::iolog::Reader;
use sudolog_core::limits::{
    EMULATOR_SLICE_WORK, LIVE_BEHIND_INTERVAL, LIVE_BEHIND_MIN, LIVE_EVENTS_MAX, LIVE_ITEMS_MAX,
};
use sudolog_core::session::Event;
use sudolog_core::term::SafeScreen;
use sudolog_core::wire::message::ScreenDump;
use tokio::sync::mpsc;

use super::watcher::{Pace, Watch, WatchItem, Watcher};
use crate::sessions::{LiveItem, Subscription};
use crate::store::Directory;

/// A running channel.
pub struct Channel {
    joins: mpsc::Sender<mpsc::Sender<WatchItem>>,
    alive: Weak<()>,
}

impl Channel {
    /// Another watcher; `None` when the channel has ended. Never waits.
    pub fn join(&self) -> Option<Watch> {
        let (sender, watch) = mpsc::channel(LIVE_ITEMS_MAX);
        (self.is_alive() && self.joins.try_send(sender).is_ok()).then_some(watch)
    }

    /// True while the thread runs.
    pub fn is_alive(&self) -> bool {
        self.alive.strong_count() > 0
    }
}

/// What a channel shows.
pub struct Source {
    /// Lines and columns at the session's start.
    pub size: (u16, u16),
    /// The recording.
    pub directory: Directory,
    /// What the store publishes of it.
    pub subscription: Subscription,
    /// How much of the session is stored, as time since its start.
    pub stored: Box<dyn Fn() -> Duration + Send>,
}

/// Starts the thread for one session, with its first watcher: it ends when it has none.
///
/// # Errors
/// When the system gives no thread.
pub fn start(source: Source) -> io::Result<(Channel, Watch)> {
    let pace = Pace { slice_work: EMULATOR_SLICE_WORK, behind_interval: LIVE_BEHIND_INTERVAL };
    start_at(pace, source)
}

fn start_at(pace: Pace, source: Source) -> io::Result<(Channel, Watch)> {
    let (joins, joining) = mpsc::channel(JOINS_MAX);
    let (items, watch) = mpsc::channel(LIVE_ITEMS_MAX);
    let life = Arc::new(());
    let alive = Arc::downgrade(&life);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let projector = Projector::new(pace, source, joining, items);
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
    stored: Box<dyn Fn() -> Duration + Send>,
    joining: mpsc::Receiver<mpsc::Sender<WatchItem>>,
    watchers: Vec<Watcher>,
    /// The store's queue was full, so it may have dropped events and not said so yet.
    overflowed: bool,
    /// The last event on the screen.
    seq: u64,
    elapsed: Duration,
    pace: Pace,
    /// When the screen was last looked at for lying behind.
    looked: Instant,
}

/// What a channel waits for.
enum Next {
    Item(Option<LiveItem>),
    Join(mpsc::Sender<WatchItem>),
    Silence,
}

/// Nobody watches any more. The screen may be in the middle of an event and must not be shown.
#[derive(Debug, PartialEq, Eq)]
struct Deserted;

impl Projector {
    fn new(
        pace: Pace,
        source: Source,
        joining: mpsc::Receiver<mpsc::Sender<WatchItem>>,
        first: mpsc::Sender<WatchItem>,
    ) -> Self {
        Self {
            screen: SafeScreen::new(source.size.0, source.size.1),
            reader: Reader::new(source.directory),
            subscription: source.subscription,
            stored: source.stored,
            joining,
            watchers: vec![Watcher::new(first)],
            overflowed: false,
            seq: 0,
            elapsed: Duration::ZERO,
            pace,
            looked: Instant::now(),
        }
    }

    /// Follows the session until it is over or nobody watches.
    fn run(mut self, runtime: &tokio::runtime::Runtime) {
        if self.follow_all(runtime) == Ok(()) {
            self.say_goodbye();
        }
    }

    fn follow_all(&mut self, runtime: &tokio::runtime::Runtime) -> Result<(), Deserted> {
        self.catch_up()?;
        loop {
            self.resynchronise();
            self.look_round()?;
            match runtime.block_on(self.next()) {
                Next::Join(items) => self.watchers.push(Watcher::new(items)),
                Next::Item(Some(LiveItem::Event(event))) => self.follow(&event)?,
                // The files may have filled the gap by now; the next event tells.
                Next::Item(Some(LiveItem::Lagged)) => self.overflowed = true,
                // The queue may have dropped the last events; the files have them.
                Next::Item(Some(LiveItem::Ended) | None) => return self.catch_up(),
                Next::Silence => {}
            }
            if self.overflowed && self.subscription.is_empty() {
                self.overflowed = false;
                self.catch_up()?;
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
    /// through it: they get the screen as it is afterwards, and now and then while it takes long.
    fn catch_up(&mut self) -> Result<(), Deserted> {
        while let Ok(Some(event)) = self.reader.next_event() {
            if self.show(&event)? {
                self.watchers.iter_mut().for_each(Watcher::lose_thread);
            }
            self.say_if_behind();
            if event.seq() % LOOK_ROUND_EVENTS == 0 {
                self.look_round()?;
            }
        }
        Ok(())
    }

    /// Takes the next event from the store. What the files already gave is passed over; a gap
    /// cannot be drawn, so the files fill it.
    fn follow(&mut self, event: &Event) -> Result<(), Deserted> {
        if event.seq() > self.seq + 1 {
            return self.catch_up();
        }
        if self.show(event)? {
            self.watchers.retain_mut(|watcher| watcher.event(event));
            self.say_if_behind();
        }
        Ok(())
    }

    /// Puts an event on the screen, in slices; `false` when it is there.
    fn show(&mut self, event: &Event) -> Result<bool, Deserted> {
        if event.seq() <= self.seq {
            return Ok(false);
        }
        let mut taken = 0;
        while !self.screen.apply_within(event, &mut taken, self.pace.slice_work) {
            self.look_round()?;
        }
        self.seq = event.seq();
        self.elapsed = self.elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
        Ok(true)
    }

    /// Takes in who joins and forgets who left.
    fn look_round(&mut self) -> Result<(), Deserted> {
        while let Ok(items) = self.joining.try_recv() {
            self.watchers.push(Watcher::new(items));
        }
        self.watchers.retain(|watcher| !watcher.has_left());
        if self.watchers.is_empty() { Err(Deserted) } else { Ok(()) }
    }

    /// Once in a while, shows a screen that lies behind as it is. Only between events.
    fn say_if_behind(&mut self) {
        if self.looked.elapsed() < self.pace.behind_interval {
            return;
        }
        self.looked = Instant::now();
        if !self.behind().is_zero() {
            self.watchers.iter_mut().for_each(Watcher::lose_thread);
            self.resynchronise();
        }
    }

    /// How far the screen lies behind what is stored; zero when it is not worth a word.
    fn behind(&self) -> Duration {
        let behind = (self.stored)().saturating_sub(self.elapsed);
        if behind < LIVE_BEHIND_MIN { Duration::ZERO } else { behind }
    }

    /// Gives a keyframe to every watcher that needs one and has room; forgets those who left.
    fn resynchronise(&mut self) {
        self.watchers.retain(|watcher| !watcher.has_left());
        if self.watchers.iter().any(Watcher::is_ready) {
            let dump = self.dump();
            self.watchers.retain_mut(|watcher| watcher.keyframe(&dump));
        }
    }

    fn say_goodbye(self) {
        let last = self.dump();
        self.watchers.into_iter().for_each(|watcher| watcher.end(&last));
    }

    fn dump(&self) -> ScreenDump {
        self.screen.to_wire_behind(self.seq, self.elapsed, self.behind())
    }
}

/// Watchers that wait to be taken in.
const JOINS_MAX: usize = 64;
/// How often a silent channel looks whether a slow watcher has room again, or has left.
const LOOK_ROUND: Duration = Duration::from_millis(50);
/// How often a long reading of short events looks who joins and who leaves.
const LOOK_ROUND_EVENTS: u64 = 1024;

#[cfg(test)]
mod tests;
