//! The functions of `struct audit_plugin`.

use std::ffi::{c_char, c_int, c_uint, c_void};

use super::answer;
use crate::abi::{ErrStr, FRONT_END, Printf, Strings};
use crate::audit_plugin;
use crate::conversation::Conversation;

pub(crate) unsafe extern "C" fn open(
    _version: c_uint,
    _conversation: *const c_void,
    printf: Option<Printf>,
    _settings: Strings,
    _user_info: Strings,
    _submit_optind: c_int,
    _submit_argv: Strings,
    _submit_envp: Strings,
    _plugin_options: Strings,
    errstr: ErrStr,
) -> c_int {
    // SAFETY: errstr is writable or NULL (sudo_plugin(5)).
    unsafe {
        answer(errstr, || {
            audit_plugin::open(Conversation::new(printf));
            Ok(1)
        })
    }
}

pub(crate) unsafe extern "C" fn accept(
    _plugin_name: *const c_char,
    plugin_type: c_uint,
    _command_info: Strings,
    _run_argv: Strings,
    _run_envp: Strings,
    errstr: ErrStr,
) -> c_int {
    // SAFETY: errstr is writable or NULL (sudo_plugin(5)).
    unsafe { answer(errstr, || audit_plugin::accept(plugin_type == FRONT_END).map(|()| 1)) }
}
