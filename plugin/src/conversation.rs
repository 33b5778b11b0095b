//! Speaking to the user through sudo: one clear sentence, in sudo's own way.

#![expect(unsafe_code, reason = "sudo_printf is a variadic C function")]

use std::ffi::{CString, c_int};

use crate::abi::{CONV_ERROR_MSG, CONV_INFO_MSG, Printf};

/// sudo's `sudo_printf`, valid as long as sudo runs.
#[derive(Clone, Copy)]
pub(crate) struct Conversation(Option<Printf>);

impl Conversation {
    /// Speaks through this function; without one nothing is said.
    pub(crate) fn new(printf: Option<Printf>) -> Self {
        Self(printf)
    }

    /// Something failed: to standard error.
    pub(crate) fn error(self, text: &str) {
        self.say(CONV_ERROR_MSG, &format!("sudolog: {text}\n"));
    }

    /// Something to know: to standard output.
    pub(crate) fn info(self, text: &str) {
        self.say(CONV_INFO_MSG, &format!("{text}\n"));
    }

    fn say(self, kind: c_int, text: &str) {
        if let (Some(printf), Ok(text)) = (self.0, CString::new(text)) {
            // SAFETY: `printf` came from sudo for this use; the format takes one C string, so the
            // text is never taken for a format.
            unsafe { printf(kind, c"%s".as_ptr(), text.as_ptr()) };
        }
    }
}
