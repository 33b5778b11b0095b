//! `events`: the server's event log, once or as it happens.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use serde::Serialize;
use sudolog_core::eventlog::{Entry, Kind, Severity, Source, Stored};
use sudolog_core::limits::{CONSOLE_LIST_INTERVAL, EVENTS_MAX};
use sudolog_core::risk::Score;
use sudolog_core::wire::message::{Events, EventsQuery};

use super::json::{text, write_line};
use super::row::instant;
use super::{Asked, Failure, run_to_end, wall_clock};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::query_line::QueryLine as _;
use crate::runtime::Signals;
use crate::screens::events::{severity, what};
use crate::source::server::{Client, ClientError};

pub(super) fn run(asked: &Asked, arguments: cli::Events) -> Result<Exit, Failure> {
    let read = EventsQuery::read(&arguments.query.join(" "), wall_clock());
    let query = read.map_err(|reason| Failure::Usage(format!("query: {reason}")))?;
    let address = ServerChoice::from(arguments.server).address(&asked.config)?;
    let printer = Printer { is_json: arguments.json, zone: TimeZone::system() };
    let (follow, limit) = (arguments.follow, arguments.limit);
    run_to_end(async {
        let client = Client::connect(address).await?;
        match follow {
            true => {
                let limit = limit.unwrap_or(FOLLOWED_FIRST).min(u64::from(EVENTS_MAX));
                printer.follow(&client, query, u32::try_from(limit).unwrap_or(EVENTS_MAX)).await
            }
            false => printer.list(&client, query, limit.unwrap_or(u64::MAX)).await,
        }
    })
}

/// How entries are printed.
struct Printer {
    is_json: bool,
    zone: TimeZone,
}

impl Printer {
    /// All that there is, the newest first.
    async fn list(&self, client: &Client, query: EventsQuery, limit: u64) -> Result<Exit, Failure> {
        let mut out = io::BufWriter::new(io::stdout());
        let mut found = 0;
        let take = |events: &Events| {
            found += events.entries.len();
            self.print(&mut out, events.entries.iter()).map_err(Ended::Written)
        };
        match client.events_back(query, limit, take).await {
            Ok(()) if found == 0 => Ok(Exit::NotFound),
            Ok(()) => super::written(out.flush()),
            Err(Ended::Written(error)) => super::written(Err(error)),
            Err(Ended::Asked(error)) => {
                // What was had is worth having.
                let _ = out.flush();
                Err(error.into())
            }
        }
    }

    /// The last ones in the order in which they happened, then all that come, until somebody ends it.
    async fn follow(
        &self,
        client: &Client,
        query: EventsQuery,
        first: u32,
    ) -> Result<Exit, Failure> {
        let mut signals = Signals::new()
            .map_err(|source| Failure::Io { what: "cannot wait for signals".to_owned(), source })?;
        let mut out = io::stdout();
        let begin = client.events(EventsQuery { limit: first, ..query.clone() }).await?;
        let mut newest = begin.entries.first().map_or(0, |entry| entry.number);
        let mut entries = begin.entries;
        loop {
            if let Err(error) =
                self.print(&mut out, entries.iter().rev()).and_then(|()| out.flush())
            {
                return super::written(Err(error));
            }
            tokio::select! {
                exit = signals.next() => return Ok(exit),
                () = tokio::time::sleep(CONSOLE_LIST_INTERVAL) => {}
            }
            entries = since(client, &query, newest).await?;
            newest = entries.first().map_or(newest, |entry| entry.number);
        }
    }

    fn print<'a>(
        &self,
        out: &mut impl Write,
        mut entries: impl Iterator<Item = &'a Stored>,
    ) -> io::Result<()> {
        entries.try_for_each(|entry| match self.is_json {
            true => write_line(out, &Row::from(entry)),
            false => self.write_text(out, entry),
        })
    }

    /// `2026-11-20 14:05:07  ▲ HIGH  reject  web1 alice 00001A  /usr/bin/id  not allowed`
    fn write_text(&self, out: &mut impl Write, stored: &Stored) -> io::Result<()> {
        let Entry { time, kind, host, user, tsid, .. } = &stored.entry;
        let at = instant(*time).to_zoned(self.zone.clone());
        let (level, _) = severity(stored.entry.severity);
        let (host, user) = (host.escaped(), user.escaped());
        let tsid = tsid.map_or_else(|| "-".to_owned(), |tsid| tsid.to_string());
        let at = at.strftime("%Y-%m-%d %H:%M:%S");
        let user = if stored.entry.user.is_empty() { "-".to_owned() } else { user.to_string() };
        writeln!(
            out,
            "{at}  {level:<10}  {:<15}  {host} {user} {tsid}  {}",
            kind.name(),
            what(&stored.entry)
        )
    }
}

/// Why printing has ended.
enum Ended {
    Written(io::Error),
    Asked(ClientError),
}

impl From<ClientError> for Ended {
    fn from(error: ClientError) -> Self {
        Self::Asked(error)
    }
}

/// All entries after this one, the newest first, however many answers they take. A server that is away for a
/// while is asked again.
async fn since(
    client: &Client,
    query: &EventsQuery,
    after: u64,
) -> Result<Vec<Stored>, ClientError> {
    let mut entries = Vec::new();
    let query = EventsQuery { after, ..query.clone() };
    let take = |events: &Events| {
        entries.extend(events.entries.iter().cloned());
        Ok(())
    };
    match client.events_back(query, FOLLOWED_AT_ONCE_MAX, take).await {
        Ok(()) => Ok(entries),
        Err(error @ (ClientError::Failed(_) | ClientError::Protocol { .. })) => Err(error),
        // The client dials again by itself; nothing is printed twice, and nothing is left out.
        Err(_) => Ok(Vec::new()),
    }
}

/// One line. New fields may be added; these stay.
#[derive(Serialize)]
struct Row {
    number: u64,
    id: String,
    time: String,
    stored: String,
    source: Source,
    kind: Kind,
    severity: Severity,
    host: String,
    user: String,
    uid: Option<u32>,
    run_user: String,
    argv: Vec<String>,
    tty: String,
    session_id: Option<String>,
    tsid: Option<String>,
    pid: Option<u32>,
    by: String,
    risk: Option<Score>,
    text: String,
    details: Vec<(String, String)>,
}

impl From<&Stored> for Row {
    fn from(stored: &Stored) -> Self {
        let Stored { number, stored: kept, entry } = stored;
        Self {
            number: *number,
            id: entry.id.to_string(),
            time: instant(entry.time).to_string(),
            stored: instant(*kept).to_string(),
            source: entry.source,
            kind: entry.kind,
            severity: entry.severity,
            host: text(&entry.host),
            user: text(&entry.user),
            uid: entry.uid,
            run_user: text(&entry.run_user),
            argv: entry.argv.iter().map(text).collect(),
            tty: text(&entry.tty),
            session_id: entry.session_id.map(|id| id.to_string()),
            tsid: entry.tsid.map(|tsid| tsid.to_string()),
            pid: entry.pid,
            by: text(&entry.by),
            risk: entry.risk,
            text: text(&entry.text),
            details: entry
                .details
                .iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
        }
    }
}

/// What `--follow` begins with, unless `--limit` says otherwise.
const FOLLOWED_FIRST: u64 = 10;
/// What may have come between two looks; of more than that the oldest are left out.
const FOLLOWED_AT_ONCE_MAX: u64 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::events::sample::{entry, hostile};

    fn printed(is_json: bool, entries: &[Stored]) -> String {
        let mut out = Vec::new();
        let printer = Printer { is_json, zone: TimeZone::UTC };
        printer.print(&mut out, entries.iter()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_line_is_an_entry_whatever_is_in_it() {
        let text = printed(false, &[hostile(2), entry(1)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0].contains("■ CRITICAL") && lines[0].contains("00001A"), "{text}");
        assert_eq!(
            lines[1],
            "2025-11-13 12:00:10    info      accept           web1 alice -  /usr/bin/id -u"
        );
        assert!(!text.contains(['\x1b', '\u{202e}', '\r']), "{text:?}");
    }

    #[test]
    fn an_object_has_all_that_is_known_and_acts_in_no_terminal() {
        let text = printed(true, &[hostile(2)]);
        assert!(!text.contains(['\x1b', '\u{202e}', '\r']), "{text:?}");
        let row: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(row["kind"], "unrecorded");
        assert_eq!(row["severity"], "critical");
        assert_eq!(
            (&row["number"], &row["uid"], &row["risk"]),
            (&2.into(), &1000.into(), &85.into())
        );
        assert_eq!(row["host"], "host\u{1b}[2J\u{202e}\r\n");
        assert_eq!(row["argv"][2], "\\xff\\x9b31m");
        assert_eq!(row["details"][0][0], "cwd");
    }
}
