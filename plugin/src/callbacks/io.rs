//! The functions of `struct io_plugin`.

use std::ffi::{c_char, c_int, c_uint, c_void};

use sudolog_core::session::EventKind;

use super::{answer, strings};
use crate::abi::{EV_TIMEOUT, ErrStr, Printf, Strings};
use crate::conversation::Conversation;
use crate::io_plugin::{self, OpenCall};
use crate::pairs::Pairs;
use crate::{guard, table};

pub(crate) unsafe extern "C" fn open(
    _version: c_uint,
    _conversation: *const c_void,
    printf: Option<Printf>,
    settings: Strings,
    user_info: Strings,
    command_info: Strings,
    _argc: c_int,
    argv: Strings,
    _user_env: Strings,
    plugin_options: Strings,
    errstr: ErrStr,
) -> c_int {
    // SAFETY: sudo_plugin(5): each list is NULL or NULL-terminated and lives during the call;
    // errstr is writable or NULL.
    unsafe {
        let list = |list| strings(list).unwrap_or_default();
        let call = OpenCall {
            settings: Pairs::new(list(settings)),
            user_info: Pairs::new(list(user_info)),
            command_info: strings(command_info).map(Pairs::new),
            argv: list(argv),
            options: list(plugin_options),
        };
        answer(errstr, || {
            let opened = io_plugin::open(&call, Conversation::new(printf))?;
            if opened {
                start_watching_in_the_loop();
            }
            Ok(1)
        })
    }
}

/// Asks sudo's event loop to call back on its first turn: by then every fork has happened, so the
/// recording thread can start and watch the shipper even when the command says nothing.
fn start_watching_in_the_loop() {
    let plugin = table::sudolog_io.get();
    // SAFETY: sudo sets event_alloc before open (sudo_plugin(5), API 1.15) and the event lives
    // until sudo exits; all of it happens on sudo's one thread.
    unsafe {
        let Some(event) = (*plugin).event_alloc.map(|alloc| alloc()).filter(|e| !e.is_null())
        else {
            return;
        };
        let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        if let (Some(set), Some(add)) = ((*event).set, (*event).add)
            && set(event, -1, EV_TIMEOUT, on_first_turn, std::ptr::null_mut()) == 1
        {
            add(event, &raw const now);
        }
    }
}

unsafe extern "C" fn on_first_turn(_fd: c_int, _what: c_int, _closure: *mut c_void) {
    let _ = guard::catch(|| io_plugin::watch().map(|()| 1));
}

pub(crate) unsafe extern "C" fn close(exit_status: c_int, error: c_int) {
    let _ = guard::catch(|| {
        io_plugin::close(exit_status, error);
        Ok(1)
    });
}

pub(crate) unsafe extern "C" fn show_version(_verbose: c_int) -> c_int {
    guard::catch(|| {
        io_plugin::show_version();
        Ok(1)
    })
    .unwrap_or(guard::FAILED)
}

macro_rules! log_functions {
    ($($name:ident => $kind:ident),*) => {$(
        pub(crate) unsafe extern "C" fn $name(data: *const c_char, len: c_uint, errstr: ErrStr) -> c_int {
            // SAFETY: sudo_plugin(5): `data` holds `len` bytes during the call.
            unsafe { log(EventKind::$kind, data, len, errstr) }
        }
    )*};
}
log_functions!(
    log_ttyin => Ttyin, log_ttyout => Ttyout,
    log_stdin => Stdin, log_stdout => Stdout, log_stderr => Stderr
);

/// # Safety
/// `data` holds `len` bytes; `errstr` is writable or NULL.
unsafe fn log(kind: EventKind, data: *const c_char, len: c_uint, errstr: ErrStr) -> c_int {
    if data.is_null() || len == 0 {
        return 1;
    }
    // SAFETY: the caller's promise; c_uint fits usize on every platform of sudo.
    unsafe {
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), len as usize);
        answer(errstr, || io_plugin::log(kind, bytes).map(c_int::from))
    }
}

pub(crate) unsafe extern "C" fn change_winsize(
    lines: c_uint,
    columns: c_uint,
    errstr: ErrStr,
) -> c_int {
    let side = |n: c_uint| u16::try_from(n).unwrap_or(u16::MAX);
    // SAFETY: errstr is writable or NULL (sudo_plugin(5)).
    unsafe { answer(errstr, || io_plugin::winsize(side(lines), side(columns)).map(|()| 1)) }
}

pub(crate) unsafe extern "C" fn log_suspend(signal: c_int, errstr: ErrStr) -> c_int {
    // SAFETY: errstr is writable or NULL (sudo_plugin(5)).
    unsafe { answer(errstr, || io_plugin::suspend(signal).map(|()| 1)) }
}
