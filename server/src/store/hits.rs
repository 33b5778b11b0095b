//! Which rules found something in which recordings, so that it can be told how often people agreed with
//! each of them. Like all of the index it stands in the recordings too.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{params, params_from_iter};
use sudolog_core::filter::Condition;
use sudolog_core::session::Tsid;
use sudolog_core::triage::Verdict;
use sudolog_core::wire::message::RuleTally;

use super::asking::Asking;
use super::{Index, StoreError};

impl Index {
    /// Writes which rules found something in a recording, in place of what was written before.
    ///
    /// # Errors
    /// When the disk is full or fails; then it is as it was.
    pub fn put_hits<'a>(
        &mut self,
        tsid: Tsid,
        rules: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        {
            transaction.prepare_cached("DELETE FROM hits WHERE seq = ?")?.execute([tsid.seq()])?;
            let mut insert = transaction.prepare_cached(INSERT)?;
            for rule in rules {
                insert.execute(params![tsid.seq(), rule])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// The rules that found something in a recording, as they were written last.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn hits(&self, tsid: Tsid) -> Result<BTreeSet<String>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT rule FROM hits WHERE seq = ?")?;
        let rules = select.query_map([tsid.seq()], |row| row.get(0))?;
        Ok(rules.collect::<Result<_, _>>()?)
    }

    /// How often each rule found something in recordings that fulfil the conditions, and what people made
    /// of those, by the names of the rules.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn tallies(&self, beside: &[Condition]) -> Result<Vec<RuleTally>, StoreError> {
        let asking = Asking::new("", false, beside);
        let of = asking.rows("seq, verdict");
        let mut select = self.db.prepare_cached(&format!(
            "SELECT rule, verdict, count(*) FROM ({of}) JOIN hits USING (seq) GROUP BY rule, verdict"
        ))?;
        let mut rows = select.query(params_from_iter(&asking.values))?;
        let mut tallies: BTreeMap<String, RuleTally> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (rule, verdict, count): (String, Option<String>, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let tally = tallies.entry(rule).or_insert_with_key(|rule| RuleTally {
                rule: rule.clone(),
                ..RuleTally::default()
            });
            let count = count.cast_unsigned();
            tally.sessions = tally.sessions.saturating_add(count);
            match verdict.and_then(|word| word.parse().ok()) {
                Some(Verdict::Benign) => tally.benign = count,
                Some(Verdict::FalsePositive) => tally.false_positive = count,
                Some(Verdict::Suspicious) => tally.suspicious = count,
                Some(Verdict::Incident) => tally.incident = count,
                None => {}
            }
        }
        Ok(tallies.into_values().collect())
    }
}

const INSERT: &str = "INSERT INTO hits (seq, rule) VALUES (?, ?) ON CONFLICT DO NOTHING";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::filter::{Column, Test};
    use sudolog_core::wire::message::SessionRow;

    fn tsid(seq: u32) -> Tsid {
        Tsid::from_seq(seq).unwrap()
    }

    #[test]
    fn every_rule_is_counted_with_what_people_made_of_its_sessions() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        let row = |seq, host: &str, verdict| {
            let mut row = SessionRow { tsid: tsid(seq), host: host.into(), ..sample::row() };
            row.standing.verdict = verdict;
            row
        };
        let rows = [
            row(1, "web1", Some(Verdict::Incident)),
            row(2, "web1", Some(Verdict::FalsePositive)),
            row(3, "db1", Some(Verdict::Benign)),
            row(4, "db1", None),
            row(5, "db1", Some(Verdict::Suspicious)),
        ];
        index.put(&rows).unwrap();
        index.put_standings(&rows).unwrap();
        assert_eq!(index.tallies(&[]).unwrap(), []);
        for seq in 1..=5 {
            index.put_hits(tsid(seq), ["log-delete", "log-delete"]).unwrap();
        }
        index.put_hits(tsid(4), ["first-seen"]).unwrap();
        index.put_hits(tsid(9), ["of-no-session"]).unwrap();
        assert_eq!(index.hits(tsid(4)).unwrap(), BTreeSet::from(["first-seen".to_owned()]));
        assert!(index.hits(tsid(8)).unwrap().is_empty());
        let log_delete = RuleTally {
            rule: "log-delete".to_owned(),
            sessions: 4,
            benign: 1,
            false_positive: 1,
            suspicious: 1,
            incident: 1,
        };
        assert_eq!(log_delete.agreement(), Some(50));
        let first_seen =
            RuleTally { rule: "first-seen".to_owned(), sessions: 1, ..RuleTally::default() };
        assert_eq!(first_seen.agreement(), None);
        assert_eq!(index.tallies(&[]).unwrap(), [first_seen, log_delete]);
        let web = Test::Like { column: Column::Host, patterns: vec!["web*".to_owned()] };
        let seen = index.tallies(&[Condition { not: false, test: web }]).unwrap();
        assert_eq!((seen.len(), seen[0].sessions, seen[0].judged()), (1, 2, 2), "only one's own");
    }
}
