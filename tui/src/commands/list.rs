//! `list`: sessions of a log directory or of the server.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use jiff::tz::TimeZone;
use serde::Serialize;
use sudolog_core::filter::Filter;
use sudolog_core::session::SessionState;
use sudolog_core::time::{Position, Timestamp};
use sudolog_core::wire::message::Query;

use super::json::{text, write_line};
use super::{Asked, Failure, run_to_end};
use crate::calendar;
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::source::About;
use crate::source::archive;
use crate::source::server::Client;

pub(super) fn run(asked: &Asked, arguments: cli::List) -> Result<Exit, Failure> {
    let query = query(&arguments.query)?;
    let limit = arguments.limit.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX));
    let sessions = match arguments.place.dir {
        Some(dir) => in_directory(&dir, &query, limit)?,
        None => from_server(asked, arguments.place.server, query, limit)?,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if arguments.json {
        sessions.iter().try_for_each(|about| write_line(&mut out, &Row::from(about)))
    } else {
        write_table(&mut out, &sessions)
    };
    super::written(written.and_then(|()| out.flush()))
}

/// What is asked for on the command line.
pub(super) fn query(arguments: &cli::QueryArgs) -> Result<Query, Failure> {
    let (sort, reverse) = (arguments.sort, arguments.reverse);
    Ok(Query { sort, reverse, ..query_of_words(&arguments.query)? })
}

/// The same of the words alone.
pub(super) fn query_of_words(words: &[String]) -> Result<Query, Failure> {
    let understood = calendar::filter(&words.join(" "), super::wall_clock());
    let Filter { text, conditions } =
        understood.map_err(|error| Failure::Usage(format!("query: {error}")))?;
    Ok(Query { text, conditions, ..Query::default() })
}

fn in_directory(dir: &Path, query: &Query, limit: usize) -> Result<Vec<About>, Failure> {
    let listed = archive::list(dir)?;
    for fault in &listed.faults {
        super::complain(fault);
    }
    let mut sessions = listed.sessions;
    sessions.retain(|about| about.subject().fits(&query.text, &query.conditions));
    sessions.sort_by(|a, b| query.sort.compare(&a.subject(), &b.subject()));
    if query.reverse {
        sessions.reverse();
    }
    sessions.truncate(limit);
    Ok(sessions)
}

/// The server's list, a page after the other.
fn from_server(
    asked: &Asked,
    server: cli::ServerArgs,
    query: Query,
    limit: usize,
) -> Result<Vec<About>, Failure> {
    let address = ServerChoice::from(server).address(&asked.config)?;
    run_to_end(async { Ok(Client::connect(address).await?.list_all(&query, limit).await?) })
}

/// One line of `list --json`. New fields may be added; these stay.
#[derive(Serialize)]
struct Row {
    tsid: String,
    session_id: Option<String>,
    state: SessionState,
    user: String,
    host: String,
    run_user: String,
    command: String,
    tty: Option<String>,
    start: String,
    duration_s: Option<f64>,
    exit_value: Option<i32>,
    signal: Option<String>,
    risk: u8,
    anomalies: [&'static str; 0],
    verdict: Option<String>,
}

impl From<&About> for Row {
    fn from(about: &About) -> Self {
        Self {
            tsid: text(&about.name),
            session_id: about.session_id.map(|id| id.to_string()),
            state: about.state,
            user: text(&about.user),
            host: text(&about.host),
            run_user: text(&about.run_user),
            command: text(&about.command),
            tty: about.tty.as_ref().map(text),
            start: instant(about.start).to_string(),
            duration_s: about.duration_s,
            exit_value: about.exit_value,
            signal: about.signal.as_ref().map(text),
            risk: 0,
            anomalies: [],
            verdict: None,
        }
    }
}

/// Columns as wide as what stands in them; the command last, so that nothing is cut.
fn write_table(out: &mut impl Write, sessions: &[About]) -> io::Result<()> {
    if sessions.is_empty() && io::stderr().is_terminal() {
        super::complain("no session found");
    }
    let rows: Vec<[String; 6]> = sessions.iter().map(columns).collect();
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(unicode_width::UnicodeWidthStr::width(cell.as_str()));
        }
    }
    for [name, state, start, length, who, command] in &rows {
        for (cell, width) in [name, state, start, length, who].into_iter().zip(widths) {
            let blanks = width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            write!(out, "{cell}{:blanks$}  ", "")?;
        }
        writeln!(out, "{command}")?;
    }
    Ok(())
}

fn columns(about: &About) -> [String; 6] {
    let state = match (&about.signal, about.exit_value) {
        (Some(signal), _) => format!("SIG{}", signal.escaped()),
        (None, Some(value)) => format!("exit {value}"),
        (None, None) => about.state.to_string(),
    };
    let start = instant(about.start).to_zoned(TimeZone::system());
    let length = std::time::Duration::try_from_secs_f64(about.duration_s.unwrap_or(0.0));
    let host = if about.host.is_empty() { "" } else { "@" };
    [
        about.name.escaped().to_string(),
        state,
        start.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Position(length.unwrap_or_default()).to_string(),
        format!(
            "{}{host}{} → {}",
            about.user.escaped(),
            about.host.escaped(),
            about.run_user.escaped()
        ),
        about.command.escaped().to_string(),
    ]
}

/// A recorded time; one that no calendar has becomes the epoch.
fn instant(time: Timestamp) -> jiff::Timestamp {
    let nanos = i32::try_from(time.nanoseconds).unwrap_or(0);
    jiff::Timestamp::new(time.seconds, nanos).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
