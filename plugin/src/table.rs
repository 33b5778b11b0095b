//! The two symbols that sudo looks up, `sudolog_io` and `sudolog_audit`.

#![expect(unsafe_code, reason = "symbols that C code finds by name and writes to")]

use std::cell::UnsafeCell;
use std::ptr::null;

use crate::abi::{API_VERSION, AUDIT_PLUGIN, AuditPlugin, IO_PLUGIN, IoPlugin};
use crate::callbacks::{audit, io};

/// A structure in writable memory: sudo stores `event_alloc` into it, and NULL over a function
/// that has failed. A plain `static` would end in read-only memory and sudo would crash.
#[repr(transparent)]
pub struct Exported<T>(UnsafeCell<T>);

// SAFETY: sudo is one thread where it touches these (sudo_plugin(5)); our own thread never does.
unsafe impl<T> Sync for Exported<T> {}

impl<T> Exported<T> {
    pub(crate) fn get(&self) -> *const T {
        self.0.get()
    }
}

/// `Plugin sudolog_io sudolog_plugin.so …` in sudo.conf(5).
// SAFETY: no other object in sudo defines this name.
#[unsafe(no_mangle)]
pub static sudolog_io: Exported<IoPlugin> = Exported(UnsafeCell::new(IoPlugin {
    kind: IO_PLUGIN,
    version: API_VERSION,
    open: Some(io::open),
    close: Some(io::close),
    show_version: Some(io::show_version),
    log_ttyin: Some(io::log_ttyin),
    log_ttyout: Some(io::log_ttyout),
    log_stdin: Some(io::log_stdin),
    log_stdout: Some(io::log_stdout),
    log_stderr: Some(io::log_stderr),
    register_hooks: null(),
    deregister_hooks: null(),
    change_winsize: Some(io::change_winsize),
    log_suspend: Some(io::log_suspend),
    event_alloc: None,
}));

/// `Plugin sudolog_audit sudolog_plugin.so …` in sudo.conf(5).
// SAFETY: no other object in sudo defines this name.
#[unsafe(no_mangle)]
pub static sudolog_audit: Exported<AuditPlugin> = Exported(UnsafeCell::new(AuditPlugin {
    kind: AUDIT_PLUGIN,
    version: API_VERSION,
    open: Some(audit::open),
    close: Some(audit::close),
    accept: Some(audit::accept),
    reject: Some(audit::reject),
    error: Some(audit::error),
    show_version: Some(audit::show_version),
    register_hooks: null(),
    deregister_hooks: null(),
    event_alloc: None,
}));
