//! What a recording may spend on expensive sequences.
//!
//! A few bytes can clear, scroll or fill half a million cells. Such work is paid for out of a purse
//! that bytes and recorded time fill. It knows nothing of real time or of how the bytes were cut,
//! so live view, replay, seeking and search leave out the very same sequences.

use crate::limits::{TERM_CREDIT_MAX, TERM_CREDIT_PER_BYTE, TERM_CREDIT_PER_MS};

/// Credit in units of work, at most [`TERM_CREDIT_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Purse(u32);

impl Purse {
    /// What is left of a purse; more than fits is lost.
    pub(super) fn with(credit: u32) -> Self {
        Self(credit.min(TERM_CREDIT_MAX))
    }

    /// What is in it.
    pub(super) fn credit(self) -> u32 {
        self.0
    }

    /// What so many bytes bring.
    pub(super) fn brought_by(bytes: usize) -> u64 {
        bytes as u64 * u64::from(TERM_CREDIT_PER_BYTE)
    }

    /// A sequence or character of so many bytes is there. It pays with what it brings first, so
    /// that may be more than fits until [`level`](Self::level).
    pub(super) fn earn(&mut self, bytes: usize) {
        let credit = u32::try_from(Self::brought_by(bytes)).unwrap_or(u32::MAX);
        self.0 = self.0.saturating_add(credit);
    }

    /// After a sequence or character: what does not fit is lost.
    pub(super) fn level(&mut self) {
        self.0 = self.0.min(TERM_CREDIT_MAX);
    }

    /// Something brought more than it cost.
    pub(super) fn gain(&mut self, credit: u64) {
        self.add(u32::try_from(credit).unwrap_or(u32::MAX));
    }

    /// Time passed in the recording.
    pub(super) fn wait(&mut self, delay_ns: u64) {
        let credit = delay_ns / (NS_PER_MS / u64::from(TERM_CREDIT_PER_MS));
        self.add(u32::try_from(credit).unwrap_or(u32::MAX));
    }

    /// Takes the price out; `false`, and nothing is taken, when there is not enough.
    #[must_use]
    pub(super) fn pay(&mut self, price: u64) -> bool {
        let left = u32::try_from(price).ok().and_then(|price| self.0.checked_sub(price));
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }

    fn add(&mut self, credit: u32) {
        self.0 = self.0.saturating_add(credit);
        self.level();
    }
}

impl Default for Purse {
    fn default() -> Self {
        Self(TERM_CREDIT_MAX)
    }
}

const NS_PER_MS: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_filled_by_bytes_and_by_time_and_never_overflows() {
        let mut purse = Purse::with(0);
        assert!(!purse.pay(1));
        purse.earn(10);
        assert_eq!(purse.credit(), 10 * TERM_CREDIT_PER_BYTE);
        assert!(purse.pay(u64::from(purse.credit())) && !purse.pay(1) && purse.pay(0));
        purse.wait(3 * NS_PER_MS);
        assert_eq!(purse.credit(), 3 * TERM_CREDIT_PER_MS);
        purse.wait(u64::MAX);
        purse.earn(10);
        assert!(purse.pay(10 * u64::from(TERM_CREDIT_PER_BYTE)));
        assert_eq!(purse, Purse::default(), "what it brings pays first");
        purse.earn(1 << 40);
        purse.level();
        assert_eq!(purse, Purse::default());
        assert!(!purse.pay(u64::MAX));
        assert_eq!(purse, Purse::default(), "what is not paid is not taken");
    }
}
