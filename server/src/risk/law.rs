//! The rules in force and the file that they come from. A file that cannot be used changes nothing:
//! the rules that were in force stay in force.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sudolog_core::limits::RULES_BYTES_MAX;
use sudolog_core::risk::{Rules, RulesError};

/// The rules in force.
#[derive(Debug)]
pub struct Law {
    file: Option<PathBuf>,
    /// The file as it was looked at last, whatever came of it.
    seen: Option<Stamp>,
    rules: Arc<Rules>,
}

/// Rules that cannot come into force.
#[derive(Debug, thiserror::Error)]
pub enum LawError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// The file does not hold rules; says line and key.
    #[error("{}: {error}", path.display())]
    Rules {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        error: RulesError,
    },
}

/// Changes with every way in which a file is usually changed.
type Stamp = (SystemTime, u64);

impl Law {
    /// The rules of a file; the ones that are built in without one.
    ///
    /// # Errors
    /// When there is a file and it cannot be used.
    pub fn load(file: Option<&Path>) -> Result<Self, LawError> {
        let (seen, rules) = match file {
            Some(path) => (stamp(path), read(path)?),
            None => (None, Rules::built_in()),
        };
        Ok(Self { file: file.map(Path::to_owned), seen, rules: Arc::new(rules) })
    }

    /// The rules.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Looks whether the file has changed; true when other rules are in force now.
    ///
    /// # Errors
    /// When it has and cannot be used: once for each change.
    pub fn look(&mut self) -> Result<bool, LawError> {
        let Some(path) = &self.file else { return Ok(false) };
        let now = stamp(path);
        if now == self.seen {
            return Ok(false);
        }
        self.seen = now;
        let rules = read(path)?;
        let changed = rules.hash() != self.rules.hash();
        self.rules = Arc::new(rules);
        Ok(changed)
    }
}

/// Reads a file of rules.
///
/// # Errors
/// When it cannot be read or does not hold rules.
pub fn read(path: &Path) -> Result<Rules, LawError> {
    let mut content = Vec::new();
    let most = RULES_BYTES_MAX as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut content))
        .map_err(|error| LawError::Read { path: path.to_owned(), error })?;
    Rules::parse(&content).map_err(|error| LawError::Rules { path: path.to_owned(), error })
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = "version: 1\nrules:\n- {id: x, cat: recon, score: 9, on: cmdline, re: x}\n";

    #[test]
    fn a_bad_file_changes_nothing_and_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rules.yaml");
        fs::write(&path, RULE).unwrap();
        let mut law = Law::load(Some(&path)).unwrap();
        let first = law.rules().hash().to_owned();
        assert!(!law.look().unwrap());
        fs::write(&path, format!("{RULE}- {{id: x, nonsense: 1}}\n")).unwrap();
        let told = law.look().unwrap_err().to_string();
        assert!(told.contains("rules.yaml") && told.contains("line 4"), "{told}");
        assert!(!law.look().unwrap());
        assert_eq!(law.rules().hash(), first);
        fs::write(&path, RULE.replace("score: 9", "score: 77")).unwrap();
        assert!(law.look().unwrap());
        assert_ne!(law.rules().hash(), first);
        fs::remove_file(&path).unwrap();
        assert!(law.look().is_err() && !law.look().unwrap());
    }
}
