//! What the desk must know after a restart, in a file: CRC-32 of the rest in hexadecimal, a blank, JSON. It
//! is replaced whole, so a crash leaves the old one or the new one.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use sudolog_core::alert::Memory;
use sudolog_core::limits::ALERT_MEMORY_BYTES_MAX;

use crate::watched::replace;

/// Where it lies.
#[derive(Debug)]
pub(super) struct MemoryFile {
    path: PathBuf,
    /// The last write failed, and that was said.
    fails: bool,
}

impl MemoryFile {
    /// In that directory.
    pub(super) fn in_dir(dir: &Path) -> Self {
        Self { path: dir.join("memory.json"), fails: false }
    }

    /// What an earlier run knew. A file that is damaged costs that something may be told once more.
    pub(super) fn read(&self) -> Option<Memory> {
        let mut bytes = Vec::new();
        let file = File::open(&self.path).ok()?;
        let read = file.take(FILE_BYTES_MAX).read_to_end(&mut bytes);
        let memory = read.ok().and_then(|_| decode(&bytes));
        if memory.is_none() {
            tracing::warn!(
                "{} is damaged: what was told lately may be told once more",
                self.path.display()
            );
        }
        memory
    }

    /// Keeps it; true when it is on the disk.
    pub(super) fn write(&mut self, memory: &Memory) -> bool {
        let written = encode(memory).and_then(|bytes| replace(&self.path, &bytes));
        if let (Err(error), false) = (&written, self.fails) {
            let path = self.path.display();
            tracing::warn!("{path}: {error}; after a restart something may be told once more");
        }
        self.fails = written.is_err();
        written.is_ok()
    }
}

fn encode(memory: &Memory) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(memory)?;
    Ok([format!("{:08x} ", crc32fast::hash(&json)).as_bytes(), &json].concat())
}

fn decode(bytes: &[u8]) -> Option<Memory> {
    let (crc, json) = bytes.split_at_checked("00000000 ".len())?;
    let crc = std::str::from_utf8(crc.strip_suffix(b" ")?).ok()?;
    let is_sound = u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(json);
    is_sound.then(|| serde_json::from_slice(json).ok()).flatten()
}

/// With what is being collected, which is bounded by the number of messages.
const FILE_BYTES_MAX: u64 = 16 * ALERT_MEMORY_BYTES_MAX as u64;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::time::Instant;

    use sudolog_core::alert::Desk;
    use sudolog_core::time::Timestamp;

    use super::*;

    #[test]
    fn what_is_torn_or_damaged_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = MemoryFile::in_dir(dir.path());
        assert_eq!(file.read(), None);
        let desk = Desk::new(Arc::default(), HashSet::new());
        let memory = desk.memory(7, Instant::now(), Timestamp::default());
        assert!(file.write(&memory));
        assert_eq!(file.read(), Some(memory));
        let bytes = std::fs::read(dir.path().join("memory.json")).unwrap();
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None);
        }
        let mut damaged = bytes.clone();
        damaged[bytes.len() / 2] ^= 1;
        assert_eq!(decode(&damaged), None);
    }
}
