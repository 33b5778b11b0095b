//! `search`: what the screens of many recordings showed, one line a hit.

use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use sudolog_core::term::{Hit, Pattern};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::Query;

use super::json::{text, write_line};
use super::opening::blocking;
use super::{Asked, Failure, complain, run_to_end};
use crate::cli;
use crate::config::ServerChoice;
use crate::exit::Exit;
use crate::hunt::{Field, Searched, moment};
use crate::source::server::Client;
use crate::source::{About, RecordingError, archive};

pub(super) fn run(asked: &Asked, arguments: cli::Search) -> Result<Exit, Failure> {
    let read = if arguments.regex { Pattern::regex } else { Pattern::literal };
    let pattern = read(&arguments.text).map_err(|error| Failure::Usage(error.to_string()))?;
    let (words, path) = words_and_path(arguments.query)?;
    let query = super::list::query_of_words(&words)?;
    let cli::Place { dir, server } = arguments.place;
    let choice = ServerChoice::from(server);
    let pattern = Arc::new(pattern);
    let hunter = Hunter { pattern, json: arguments.json, place: None, hits: 0, faults: 0 };
    match (path, dir) {
        (Some(path), None) if !choice.is_named() => hunter.in_directory(path, &query),
        (Some(path), _) => Err(Failure::Usage(format!(
            "search {} or another place, not both",
            super::opening::shown(&path)
        ))),
        (None, Some(dir)) => hunter.in_directory(dir, &query),
        (None, None) => {
            let address = choice.address(&asked.config)?;
            run_to_end(async {
                let client = Client::connect(address).await?;
                let sessions = client.list_all(&query, usize::MAX).await?;
                let field = Field::Server(client);
                blocking((field, sessions), |(field, all)| hunter.search(&field, &all)).await
            })
        }
    }
}

/// What words are about: sessions, or a directory of the operator's.
fn words_and_path(query: Vec<String>) -> Result<(Vec<String>, Option<PathBuf>), Failure> {
    let is_path = |word: &String| word.contains('/') && Path::new(word).is_dir();
    let (mut paths, words): (Vec<_>, Vec<_>) = query.into_iter().partition(is_path);
    let path = paths.pop().map(PathBuf::from);
    if paths.is_empty() {
        return Ok((words, path));
    }
    Err(Failure::Usage("one directory at a time can be searched".to_owned()))
}

/// A search on its way.
struct Hunter {
    pattern: Arc<Pattern>,
    json: bool,
    /// The directory that is searched.
    place: Option<Untrusted>,
    hits: u64,
    /// Recordings that were not searched whole.
    faults: u64,
}

impl Hunter {
    fn in_directory(mut self, dir: PathBuf, query: &Query) -> Result<Exit, Failure> {
        let listed = archive::list(&dir)?;
        for fault in &listed.faults {
            self.fault(fault);
        }
        let mut sessions = listed.sessions;
        sessions.retain(|about| about.subject().fits(&query.text, &query.conditions));
        self.place = Some(Untrusted::new(dir.as_os_str().as_bytes()));
        self.search(&Field::Directory(dir), &sessions)
    }

    fn search(mut self, field: &Field, sessions: &[About]) -> Result<Exit, Failure> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        for about in sessions {
            let name = self.name(about);
            let mut written = Ok(());
            let searched = field.search(about, &self.pattern, |hits| {
                self.hits += hits.len() as u64;
                let mut hits = hits.iter();
                written = hits.try_for_each(|hit| match self.json {
                    true => write_line(&mut out, &Row::new(&name, about, hit)),
                    false => write_hit(&mut out, &name, hit),
                });
                written.is_ok()
            });
            match searched {
                Ok(searched) => {
                    self.judge(&name, &searched);
                    if written.and_then(|()| out.flush()).is_err() {
                        // Whoever reads has enough, such as `head`.
                        return Ok(Exit::Done);
                    }
                }
                Err(RecordingError::Server(error)) if !error.is_not_found() => {
                    return Err(error.into());
                }
                Err(error) => self.fault(&format!("{}: {error}", name.escaped())),
            }
        }
        Ok(self.exit(sessions.len()))
    }

    /// What to call it: a directory that is a recording itself has no name below itself.
    fn name(&self, about: &About) -> Untrusted {
        let own = self.place.as_ref().filter(|_| about.name.as_bytes() == b".");
        own.unwrap_or(&about.name).clone()
    }

    fn judge(&mut self, name: &Untrusted, searched: &Searched) {
        let name = name.escaped();
        if let Some(reason) = &searched.damage {
            self.fault(&format!("{name} is damaged, what can be read was searched: {reason}"));
        }
        if searched.coverage.missed > 0 {
            complain(&format!(
                "{name}: of {} moments only what was written then was searched, not how it stood \
                 on the screen: too much was drawn for looking at all of it",
                searched.coverage.missed
            ));
        }
    }

    fn fault(&mut self, reason: &str) {
        self.faults += 1;
        complain(reason);
    }

    fn exit(&self, recordings: usize) -> Exit {
        if self.hits > 0 {
            return Exit::Done;
        }
        let plural = if recordings == 1 { "" } else { "s" };
        complain(&format!("nothing found in {recordings} recording{plural}"));
        if self.faults > 0 { Exit::Incomplete } else { Exit::NotFound }
    }
}

fn write_hit(out: &mut impl Write, name: &Untrusted, hit: &Hit) -> io::Result<()> {
    let line = Untrusted::from(hit.line.trim_start());
    writeln!(out, "{}  {}  {}", name.escaped(), moment(hit.elapsed), line.escaped())
}

/// One line of `search --json`. New fields may be added; these stay.
#[derive(Serialize)]
struct Row<'a> {
    tsid: String,
    session_id: Option<String>,
    user: String,
    host: String,
    /// Seconds since the start of the recording.
    at_s: f64,
    /// The same for `replay --from` and `screen --at`.
    at: String,
    /// The event that brought it.
    seq: u64,
    /// First row of its line on the screen, from 0; null for what was gone before the event was over.
    row: Option<u16>,
    /// The line, or what stands around the match in a long one.
    line: &'a str,
    #[serde(rename = "match")]
    found: &'a str,
}

impl<'a> Row<'a> {
    fn new(name: &Untrusted, about: &About, hit: &'a Hit) -> Self {
        Self {
            tsid: text(name),
            session_id: about.session_id.map(|id| id.to_string()),
            user: text(&about.user),
            host: text(&about.host),
            at_s: hit.elapsed.as_secs_f64(),
            at: moment(hit.elapsed),
            seq: hit.seq,
            row: hit.row,
            line: &hit.line,
            found: hit.line.get(hit.range.clone()).unwrap_or_default(),
        }
    }
}
