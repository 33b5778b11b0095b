//! How a session stands by what was said of it.

use serde::{Deserialize, Serialize};

use super::confirmed::{confirmed, is_less};
use super::{Remark, RemarkKind, Verdict};
use crate::limits::TAGS_MAX;
use crate::risk::Score;
use crate::untrusted::Untrusted;

/// The sum of a session's remarks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The verdict in force.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Who gave it: one operator, or two where a second one has agreed.
    #[serde(default)]
    pub reviewed_by: Vec<Untrusted>,
    /// The policy asks for a second operator, who has not agreed yet.
    #[serde(default)]
    pub awaits_second: bool,
    /// Who shall look at it.
    #[serde(default)]
    pub assignee: Option<Untrusted>,
    /// Tags in the order of their letters, [`TAGS_MAX`] at most.
    #[serde(default)]
    pub tags: Vec<Untrusted>,
    /// How many notes.
    #[serde(default)]
    pub notes: u32,
}

/// When one pair of eyes is not enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Verdicts that a second operator has to agree with.
    pub second_look: Vec<Verdict>,
    /// So has every verdict on a session with this risk or a higher one.
    pub second_look_from: Option<Score>,
}

impl Policy {
    /// True when one operator's verdict is not enough.
    pub fn asks_for_second(&self, verdict: Verdict, risk: Score) -> bool {
        self.second_look.contains(&verdict)
            || self.second_look_from.is_some_and(|from| risk >= from)
    }
}

impl Standing {
    /// The sum of the remarks, oldest first, on a session with this risk.
    pub fn of(remarks: &[Remark], policy: &Policy, risk: Score) -> Self {
        let mut standing = Self::default();
        let mut at = 0;
        while let Some(remark) = remarks.get(at) {
            at += 1;
            let later = remarks.get(at..).unwrap_or_default();
            if !is_taken_back(remark, later) {
                standing.take(remark);
            }
        }
        let alone = standing.reviewed_by.len() < 2;
        let before = confirmed(remarks, policy, risk);
        let asks = |verdict| {
            policy.asks_for_second(verdict, risk)
                || before.is_some_and(|before| is_less(verdict, before))
        };
        standing.awaits_second = alone && standing.verdict.is_some_and(asks);
        standing
    }

    /// True when nobody has to look at it any more.
    pub fn is_settled(&self) -> bool {
        self.verdict.is_some() && !self.awaits_second
    }

    fn take(&mut self, remark: &Remark) {
        match &remark.kind {
            RemarkKind::Verdict { verdict, .. } => self.judge(*verdict, &remark.who),
            RemarkKind::Note { .. } => self.notes = self.notes.saturating_add(1),
            RemarkKind::Tag { tag } => {
                if let Err(place) = self.place(tag)
                    && self.tags.len() < TAGS_MAX
                {
                    self.tags.insert(place, tag.clone());
                }
            }
            RemarkKind::Untag { tag } => {
                if let Ok(place) = self.place(tag) {
                    self.tags.remove(place);
                }
            }
            RemarkKind::Assign { to } => self.assignee.clone_from(to),
            RemarkKind::TakeBack { .. } | RemarkKind::Unknown => {}
        }
    }

    /// The same verdict by another operator confirms it; any other begins anew.
    fn judge(&mut self, verdict: Option<Verdict>, who: &Untrusted) {
        if verdict.is_none() || verdict != self.verdict {
            self.reviewed_by.clear();
        }
        self.verdict = verdict;
        if verdict.is_some() && !self.reviewed_by.contains(who) && self.reviewed_by.len() < 2 {
            self.reviewed_by.push(who.clone());
        }
    }

    fn place(&self, tag: &Untrusted) -> Result<usize, usize> {
        self.tags.binary_search_by(|known| known.as_bytes().cmp(tag.as_bytes()))
    }
}

/// Nobody takes back what somebody else has said.
fn is_taken_back(remark: &Remark, later: &[Remark]) -> bool {
    later.iter().any(|other| {
        matches!(other.kind, RemarkKind::TakeBack { taken } if taken == remark.act)
            && other.who == remark.who
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(who: &str, act: u64, kind: RemarkKind) -> Remark {
        Remark { act, at: Default::default(), who: who.into(), kind }
    }

    fn verdict(who: &str, act: u64, verdict: Verdict) -> Remark {
        said(who, act, RemarkKind::Verdict { verdict: Some(verdict), why: "".into() })
    }

    fn of(remarks: &[Remark]) -> Standing {
        let policy = Policy {
            second_look: vec![Verdict::Incident],
            second_look_from: Some(Score::capped(80)),
        };
        Standing::of(remarks, &policy, Score::capped(10))
    }

    #[test]
    fn a_second_pair_of_eyes_is_another_one() {
        let first = verdict("olga", 1, Verdict::Incident);
        assert!(of(std::slice::from_ref(&first)).awaits_second);
        let again = verdict("olga", 2, Verdict::Incident);
        assert!(of(&[first.clone(), again]).awaits_second);
        let second = of(&[first.clone(), verdict("vic", 3, Verdict::Incident)]);
        assert!(second.is_settled());
        assert_eq!(second.reviewed_by, ["olga".into(), "vic".into()]);
        let other = of(&[first, verdict("vic", 3, Verdict::Benign)]);
        assert_eq!((other.verdict, other.awaits_second), (Some(Verdict::Benign), false));
        assert_eq!(other.reviewed_by, ["vic".into()]);
        let risky = Policy { second_look_from: Some(Score::capped(80)), ..Policy::default() };
        let benign = [verdict("vic", 1, Verdict::Benign)];
        assert!(Standing::of(&benign, &risky, Score::capped(80)).awaits_second);
        assert!(Standing::of(&benign, &risky, Score::capped(79)).is_settled());
    }

    #[test]
    fn nobody_alone_makes_less_of_what_two_have_confirmed() {
        use Verdict::{Benign, FalsePositive, Incident, Suspicious};
        let confirmed = [verdict("olga", 1, Incident), verdict("vic", 2, Incident)];
        let then = |more: &[Remark]| of(&[confirmed.as_slice(), more].concat());
        for lesser in [Benign, FalsePositive, Suspicious] {
            let alone = then(&[verdict("olga", 3, lesser)]);
            assert_eq!((alone.verdict, alone.awaits_second), (Some(lesser), true));
            assert!(then(&[verdict("olga", 3, lesser), verdict("olga", 4, lesser)]).awaits_second);
            let two = then(&[verdict("olga", 3, lesser), verdict("ann", 4, lesser)]);
            assert!(two.is_settled());
        }
        let none = said("vic", 3, RemarkKind::Verdict { verdict: None, why: "".into() });
        assert!(then(&[none, verdict("vic", 4, Benign)]).awaits_second, "by way of none");
        let back = said("vic", 3, RemarkKind::TakeBack { taken: 2 });
        assert!(then(&[back, verdict("vic", 4, Benign)]).awaits_second, "by taking back");
        let two = [verdict("vic", 3, Benign), verdict("ann", 4, Benign)];
        let later = then(&[two.as_slice(), &[verdict("vic", 5, Suspicious)]].concat());
        assert!(later.is_settled(), "two have said that it is none");
        let mistake = said("olga", 2, RemarkKind::TakeBack { taken: 1 });
        let never = [verdict("olga", 1, Incident), mistake, verdict("vic", 3, Benign)];
        assert!(of(&never).is_settled(), "it was never confirmed");
    }

    #[test]
    fn what_is_taken_back_was_never_said_and_only_by_who_said_it() {
        let remarks = [
            verdict("olga", 1, Verdict::Benign),
            said("vic", 2, RemarkKind::Tag { tag: "b".into() }),
            said("vic", 2, RemarkKind::Tag { tag: "a".into() }),
            said("vic", 3, RemarkKind::Assign { to: Some("olga".into()) }),
            said("vic", 3, RemarkKind::Note { elapsed_ns: 5, text: "look".into() }),
        ];
        let all = of(&remarks);
        assert_eq!((all.notes, all.tags.len()), (1, 2));
        assert_eq!(all.tags, ["a".into(), "b".into()]);
        let back = |who, taken| {
            let mut remarks = remarks.to_vec();
            remarks.push(said(who, 9, RemarkKind::TakeBack { taken }));
            of(&remarks)
        };
        assert_eq!(back("vic", 2).tags.len(), 0);
        assert_eq!(back("olga", 2), all);
        assert_eq!(back("vic", 3).assignee, None);
        assert_eq!(back("olga", 1).verdict, None);
        let untag = said("olga", 4, RemarkKind::Untag { tag: "a".into() });
        assert_eq!(of(&[remarks.to_vec(), vec![untag]].concat()).tags, ["b".into()]);
    }
}
