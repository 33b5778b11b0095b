//! What wakes the dispatcher: something new in the event log, or the end. It waits without a runtime, which
//! may end before it.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Rung by anybody, heard by one thread.
#[derive(Debug, Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_rung: bool,
    is_over: bool,
}

impl Bell {
    /// There is something to do.
    pub(super) fn ring(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_rung = true;
        self.rung.notify_all();
    }

    /// There is nothing more to do.
    pub(super) fn end(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.rung.notify_all();
    }

    /// Waits until it is rung, for so long at most; false at the end.
    pub(super) fn wait(&self, most: Duration) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_quiet = |state: &mut State| !state.is_rung && !state.is_over;
        let waited = self.rung.wait_timeout_while(state, most, is_quiet);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner).0;
        state.is_rung = false;
        !state.is_over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_once_and_the_end_for_good() {
        let bell = Bell::default();
        let long = Duration::from_secs(3600);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| bell.wait(long));
            bell.ring();
            assert!(waiting.join().unwrap());
            assert!(bell.wait(Duration::ZERO), "nothing, and not the end");
            let waiting = scope.spawn(|| bell.wait(long));
            bell.end();
            assert!(!waiting.join().unwrap());
        });
        assert!(!bell.wait(long));
    }
}
