//! What sudo calls: C pointers become safe values here, and nothing else happens here.

#![expect(unsafe_code, reason = "every argument is a pointer from C")]

pub(crate) mod audit;
pub(crate) mod io;

use std::ffi::{CStr, CString, c_char, c_int};

use sudolog_core::untrusted::Untrusted;

use crate::abi::{ErrStr, Strings};
use crate::guard;

/// Copies a NULL-terminated list.
///
/// # Safety
/// `list` is NULL or a NULL-terminated array of C strings that lives during the call, as
/// sudo_plugin(5) promises for every list argument.
unsafe fn strings(list: Strings) -> Option<Vec<Untrusted>> {
    if list.is_null() {
        return None;
    }
    let mut copies = Vec::new();
    let mut place = list;
    loop {
        // SAFETY: the caller's promise; the walk ends at the NULL entry.
        let entry = unsafe { *place };
        if entry.is_null() {
            return Some(copies);
        }
        // SAFETY: the caller's promise: a C string.
        copies.push(Untrusted::new(unsafe { CStr::from_ptr(entry) }.to_bytes()));
        // SAFETY: the NULL entry was not reached, so there is another one.
        place = unsafe { place.add(1) };
    }
}

/// Copies a string; empty for NULL.
///
/// # Safety
/// `string` is NULL or a C string that lives during the call, as sudo_plugin(5) promises.
unsafe fn text(string: *const c_char) -> Untrusted {
    if string.is_null() {
        return Untrusted::default();
    }
    // SAFETY: the caller's promise.
    Untrusted::new(unsafe { CStr::from_ptr(string) }.to_bytes())
}

/// Runs a callback behind the guard; an error becomes sudo's error text and -1.
///
/// # Safety
/// `errstr` is NULL or points to a writable pointer, as sudo_plugin(5) promises.
unsafe fn answer(errstr: ErrStr, work: impl FnOnce() -> Result<c_int, String>) -> c_int {
    match guard::catch(work) {
        Ok(code) => code,
        Err(text) => {
            if !errstr.is_null() {
                // SAFETY: the caller's promise.
                unsafe { *errstr = keep(text) };
            }
            guard::FAILED
        }
    }
}

/// Text for sudo that stays valid until sudo exits, as `errstr` must. An error ends the session,
/// so few of these are ever kept.
fn keep(text: String) -> *const c_char {
    let text = CString::new(text.replace('\0', "")).unwrap_or_default();
    text.into_raw()
}
