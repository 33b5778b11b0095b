//! No panic leaves this plugin: it would tear down sudo in the middle of its work. A panic becomes
//! a refusal, as every other failure.

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a callback returns for an error (`sudo_plugin(5)`).
pub(crate) const FAILED: c_int = -1;

/// Runs `work`; a panic becomes an error text. What it left half done is not used again: after an
/// error sudo ends the command.
pub(crate) fn catch(work: impl FnOnce() -> Result<c_int, String>) -> Result<c_int, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(_) => {
            Err("sudolog: internal error; the command is ended because it is not recorded".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error() {
        assert!(catch(|| panic!("on purpose")).unwrap_err().contains("not recorded"));
        assert_eq!(catch(|| Ok(1)), Ok(1));
    }
}
