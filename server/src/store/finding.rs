//! Sessions that answer a few letters, and where a session stands in a list: all of them are looked at,
//! not only those that a console has.

use std::cmp::Reverse;
use std::collections::HashSet;

use rusqlite::params_from_iter;
use sudolog_core::filter::Letters;
use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Condition, FindQuery, PlaceQuery, SessionRow};

use super::asking::{Asking, Order, Page};
use super::{Index, StoreError};

impl Index {
    /// How many sessions answer the letters among those that fit and fulfil the conditions beside, and the
    /// nearest of them, the newest of each command line.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn near(
        &self,
        query: &FindQuery,
        beside: &[Condition],
    ) -> Result<(u64, Vec<SessionRow>), StoreError> {
        let (letters, asking) = (Letters::new(&query.letters), Asking::among(&query.among, beside));
        let mut select = self.db.prepare_cached(&asking.rows(COLUMNS))?;
        let mut rows = select.query(params_from_iter(&asking.values))?;
        let (mut found, mut text) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            text.clear();
            for (at, gap) in GAPS.into_iter().enumerate() {
                text.extend_from_slice(
                    row.get_ref(at + 1)?.as_bytes().map_err(rusqlite::Error::from)?,
                );
                text.extend_from_slice(gap);
            }
            text.truncate(TEXT_BYTES_MAX);
            text.make_ascii_lowercase();
            if let Some(nearness) = letters.nearness(&text) {
                found.push((Reverse(nearness), Reverse(row.get::<_, u32>(0)?)));
            }
        }
        found.sort_unstable();
        Ok((found.len() as u64, self.distinct(&found, query.rows_max())?))
    }

    /// The rows of these sessions, the first one of each command line.
    fn distinct(
        &self,
        found: &[(Reverse<i32>, Reverse<u32>)],
        limit: u32,
    ) -> Result<Vec<SessionRow>, StoreError> {
        let (mut seen, mut rows) = (HashSet::new(), Vec::new());
        for (_, Reverse(seq)) in found.iter().take(LOOKED_AT_MAX) {
            if rows.len() as u64 >= limit.into() {
                break;
            }
            let Some(row) = Tsid::from_seq(*seq).map(|tsid| self.get(tsid)).transpose()?.flatten()
            else {
                continue;
            };
            let line = [&row.user, &row.host, &row.run_user, &row.command];
            if seen.insert(line.map(Clone::clone)) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// How many rows of a list stand before a session; `None` when it is not in the list.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn place(
        &self,
        query: &PlaceQuery,
        beside: &[Condition],
    ) -> Result<Option<u32>, StoreError> {
        let list = &query.list;
        let conditions = list.conditions.iter().chain(beside);
        let asking = Asking::new(&list.text, list.open_only, conditions);
        let rows = u64::from(self.last_seq()?);
        let page = Page { reverse: list.reverse, offset: 0, limit: rows, total: rows, rows };
        let order = Order::of(list.sort);
        let mut select = self.db.prepare_cached(&asking.page(&order, page))?;
        let mut rows = select.query(params_from_iter(&asking.values))?;
        let mut at = 0_u32;
        while let Some(row) = rows.next()? {
            if row.get::<_, u32>(0)? == query.tsid.seq() {
                return Ok(Some(at));
            }
            at = at.saturating_add(1);
        }
        Ok(None)
    }
}

const COLUMNS: &str = "seq, user, host, run_user, command";
/// What stands behind each of them: as a console shows them.
const GAPS: [&[u8]; 4] = [b"@", " → ".as_bytes(), b" ", b""];
/// What stands further behind in a command line is found by words of the filter.
const TEXT_BYTES_MAX: usize = 512;
/// The same command line again and again hides no more than so many others.
const LOOKED_AT_MAX: usize = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample;
    use sudolog_core::filter::Column;
    use sudolog_core::wire::message::Among;

    fn index(dir: &std::path::Path, count: u32) -> Index {
        let row = |seq| {
            let (user, host) = match seq {
                7 | 9 => ("alice".to_owned(), "web5".to_owned()),
                _ => (format!("user{}", seq % 50), format!("web{}", seq % 90)),
            };
            SessionRow {
                tsid: Tsid::from_seq(seq).unwrap(),
                user: user.as_str().into(),
                host: host.as_str().into(),
                command: format!("/usr/bin/apt-get install -y package-{}", seq % 400 / 3)
                    .as_str()
                    .into(),
                ..sample::row()
            }
        };
        let mut rows: Vec<SessionRow> = (1..=count).map(row).collect();
        rows[8].command = rows[6].command.clone();
        let mut index = Index::open(dir).unwrap();
        index.put(&rows).unwrap();
        index
    }

    fn find(index: &Index, letters: &str, beside: &[Condition]) -> (u64, Vec<u32>) {
        let letters = letters.to_owned();
        let query = FindQuery { letters, limit: 3, among: Among::default() };
        let (total, rows) = index.near(&query, beside).unwrap();
        (total, rows.iter().map(|row| row.tsid.seq()).collect())
    }

    #[test]
    fn one_among_many_is_found_by_a_few_letters() {
        let dir = tempfile::tempdir().unwrap();
        let index = index(dir.path(), 3000);
        let (total, rows) = find(&index, "al5", &[]);
        assert_eq!(rows.first(), Some(&9), "the newest of a command line, once");
        assert!(!rows.contains(&7) && rows.len() == 3 && total > 2, "{total} {rows:?}");
        assert_eq!(find(&index, "alice web5", &[]).0, 2);
        assert_eq!(find(&index, "zebra", &[]), (0, Vec::new()));
        let others = Condition { not: true, ..Condition::like(Column::User, ["alice".to_owned()]) };
        assert!(!find(&index, "al5", &[others]).1.contains(&9), "who may not see it finds it not");
    }
}
