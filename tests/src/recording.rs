//! One stored recording, read straight from the log directory's files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;
use sudolog_core::session::Incident;

/// The directory of one session, with the plainest possible reader: the tests must not trust the
/// code that they test.
#[derive(Debug, Clone)]
pub struct Recording {
    dir: PathBuf,
}

/// One line of `timing`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// sudo's event number.
    pub kind: u8,
    /// Nanoseconds since the line before.
    pub delay_ns: u64,
    /// The rest of the line.
    pub rest: String,
}

impl Recording {
    /// The recording in that directory.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// All recordings below a log directory in the order of their numbers.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn all(log_dir: &Path) -> anyhow::Result<Vec<Self>> {
        let mut found = Vec::new();
        collect(log_dir, 3, &mut found)?;
        found.sort();
        Ok(found.into_iter().map(Self::at).collect())
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The six characters that sudoreplay calls it by.
    pub fn tsid(&self) -> String {
        let parts: Vec<_> =
            self.dir.iter().rev().take(3).map(|p| p.to_string_lossy().into_owned()).collect();
        parts.into_iter().rev().collect()
    }

    /// All bytes of one stream; none where the file does not exist.
    pub fn stream(&self, name: &str) -> Vec<u8> {
        fs::read(self.dir.join(name)).unwrap_or_default()
    }

    /// `log.json`.
    ///
    /// # Errors
    /// When it is missing or no JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        let path = self.dir.join("log.json");
        serde_json::from_slice(&fs::read(&path)?).with_context(|| path.display().to_string())
    }

    /// The lines of `timing`.
    ///
    /// # Errors
    /// When a line is not of sudo's form.
    pub fn timing(&self) -> anyhow::Result<Vec<Timing>> {
        fs::read_to_string(self.dir.join("timing"))?.lines().map(parse).collect()
    }

    /// True when the write bits of `timing` are cleared: the mark of a finished recording.
    pub fn is_finished(&self) -> bool {
        fs::metadata(self.dir.join("timing")).is_ok_and(|m| m.permissions().mode() & 0o222 == 0)
    }

    /// What happened to the session from outside.
    pub fn incidents(&self) -> Vec<Incident> {
        let content = std::fs::read(self.dir().join("incidents")).unwrap_or_default();
        sudolog_core::iolog::parse_incidents(&content)
    }

    /// Why it is marked incomplete, if it is.
    pub fn incomplete(&self) -> Option<String> {
        fs::read_to_string(self.dir.join("INCOMPLETE")).ok()
    }
}

fn collect(dir: &Path, depth: u32, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if depth == 0 {
        found.extend(dir.join("log.json").exists().then(|| dir.to_owned()));
        return Ok(());
    }
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

fn parse(line: &str) -> anyhow::Result<Timing> {
    let mut fields = line.splitn(3, ' ');
    let mut next = || fields.next().with_context(|| format!("timing line {line:?}"));
    let (kind, delay, rest) = (next()?, next()?, next()?);
    let (seconds, nanos) = delay.split_once('.').with_context(|| format!("delay {delay:?}"))?;
    anyhow::ensure!(nanos.len() == 9, "delay {delay:?} has not nine digits");
    let delay_ns = seconds.parse::<u64>()? * 1_000_000_000 + nanos.parse::<u64>()?;
    Ok(Timing { kind: kind.parse()?, delay_ns, rest: rest.to_owned() })
}
