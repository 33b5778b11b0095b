//! The rules in force and the file that they come from. A file that cannot be used changes nothing: the rules
//! that were in force stay in force, also those of an earlier run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudolog_core::limits::RULES_BYTES_MAX;
use sudolog_core::risk::{Rules, RulesError};

use crate::watched::Watched;

/// The rules in force.
#[derive(Debug)]
pub struct Law {
    file: Option<Watched>,
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

impl Law {
    /// The rules of a file, or the ones that are built in without one; and what is wrong with the file. Then
    /// they are those of the file when it was last good, as kept in `state_dir`, or else those that are built in:
    /// without a server nobody could run anything.
    pub fn start(file: Option<&Path>, state_dir: &Path) -> (Self, Option<String>) {
        let built_in = || Arc::new(Rules::built_in());
        let Some(path) = file else { return (Self { file: None, rules: built_in() }, None) };
        let file = Watched::with_copy(path, RULES_BYTES_MAX, state_dir, "rules.yaml");
        let (rules, wrong) = match read_watched(&file) {
            Ok(rules) => (Arc::new(rules), None),
            Err(error) => match file.last_good().and_then(|copy| Rules::parse(&copy).ok()) {
                Some(rules) => {
                    let wrong = format!("[risk] rules: {error}; the last good ones are in force");
                    (Arc::new(rules), Some(wrong))
                }
                None => {
                    let wrong = format!("[risk] rules: {error}; those built in are in force");
                    (built_in(), Some(wrong))
                }
            },
        };
        (Self { file: Some(file), rules }, wrong)
    }

    /// The rules.
    pub fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Looks whether the file has changed; true when it has and its rules are in force now.
    ///
    /// # Errors
    /// When it has and cannot be used: once for each change.
    pub fn look(&mut self) -> Result<bool, LawError> {
        let Some(file) = &mut self.file else { return Ok(false) };
        if !file.has_changed() {
            return Ok(false);
        }
        self.rules = Arc::new(read_watched(file)?);
        Ok(true)
    }
}

/// Reads a file of rules.
///
/// # Errors
/// When it cannot be read or does not hold rules.
pub fn read(path: &Path) -> Result<Rules, LawError> {
    read_watched(&Watched::new(path, RULES_BYTES_MAX))
}

fn read_watched(file: &Watched) -> Result<Rules, LawError> {
    let path = || file.path().to_owned();
    let content = file.read().map_err(|error| LawError::Read { path: path(), error })?;
    let rules = Rules::parse(&content).map_err(|error| LawError::Rules { path: path(), error })?;
    file.keep(&content);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const RULE: &str = "version: 1\nrules:\n- {id: x, cat: recon, score: 9, on: cmdline, re: x}\n";

    #[test]
    fn a_bad_file_changes_nothing_and_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rules.yaml");
        fs::write(&path, RULE).unwrap();
        let (mut law, wrong) = Law::start(Some(&path), dir.path());
        assert_eq!(wrong, None);
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

    #[test]
    fn a_bad_file_at_the_start_leaves_the_last_good_rules_in_force() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("rules.yaml");
        fs::write(&path, "rules: 7").unwrap();
        let (law, wrong) = Law::start(Some(&path), dir.path());
        assert!(wrong.unwrap().ends_with("those built in are in force"));
        assert_eq!(law.rules().hash(), Rules::built_in().hash());
        fs::write(&path, RULE).unwrap();
        let (law, wrong) = Law::start(Some(&path), dir.path());
        assert_eq!(wrong, None);
        fs::write(&path, format!("{RULE}- {{id: x, nonsense: 1}}\n")).unwrap();
        let (mut after, wrong) = Law::start(Some(&path), dir.path());
        let wrong = wrong.unwrap();
        assert!(wrong.contains("line 4") && wrong.ends_with("the last good ones are in force"));
        assert_eq!(after.rules().hash(), law.rules().hash());
        assert!(!after.look().unwrap(), "said once");
        fs::write(&path, RULE).unwrap();
        assert!(after.look().unwrap(), "and well again, though the rules are the same");
        fs::remove_file(&path).unwrap();
        let (without, wrong) = Law::start(Some(&path), dir.path());
        assert!(wrong.is_some() && without.rules().hash() == law.rules().hash());
    }
}
