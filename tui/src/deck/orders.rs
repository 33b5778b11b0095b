//! What the deck is asked for: one event to show, the newest order only.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Shared by the console and the deck's thread.
#[derive(Default)]
pub(super) struct Orders {
    present: Mutex<Order>,
    changed: Condvar,
}

/// What is wanted now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// The screen after this event.
    pub(super) seq: u64,
    /// Nobody wants anything any more.
    pub(super) ended: bool,
}

impl Orders {
    pub(super) fn show(&self, seq: u64) {
        self.lock().seq = seq;
        self.changed.notify_one();
    }

    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_one();
    }

    pub(super) fn present(&self) -> Order {
        *self.lock()
    }

    /// Waits until something else than `known` is wanted; no longer than `patience`, if any.
    pub(super) fn wait(&self, known: Order, patience: Option<Duration>) {
        let order = self.lock();
        let same = |order: &mut Order| *order == known;
        match patience {
            Some(patience) => drop(self.changed.wait_timeout_while(order, patience, same)),
            None => drop(self.changed.wait_while(order, same)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Order> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
