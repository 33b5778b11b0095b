//! Up to which place of the journal the log has all that the journal tells, in a file beside the segments:
//! CRC-32 of the rest in hexadecimal, a blank, segment and end.
//!
//! A start makes good what lies behind it and nothing else: an entry that stands in the log for long is not told
//! a second time. Where the file is missing, damaged or older than the log, more is made good, and what is among
//! the newest entries is known by its name.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use sudolog_core::limits::EVENTS_TOLD_INTERVAL;

use crate::journal::Place;
use crate::watched::replace;

/// The file and what it should say.
#[derive(Debug)]
pub(super) struct ToldFile {
    path: PathBuf,
    place: Place,
    written: Place,
    tried: Option<Instant>,
    fails: bool,
}

impl ToldFile {
    /// In the log's directory.
    pub(super) fn in_dir(dir: &Path) -> Self {
        let path = dir.join("told");
        let place = fs::read(&path).ok().and_then(|bytes| decode(&bytes)).unwrap_or_default();
        Self { path, place, written: place, tried: None, fails: false }
    }

    /// Up to there.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// The log has all up to there. What is said later holds: a journal that begins anew counts anew, and a place that
    /// lies further back only makes a start look at more.
    pub(super) fn reach(&mut self, place: Place) {
        self.place = place;
    }

    /// Writes it down when it has not been for a while: each time costs two syncs.
    pub(super) fn write_now_and_then(&mut self) {
        if self.tried.is_none_or(|tried| tried.elapsed() >= EVENTS_TOLD_INTERVAL) {
            self.write_now();
        }
    }

    /// Writes it down, unless it stands there.
    pub(super) fn write_now(&mut self) {
        if self.place == self.written {
            return;
        }
        self.tried = Some(Instant::now());
        match replace(&self.path, &encode(self.place)) {
            Ok(()) => (self.written, self.fails) = (self.place, false),
            Err(error) if !self.fails => {
                self.fails = true;
                tracing::warn!(
                    "{}: {error}; after a restart some entries of the event log may be told twice",
                    self.path.display()
                );
            }
            Err(_) => {}
        }
    }
}

fn encode(Place { segment, end }: Place) -> Vec<u8> {
    let said = format!("{segment} {end}");
    format!("{:08x} {said}\n", crc32fast::hash(said.as_bytes())).into_bytes()
}

fn decode(bytes: &[u8]) -> Option<Place> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (crc, said) = text.split_once(' ')?;
    let (segment, end) = said.split_once(' ')?;
    let is_sound = u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(said.as_bytes());
    let place = Place { segment: segment.parse().ok()?, end: end.parse().ok()? };
    is_sound.then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_torn_or_damaged_says_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place { segment: 7, end: 123_456 };
        let mut file = ToldFile::in_dir(dir.path());
        assert_eq!(file.place(), Place::default());
        file.reach(place);
        file.write_now_and_then();
        assert_eq!(ToldFile::in_dir(dir.path()).place(), place);
        let path = dir.path().join("told");
        let whole = fs::read(&path).unwrap();
        for end in 0..whole.len() {
            fs::write(&path, &whole[..end]).unwrap();
            assert_eq!(ToldFile::in_dir(dir.path()).place(), Place::default(), "{end}");
        }
        let mut other = whole.clone();
        other[10] ^= 1;
        fs::write(&path, other).unwrap();
        assert_eq!(ToldFile::in_dir(dir.path()).place(), Place::default());
    }

    #[test]
    fn it_is_not_written_more_often_than_it_may_be() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = ToldFile::in_dir(dir.path());
        for end in 1..100 {
            file.reach(Place { segment: 1, end });
            file.write_now_and_then();
        }
        assert_eq!(ToldFile::in_dir(dir.path()).place(), Place { segment: 1, end: 1 });
        file.write_now();
        assert_eq!(ToldFile::in_dir(dir.path()).place(), Place { segment: 1, end: 99 });
    }
}
