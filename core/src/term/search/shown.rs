//! Every line that was shown, for whoever looks at each of them once.

use std::time::Duration;

use super::lines::{cut_before, cut_behind};
use super::log::{Log, Place};
use crate::limits::RISK_OVERLAP_BYTES;

/// A line that appeared, or one that grew or changed: as much of it as stands around what is new.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ShownLine<'a> {
    /// The event that brought it.
    pub(crate) seq: u64,
    /// When, since the start.
    pub(crate) elapsed: Duration,
    /// The text; printable.
    pub(crate) text: &'a str,
}

impl Log {
    /// Gives all of them, in the order of time.
    pub(super) fn lines(&self, mut look: impl FnMut(ShownLine<'_>)) {
        for chunk in &self.chunks {
            // Where the line begins, and where the part before this one ends.
            let (mut from, mut before) = (0, None);
            for part in &chunk.parts {
                let end = part.end as usize;
                let goes_on = part.place == Place::Behind;
                if !goes_on {
                    from = before.map_or(0, |before| before + 1);
                }
                let (fresh_from, fresh_to) = match before.filter(|_| goes_on) {
                    Some(before) => (before, end),
                    None => {
                        (from + usize::from(part.fresh_from), from + usize::from(part.fresh_to))
                    }
                };
                before = Some(end);
                let first = cut_before(&chunk.text, fresh_from.saturating_sub(RISK_OVERLAP_BYTES));
                let last = cut_behind(&chunk.text, fresh_to + RISK_OVERLAP_BYTES);
                let text = chunk.text.get(first.max(from)..last.min(end)).unwrap_or_default();
                let moment = self.look_of(part);
                look(ShownLine { seq: moment.seq, elapsed: moment.elapsed(), text });
            }
        }
    }
}
