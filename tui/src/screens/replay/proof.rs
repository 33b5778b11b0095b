//! How far a recording is proven, as the line of time shows it.

use std::time::Duration;

use sudolog_core::iolog::Fault;
use sudolog_core::term::Track as _;

use super::Replay;
use crate::verification::{Report, Verdict};

/// What a check with the operator's own keys has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    /// The last event that a signature covers which fits.
    proven: u64,
    /// Something is not what was acknowledged between these events.
    broken: Option<(u64, u64)>,
}

/// What there is to be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Doubt {
    /// From then on nothing is signed.
    pub(super) unproven: Option<Duration>,
    /// It is not what was acknowledged between these times.
    pub(super) broken: Option<(Duration, Duration)>,
}

impl Replay {
    /// Takes what a check of this very recording has found.
    pub fn learn_proof(&mut self, report: &Report) {
        let (own, checked) = (self.about(), &report.about);
        if (own.tsid, &own.name) != (checked.tsid, &checked.name) || !report.signed {
            return;
        }
        let proven = report.found.last_seq;
        let broken = (report.verdict() == Verdict::Broken).then(|| {
            let from = report.found.first_bad_seq.unwrap_or(proven.saturating_add(1));
            let to = match report.found.fault {
                Some(Fault::Changed { up_to } | Fault::Missing { up_to }) => up_to,
                _ => u64::MAX,
            };
            (from, to)
        });
        self.checked = Some(Checked { proven, broken });
    }

    /// What of the recording is in doubt: by the check, or, before any, by the server's own word on how far
    /// it has signed. Of what still grows the end is signed later than it is seen.
    pub(super) fn doubt(&self) -> Doubt {
        let signed = self.about().signed.filter(|_| !self.about().state.is_open());
        let proven = self.checked.map(|checked| checked.proven).or(signed);
        let (tape, last) = (self.tape(), self.tape().last_seq());
        let next = proven.map(|proven| proven.saturating_add(1)).filter(|next| *next <= last);
        let broken = self.checked.and_then(|checked| checked.broken);
        Doubt {
            unproven: next.filter(|_| self.is_read()).map(|next| tape.elapsed(next)),
            broken: broken
                .map(|(from, to)| (tape.elapsed(from.min(last)), tape.elapsed(to.min(last)))),
        }
    }
}
