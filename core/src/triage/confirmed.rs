//! The verdict that two operators agreed on because the policy asks for it: one alone does not make
//! less of it.

use super::standing::Policy;
use super::{Remark, RemarkKind, Verdict};
use crate::risk::Score;
use crate::untrusted::Untrusted;

/// The verdict that was confirmed last and that no two operators have replaced by a lesser one.
///
/// What is taken back after it was confirmed was confirmed all the same: who has agreed alone undoes
/// no more by that than by another verdict.
pub(super) fn confirmed(remarks: &[Remark], policy: &Policy, risk: Score) -> Option<Verdict> {
    let (mut said, mut confirmed): (Vec<Said<'_>>, _) = (Vec::new(), None);
    for remark in remarks {
        match &remark.kind {
            RemarkKind::Verdict { verdict, .. } => {
                said.push(Said { act: remark.act, who: &remark.who, verdict: *verdict });
            }
            RemarkKind::TakeBack { taken } => {
                said.retain(|said| (said.act, said.who) != (*taken, &remark.who));
            }
            _ => continue,
        }
        let Some(agreed) = agreed(&said) else { continue };
        if policy.asks_for_second(agreed, risk) {
            confirmed = Some(agreed);
        } else if confirmed.is_some_and(|before| is_less(agreed, before)) {
            confirmed = None;
        }
    }
    confirmed
}

/// True when the verdict makes less of a session than the other.
pub(super) fn is_less(verdict: Verdict, other: Verdict) -> bool {
    weight(verdict) < weight(other)
}

/// A verdict that was given.
struct Said<'a> {
    act: u64,
    who: &'a Untrusted,
    verdict: Option<Verdict>,
}

/// The verdict that stands at the end, when two operators have given it one after the other.
fn agreed(said: &[Said<'_>]) -> Option<Verdict> {
    let last = said.last()?;
    let same = said.iter().rev().take_while(|said| said.verdict == last.verdict);
    let others = same.filter(|said| said.who != last.who).count();
    last.verdict.filter(|_| others > 0)
}

fn weight(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Benign | Verdict::FalsePositive => 0,
        Verdict::Suspicious => 1,
        Verdict::Incident => 2,
    }
}
