//! How a list is asked of the index: its conditions as SQL, its order along an index. What is right
//! is said by `sudolog_core::filter`; the test below holds both together.

use rusqlite::types::Value;
use sudolog_core::filter::{Column, Condition, SortBy, Test};
use sudolog_core::session::SessionState;

use super::schema::{COMMAND, OPEN, column_code, urgency};

/// The conditions of one list, with their values.
#[derive(Debug, Default)]
pub(super) struct Asking {
    filters: Vec<String>,
    pub(super) values: Vec<Value>,
    /// Something is looked at that stands in the rows only, not in the indexes.
    needs_rows: bool,
}

/// One order, as SQL.
pub(super) struct Order {
    /// What counts before the start: expressions that an index has, and their direction.
    keys: &'static [&'static str],
    direction: Direction,
    /// The same of rows that may still grow, when it is another.
    now: Option<&'static [&'static str]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Asking {
    /// All conditions; words must occur in the haystack.
    pub(super) fn new<'a>(
        text: &str,
        open_only: bool,
        conditions: impl IntoIterator<Item = &'a Condition>,
    ) -> Self {
        let mut asking = Self::default();
        for word in text.split_whitespace() {
            let filter = asking.somewhere(&word.to_lowercase());
            asking.filters.push(filter);
        }
        if open_only {
            asking.filters.push(format!("state IN {OPEN}"));
        }
        for condition in conditions {
            let filter = asking.condition(condition);
            asking.filters.push(filter);
        }
        asking
    }

    /// Counts what fits.
    pub(super) fn count(&self) -> String {
        format!("SELECT count(*) FROM sessions{}", self.filter(None))
    }

    /// The numbers of a page of `limit` rows behind `offset`, of `total` that fit.
    pub(super) fn page(&self, order: &Order, reverse: bool, page: (u64, u64, u64)) -> String {
        let (offset, limit, total) = page;
        // Along an index one meets every row of a page after so many others; where most rows do not
        // fit it is cheaper to look at all of them once and sort what does.
        let scans = self.needs_rows && (offset + limit).saturating_mul(4) >= total;
        let from = if scans { "sessions NOT INDEXED" } else { "sessions" };
        let part = |keys: &[&str], more: Option<&str>| {
            let columns = [&["seq", "start_s", "start_ns"], keys].concat().join(", ");
            format!("SELECT {columns} FROM {from}{}", self.filter(more))
        };
        let rows = match order.now {
            None => part(order.keys, None),
            Some(now) => {
                let (last, open) = (format!("state NOT IN {OPEN}"), format!("state IN {OPEN}"));
                let (last, open) = (part(order.keys, Some(&last)), part(now, Some(&open)));
                format!("{last} UNION ALL {open}")
            }
        };
        format!("{rows} ORDER BY {} LIMIT {limit} OFFSET {offset}", order.by(reverse))
    }

    fn filter(&self, more: Option<&str>) -> String {
        let all: Vec<&str> = self.filters.iter().map(String::as_str).chain(more).collect();
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }

    fn condition(&mut self, condition: &Condition) -> String {
        let filter = match &condition.test {
            Test::Like { column, patterns } => {
                let any = patterns.iter().map(|pattern| self.like(*column, pattern));
                any.reduce(|a, b| format!("{a} OR {b}")).unwrap_or_else(|| NEVER.to_owned())
            }
            Test::State { states } => state(states),
            Test::Exit { values, other } => {
                self.needs_rows = true;
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                let not = if *other { "NOT " } else { "" };
                format!("exit_value IS NOT NULL AND exit_value {not}IN ({})", values.join(", "))
            }
            Test::Started { from, to } => {
                let later = |seconds, nanos| {
                    format!("start_s >= {seconds} AND (start_s > {seconds} OR start_ns >= {nanos})")
                };
                let sooner = |seconds, nanos| {
                    format!("start_s <= {seconds} AND (start_s < {seconds} OR start_ns < {nanos})")
                };
                let from = from.map(|time| later(time.seconds, time.nanoseconds));
                let to = to.map(|time| sooner(time.seconds, time.nanoseconds));
                let both: Vec<String> = from.into_iter().chain(to).collect();
                if both.is_empty() { ALWAYS.to_owned() } else { both.join(" AND ") }
            }
            // Of what is not known nothing is known, neither that it is so nor that it is not.
            Test::Unknown => return NEVER.to_owned(),
        };
        if condition.not { format!("NOT coalesce(({filter}), 0)") } else { format!("({filter})") }
    }

    fn like(&mut self, column: Column, pattern: &str) -> String {
        let name = match column {
            Column::User => "user",
            Column::Host => "host",
            Column::RunUser => "run_user",
            Column::Any if !pattern.contains('*') => {
                return self.somewhere(&pattern.to_lowercase());
            }
            Column::Any => return self.by_function(column, "haystack", pattern),
            Column::Command => return self.by_function(column, "command", pattern),
            Column::Tty => return self.by_function(column, "tty", pattern),
            Column::Signal => return self.by_function(column, "signal", pattern),
            Column::Unknown => return NEVER.to_owned(),
        };
        match pattern.split_once('*') {
            None => {
                let value = self.bind(Value::Blob(pattern.into()));
                format!("{name} = {value}")
            }
            Some(("", "")) => ALWAYS.to_owned(),
            // A prefix is a range of an index. No byte of UTF-8 is the highest one.
            Some((prefix, "")) => {
                let mut end = prefix.as_bytes().to_vec();
                if let Some(last) = end.last_mut() {
                    *last = last.saturating_add(1);
                }
                let from = self.bind(Value::Blob(prefix.into()));
                let to = self.bind(Value::Blob(end));
                format!("({name} >= {from} AND {name} < {to})")
            }
            Some(_) => self.function(column, name, pattern),
        }
    }

    fn by_function(&mut self, column: Column, name: &str, pattern: &str) -> String {
        self.needs_rows = true;
        self.function(column, name, pattern)
    }

    fn function(&mut self, column: Column, name: &str, pattern: &str) -> String {
        let pattern = self.bind(Value::Text(pattern.to_owned()));
        format!("is_like({}, {pattern}, {name})", column_code(column))
    }

    fn somewhere(&mut self, text: &str) -> String {
        self.needs_rows = true;
        let value = self.bind(Value::Text(text.to_owned()));
        format!("instr(haystack, {value}) > 0")
    }

    /// Numbered, because a part of the query may stand in it twice.
    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("?{}", self.values.len())
    }
}

/// The index knows of a session that runs only that it does; how it stands is asked when it
/// matters.
fn state(states: &[SessionState]) -> String {
    let quoted = |states: &mut dyn Iterator<Item = &SessionState>| {
        states.map(|state| format!("'{state}'")).collect::<Vec<_>>().join(", ")
    };
    let last = quoted(&mut states.iter().filter(|state| !state.is_open()));
    let any = quoted(&mut states.iter());
    format!("state IN ({last}) OR (state IN {OPEN} AND state_now(seq, state) IN ({any}))")
}

impl Order {
    /// The order of a list.
    pub(super) fn of(sort: SortBy) -> Self {
        use Direction::{Down, Up};
        let (keys, direction, now): (&[&str], _, Option<&[&str]>) = match sort {
            SortBy::Start | SortBy::Unknown => (&[], Down, None),
            SortBy::User => (&["user"], Up, None),
            SortBy::Host => (&["host"], Up, None),
            SortBy::RunUser => (&["run_user"], Up, None),
            SortBy::Command => (&[COMMAND], Up, None),
            SortBy::Tty => (&["tty"], Up, None),
            SortBy::Tsid => (&["seq"], Down, None),
            SortBy::Exit => (&["signal", "exit_value"], Down, None),
            SortBy::Duration => (&["duration"], Down, Some(&["length_now(seq, duration)"])),
            SortBy::State => (&[urgency!("state")], Up, Some(&[urgency!("state_now(seq, state)")])),
        };
        Self { keys, direction, now }
    }

    /// The columns of the page's query by their numbers: all parts of a union have them.
    fn by(&self, reverse: bool) -> String {
        let word = |direction| match (direction == Direction::Down) != reverse {
            true => "DESC",
            false => "ASC",
        };
        let keys = (FIRST_KEY..).take(self.keys.len());
        let keys = keys.map(|number| format!("{number} {}", word(self.direction)));
        let newest = [2, 3, 1].map(|number| format!("{number} {}", word(Direction::Down)));
        keys.chain(newest).collect::<Vec<_>>().join(", ")
    }
}

/// Behind number, seconds and nanoseconds.
const FIRST_KEY: usize = 4;
const NEVER: &str = "0";
const ALWAYS: &str = "1";
