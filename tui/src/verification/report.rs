//! What a check has found, and what that means.

use sudolog_core::iolog::{Fault, Verification};
use sudolog_core::session::Incident;

use super::Spot;
use crate::source::{About, Standing};

/// All that a check has found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The session as it stood then.
    pub about: About,
    /// False for a recording that was made without Sudolog.
    pub signed: bool,
    /// How far its signatures carry.
    pub found: Verification,
    /// Whether more may come.
    pub standing: Standing,
    /// The first event that no checkpoint covers which fits.
    pub spot: Option<Spot>,
    /// What happened to the session from outside, or why that is not known.
    pub incidents: Result<Vec<Incident>, String>,
}

/// How a recording stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All of it is signed.
    Verified,
    /// It still runs; what is signed fits.
    Running,
    /// It never came to its end; what is signed fits.
    Unfinished,
    /// It is not what was acknowledged.
    Broken,
    /// It was never signed.
    Unsigned,
}

impl Report {
    /// How the recording stands.
    pub fn verdict(&self) -> Verdict {
        match (self.signed, self.found.ok, self.found.complete) {
            (false, ..) => Verdict::Unsigned,
            (true, false, _) => Verdict::Broken,
            (true, true, true) => Verdict::Verified,
            (true, true, false) if self.standing.may_grow() => Verdict::Running,
            (true, true, false) => Verdict::Unfinished,
        }
    }

    /// The events, first and last, that were acknowledged and are not there.
    pub fn gap(&self) -> Option<(u64, u64)> {
        match self.found.fault? {
            Fault::Missing { up_to } if up_to > self.found.events => {
                Some((self.found.events + 1, up_to))
            }
            _ => None,
        }
    }

    /// The event to look at: where the recording breaks, or the first that nothing proves.
    pub fn event_to_look_at(&self) -> Option<u64> {
        match (self.verdict(), self.spot) {
            (Verdict::Unsigned, _) | (Verdict::Verified, _) => None,
            (_, Some(spot)) => Some(spot.seq),
            // It breaks behind its last event.
            (Verdict::Broken, None) => Some(self.found.events).filter(|events| *events > 0),
            (_, None) => None,
        }
    }

    /// What happened that makes the session itself doubtful, whatever its recording proves.
    pub fn doubts(&self) -> impl Iterator<Item = &Incident> {
        let incidents = self.incidents.as_deref().unwrap_or_default();
        incidents.iter().filter(|incident| incident.kind.is_doubtful())
    }
}
