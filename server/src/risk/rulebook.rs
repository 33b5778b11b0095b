//! The rules as operators read and change them: the file, who changed it, and why.
//!
//! Every change stands in `rules.log` in the state directory before it is made, and not when it then
//! cannot be made; every file that was in force lies in `rules/` beside it, under its hash.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sudolog_core::limits::RULES_CHANGES_MAX;
use sudolog_core::risk::{Rules, RulesError};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{RulesChange, RulesInForce};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::board::Board;
use super::law;
use super::successor::Successor;

/// The way to the rules for those who answer consoles; clones share it.
#[derive(Clone, Debug)]
pub struct Rulebook(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: Option<PathBuf>,
    state_dir: PathBuf,
    board: Board,
    /// One change at a time.
    changing: Mutex<()>,
    /// So many trials at a time: rules that are tried may take much memory.
    trials: Semaphore,
}

/// Why rules were not changed.
#[derive(Debug, thiserror::Error)]
pub enum RulebookError {
    /// The server has no file of its own for them.
    #[error(
        "the rules that are built in cannot be changed: name a file in server.toml, [risk] rules"
    )]
    BuiltIn,
    /// They are no rules; says line and key.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// Somebody else was faster.
    #[error("the rules were changed meanwhile; look at them again")]
    Outdated,
    /// Our disk.
    #[error("{}: {error}", path.display())]
    Disk {
        /// Which file.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

impl Rulebook {
    /// The rules of that file, or those that are built in.
    pub fn new(file: Option<PathBuf>, state_dir: PathBuf, board: Board) -> Self {
        let (changing, trials) = (Mutex::default(), Semaphore::new(TRIALS_MAX));
        Self(Arc::new(Inner { file, state_dir, board, changing, trials }))
    }

    /// Waits until other rules may be tried; for as long as what is given is kept.
    pub async fn place_for_trial(&self) -> Option<SemaphorePermit<'_>> {
        self.0.trials.acquire().await.ok()
    }

    /// What the rules make of sessions.
    pub fn board(&self) -> &Board {
        &self.0.board
    }

    /// The rules in force and how they came to be. Blocks.
    pub fn in_force(&self) -> RulesInForce {
        let rules = self.0.board.rules();
        let progress = self.0.board.progress();
        let mut changes = read_changes(&self.log());
        changes.reverse();
        changes.truncate(RULES_CHANGES_MAX);
        RulesInForce {
            hash: rules.hash().to_owned(),
            text: String::from_utf8_lossy(rules.file()).into_owned(),
            is_writable: self.0.file.is_some(),
            done: progress.done,
            left: progress.left,
            changes,
            ..RulesInForce::default()
        }
    }

    /// Puts other rules in the place of those with the hash `base`. They come into force within a second
    /// or two. Blocks.
    ///
    /// # Errors
    /// [`RulebookError`]; then the rules are as they were.
    pub fn change(
        &self,
        base: &str,
        text: &str,
        (who, why): (&str, &Untrusted),
        at: Timestamp,
    ) -> Result<(), RulebookError> {
        let file = self.0.file.as_deref().ok_or(RulebookError::BuiltIn)?;
        let rules = Rules::parse(text.as_bytes())?;
        let _alone = self.0.changing.lock().unwrap_or_else(PoisonError::into_inner);
        // What was put there a moment ago may not be in force yet.
        let before = law::read(file).map_or_else(|_| self.0.board.rules(), Arc::new);
        if before.hash() != base {
            return Err(RulebookError::Outdated);
        }
        let change = RulesChange {
            at,
            who: who.into(),
            why: why.clone(),
            from: before.hash().to_owned(),
            to: rules.hash().to_owned(),
        };
        self.keep(&before)?;
        self.keep(&rules)?;
        // All that can fail for want of room or of rights fails before anything is said of it.
        let successor = Successor::write(file, text.as_bytes()).map_err(disk(file))?;
        let path = self.log();
        let log = File::options().create(true).append(true).mode(0o600).open(&path);
        let log = log.map_err(disk(&path))?;
        let length = log.metadata().map_err(disk(&path))?.len();
        let done = append(&log, &change)
            .map_err(disk(&path))
            .and_then(|()| successor.take_its_place().map_err(disk(file)));
        if done.is_err()
            && let Err(error) = log.set_len(length).and_then(|()| log.sync_data())
        {
            tracing::error!("{} names a change that was not made: {error}", path.display());
        }
        done
    }

    /// Keeps a file that was in force.
    fn keep(&self, rules: &Rules) -> Result<(), RulebookError> {
        let dir = self.0.state_dir.join("rules");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&dir);
        made.map_err(disk(&dir))?;
        let path = dir.join(format!("{}.yaml", rules.hash()));
        if path.exists() {
            return Ok(());
        }
        let successor = Successor::write(&path, rules.file()).map_err(disk(&path))?;
        successor.take_its_place().map_err(disk(&path))
    }

    fn log(&self) -> PathBuf {
        self.0.state_dir.join("rules.log")
    }
}

/// Trials of all consoles together.
const TRIALS_MAX: usize = 2;

fn read_changes(log: &Path) -> Vec<RulesChange> {
    let content = fs::read(log).unwrap_or_default();
    let lines = content.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

fn append(mut log: &File, change: &RulesChange) -> io::Result<()> {
    let json = serde_json::to_vec(change)?;
    // What a crash left of a line ends here.
    log.write_all(&[b"\n".as_slice(), &json, b"\n"].concat())?;
    log.sync_data()
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> RulebookError {
    let path = path.to_owned();
    move |error| RulebookError::Disk { path, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "version: 1\nrules:\n- {id: x, cat: recon, score: 9, on: cmdline, re: x}\n";

    #[test]
    fn a_change_is_on_record_and_nobody_overwrites_what_they_have_not_seen() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("rules.yaml");
        fs::write(&file, RULES).unwrap();
        let first = law::read(&file).unwrap();
        let board = Board::new(Arc::new(first.clone()));
        let book = Rulebook::new(Some(file.clone()), dir.path().to_owned(), board);
        let other = RULES.replace("score: 9", "score: 50");
        let why = Untrusted::from("too low\n{\"forged\":1}");
        let change =
            |base: &str, text: &str| book.change(base, text, ("olga", &why), Timestamp::default());
        assert!(matches!(change("other", &other), Err(RulebookError::Outdated)));
        assert!(matches!(change(first.hash(), "rules: 7"), Err(RulebookError::Rules(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), RULES);
        change(first.hash(), &other).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), other);
        assert!(matches!(change(first.hash(), RULES), Err(RulebookError::Outdated)));

        let told = book.in_force();
        assert_eq!((told.changes.len(), told.is_writable), (1, true));
        assert_eq!((&told.changes[0].who, &told.changes[0].why), (&"olga".into(), &why));
        assert_eq!(told.changes[0].from, first.hash());
        let kept = dir.path().join("rules").join(format!("{}.yaml", first.hash()));
        assert_eq!(fs::read_to_string(kept).unwrap(), RULES);
    }

    #[test]
    fn a_change_that_cannot_be_made_is_not_on_record() {
        let dir = tempfile::tempdir().unwrap();
        let (state, rules) = (dir.path().join("state"), dir.path().join("rules"));
        fs::create_dir(&state).unwrap();
        fs::create_dir(&rules).unwrap();
        let file = rules.join("rules.yaml");
        fs::write(&file, RULES).unwrap();
        let first = law::read(&file).unwrap();
        let board = Board::new(Arc::new(first.clone()));
        let book = Rulebook::new(Some(file.clone()), state.clone(), board);
        let why = Untrusted::from("why");
        let other = RULES.replace("score: 9", "score: 50");
        let change = |base: &str, text: &str| {
            book.change(base, text, ("olga", &why), Timestamp::default()).map_err(|_| ())
        };
        change(first.hash(), &other).unwrap();
        let log = fs::read(state.join("rules.log")).unwrap();
        // Nobody, not even root, puts a file in the place of a directory.
        let (base, blocked) =
            (Rules::parse(other.as_bytes()).unwrap(), rules.join("rules.yaml.new"));
        fs::create_dir(&blocked).unwrap();
        change(base.hash(), RULES).unwrap_err();
        assert_eq!(fs::read(state.join("rules.log")).unwrap(), log);
        fs::remove_dir(&blocked).unwrap();
        change(base.hash(), RULES).unwrap();
        assert_eq!(book.in_force().changes.len(), 2);
    }

    #[test]
    fn what_is_built_in_stays_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let book = Rulebook::new(None, dir.path().to_owned(), Board::default());
        let told = book.in_force();
        assert!(!told.is_writable && told.text.contains("log-delete"));
        let why = Untrusted::from("why");
        let refused = book.change(&told.hash, RULES, ("olga", &why), Timestamp::default());
        assert!(refused.unwrap_err().to_string().contains("[risk] rules"));
    }
}
