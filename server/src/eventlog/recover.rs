//! What is there when the server starts: segments, the last number, names that came already.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use sudolog_core::limits::EVENTS_REMEMBERED_SEGMENTS;

use super::line::NameOfEntry;
use super::seen::Seen;
use super::{line, segment};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// First number and length of every segment, the oldest first.
    pub(super) segments: VecDeque<(u64, u64)>,
    /// The number that the next entry gets.
    pub(super) next: u64,
    /// Names that came already.
    pub(super) seen: Seen,
}

impl Found {
    /// Looks through `dir`. The end of the newest segment, if a crash left part of an entry there, is
    /// not counted.
    ///
    /// # Errors
    /// When the files cannot be read.
    pub(super) fn in_dir(dir: &Path) -> io::Result<Self> {
        let firsts = segment::list(dir)?;
        let mut found = Self { next: 1, ..Self::default() };
        let remembered = firsts.len().saturating_sub(EVENTS_REMEMBERED_SEGMENTS);
        for (at, &first) in firsts.iter().enumerate() {
            let until = firsts.get(at + 1).copied();
            let length = if at < remembered {
                std::fs::metadata(segment::path_of(dir, first))?.len()
            } else {
                found.replay(dir, first, until)?
            };
            found.segments.push_back((first, length));
        }
        Ok(found)
    }

    /// Reads one segment; its length up to the last whole entry.
    fn replay(&mut self, dir: &Path, first: u64, until: Option<u64>) -> io::Result<u64> {
        let bytes = segment::read(dir, first)?;
        self.seen.begin_segment();
        self.next = self.next.max(first);
        let (mut place, mut sound, mut damaged) = (0, 0, 0);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            place += line.len();
            let name = line.strip_suffix(b"\n").and_then(line::decode_name);
            match name.filter(|name| until.is_none_or(|until| name.number < until)) {
                Some(name) => {
                    let NameOfEntry { id, source, host } = &name.entry;
                    self.seen.add(*source, host, id);
                    self.next = self.next.max(name.number + 1);
                    sound = place;
                }
                None => damaged += 1,
            }
        }
        if until.is_none() && sound < bytes.len() {
            tracing::warn!(
                "{}: its last {} bytes are no whole entry and are cut off: the server ended while \
                 it wrote them, and nobody was told that they are kept",
                segment::path_of(dir, first).display(),
                bytes.len() - sound
            );
        } else if until.is_none() && damaged > 0 {
            tracing::warn!(
                "{}: {damaged} of its lines are damaged; nobody can read these entries any more",
                segment::path_of(dir, first).display()
            );
        }
        Ok(sound as u64)
    }
}
