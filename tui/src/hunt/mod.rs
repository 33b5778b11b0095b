//! A search through many recordings, of a log directory or of a server, one after the other.

mod chase;

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudolog_core::session::Tsid;
use sudolog_core::term::{Coverage, Harvest, Hit, Page, Pattern, Scan, Streams, usual_size};
use sudolog_core::wire::message::{Cause, Failure};

use crate::source::archive::Archive;
use crate::source::server::{Client, ClientError, RemoteSearcher};
use crate::source::{About, Recording, RecordingError, Searcher as _, Standing};

pub use chase::{Chase, News};

/// Where recordings are.
#[derive(Clone, Debug)]
pub enum Field {
    /// Below a log directory.
    Directory(PathBuf),
    /// On a server.
    Server(Client),
}

/// How the search of one recording ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// What of it was searched.
    pub coverage: Coverage,
    /// What is wrong with it, so that not all of it could be searched.
    pub damage: Option<String>,
}

impl Field {
    /// Searches what there is of a recording now that was listed; a server does it itself. `found` is
    /// called after every piece of it, with the hits that there are by then, and says whether to go on.
    /// Blocks.
    ///
    /// # Errors
    /// [`RecordingError`]
    pub fn search(
        &self,
        about: &About,
        pattern: &Arc<Pattern>,
        mut found: impl FnMut(Vec<Hit>) -> bool,
    ) -> Result<Searched, RecordingError> {
        match self {
            Self::Directory(dir) => {
                let path = listed_path(dir, about);
                let mut recording = Archive::open(&path, &about.name.escaped().to_string())?;
                scan(&mut recording, pattern.clone(), found)
            }
            Self::Server(client) => {
                let tsid = about.tsid.ok_or_else(|| nameless(about))?;
                let mut searcher = RemoteSearcher::new(client.clone(), tsid, false);
                page_by_page(&mut searcher, pattern, &mut found)
            }
        }
    }
}

/// Searches all of it, though a server tells so many hits at once.
fn page_by_page(
    searcher: &mut RemoteSearcher,
    pattern: &Pattern,
    found: &mut dyn FnMut(Vec<Hit>) -> bool,
) -> Result<Searched, RecordingError> {
    let mut searched = Searched::default();
    let (mut page, mut next) = (Page::default(), None);
    loop {
        let mut last = None;
        searcher.search(pattern, page, Streams::default(), &mut |piece| {
            let hits = piece.hits.into_hits();
            last = hits.last().map(|hit| hit.seq).or(last);
            next = last.filter(|_| piece.is_full).map(Page::After);
            searched = Searched { coverage: piece.coverage, damage: piece.damage };
            let goes_on = found(hits);
            next = next.filter(|_| goes_on);
            goes_on
        })?;
        match next.take() {
            Some(next) => page = next,
            None => return Ok(searched),
        }
    }
}

/// A server knows its sessions by their numbers.
fn nameless(about: &About) -> ClientError {
    let text = format!("{} has no number", about.name.escaped()).into();
    ClientError::Failed(Failure { cause: Cause::NotFound, text })
}

fn scan(
    recording: &mut dyn Recording,
    pattern: Arc<Pattern>,
    mut found: impl FnMut(Vec<Hit>) -> bool,
) -> Result<Searched, RecordingError> {
    let (lines, columns) = usual_size(recording.about().lines, recording.about().columns);
    let harvest = Harvest::new(pattern, Page::default(), usize::MAX);
    let mut scan = Scan::new(harvest, lines, columns);
    let (mut next, mut goes_on) = (1, true);
    while goes_on {
        let events = recording.read(next)?;
        events.iter().for_each(|event| scan.push(event));
        match events.last() {
            Some(last) => next = last.seq().saturating_add(1),
            None => {
                scan.settle();
                goes_on = false;
            }
        }
        goes_on &= found(scan.harvest().take().into_hits());
    }
    let damage = match recording.standing() {
        Standing::Damaged(reason) => Some(reason.clone()),
        _ => None,
    };
    Ok(Searched { coverage: scan.coverage(), damage })
}

/// Where a recording is that was found below a log directory.
fn listed_path(dir: &Path, about: &About) -> PathBuf {
    let name = Path::new(std::ffi::OsStr::from_bytes(about.name.as_bytes()));
    let named = dir.join(name);
    let numbered = name
        .to_str()
        .and_then(|name| name.parse::<Tsid>().ok())
        .map(|tsid| tsid.directories().iter().fold(dir.to_owned(), |path, part| path.join(part)));
    numbered.filter(|path| path.is_dir()).unwrap_or(named)
}

/// A moment as `replay --from` takes it: not before it, so that the screen shows it.
pub fn moment(elapsed: std::time::Duration) -> String {
    let millis = elapsed.as_nanos().div_ceil(1_000_000);
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    let at = std::time::Duration::from_millis(millis);
    format!("{}.{:03}", sudolog_core::time::Position(at), at.subsec_millis())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_is_one_that_replay_takes_and_that_shows_it() {
        for (nanos, shown) in [
            (0, "00:00.000"),
            (1, "00:00.001"),
            (12_345_000_001, "00:12.346"),
            (3_599_999_999_999, "1:00:00.000"),
        ] {
            let at = Duration::from_nanos(nanos);
            assert_eq!(moment(at), shown);
            let read: sudolog_core::time::Position = moment(at).parse().unwrap();
            assert!(read.0 >= at);
        }
    }
}
