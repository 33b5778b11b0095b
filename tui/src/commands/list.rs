//! `list`: sessions of a log directory or of the server.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use jiff::tz::TimeZone;
use sudolog_core::filter::{Condition, Filter, Test};
use sudolog_core::risk::Score;
use sudolog_core::time::Position;
use sudolog_core::wire::message::Query;

use super::row::{instant, write_rows};
use super::{Asked, Failure, run_to_end};
use crate::calendar;
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::screens::badges;
use crate::source::About;
use crate::source::archive;
use crate::source::server::Client;

pub(super) fn run(asked: &Asked, arguments: cli::List) -> Result<Exit, Failure> {
    let query = with_risk(query(&arguments.query)?, arguments.min_risk);
    let limit = arguments.limit.map_or(usize::MAX, |limit| limit.try_into().unwrap_or(usize::MAX));
    let sessions = match arguments.place.dir {
        Some(dir) => in_directory(&dir, &query, limit)?,
        None => from_server(asked, arguments.place.server, query, limit)?,
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if arguments.json {
        write_rows(&mut out, &sessions)
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

/// The same of sessions with at least this risk.
fn with_risk(mut query: Query, least: Option<Score>) -> Query {
    let test = |from| Test::Risk { from, to: Score::MAX };
    let least = least.map(|from| Condition { not: false, test: test(from) });
    query.conditions.extend(least);
    query
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
pub(super) fn from_server(
    asked: &Asked,
    server: cli::ServerArgs,
    query: Query,
    limit: usize,
) -> Result<Vec<About>, Failure> {
    let address = ServerChoice::from(server).address(&asked.config)?;
    run_to_end(async { Ok(Client::connect(address).await?.list_all(&query, limit).await?) })
}

/// Columns as wide as what stands in them; the command last, so that nothing is cut.
pub(super) fn write_table(out: &mut impl Write, sessions: &[About]) -> io::Result<()> {
    if sessions.is_empty() && io::stderr().is_terminal() {
        super::complain("no session found");
    }
    let rows: Vec<[String; 7]> = sessions.iter().map(columns).collect();
    let mut widths = [0; 6];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(unicode_width::UnicodeWidthStr::width(cell.as_str()));
        }
    }
    for [name, state, risk, start, length, who, command] in &rows {
        for (cell, width) in [name, state, risk, start, length, who].into_iter().zip(widths) {
            let blanks = width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            write!(out, "{cell}{:blanks$}  ", "")?;
        }
        writeln!(out, "{command}")?;
    }
    Ok(())
}

/// Name, state, risk, start, length, who and command; safe to show.
pub(super) fn columns(about: &About) -> [String; 7] {
    let state = match (&about.signal, about.exit_value) {
        (Some(signal), _) => format!("SIG{}", signal.escaped()),
        (None, Some(value)) => format!("exit {value}"),
        (None, None) => about.state.to_string(),
    };
    let start = instant(about.start).to_zoned(TimeZone::system());
    let length = std::time::Duration::try_from_secs_f64(about.duration_s.unwrap_or(0.0));
    let risk = match about.tsid {
        Some(_) => badges::risk(about.risk),
        // Only a server has rules.
        None => "-".to_owned(),
    };
    let host = if about.host.is_empty() { "" } else { "@" };
    [
        about.name.escaped().to_string(),
        state,
        risk,
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
