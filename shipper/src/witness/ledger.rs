//! Which sudos had a session, in a file that outlives this process but not the machine's boot.
//!
//! A shipper that starts anew hears of commands that ran under the one before it; without this they would
//! all look unrecorded. It lies beside the plugins' socket, in `/run`, and holds no more than is remembered
//! in memory. Times are counted from the machine's start. A line that was torn is passed over.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;

use super::machine::Known;

/// The file.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    file: Option<File>,
    lines: usize,
}

impl Ledger {
    /// Reads what an earlier run wrote; those that were open then have ended by `now`. `None` when there was
    /// no file.
    pub(super) fn read(path: &Path, now: Duration) -> Option<Vec<Known>> {
        let text = fs::read(path).ok()?;
        let mut known: Vec<Known> = Vec::new();
        for line in String::from_utf8_lossy(&text).lines() {
            match entry(line) {
                Some(Line::Opened(opened)) => known.push(opened),
                Some(Line::Ended(id, at)) => {
                    let ended = known.iter_mut().rev().find(|known| known.id == id);
                    if let Some(ended) = ended {
                        ended.ended = Some(at);
                    }
                }
                None => {}
            }
        }
        known.iter_mut().for_each(|known| {
            known.ended.get_or_insert(now);
        });
        Some(known)
    }

    /// Writes it anew with what is known.
    pub(super) fn write<'a>(path: &Path, known: impl Iterator<Item = &'a Known>) -> Self {
        let mut ledger = Self { path: path.into(), file: None, lines: 0 };
        if let Err(error) = ledger.rewrite(known) {
            tracing::warn!(path = %path.display(), %error, "a shipper that starts after this one will not know its sessions");
        }
        ledger
    }

    pub(super) fn opened(&mut self, known: &Known) {
        self.add(&opened(known));
    }

    pub(super) fn ended(&mut self, id: SessionId, at: Duration) {
        self.add(&ended(id, at));
    }

    /// True when it holds much that is remembered no longer.
    pub(super) fn is_long(&self) -> bool {
        self.lines > LINES_MAX
    }

    fn add(&mut self, line: &str) {
        self.lines += 1;
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(line.as_bytes())
        {
            tracing::warn!(path = %self.path.display(), %error, "a shipper that starts after this one will not know its sessions");
            self.file = None;
        }
    }

    fn rewrite<'a>(&mut self, known: impl Iterator<Item = &'a Known>) -> io::Result<()> {
        let (new, mut text) = (self.path.with_extension("new"), String::new());
        for known in known {
            text.push_str(&opened(known));
            self.lines += 1;
            if let Some(at) = known.ended {
                text.push_str(&ended(known.id, at));
                self.lines += 1;
            }
        }
        let mut file =
            OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&new, &self.path)?;
        self.file = Some(file);
        Ok(())
    }
}

enum Line {
    Opened(Known),
    Ended(SessionId, Duration),
}

fn opened(known: &Known) -> String {
    let (started, opened) = (known.started.as_nanos(), known.opened.as_nanos());
    format!("opened {} {} {started} {opened}\n", known.id, known.pid)
}

fn ended(id: SessionId, at: Duration) -> String {
    format!("ended {id} {}\n", at.as_nanos())
}

fn entry(line: &str) -> Option<Line> {
    let mut words = line.split(' ');
    let (word, id) = (words.next()?, words.next()?.parse().ok()?);
    let mut number = || words.next()?.parse::<u64>().ok();
    match word {
        "opened" => {
            let pid = u32::try_from(number()?).ok()?;
            let started = Duration::from_nanos(number()?);
            let opened = Timestamp::from_nanos(number()?);
            Some(Line::Opened(Known { id, pid, started, ended: None, opened }))
        }
        "ended" => Some(Line::Ended(id, Duration::from_nanos(number()?))),
        _ => None,
    }
}

const LINES_MAX: usize = 4 * sudolog_core::limits::WITNESS_SESSIONS_MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_known_again_and_a_torn_line_harms_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sudos");
        let (now, time) = (Duration::from_nanos(99), Duration::from_nanos);
        assert!(Ledger::read(&path, now).is_none());
        let known = |n: u8| Known {
            id: SessionId::from_bytes([n; 16]),
            pid: n.into(),
            started: time(n.into()),
            ended: None,
            opened: Timestamp::from_nanos(7),
        };
        let mut ledger = Ledger::write(&path, [known(1)].iter());
        ledger.opened(&known(2));
        ledger.ended(known(1).id, time(7));
        ledger.add("opened 0190");
        let read = Ledger::read(&path, now).unwrap();
        assert_eq!(
            read,
            [Known { ended: Some(time(7)), ..known(1) }, Known { ended: Some(now), ..known(2) }]
        );
        assert_eq!(Ledger::read(&path, now).unwrap().len(), 2);
    }
}
