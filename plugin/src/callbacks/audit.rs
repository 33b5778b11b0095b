//! The functions of `struct audit_plugin`.

use std::ffi::{c_char, c_int, c_uint, c_void};

use super::{answer, strings, text};
use crate::abi::{ErrStr, FRONT_END, Printf, Strings};
use crate::conversation::Conversation;
use crate::pairs::Pairs;
use crate::report::{OpenCall, Word};
use crate::{audit_plugin, guard};

pub(crate) unsafe extern "C" fn open(
    _version: c_uint,
    _conversation: *const c_void,
    printf: Option<Printf>,
    settings: Strings,
    user_info: Strings,
    submit_optind: c_int,
    submit_argv: Strings,
    submit_envp: Strings,
    plugin_options: Strings,
    errstr: ErrStr,
) -> c_int {
    // SAFETY: sudo_plugin(5): each list is NULL or NULL-terminated and lives during the call;
    // errstr is writable or NULL.
    unsafe {
        answer(errstr, || {
            let list = |list| strings(list).unwrap_or_default();
            let call = OpenCall {
                settings: Pairs::new(list(settings)),
                user_info: Pairs::new(list(user_info)),
                submit_argv: list(submit_argv),
                submit_optind: usize::try_from(submit_optind).unwrap_or(0),
                submit_env: list(submit_envp),
            };
            audit_plugin::open(&call, &list(plugin_options), Conversation::new(printf));
            Ok(1)
        })
    }
}

pub(crate) unsafe extern "C" fn close(status_type: c_int, status: c_int) {
    let _ = guard::catch(|| {
        audit_plugin::close(status_type, status);
        Ok(1)
    });
}

pub(crate) unsafe extern "C" fn accept(
    plugin_name: *const c_char,
    plugin_type: c_uint,
    command_info: Strings,
    run_argv: Strings,
    _run_envp: Strings,
    errstr: ErrStr,
) -> c_int {
    // SAFETY: sudo_plugin(5): lists and name are NULL or live during the call; errstr is writable or
    // NULL.
    unsafe {
        answer(errstr, || {
            let word = Word {
                plugin: text(plugin_name),
                plugin_type,
                command_info: Pairs::new(strings(command_info).unwrap_or_default()),
                run_argv: strings(run_argv).unwrap_or_default(),
                ..Word::default()
            };
            audit_plugin::accept(&word, plugin_type == FRONT_END).map(|()| 1)
        })
    }
}

macro_rules! bad_news {
    ($($name:ident),*) => {$(
        pub(crate) unsafe extern "C" fn $name(
            plugin_name: *const c_char,
            plugin_type: c_uint,
            audit_msg: *const c_char,
            command_info: Strings,
            errstr: ErrStr,
        ) -> c_int {
            // SAFETY: as for `accept`.
            unsafe {
                answer(errstr, || {
                    let word = Word {
                        plugin: text(plugin_name),
                        plugin_type,
                        message: text(audit_msg),
                        command_info: Pairs::new(strings(command_info).unwrap_or_default()),
                        ..Word::default()
                    };
                    audit_plugin::$name(&word);
                    Ok(1)
                })
            }
        }
    )*};
}
bad_news!(reject, error);

pub(crate) unsafe extern "C" fn show_version(_verbose: c_int) -> c_int {
    guard::catch(|| {
        audit_plugin::show_version();
        Ok(1)
    })
    .unwrap_or(guard::FAILED)
}
