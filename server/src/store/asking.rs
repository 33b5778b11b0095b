//! How a list is asked of the index: its conditions as SQL, its order along an index. What is right
//! is said by `sudolog_core::filter`; the test below holds both together.

use rusqlite::types::Value;
use sudolog_core::filter::{Column, Condition, SortBy, Test};
use sudolog_core::risk::Anomaly;
use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::wire::message::Among;

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
    /// The index along which it goes; none for the order of the rows themselves.
    index: Option<&'static str>,
    /// What counts before the start: expressions that an index has, and their direction.
    keys: &'static [&'static str],
    direction: Direction,
    /// The same of rows that may still grow, when it is another.
    now: Option<&'static [&'static str]>,
}

/// Which part of the order is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    pub(super) reverse: bool,
    pub(super) offset: u64,
    pub(super) limit: u64,
    /// How many rows fit.
    pub(super) total: u64,
    /// How many rows there are, about.
    pub(super) rows: u64,
}

impl Page {
    /// True when a walk along the order meets all of the page sooner than a look at every row that
    /// fits.
    fn is_soon_met(&self) -> bool {
        let met = self.offset.saturating_add(self.limit).saturating_mul(self.rows);
        met < self.total.saturating_mul(self.total)
    }
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

    /// The sessions that somebody asks about, and that the conditions beside let see.
    pub(super) fn among(among: &Among, beside: &[Condition]) -> Self {
        let mut asking = Self::new(&among.text, false, among.conditions.iter().chain(beside));
        if among.queue {
            asking.needs_rows = true;
            asking.filters.push("(risk > 0 OR anomalies != 0)".to_owned());
        }
        asking
    }

    /// Counts what fits.
    pub(super) fn count(&self) -> String {
        format!("SELECT count(*) FROM sessions{}", self.filter(None))
    }

    /// These columns of all that fits, in no order.
    pub(super) fn rows(&self, columns: &str) -> String {
        let from = if self.needs_rows { "sessions NOT INDEXED" } else { "sessions" };
        format!("SELECT {columns} FROM {from}{}", self.filter(None))
    }

    /// Finds what fits, in no order, where only the rows themselves say what does.
    pub(super) fn find(&self) -> Option<String> {
        self.needs_rows
            .then(|| format!("SELECT seq FROM sessions NOT INDEXED{}", self.filter(None)))
    }

    /// The same, once what fits was found.
    pub(super) fn narrowed(found: &[u32]) -> Self {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        let filters = vec![format!("seq IN ({})", found.join(", "))];
        Self { filters, ..Self::default() }
    }

    /// The numbers of a page.
    pub(super) fn page(&self, order: &Order, page: Page) -> String {
        let Page { reverse, offset, limit, .. } = page;
        let walks = page.is_soon_met();
        let from = match order.index {
            Some(index) if walks => format!("sessions INDEXED BY {index}"),
            None if walks => "sessions NOT INDEXED".to_owned(),
            _ if self.needs_rows => "sessions NOT INDEXED".to_owned(),
            _ => "sessions".to_owned(),
        };
        let part = |from: &str, keys: &[&str], more: Option<&str>| {
            let columns = [&["seq", "start_s", "start_ns"], keys].concat().join(", ");
            format!("SELECT {columns} FROM {from}{}", self.filter(more))
        };
        let rows = match order.now {
            None => part(&from, order.keys, None),
            Some(now) => {
                let (last, open) = (format!("state NOT IN {OPEN}"), format!("state IN {OPEN}"));
                let last = part(&from, order.keys, Some(&last));
                format!("{last} UNION ALL {}", part("sessions", now, Some(&open)))
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
            Test::Risk { from, to } => format!("risk BETWEEN {from} AND {to}"),
            Test::Anomaly { any, anomalies } => {
                self.needs_rows = true;
                let bits = if *any { u32::MAX } else { Anomaly::to_bits(anomalies) };
                format!("anomalies & {bits} != 0")
            }
            Test::Verdict { verdicts, none, awaiting } => {
                self.needs_rows = true;
                let names: Vec<String> = verdicts.iter().map(|name| format!("'{name}'")).collect();
                let mut any = vec![format!("verdict IN ({})", names.join(", "))];
                any.extend(none.then(|| "verdict IS NULL".to_owned()));
                any.extend(awaiting.then(|| "awaits_second".to_owned()));
                any.join(" OR ")
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
            Column::Tag => return self.by_function(column, "tags", pattern),
            Column::Assignee => return self.by_function(column, "assignee", pattern),
            // The number itself is the key of the rows.
            Column::Tsid => {
                let tsid = pattern.parse::<Tsid>().ok().filter(|tsid| tsid.to_string() == pattern);
                return tsid.map_or(NEVER.to_owned(), |tsid| format!("seq = {}", tsid.seq()));
            }
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
        type Keys = &'static [&'static str];
        let (index, keys, direction, now): (_, Keys, _, Option<Keys>) = match sort {
            SortBy::Start | SortBy::Unknown => ("newest", &[], Down, None),
            SortBy::User => ("by_user", &["user"], Up, None),
            SortBy::Host => ("by_host", &["host"], Up, None),
            SortBy::RunUser => ("by_run_user", &["run_user"], Up, None),
            SortBy::Command => ("by_command", &[COMMAND], Up, None),
            SortBy::Tty => ("by_tty", &["tty"], Up, None),
            SortBy::Tsid => ("", &["seq"], Down, None),
            SortBy::Risk => ("by_risk", &["risk"], Down, None),
            SortBy::Exit => ("by_exit", &["signal", "exit_value"], Down, None),
            SortBy::Duration => {
                ("by_length", &["duration"], Down, Some(&["length_now(seq, duration)"]))
            }
            SortBy::State => {
                ("by_urgency", &[urgency!("state")], Up, Some(&[urgency!("state_now(seq, state)")]))
            }
        };
        Self { index: Some(index).filter(|index| !index.is_empty()), keys, direction, now }
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
