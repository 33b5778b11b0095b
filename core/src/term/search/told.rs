//! Hits as they go over the wire.

use std::time::Duration;

use super::find::Hit;
use super::text_index::Coverage;
use crate::untrusted::is_misleading;
use crate::wire::message::{FoundHit, Hits};

impl Hit {
    /// As it goes over the wire.
    pub fn to_wire(&self) -> FoundHit {
        let at = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        FoundHit {
            seq: self.seq,
            elapsed_ns: u64::try_from(self.elapsed.as_nanos()).unwrap_or(u64::MAX),
            row: self.row,
            line: self.line.as_str().into(),
            from: at(self.range.start),
            to: at(self.range.end),
        }
    }

    /// As it came over the wire; `None` for what cannot be shown as it stands.
    pub fn from_wire(hit: &FoundHit) -> Option<Self> {
        let line = std::str::from_utf8(hit.line.as_bytes()).ok()?;
        let range = usize::try_from(hit.from).ok()?..usize::try_from(hit.to).ok()?;
        line.get(range.clone())?;
        let elapsed = Duration::from_nanos(hit.elapsed_ns);
        let shown = !line.chars().any(is_misleading);
        shown.then(|| Self { seq: hit.seq, elapsed, row: hit.row, line: line.to_owned(), range })
    }
}

impl Coverage {
    /// What a piece of a search says of it.
    pub fn of(hits: &Hits) -> Self {
        Self { missed: hits.missed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_survive_the_wire_and_none_misleads() {
        let elapsed = Duration::from_millis(5);
        let hit = Hit { seq: 3, elapsed, row: Some(7), line: "a täst".into(), range: 2..7 };
        assert_eq!(Hit::from_wire(&hit.to_wire()), Some(hit.clone()));
        let told = hit.to_wire();
        for wrong in [
            FoundHit { from: 4, ..told.clone() },
            FoundHit { to: 8, ..told.clone() },
            FoundHit { from: 5, to: 2, ..told.clone() },
            FoundHit { line: "a \u{1b}[2J".into(), ..told.clone() },
            FoundHit { line: "a \u{202e}x".into(), ..told },
        ] {
            assert_eq!(Hit::from_wire(&wrong), None, "{wrong:?}");
        }
    }
}
