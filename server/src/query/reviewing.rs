//! `review`: what is known of one session's risk, and what was said of it. It always fits into a
//! frame: nobody hides a session behind what is said of it.

use std::time::Instant;

use serde::Serialize;
use sudolog_core::limits::{ASSESSMENTS_MAX, FRAME_PAYLOAD_BYTES_MAX};
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Failure, Review};

use super::gate::{Gate, not_found, unreadable};
use crate::authz::Right;

impl Gate {
    /// All that rules and operators say of one session.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn review(&self, tsid: Tsid) -> Result<Review, Failure> {
        let action = Right::Review.name();
        self.permit(Right::Review, action, Some(tsid))?;
        self.admit(action, tsid, "")?;
        self.glance(&self.reviews, &tsid, || self.log(action, Some(tsid), ""))?;
        let row = self.catalog.row(tsid).map_err(unreadable)?.ok_or_else(|| not_found(tsid))?;
        let (name, now) = (&self.operator.name, Instant::now());
        self.presence.look(name, tsid, now);
        // Who looks at what is told to those only who may ask for it.
        let knows = self.operator.may(Right::Views);
        let others = if knows { self.presence.others(name, tsid, now) } else { Vec::new() };
        let directory = self.catalog.directory(tsid);
        let running = self.rulebook.board().running(tsid);
        let kept = directory.assessments(ASSESSMENTS_MAX);
        Ok(fitting(Review {
            row,
            assessments: running.into_iter().chain(kept).take(ASSESSMENTS_MAX).collect(),
            remarks: directory.remarks().map_err(unreadable)?,
            watchers: others.iter().map(|other| other.as_str().into()).collect(),
        }))
    }
}

/// The most of a review that one frame holds. What is of least use goes first: findings of
/// assessments that are not in force, then the oldest remarks, then findings that are in force.
fn fitting(mut review: Review) -> Review {
    let mut over = bytes(&review).saturating_sub(REVIEW_BYTES_MAX);
    let mut assessments = review.assessments.iter_mut();
    let in_force = assessments.next();
    for old in assessments.rev() {
        old.left_out += shed(&mut old.findings, &mut over);
    }
    shed(&mut review.remarks, &mut over);
    if let Some(in_force) = in_force {
        in_force.left_out += shed(&mut in_force.findings, &mut over);
    }
    if over > 0 {
        // Somebody has made the file say what no rules say.
        review.assessments.clear();
    }
    review
}

/// Takes the first ones away until enough bytes are gone; says how many.
fn shed<T: Serialize>(items: &mut Vec<T>, over: &mut usize) -> u64 {
    let mut count = 0;
    while let Some(item) = items.get(count).filter(|_| *over > 0) {
        *over = over.saturating_sub(bytes(item));
        count += 1;
    }
    items.drain(..count);
    count as u64
}

fn bytes(value: &impl Serialize) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |json| json.len())
}

/// A reply has a few fields around the review, and the counts of what is left out grow.
const REVIEW_BYTES_MAX: usize = FRAME_PAYLOAD_BYTES_MAX - 4096;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::risk::{Category, Finding, Source};
    use sudolog_core::triage::{Remark, RemarkKind};
    use sudolog_core::wire::message::Assessment;

    fn review(findings: usize, remarks: usize) -> Review {
        let finding = Finding {
            rule: "r".into(),
            category: Category::Tamper,
            points: 1,
            source: Source::Raw,
            seq: 0,
            elapsed_ns: 0,
            text: "\u{1}".repeat(256).into(),
        };
        let assessment = Assessment { findings: vec![finding; findings], ..Assessment::default() };
        let note = |act| Remark {
            act,
            at: Default::default(),
            who: "olga".into(),
            kind: RemarkKind::Note { elapsed_ns: 0, text: "\u{1}".repeat(4096).into() },
        };
        let row = sample::row();
        let remarks = (1..=remarks as u64).map(note).collect();
        Review { row, assessments: vec![assessment; 8], remarks, watchers: Vec::new() }
    }

    #[test]
    fn a_review_always_fits_and_keeps_what_matters_most() {
        let whole = review(3, 3);
        assert_eq!(fitting(whole.clone()), whole);

        let long = fitting(review(200, 0));
        assert!(bytes(&long) <= FRAME_PAYLOAD_BYTES_MAX - 1024);
        assert_eq!(long.assessments[0].findings.len(), 200);
        assert!(long.assessments[7].findings.is_empty() && long.assessments[7].left_out == 200);

        let longest = fitting(review(200, 170));
        assert!(bytes(&longest) <= FRAME_PAYLOAD_BYTES_MAX - 1024);
        assert_eq!(longest.remarks.last().unwrap().act, 170, "the newest is kept");
        assert_eq!(longest.assessments[0].findings.len(), 200);

        let mut hostile = review(1, 1);
        hostile.assessments[3].rules = "x".repeat(2 * FRAME_PAYLOAD_BYTES_MAX);
        assert!(bytes(&fitting(hostile)) <= FRAME_PAYLOAD_BYTES_MAX - 1024);
    }
}
