//! What the deck is asked for: one event to show and one thing to search for, the newest order only.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sudolog_core::term::Streams;

use super::gone::Span;
use super::search::Sought;

/// Shared by the console and the deck's thread.
#[derive(Default)]
pub(super) struct Orders {
    present: Mutex<Present>,
    changed: Condvar,
}

#[derive(Default)]
struct Present {
    order: Order,
    sought: Sought,
}

/// What is wanted now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The screen after this event.
    pub(super) seq: u64,
    /// With these streams on it.
    pub(super) streams: Streams,
    /// The number of the search.
    pub(super) search: u64,
    /// Events that are known of a distant recording, which may be shown.
    pub(super) known: u64,
    /// Where to look for what is gone from the screen.
    pub(super) gone: Option<Span>,
    /// Nobody wants anything any more.
    pub(super) ended: bool,
}

impl Orders {
    pub(super) fn show(&self, seq: u64) {
        self.lock().order.seq = seq;
        self.changed.notify_all();
    }

    pub(super) fn put_on(&self, streams: Streams) {
        self.lock().order.streams = streams;
        self.changed.notify_all();
    }

    pub(super) fn look_for_gone(&self, span: Option<Span>) {
        self.lock().order.gone = span;
        self.changed.notify_all();
    }

    pub(super) fn search(&self, sought: Sought) {
        let mut present = self.lock();
        present.order.search = sought.number;
        present.sought = sought;
        self.changed.notify_all();
    }

    pub(super) fn know(&self, seq: u64) {
        self.lock().order.known = seq;
        self.changed.notify_all();
    }

    pub(super) fn end(&self) {
        self.lock().order.ended = true;
        self.changed.notify_all();
    }

    /// Waits so long, or until nobody wants anything any more.
    pub(super) fn pause(&self, time: Duration) {
        let unended = |present: &mut Present| !present.order.ended;
        drop(self.changed.wait_timeout_while(self.lock(), time, unended));
    }

    pub(super) fn present(&self) -> Order {
        self.lock().order
    }

    /// What is wanted and what is searched for, at one moment.
    pub(super) fn both(&self) -> (Order, Sought) {
        let present = self.lock();
        (present.order, present.sought.clone())
    }

    pub(super) fn sought(&self) -> Sought {
        self.lock().sought.clone()
    }

    /// Waits until something else than `known` is wanted; no longer than `patience`, if any.
    pub(super) fn wait(&self, known: Order, patience: Option<Duration>) {
        let present = self.lock();
        let same = |present: &mut Present| present.order == known;
        match patience {
            Some(patience) => drop(self.changed.wait_timeout_while(present, patience, same)),
            None => drop(self.changed.wait_while(present, same)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
