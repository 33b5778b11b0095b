//! The file of alerts. One that cannot be used changes nothing: the plan that was in force stays.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use sudolog_core::alert::{Plan, PlanError};
use sudolog_core::limits::ALERTS_FILE_BYTES_MAX;

/// The plan in force.
#[derive(Debug)]
pub struct PlanFile {
    path: PathBuf,
    /// The file as it was looked at last, whatever came of it.
    seen: Option<(SystemTime, u64)>,
    plan: Arc<Plan>,
}

/// A plan that cannot come into force.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// The file holds no plan; says line and key.
    #[error("{}: {error}", path.display())]
    Plan {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        error: PlanError,
    },
}

impl PlanFile {
    /// Reads a file for the first time.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let seen = stamp(path);
        Ok(Self { path: path.to_owned(), seen, plan: Arc::new(read(path)?) })
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// Looks whether the file has changed; true when another plan is in force now.
    ///
    /// # Errors
    /// When it has and cannot be used: once for each change.
    pub fn look(&mut self) -> Result<bool, PlanFileError> {
        let now = stamp(&self.path);
        if now == self.seen {
            return Ok(false);
        }
        self.seen = now;
        self.plan = Arc::new(read(&self.path)?);
        Ok(true)
    }
}

fn read(path: &Path) -> Result<Plan, PlanFileError> {
    let mut content = Vec::new();
    let most = ALERTS_FILE_BYTES_MAX as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut content))
        .map_err(|error| PlanFileError::Read { path: path.to_owned(), error })?;
    Plan::parse(&content).map_err(|error| PlanFileError::Plan { path: path.to_owned(), error })
}

fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_changes_nothing_and_is_told_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("alerts.yaml");
        let good = "version: 1\ntargets: {here: {kind: journal}}\nroutes: []\n";
        fs::write(&path, good).unwrap();
        let mut file = PlanFile::load(&path).unwrap();
        assert!(!file.look().unwrap());
        fs::write(&path, format!("{good}nonsense: 1\n")).unwrap();
        let told = file.look().unwrap_err().to_string();
        assert!(told.contains("alerts.yaml: line 4, nonsense"), "{told}");
        assert!(!file.look().unwrap());
        assert_eq!(file.plan().targets().len(), 1);
        fs::write(&path, "version: 1\ntargets: {}\nroutes: []\n").unwrap();
        assert!(file.look().unwrap());
        assert_eq!(file.plan().targets().len(), 0);
    }
}
