//! Panics inside the emulator are caught; this keeps their message off the operator's screen.
//!
//! The library installs nothing by itself: a panic hook is global and belongs to the program.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

/// Wraps the program's panic hook so that panics which the emulator's guard catches print
/// nothing. Call it once, after the program has set its own hook; all other panics still reach
/// that hook.
pub fn quiet_panic_hook() {
    let loud = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
            loud(info);
        }
    }));
}

/// Runs `work`; `None` when it panicked. What `work` was changing must then be thrown away.
pub(super) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = GUARDED.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    outcome.ok()
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}
