//! Feeds live viewers with what the store has just written.
//!
//! Invariants I2 and I3: nobody waits for a viewer. One that is too slow misses events, is told so,
//! and begins again with a keyframe. When nobody watches it costs one atomic read an event.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sudolog_core::limits::LIVE_EVENTS_MAX;
use sudolog_core::session::{Event, Tsid};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// What a viewer gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveItem {
    /// An event that the files hold by now.
    Event(Event),
    /// Events are missing here.
    Lagged,
    /// The session is over.
    Ended,
}

/// A viewer's end.
pub type Subscription = Receiver<LiveItem>;

/// Who watches what; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Fanout {
    viewers: Arc<Mutex<HashMap<Tsid, Vec<Viewer>>>>,
    count: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Viewer {
    items: Sender<LiveItem>,
    lagged: bool,
}

impl Fanout {
    /// Everything that is stored of this session from now on.
    pub fn subscribe(&self, tsid: Tsid) -> Subscription {
        let (items, subscription) = channel(LIVE_EVENTS_MAX);
        let mut viewers = self.lock();
        viewers.entry(tsid).or_default().push(Viewer { items, lagged: false });
        self.count.fetch_add(1, Ordering::Relaxed);
        subscription
    }

    /// How many watch.
    pub fn viewers(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Tells the session's viewers.
    pub fn event(&self, tsid: Tsid, event: &Event) {
        if self.count.load(Ordering::Relaxed) > 0 {
            self.tell(tsid, |viewer| viewer.offer(LiveItem::Event(event.clone())));
        }
    }

    /// Tells the session's viewers that it is over, and forgets them.
    pub fn end(&self, tsid: Tsid) {
        if self.count.load(Ordering::Relaxed) > 0
            && let Some(viewers) = self.lock().remove(&tsid)
        {
            self.count.fetch_sub(viewers.len(), Ordering::Relaxed);
            for viewer in viewers {
                // Dropping the sender says the same to a viewer whose queue is full.
                let _ = viewer.items.try_send(LiveItem::Ended);
            }
        }
    }

    fn tell(&self, tsid: Tsid, mut offer: impl FnMut(&mut Viewer) -> bool) {
        let mut viewers = self.lock();
        let Some(watching) = viewers.get_mut(&tsid) else { return };
        let before = watching.len();
        watching.retain_mut(|viewer| offer(viewer));
        self.count.fetch_sub(before - watching.len(), Ordering::Relaxed);
        if watching.is_empty() {
            viewers.remove(&tsid);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Tsid, Vec<Viewer>>> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Viewer {
    /// `false` when nobody is there any more.
    fn offer(&mut self, item: LiveItem) -> bool {
        if self.lagged {
            match self.items.try_send(LiveItem::Lagged) {
                Ok(()) => self.lagged = false,
                Err(error) => return matches!(error, TrySendError::Full(_)),
            }
        }
        match self.items.try_send(item) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.lagged = true;
                true
            }
            Err(TrySendError::Closed(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::session::EventKind;

    fn event(seq: u64) -> Event {
        Event::new(seq, 0, EventKind::Ttyout, b"x".as_slice().into()).unwrap()
    }

    #[test]
    fn a_slow_viewer_is_told_that_it_missed_something() {
        let fanout = Fanout::default();
        let tsid = Tsid::from_seq(1).unwrap();
        let mut slow = fanout.subscribe(tsid);
        let most = LIVE_EVENTS_MAX as u64;
        (1..=most + 10).for_each(|seq| fanout.event(tsid, &event(seq)));
        let got: Vec<_> = std::iter::from_fn(|| slow.try_recv().ok()).collect();
        assert_eq!(got.len(), LIVE_EVENTS_MAX);
        fanout.event(tsid, &event(most + 11));
        assert_eq!(slow.try_recv(), Ok(LiveItem::Lagged));
        assert_eq!(slow.try_recv(), Ok(LiveItem::Event(event(most + 11))));
    }

    #[test]
    fn who_is_gone_costs_nothing() {
        let fanout = Fanout::default();
        let tsid = Tsid::from_seq(1).unwrap();
        drop(fanout.subscribe(tsid));
        fanout.event(tsid, &event(1));
        assert_eq!(fanout.count.load(Ordering::Relaxed), 0);
        let mut there = fanout.subscribe(tsid);
        fanout.end(tsid);
        assert_eq!(there.try_recv(), Ok(LiveItem::Ended));
        assert_eq!(fanout.count.load(Ordering::Relaxed), 0);
    }
}
