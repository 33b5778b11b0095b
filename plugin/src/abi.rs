//! The C types of `sudo_plugin.h`, as far as this plugin uses them. Types only.
//!
//! The fields stand in the order of API version 1.15 (sudo 1.9.0), which every later 1.x keeps.

use std::ffi::{c_char, c_int, c_uint, c_void};

/// What we declare: sudo reads the fields that this version has. Any sudo 1.9 takes it.
pub(crate) const API_VERSION: c_uint = (1 << 16) | 15;
/// `SUDO_IO_PLUGIN`.
pub(crate) const IO_PLUGIN: c_uint = 2;
/// `SUDO_AUDIT_PLUGIN`.
pub(crate) const AUDIT_PLUGIN: c_uint = 3;
/// `SUDO_FRONT_END`: the plugin type of sudo itself in the audit functions.
pub(crate) const FRONT_END: c_uint = 0;
/// `SUDO_CONV_ERROR_MSG`.
pub(crate) const CONV_ERROR_MSG: c_int = 3;
/// `SUDO_CONV_INFO_MSG`.
pub(crate) const CONV_INFO_MSG: c_int = 4;
/// `SUDO_PLUGIN_EV_TIMEOUT`.
pub(crate) const EV_TIMEOUT: c_int = 1;

/// A NULL-terminated list of strings.
pub(crate) type Strings = *const *const c_char;
/// Where a function may leave the address of an error text.
pub(crate) type ErrStr = *mut *const c_char;
/// `sudo_printf_t`.
pub(crate) type Printf = unsafe extern "C" fn(c_int, *const c_char, ...) -> c_int;
/// One of the five functions that take recorded data.
pub(crate) type LogFn = unsafe extern "C" fn(*const c_char, c_uint, ErrStr) -> c_int;

/// `open` of an I/O plugin.
pub(crate) type IoOpen = unsafe extern "C" fn(
    version: c_uint,
    conversation: *const c_void,
    printf: Option<Printf>,
    settings: Strings,
    user_info: Strings,
    command_info: Strings,
    argc: c_int,
    argv: Strings,
    user_env: Strings,
    plugin_options: Strings,
    errstr: ErrStr,
) -> c_int;
/// `open` of an audit plugin.
pub(crate) type AuditOpen = unsafe extern "C" fn(
    version: c_uint,
    conversation: *const c_void,
    printf: Option<Printf>,
    settings: Strings,
    user_info: Strings,
    submit_optind: c_int,
    submit_argv: Strings,
    submit_envp: Strings,
    plugin_options: Strings,
    errstr: ErrStr,
) -> c_int;

/// `reject` and `error` of an audit plugin.
pub(crate) type BadNews = unsafe extern "C" fn(
    plugin_name: *const c_char,
    plugin_type: c_uint,
    audit_msg: *const c_char,
    command_info: Strings,
    errstr: ErrStr,
) -> c_int;

/// `struct io_plugin`.
#[repr(C)]
pub struct IoPlugin {
    pub(crate) kind: c_uint,
    pub(crate) version: c_uint,
    pub(crate) open: Option<IoOpen>,
    pub(crate) close: Option<unsafe extern "C" fn(exit_status: c_int, error: c_int)>,
    pub(crate) show_version: Option<unsafe extern "C" fn(verbose: c_int) -> c_int>,
    pub(crate) log_ttyin: Option<LogFn>,
    pub(crate) log_ttyout: Option<LogFn>,
    pub(crate) log_stdin: Option<LogFn>,
    pub(crate) log_stdout: Option<LogFn>,
    pub(crate) log_stderr: Option<LogFn>,
    pub(crate) register_hooks: *const c_void,
    pub(crate) deregister_hooks: *const c_void,
    pub(crate) change_winsize: Option<unsafe extern "C" fn(c_uint, c_uint, ErrStr) -> c_int>,
    pub(crate) log_suspend: Option<unsafe extern "C" fn(c_int, ErrStr) -> c_int>,
    /// Filled in by sudo before `open`.
    pub(crate) event_alloc: Option<unsafe extern "C" fn() -> *mut PluginEvent>,
}

/// `struct audit_plugin`.
#[repr(C)]
pub struct AuditPlugin {
    pub(crate) kind: c_uint,
    pub(crate) version: c_uint,
    pub(crate) open: Option<AuditOpen>,
    pub(crate) close: Option<unsafe extern "C" fn(status_type: c_int, status: c_int)>,
    pub(crate) accept: Option<
        unsafe extern "C" fn(
            plugin_name: *const c_char,
            plugin_type: c_uint,
            command_info: Strings,
            run_argv: Strings,
            run_envp: Strings,
            errstr: ErrStr,
        ) -> c_int,
    >,
    pub(crate) reject: Option<BadNews>,
    pub(crate) error: Option<BadNews>,
    pub(crate) show_version: Option<unsafe extern "C" fn(verbose: c_int) -> c_int>,
    pub(crate) register_hooks: *const c_void,
    pub(crate) deregister_hooks: *const c_void,
    pub(crate) event_alloc: Option<unsafe extern "C" fn() -> *mut PluginEvent>,
}

/// `struct sudo_plugin_event`: its functions; sudo keeps more behind them.
#[repr(C)]
pub struct PluginEvent {
    pub(crate) set: Option<
        unsafe extern "C" fn(
            *mut PluginEvent,
            fd: c_int,
            events: c_int,
            callback: unsafe extern "C" fn(c_int, c_int, *mut c_void),
            closure: *mut c_void,
        ) -> c_int,
    >,
    pub(crate) add: Option<unsafe extern "C" fn(*mut PluginEvent, *const libc::timespec) -> c_int>,
}

const _: () = {
    let pointer = size_of::<*const c_void>();
    assert!(size_of::<IoPlugin>() == 8 + 13 * pointer);
    assert!(size_of::<AuditPlugin>() == 8 + 9 * pointer);
};
