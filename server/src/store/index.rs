//! The index: one SQLite table of sessions, for lists. Everything in it stands in the recordings
//! too, so it may be thrown away and built anew.

use std::path::{Path, PathBuf};
use std::time::Duration;

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params, params_from_iter};
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::{SessionId, SessionState, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Condition, Query, SessionRow};

use super::StoreError;
use super::asking::{Asking, Order, Page};
use super::schema::{self, OPEN, PROGRAM, Running};

/// An open index.
#[derive(Debug)]
pub struct Index {
    pub(super) db: Connection,
}

impl Index {
    /// Opens or makes `index.db` in the state directory.
    ///
    /// # Errors
    /// When it is damaged or cannot be written.
    pub fn open(state_dir: &Path) -> Result<Self, StoreError> {
        let db = Connection::open(path(state_dir))?;
        db.busy_timeout(Duration::from_secs(5))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        // A lost index entry is found again from the recording; recordings do not wait for it.
        db.pragma_update(None, "synchronous", "OFF")?;
        schema::create(&db)?;
        schema::add_functions(&db, Arc::new(|_| None))?;
        Ok(Self { db })
    }

    /// From now on lists ask how those sessions stand that run.
    ///
    /// # Errors
    /// When memory is short.
    pub fn know_running(&self, running: Running) -> Result<(), StoreError> {
        Ok(schema::add_functions(&self.db, running)?)
    }

    /// Writes rows, all or none.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn put(&mut self, rows: &[SessionRow]) -> Result<(), StoreError> {
        self.insert(ANEW, rows)
    }

    /// Writes rows of recordings that have none yet, all or none.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn put_missing(&mut self, rows: &[SessionRow]) -> Result<(), StoreError> {
        self.insert(ONCE, rows)
    }

    fn insert(&mut self, conflict: &str, rows: &[SessionRow]) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        {
            let mut insert = transaction.prepare_cached(&format!("{INSERT} {conflict}"))?;
            for row in rows {
                insert.execute(params![
                    row.tsid.seq(),
                    row.session_id.map(|id| id.as_bytes().to_vec()),
                    row.state.to_string(),
                    row.user.as_bytes(),
                    row.host.as_bytes(),
                    row.run_user.as_bytes(),
                    row.command.as_bytes(),
                    row.tty.as_ref().map(Untrusted::as_bytes),
                    row.start.seconds,
                    row.start.nanoseconds,
                    row.duration_s,
                    row.events.cast_signed(),
                    row.exit_value,
                    row.signal.as_ref().map(Untrusted::as_bytes),
                    row.subject().haystack(),
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Writes what the rules with that hash say of recordings that have rows, of all or none.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn put_risks(&mut self, rules: &str, rows: &[SessionRow]) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        {
            let mut update = transaction.prepare_cached(PUT_RISK)?;
            for SessionRow { tsid, risk, anomalies, .. } in rows {
                let bits = Anomaly::to_bits(anomalies);
                update.execute(params![risk.points(), bits, rules, tsid.seq()])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Writes what operators say of recordings that have rows, of all or none.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn put_standings(&mut self, rows: &[SessionRow]) -> Result<(), StoreError> {
        let transaction = self.db.transaction()?;
        {
            let mut update = transaction.prepare_cached(PUT_STANDING)?;
            for SessionRow { tsid, standing, .. } in rows {
                let tags: Vec<&[u8]> = standing.tags.iter().map(Untrusted::as_bytes).collect();
                update.execute(params![
                    standing.verdict.map(|verdict| verdict.name()),
                    standing.awaits_second,
                    standing.assignee.as_ref().map(Untrusted::as_bytes),
                    Some(tags.join(b" ".as_slice())).filter(|tags| !tags.is_empty()),
                    serde_json::to_string(standing).ok(),
                    tsid.seq(),
                ])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// The row of one recording.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn get(&self, tsid: Tsid) -> Result<Option<SessionRow>, StoreError> {
        let mut select = self.db.prepare_cached(&format!("{SELECT} WHERE seq = ?"))?;
        let mut rows = select.query_map([tsid.seq()], read_row)?;
        Ok(rows.next().transpose()?.flatten())
    }

    /// The recording of a session, by the session's own name.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn find(&self, session: SessionId) -> Result<Option<Tsid>, StoreError> {
        let mut select = self.db.prepare_cached("SELECT seq FROM sessions WHERE session_id = ?")?;
        let mut rows =
            select.query_map([session.as_bytes().to_vec()], |row| row.get::<_, u32>(0))?;
        Ok(rows.next().transpose()?.and_then(Tsid::from_seq))
    }

    /// True when the same user has not run the same program on the same host in any earlier recording.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn is_first(&self, row: &SessionRow) -> Result<bool, StoreError> {
        let program = row.command.as_bytes().split(|byte| *byte == b' ').next();
        let mut select = self.db.prepare_cached(&format!(
            "SELECT 1 FROM sessions INDEXED BY by_program
             WHERE user = ? AND host = ? AND {PROGRAM} = ? AND seq < ? LIMIT 1"
        ))?;
        let same = params![row.user.as_bytes(), row.host.as_bytes(), program, row.tsid.seq()];
        Ok(!select.exists(same)?)
    }

    /// True when that recording was assessed by the rules with that hash.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn is_assessed(&self, tsid: Tsid, rules: &str) -> Result<bool, StoreError> {
        let mut select =
            self.db.prepare_cached("SELECT 1 FROM sessions WHERE seq = ? AND rules = ?")?;
        Ok(select.exists(params![tsid.seq(), rules])?)
    }

    /// From now on that recording counts as not assessed.
    ///
    /// # Errors
    /// When the disk is full or fails.
    pub fn forget_assessment(&self, tsid: Tsid) -> Result<(), StoreError> {
        let mut update =
            self.db.prepare_cached("UPDATE sessions SET rules = NULL WHERE seq = ?")?;
        update.execute([tsid.seq()])?;
        Ok(())
    }

    /// Recordings that do not grow and were not assessed by the rules with that hash: how many, and the
    /// newest of them.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn unassessed(&self, rules: &str, most: u32) -> Result<(u64, Vec<Tsid>), StoreError> {
        let other = "(rules IS NULL OR rules < ?1 OR rules > ?1)";
        let of = format!("FROM sessions WHERE {other} AND +state NOT IN {OPEN}");
        let count = format!("SELECT count(*) {of}");
        let total: i64 = self.db.prepare_cached(&count)?.query_row([rules], |row| row.get(0))?;
        let newest = format!("SELECT seq {of} ORDER BY seq DESC LIMIT ?2");
        let mut select = self.db.prepare_cached(&newest)?;
        let rows = select.query_map(params![rules, most], |row| row.get::<_, u32>(0))?;
        let numbers = rows.collect::<Result<Vec<_>, _>>()?;
        Ok((total.cast_unsigned(), numbers.into_iter().filter_map(Tsid::from_seq).collect()))
    }

    /// How many rows fit a query and the conditions beside it, and the numbers of those on its page.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn page(
        &self,
        query: &Query,
        beside: &[Condition],
        limit: u32,
    ) -> Result<(u64, Vec<Tsid>), StoreError> {
        let conditions = query.conditions.iter().chain(beside);
        let mut asking = Asking::new(&query.text, query.open_only, conditions);
        let total = match asking.find() {
            None => self.count(&asking)?,
            Some(sql) => {
                let (total, found) = self.find_all(&sql, &asking.values)?;
                if total == found.len() as u64 {
                    asking = Asking::narrowed(&found);
                }
                total
            }
        };
        let (offset, limit) = (query.offset.into(), limit.into());
        if offset >= total {
            return Ok((total, Vec::new()));
        }
        let (reverse, rows) = (query.reverse, self.last_seq()?.into());
        let page = Page { reverse, offset, limit, total, rows };
        let page = asking.page(&Order::of(query.sort), page);
        let mut select = self.db.prepare_cached(&page)?;
        let rows =
            select.query_map(params_from_iter(&asking.values), |row| row.get::<_, u32>(0))?;
        let numbers = rows.collect::<Result<Vec<_>, _>>()?;
        Ok((total, numbers.into_iter().filter_map(Tsid::from_seq).collect()))
    }

    fn count(&self, asking: &Asking) -> Result<u64, StoreError> {
        let mut count = self.db.prepare_cached(&asking.count())?;
        let values = params_from_iter(&asking.values);
        Ok(count.query_row(values, |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    /// How many rows fit, and the numbers of the first of them.
    fn find_all(&self, sql: &str, values: &[Value]) -> Result<(u64, Vec<u32>), StoreError> {
        let mut find = self.db.prepare_cached(sql)?;
        let (mut total, mut found) = (0, Vec::new());
        for number in find.query_map(params_from_iter(values), |row| row.get::<_, u32>(0))? {
            let number = number?;
            total += 1;
            if found.len() < FOUND_MAX {
                found.push(number);
            }
        }
        Ok((total, found))
    }

    /// The largest number of a recording, 0 when there is none.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn last_seq(&self) -> Result<u32, StoreError> {
        Ok(self.db.query_row("SELECT coalesce(max(seq), 0) FROM sessions", [], |row| row.get(0))?)
    }
}

/// Where the index lies.
pub(super) fn path(state_dir: &Path) -> PathBuf {
    state_dir.join("index.db")
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<Option<SessionRow>> {
    let text = |index| row.get::<_, Vec<u8>>(index).map(Untrusted::new);
    let maybe = |index| row.get::<_, Option<Vec<u8>>>(index).map(|text| text.map(Untrusted::new));
    let session: Option<[u8; 16]> = row.get(1)?;
    let Some(tsid) = Tsid::from_seq(row.get(0)?) else { return Ok(None) };
    Ok(Some(SessionRow {
        tsid,
        session_id: session.map(SessionId::from_bytes),
        state: state(&row.get::<_, String>(2)?),
        user: text(3)?,
        host: text(4)?,
        run_user: text(5)?,
        command: text(6)?,
        tty: maybe(7)?,
        start: Timestamp { seconds: row.get(8)?, nanoseconds: row.get(9)? },
        duration_s: row.get(10)?,
        events: row.get::<_, i64>(11)?.cast_unsigned(),
        exit_value: row.get(12)?,
        signal: maybe(13)?,
        risk: Score::capped(row.get(14)?),
        anomalies: Anomaly::from_bits(row.get(15)?),
        standing: row
            .get::<_, Option<String>>(16)?
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default(),
    }))
}

fn state(word: &str) -> SessionState {
    match word {
        "live" => SessionState::Live,
        "frozen" => SessionState::Frozen,
        "lagging" => SessionState::Lagging,
        "complete" => SessionState::Complete,
        _ => SessionState::Incomplete,
    }
}

/// More than these are not named one by one.
const FOUND_MAX: usize = 4096;
const INSERT: &str =
    "INSERT INTO sessions (seq, session_id, state, user, host, run_user, command, tty,
    start_s, start_ns, duration, events, exit_value, signal, haystack)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const ONCE: &str = "ON CONFLICT (seq) DO NOTHING";
/// What is said of a session stays when its row is written anew.
const ANEW: &str =
    "ON CONFLICT (seq) DO UPDATE SET session_id = excluded.session_id, state = excluded.state,
    user = excluded.user, host = excluded.host, run_user = excluded.run_user,
    command = excluded.command, tty = excluded.tty, start_s = excluded.start_s,
    start_ns = excluded.start_ns, duration = excluded.duration, events = excluded.events,
    exit_value = excluded.exit_value, signal = excluded.signal, haystack = excluded.haystack";
const PUT_RISK: &str = "UPDATE sessions SET risk = ?, anomalies = ?, rules = ? WHERE seq = ?";
const PUT_STANDING: &str =
    "UPDATE sessions SET verdict = ?, awaits_second = ?, assignee = ?, tags = ?,
    standing = ? WHERE seq = ?";
const SELECT: &str = "SELECT seq, session_id, state, user, host, run_user, command, tty, start_s,
    start_ns, duration, events, exit_value, signal, risk, anomalies, standing FROM sessions";

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: u32, user: &str, seconds: i64) -> SessionRow {
        SessionRow {
            tsid: Tsid::from_seq(seq).unwrap(),
            session_id: Some(SessionId::from_bytes([1; 16])),
            state: if seq.is_multiple_of(2) { SessionState::Live } else { SessionState::Complete },
            user: user.into(),
            host: Untrusted::new(b"web\xff".as_slice()),
            run_user: "root".into(),
            command: "/bin/ls -l 'x%_y'".into(),
            tty: None,
            start: Timestamp { seconds, nanoseconds: 5 },
            duration_s: 1.5,
            events: u64::MAX,
            exit_value: Some(-1),
            signal: Some("KILL".into()),
            risk: Score::NONE,
            anomalies: Vec::new(),
            standing: Default::default(),
        }
    }

    fn find(index: &Index, query: Query) -> Vec<u32> {
        let (total, page) = index.page(&query, &[], 1000).unwrap();
        assert_eq!(total, page.len() as u64);
        page.into_iter().map(Tsid::seq).collect()
    }

    #[test]
    fn rows_come_back_as_they_were_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        let rows = [row(1, "bob", 30), row(2, "Alice", 10), row(3, "carol", 20)];
        index.put(&rows).unwrap();
        index.put(&rows).unwrap();
        assert_eq!(index.get(rows[1].tsid).unwrap().as_ref(), Some(&rows[1]));
        assert_eq!(index.last_seq().unwrap(), 3);
        assert_eq!(find(&index, Query::default()), [1, 3, 2]);
        let by_user = Query { sort: sudolog_core::filter::SortBy::User, ..Query::default() };
        assert_eq!(find(&index, by_user), [2, 1, 3]);
        assert_eq!(find(&index, Query { open_only: true, ..Query::default() }), [2]);
    }

    #[test]
    fn every_word_must_occur_literally() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        index.put(&[row(1, "bob", 1), row(2, "Alice", 2)]).unwrap();
        let words = |text: &str| find(&index, Query { text: text.into(), ..Query::default() });
        assert_eq!(words("ALICE ls"), [2]);
        assert_eq!(words("x%_y"), [2, 1]);
        assert_eq!(words("x__y"), [] as [u32; 0]);
        assert_eq!(words("'; DROP TABLE sessions; --"), [] as [u32; 0]);
        assert_eq!(words("000001"), [1]);
    }

    #[test]
    fn the_first_of_a_kind_is_known_and_so_is_what_was_not_assessed() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = Index::open(dir.path()).unwrap();
        let of = |seq, command: &str| SessionRow { command: command.into(), ..row(seq, "bob", 1) };
        let rows = [of(1, "/bin/ls -l"), of(3, "/bin/ls /"), of(5, "/bin/lsblk"), of(7, "/bin/ls")];
        index.put(&rows).unwrap();
        let first: Vec<bool> = rows.iter().map(|row| index.is_first(row).unwrap()).collect();
        assert_eq!(first, [true, false, true, false]);
        let stranger = SessionRow { user: "eve".into(), ..rows[3].clone() };
        assert!(index.is_first(&stranger).unwrap());

        index.put(&[of(2, "running")]).unwrap();
        index.put_risks("old", &rows[..2]).unwrap();
        index.put_risks("new", &rows[2..3]).unwrap();
        let (total, newest) = index.unassessed("new", 2).unwrap();
        let newest: Vec<u32> = newest.into_iter().map(Tsid::seq).collect();
        assert_eq!((total, newest), (3, vec![7, 3]));
    }
}
