//! Any bytes as the kernel's audit stream: no panic, the same events however it is cut, bounds kept, and
//! nothing misleading in what is told.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| sudolog_core::kaudit::fuzz::fuzz(std::time::Instant::now(), data));
