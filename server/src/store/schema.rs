//! The index's table, its indexes, and the functions that its queries call.
//!
//! Each order of a list has an index that ends with the newest first, so that a page is read along
//! it; those that a running session changes hold the final rows only.

use std::sync::Arc;

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use sudolog_core::filter::Column;
use sudolog_core::session::{SessionState, Tsid};

/// How a session stands that runs: its state, and its length in seconds.
pub type Running = Arc<dyn Fn(Tsid) -> Option<(SessionState, f64)> + Send + Sync>;

/// The states that the index knows of sessions that may still grow.
pub(super) const OPEN: &str = "('live', 'frozen', 'lagging')";

/// The place of a state in the order of states, as `SortBy::urgency` has it.
macro_rules! urgency {
    ($state:literal) => {
        concat!(
            "CASE ",
            $state,
            " WHEN 'frozen' THEN 0 WHEN 'lagging' THEN 1 WHEN 'live' THEN 2 WHEN 'incomplete' \
             THEN 3 ELSE 4 END"
        )
    };
}
pub(super) use urgency;

/// The first bytes of a command, as many as `SortBy::COMMAND_BYTES`.
pub(super) const COMMAND: &str = "substr(command, 1, 128)";

/// The command without its arguments, as far as its own name has no blank.
pub(super) const PROGRAM: &str =
    "substr(command, 1, instr(CAST(command || ' ' AS BLOB), X'20') - 1)";

/// Makes what is not there yet. Indexes of older forms go.
pub(super) fn create(db: &Connection) -> Result<()> {
    db.execute_batch(TABLE)?;
    add_columns(db)?;
    add_hits(db)?;
    let newest = "start_s DESC, start_ns DESC, seq DESC";
    let urgency = urgency!("state");
    db.execute_batch(&format!(
        "DROP INDEX IF EXISTS by_start; DROP INDEX IF EXISTS by_state;
         CREATE INDEX IF NOT EXISTS newest ON sessions ({newest}, user, host, run_user, state);
         CREATE INDEX IF NOT EXISTS by_user ON sessions (user, {newest}, host);
         CREATE INDEX IF NOT EXISTS by_host ON sessions (host, {newest}, user);
         CREATE INDEX IF NOT EXISTS by_run_user ON sessions (run_user, {newest});
         CREATE INDEX IF NOT EXISTS by_command ON sessions ({COMMAND}, {newest});
         CREATE INDEX IF NOT EXISTS by_tty ON sessions (tty, {newest});
         CREATE INDEX IF NOT EXISTS by_exit ON sessions (signal DESC, exit_value DESC, {newest});
         CREATE INDEX IF NOT EXISTS of_state ON sessions (state, {newest});
         CREATE INDEX IF NOT EXISTS by_risk ON sessions (risk DESC, {newest});
         CREATE INDEX IF NOT EXISTS by_program ON sessions (user, host, {PROGRAM}, seq);
         CREATE INDEX IF NOT EXISTS by_rules ON sessions (rules);
         CREATE INDEX IF NOT EXISTS by_length ON sessions (duration DESC, {newest})
             WHERE state NOT IN {OPEN};
         CREATE INDEX IF NOT EXISTS by_urgency ON sessions ({urgency}, {newest})
             WHERE state NOT IN {OPEN};"
    ))
}

/// Gives a table that an older server made the columns that it lacks.
fn add_columns(db: &Connection) -> Result<()> {
    for (name, form) in ADDED {
        let known = "SELECT count(*) FROM pragma_table_info('sessions') WHERE name = ?";
        if db.query_row(known, [name], |row| row.get::<_, u32>(0))? == 0 {
            db.execute_batch(&format!("ALTER TABLE sessions ADD COLUMN {name} {form}"))?;
        }
    }
    Ok(())
}

/// What an older server has assessed is assessed anew, because nobody wrote down by which rules.
fn add_hits(db: &Connection) -> Result<()> {
    let known = "SELECT count(*) FROM sqlite_schema WHERE name = 'hits'";
    if db.query_row(known, [], |row| row.get::<_, u32>(0))? == 0 {
        db.execute_batch(
            "BEGIN IMMEDIATE;
             CREATE TABLE IF NOT EXISTS hits (seq INTEGER NOT NULL, rule TEXT NOT NULL,
                 PRIMARY KEY (seq, rule)) WITHOUT ROWID;
             UPDATE sessions SET rules = NULL WHERE rules IS NOT NULL;
             COMMIT;",
        )?;
    }
    Ok(())
}

/// Makes the functions that queries call.
pub(super) fn add_functions(db: &Connection, running: Running) -> Result<()> {
    let pure = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("is_like", 3, pure, |call| {
        let code = usize::from(call.get::<u8>(0)?);
        let column = COLUMNS.get(code).copied().unwrap_or(Column::Unknown);
        let pattern = call.get_raw(1).as_str().map_err(Error::from)?;
        match call.get_raw(2) {
            ValueRef::Text(value) | ValueRef::Blob(value) => Ok(column.is_like(pattern, value)),
            _ => Ok(false),
        }
    })?;
    let at = Arc::clone(&running);
    db.create_scalar_function("state_now", 2, FunctionFlags::SQLITE_UTF8, move |call| {
        let now = Tsid::from_seq(call.get(0)?).and_then(|tsid| at(tsid));
        now.map_or_else(|| call.get::<String>(1), |(state, _)| Ok(state.to_string()))
    })?;
    db.create_scalar_function("length_now", 2, FunctionFlags::SQLITE_UTF8, move |call| {
        let now = Tsid::from_seq(call.get(0)?).and_then(|tsid| running(tsid));
        now.map_or_else(|| call.get::<f64>(1), |(_, seconds)| Ok(seconds))
    })
}

/// What a query calls a column by.
pub(super) fn column_code(column: Column) -> usize {
    COLUMNS.into_iter().position(|known| known == column).unwrap_or(COLUMNS.len())
}

const COLUMNS: [Column; 9] = [
    Column::User,
    Column::Host,
    Column::RunUser,
    Column::Tty,
    Column::Signal,
    Column::Command,
    Column::Any,
    Column::Tag,
    Column::Assignee,
];

/// What rules and operators say of a session, written by others than the row itself. `standing` is
/// the whole of the last in JSON; the columns before it are what is asked for. `rules` names the rules
/// by which the risk was assessed; it is empty while the session runs.
const ADDED: [(&str, &str); 8] = [
    ("risk", "INTEGER NOT NULL DEFAULT 0"),
    ("anomalies", "INTEGER NOT NULL DEFAULT 0"),
    ("verdict", "TEXT"),
    ("awaits_second", "INTEGER NOT NULL DEFAULT 0"),
    ("assignee", "BLOB"),
    ("tags", "BLOB"),
    ("standing", "TEXT"),
    ("rules", "TEXT"),
];

const TABLE: &str = "CREATE TABLE IF NOT EXISTS sessions (
    seq INTEGER PRIMARY KEY, session_id BLOB, state TEXT NOT NULL, user BLOB NOT NULL,
    host BLOB NOT NULL, run_user BLOB NOT NULL, command BLOB NOT NULL, tty BLOB,
    start_s INTEGER NOT NULL, start_ns INTEGER NOT NULL, duration REAL NOT NULL,
    events INTEGER NOT NULL, exit_value INTEGER, signal BLOB, haystack TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS by_session ON sessions (session_id);";
