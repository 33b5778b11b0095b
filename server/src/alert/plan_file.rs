//! The file of alerts. One that cannot be used changes nothing: the plan that was in force stays.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sudolog_core::alert::{Plan, PlanError};
use sudolog_core::limits::ALERTS_FILE_BYTES_MAX;

use crate::watched::Watched;

/// The plan in force.
#[derive(Debug)]
pub struct PlanFile {
    file: Watched,
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

/// A plan to begin with.
#[derive(Debug)]
pub(super) struct Beginning {
    pub(super) file: PlanFile,
    /// What is wrong with the file; then the plan is the one that was last good.
    pub(super) wrong: Option<String>,
    /// There is no plan at all: what waits for targets of an earlier one goes on waiting.
    pub(super) is_without: bool,
}

impl PlanFile {
    /// Reads a file for whoever only wants to know what it says.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let file = Watched::new(path, ALERTS_FILE_BYTES_MAX);
        let plan = Arc::new(read(&file)?);
        Ok(Self { file, plan })
    }

    /// Reads a file for the first time. When it cannot be used the plan is that of the file when it was last
    /// good, as kept in `state_dir`: without a server nobody could run anything.
    pub(super) fn begin(path: &Path, state_dir: &Path) -> Beginning {
        let file = Watched::with_copy(path, ALERTS_FILE_BYTES_MAX, state_dir, "alerts.yaml");
        let (plan, wrong, is_without) = match read(&file) {
            Ok(plan) => (plan, None, false),
            Err(error) => match file.last_good().and_then(|copy| Plan::parse(&copy).ok()) {
                Some(plan) => {
                    (plan, Some(format!("[alerts] {error}; the last good file is in force")), false)
                }
                None => (
                    Plan::default(),
                    Some(format!("[alerts] {error}; NOBODY is told anything")),
                    true,
                ),
            },
        };
        Beginning { file: Self { file, plan: Arc::new(plan) }, wrong, is_without }
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
        if !self.file.has_changed() {
            return Ok(false);
        }
        self.plan = Arc::new(read(&self.file)?);
        Ok(true)
    }
}

fn read(file: &Watched) -> Result<Plan, PlanFileError> {
    let path = || file.path().to_owned();
    let content = file.read().map_err(|error| PlanFileError::Read { path: path(), error })?;
    let plan =
        Plan::parse(&content).map_err(|error| PlanFileError::Plan { path: path(), error })?;
    file.keep(&content);
    Ok(plan)
}

#[cfg(test)]
mod tests {
    use std::fs;

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

    #[test]
    fn a_bad_file_at_the_start_leaves_the_last_good_plan_in_force() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("alerts.yaml");
        let good = "version: 1\ntargets: {here: {kind: journal}}\nroutes: []\n";
        let begin = || PlanFile::begin(&path, dir.path());
        let nothing = begin();
        assert!(nothing.is_without && nothing.wrong.unwrap().contains("NOBODY is told"));
        fs::write(&path, good).unwrap();
        assert!(begin().wrong.is_none());
        fs::write(&path, "version: 1\ntargets: {}\nroutes: []\nnonsense: 1\n").unwrap();
        let mut begun = begin();
        let wrong = begun.wrong.unwrap();
        assert!(wrong.contains("line 4, nonsense") && wrong.contains("last good"), "{wrong}");
        assert!(!begun.is_without);
        assert_eq!(begun.file.plan().targets().len(), 1);
        assert!(PlanFile::load(&path).is_err(), "check says so all the same");
        fs::write(&path, good).unwrap();
        assert!(begun.file.look().unwrap());
    }
}
