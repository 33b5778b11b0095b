//! Any bytes on a guarded screen: no panic, no endless work, nothing misleading in a cell, and a dump
//! that shows the same.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| sudolog_core::term::fuzz::fuzz(data));
