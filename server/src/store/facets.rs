//! What the sessions of a query have in common: one walk over them, in which every value is counted.

use std::cmp::Reverse;
use std::collections::HashMap;

use rusqlite::types::ValueRef;
use rusqlite::{Row, params_from_iter};
use sudolog_core::limits::{FACET_NAMES_MAX, FACET_VALUE_BYTES_MAX, FACET_VALUES_MAX};
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Among, Condition, FacetList, FacetOf, FacetValue, Facets};

use super::asking::Asking;
use super::{Index, StoreError};

impl Index {
    /// What the sessions have in common that fit and fulfil the conditions beside.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn facets(&self, among: &Among, beside: &[Condition]) -> Result<Facets, StoreError> {
        let asking = Asking::among(among, beside);
        let mut select = self.db.prepare_cached(&asking.rows(COLUMNS))?;
        let mut rows = select.query(params_from_iter(&asking.values))?;
        let mut count = Count::default();
        while let Some(row) = rows.next()? {
            count.add(row)?;
        }
        Ok(count.facets())
    }
}

/// How many sessions have what.
#[derive(Default)]
struct Count {
    total: u64,
    /// By points: the level is told by them at the end.
    risks: HashMap<u8, u64>,
    /// By their bits as the index has them.
    anomalies: HashMap<u32, u64>,
    /// By verdict, and whether a second operator is waited for.
    verdicts: HashMap<(Vec<u8>, bool), u64>,
    users: Names,
    hosts: Names,
    commands: Names,
    assignees: Names,
    tags: Names,
}

impl Count {
    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.total += 1;
        self.users.add(bytes(row.get_ref(0)?));
        self.hosts.add(bytes(row.get_ref(1)?));
        let command = bytes(row.get_ref(2)?).split(|byte| *byte == b' ').next();
        self.commands.add(command.unwrap_or_default());
        *self.risks.entry(row.get(3)?).or_default() += 1;
        *self.anomalies.entry(row.get(4)?).or_default() += 1;
        let verdict = bytes(row.get_ref(5)?);
        let awaits: bool = row.get(6)?;
        *self.verdicts.entry((verdict.to_vec(), awaits)).or_default() += 1;
        let assignee = bytes(row.get_ref(7)?);
        if !assignee.is_empty() {
            self.assignees.add(assignee);
        }
        let tags = bytes(row.get_ref(8)?);
        tags.split(|byte| *byte == b' ').filter(|tag| !tag.is_empty()).for_each(|tag| {
            self.tags.add(tag);
        });
        Ok(())
    }

    fn facets(self) -> Facets {
        let facets = vec![
            self.levels(),
            self.anomalies(),
            self.verdicts(),
            self.users.list(FacetOf::User),
            self.hosts.list(FacetOf::Host),
            self.commands.list(FacetOf::Command),
            self.assignees.list(FacetOf::Assignee),
            self.tags.list(FacetOf::Tag),
        ];
        Facets { total: self.total, facets }
    }

    fn levels(&self) -> FacetList {
        let mut names = Names::default();
        for (points, sessions) in &self.risks {
            let level = Score::capped((*points).into()).level();
            names.add_many(level.name().as_bytes(), *sessions);
        }
        names.list(FacetOf::Risk)
    }

    fn anomalies(&self) -> FacetList {
        let mut names = Names::default();
        for (bits, sessions) in &self.anomalies {
            for anomaly in Anomaly::from_bits(*bits) {
                names.add_many(anomaly.to_string().as_bytes(), *sessions);
            }
        }
        names.list(FacetOf::Anomaly)
    }

    fn verdicts(&self) -> FacetList {
        let mut names = Names::default();
        for ((verdict, awaits), sessions) in &self.verdicts {
            let name = if verdict.is_empty() { b"none".as_slice() } else { verdict };
            names.add_many(name, *sessions);
            if *awaits {
                names.add_many(b"awaiting", *sessions);
            }
        }
        names.list(FacetOf::Verdict)
    }
}

/// Names with how many sessions have each.
#[derive(Default)]
struct Names {
    sessions: HashMap<Vec<u8>, u64>,
    /// Sessions with one that is not kept: too long to be told, or one too many.
    others: u64,
}

impl Names {
    fn add(&mut self, name: &[u8]) {
        self.add_many(name, 1);
    }

    fn add_many(&mut self, name: &[u8], sessions: u64) {
        if let Some(count) = self.sessions.get_mut(name) {
            *count += sessions;
        } else if name.len() > FACET_VALUE_BYTES_MAX || self.sessions.len() == FACET_NAMES_MAX {
            self.others += sessions;
        } else {
            self.sessions.insert(name.to_vec(), sessions);
        }
    }

    /// The most frequent ones; what nobody could type or read counts among those that are left out.
    fn list(self, of: FacetOf) -> FacetList {
        let all = (self.sessions.len() as u64).saturating_add(self.others);
        let fits =
            |(name, _): &(Vec<u8>, u64)| !name.is_empty() && std::str::from_utf8(name).is_ok();
        let mut values: Vec<(Vec<u8>, u64)> = self.sessions.into_iter().filter(fits).collect();
        values.sort_unstable_by(|(a, a_count), (b, b_count)| {
            (Reverse(a_count), a).cmp(&(Reverse(b_count), b))
        });
        values.truncate(FACET_VALUES_MAX);
        let left_out = all.saturating_sub(values.len() as u64);
        let value = |(name, sessions)| FacetValue { value: Untrusted::new(name), sessions };
        FacetList { of, values: values.into_iter().map(value).collect(), left_out }
    }
}

fn bytes(value: ValueRef<'_>) -> &[u8] {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    }
}

const COLUMNS: &str =
    "user, host, command, risk, anomalies, verdict, awaits_second, assignee, tags";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::filter::{Column, Test};
    use sudolog_core::session::Tsid;
    use sudolog_core::triage::Verdict;
    use sudolog_core::wire::message::SessionRow;

    /// Sessions that differ in everything that is told.
    fn index(dir: &std::path::Path) -> Index {
        let row = |seq, user: &str, host: &str, command: &str, points: u8| SessionRow {
            tsid: Tsid::from_seq(seq).unwrap(),
            user: user.into(),
            host: host.into(),
            command: command.into(),
            risk: Score::capped(points.into()),
            anomalies: Vec::new(),
            ..sample::row()
        };
        let mut rows = [
            row(1, "alice", "web1", "/bin/vim a", 0),
            row(2, "alice", "web2", "/bin/vim b", 90),
            row(3, "bob", "web1", "/bin/sh", 10),
            row(4, "a\u{ff}", "web1", "", 0),
        ];
        rows[1].anomalies = vec![Anomaly::RootShell, Anomaly::Escape];
        rows[2].anomalies = vec![Anomaly::Escape];
        rows[1].standing.verdict = Some(Verdict::Incident);
        rows[1].standing.awaits_second = true;
        rows[2].standing.assignee = Some("vic".into());
        rows[2].standing.tags = vec!["case-7".into(), "x".into()];
        rows[3].user = Untrusted::new(vec![0xff]);
        let mut index = Index::open(dir).unwrap();
        index.put(&rows).unwrap();
        index.put_risks("", &rows).unwrap();
        index.put_standings(&rows).unwrap();
        index
    }

    fn told(facets: &Facets, of: FacetOf) -> String {
        let list = facets.facets.iter().find(|list| list.of == of).unwrap();
        let value = |value: &FacetValue| format!("{}={}", value.value.escaped(), value.sessions);
        let values: Vec<String> = list.values.iter().map(value).collect();
        format!("{} +{}", values.join(" "), list.left_out)
    }

    #[test]
    fn every_value_is_counted_over_all_that_fits() {
        let dir = tempfile::tempdir().unwrap();
        let index = index(dir.path());
        let all = index.facets(&Among::default(), &[]).unwrap();
        assert_eq!(all.total, 4);
        let told = |of| told(&all, of);
        assert_eq!(told(FacetOf::User), "alice=2 bob=1 +1", "what cannot be typed is left out");
        assert_eq!(told(FacetOf::Host), "web1=3 web2=1 +0");
        assert_eq!(told(FacetOf::Command), "/bin/vim=2 /bin/sh=1 +1");
        assert_eq!(told(FacetOf::Risk), "low=3 critical=1 +0");
        assert_eq!(told(FacetOf::Anomaly), "escape=2 root_shell=1 +0");
        assert_eq!(told(FacetOf::Verdict), "none=3 awaiting=1 incident=1 +0");
        assert_eq!(told(FacetOf::Assignee), "vic=1 +0");
        assert_eq!(told(FacetOf::Tag), "case-7=1 x=1 +0");
    }

    #[test]
    fn only_what_the_filter_keeps_and_the_operator_may_see_is_counted() {
        let dir = tempfile::tempdir().unwrap();
        let index = index(dir.path());
        let queue = Among { queue: true, ..Among::default() };
        assert_eq!(index.facets(&queue, &[]).unwrap().total, 2);
        let words = Among { text: "vim".to_owned(), ..Among::default() };
        let vim = index.facets(&words, &[]).unwrap();
        assert_eq!((vim.total, told(&vim, FacetOf::Host).as_str()), (2, "web1=1 web2=1 +0"));
        let mine = Test::Like { column: Column::Host, patterns: vec!["web2".to_owned()] };
        let seen = index.facets(&queue, &[Condition { not: false, test: mine }]).unwrap();
        assert_eq!((seen.total, told(&seen, FacetOf::User).as_str()), (1, "alice=1 +0"));
    }
}
