//! What an earlier run of the server told of sessions, so that a start neither tells it again nor is silent about
//! what was stored by then and nobody had looked at.
//!
//! The rules that found something in a session stand in the index before anybody is told of it.

use std::collections::{BTreeSet, HashMap};

use sudolog_core::risk::{Finding, Score};
use sudolog_core::session::Tsid;

use crate::store::{Index, StoreError};

/// Sessions that ran when the server ended, each with the rules whose findings are told; until all is read that
/// was stored by then.
#[derive(Default)]
pub(super) struct Earlier(HashMap<Tsid, Option<Told>>);

/// What was told of one of them.
#[derive(Default)]
struct Told {
    rules: BTreeSet<String>,
    risk: Score,
}

impl Earlier {
    pub(super) fn of(sessions: impl IntoIterator<Item = Tsid>) -> Self {
        Self(sessions.into_iter().map(|tsid| (tsid, None)).collect())
    }

    /// Looks what was told of a session, which was so risky then, before anything new is.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub(super) fn look_up(
        &mut self,
        tsid: Tsid,
        risk: Score,
        index: &Index,
    ) -> Result<(), StoreError> {
        if let Some(told @ None) = self.0.get_mut(&tsid) {
            *told = Some(Told { rules: index.hits(tsid)?, risk });
        }
        Ok(())
    }

    /// What nobody was told of yet, which counts as told from now on; `None` for a session that is none of
    /// these.
    pub(super) fn untold(&mut self, tsid: Tsid, findings: &[Finding]) -> Option<Vec<Finding>> {
        let told = &mut self.0.get_mut(&tsid)?.get_or_insert_default().rules;
        let news: Vec<Finding> =
            findings.iter().filter(|found| !told.contains(&found.rule)).cloned().collect();
        self.tell(tsid, &news);
        Some(news)
    }

    /// These are told, whatever was before.
    pub(super) fn tell(&mut self, tsid: Tsid, findings: &[Finding]) {
        if let Some(told) = self.0.get_mut(&tsid) {
            let rules = findings.iter().map(|found| found.rule.clone());
            told.get_or_insert_default().rules.extend(rules);
        }
    }

    /// The rules that are told: they stay in the index while the recording is read once more.
    pub(super) fn told(&self, tsid: Tsid) -> impl Iterator<Item = &String> {
        self.0.get(&tsid).into_iter().flatten().flat_map(|told| &told.rules)
    }

    /// All is read of it that was stored; gives how risky it was told to be, when it was one of these.
    pub(super) fn forget(&mut self, tsid: Tsid) -> Option<Score> {
        self.0.remove(&tsid)?.map(|told| told.risk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sudolog_core::risk::{Category, Source};

    fn found(rule: &str) -> Finding {
        Finding {
            rule: rule.to_owned(),
            category: Category::Recon,
            points: 1,
            seq: 1,
            elapsed_ns: 1,
            source: Source::Typed,
            text: "x".into(),
        }
    }

    #[test]
    fn what_was_told_is_not_told_again_and_the_rest_is_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        let tsid = |seq| Tsid::from_seq(seq).unwrap();
        index.put_hits(tsid(1), ["told"]).unwrap();
        let mut earlier = Earlier::of([tsid(1), tsid(2)]);
        earlier.look_up(tsid(1), Score::capped(7), &index).unwrap();
        earlier.look_up(tsid(3), Score::NONE, &index).unwrap();
        let findings = [found("told"), found("untold"), found("untold")];
        assert_eq!(earlier.untold(tsid(1), &findings).unwrap(), findings[1..]);
        index.put_hits(tsid(1), []).unwrap();
        earlier.look_up(tsid(1), Score::NONE, &index).unwrap();
        assert_eq!(earlier.untold(tsid(1), &findings), Some(vec![]), "it is looked up once");
        assert_eq!(earlier.told(tsid(1)).collect::<Vec<_>>(), ["told", "untold"]);
        assert_eq!(earlier.untold(tsid(3), &findings), None, "it is no earlier one");
        assert_eq!(earlier.forget(tsid(1)), Some(Score::capped(7)));
        assert_eq!(earlier.forget(tsid(1)), None);
        assert_eq!(earlier.untold(tsid(1), &findings), None);
    }
}
