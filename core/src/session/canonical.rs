//! The one byte form of a session start and end that the hash chain covers.
//!
//! Every field in a fixed order, integers big-endian, strings and lists behind a `u32` length, an
//! absent field as one zero byte and a present one behind a one: two different values never give
//! the same bytes. JSON is not used here because it has many spellings of one value.

use crate::untrusted::Untrusted;

/// Collects fields in order.
#[derive(Default)]
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn i64(mut self, value: i64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn bytes(self, value: &[u8]) -> Self {
        // Lengths come from frames of at most 1 MiB, far below 2^32.
        let mut this = self.u32(u32::try_from(value.len()).unwrap_or(u32::MAX));
        this.0.extend(value);
        this
    }

    pub(super) fn text(self, value: &Untrusted) -> Self {
        self.bytes(value.as_bytes())
    }

    pub(super) fn texts(self, values: &[Untrusted]) -> Self {
        let this = self.u32(u32::try_from(values.len()).unwrap_or(u32::MAX));
        values.iter().fold(this, Self::text)
    }

    pub(super) fn optional<T>(
        mut self,
        value: Option<T>,
        put: impl FnOnce(Self, T) -> Self,
    ) -> Self {
        self.0.push(u8::from(value.is_some()));
        match value {
            Some(value) => put(self, value),
            None => self,
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}
