//! The recordings below a log directory.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::iolog::{Capped, TimingParser, path};
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;

use super::ArchiveError;
use super::directory::{Directory, io_error};
use super::metadata::Metadata;
use crate::source::About;

/// What was found below a log directory.
#[derive(Debug, Default)]
pub struct Listed {
    /// The recordings, the newest first.
    pub sessions: Vec<About>,
    /// What could not be read, and why; safe to show.
    pub faults: Vec<String>,
}

/// Finds every recording below a directory, however the administrator arranged them
/// (`iolog_dir` and `iolog_file` in `sudoers(5)`). Links are not followed.
///
/// # Errors
/// When the directory itself cannot be read.
pub fn list(log_dir: &Path) -> Result<Listed, ArchiveError> {
    // An operator who mistypes the directory shall not be told that it is empty.
    let entries = fs::read_dir(log_dir).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => ArchiveError::Absent { path: log_dir.to_owned() },
        _ => io_error(log_dir, "", source),
    })?;
    drop(entries);
    let mut listed = Listed::default();
    let mut below = vec![(log_dir.to_owned(), 0)];
    while let Some((directory, depth)) = below.pop() {
        if directory.join(path::TIMING).symlink_metadata().is_ok() {
            match about(log_dir, &directory) {
                Ok(about) => listed.sessions.push(about),
                Err(error) => listed.faults.push(error.to_string()),
            }
        } else if depth < DEPTH_MAX {
            let inner = directories(&directory, &mut listed.faults);
            below.extend(inner.into_iter().map(|directory| (directory, depth + 1)));
        }
    }
    let newest = |about: &About| std::cmp::Reverse((about.start, about.name.as_bytes().to_owned()));
    listed.sessions.sort_by_cached_key(newest);
    Ok(listed)
}

fn directories(directory: &Path, faults: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(source) => {
            faults.push(io_error(directory, "", source).to_string());
            return Vec::new();
        }
    };
    let is_directory = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    entries.flatten().filter(is_directory).map(|entry| entry.path()).collect()
}

fn about(log_dir: &Path, directory: &Path) -> Result<About, ArchiveError> {
    let relative = directory.strip_prefix(log_dir).unwrap_or(directory);
    // The directory itself may be one.
    let relative = if relative.as_os_str().is_empty() { Path::new(".") } else { relative };
    let opened = Directory::open(directory)?;
    let mut about = Metadata::read(&opened, "")?.about;
    about.name = tsid_of(relative).map_or_else(
        || Untrusted::new(relative.as_os_str().as_bytes()),
        |tsid| tsid.to_string().into(),
    );
    if about.duration_s.is_none() {
        about.duration_s = Some(length_s(&opened)?);
    }
    Ok(about)
}

/// `00/00/1A` is 00001A.
fn tsid_of(relative: &Path) -> Option<Tsid> {
    let text = relative.to_str()?;
    let parts: Vec<&str> = text.split('/').collect();
    let whole = parts.len() == 3 && parts.iter().all(|part| part.len() == 2);
    whole.then(|| parts.concat().parse().ok()).flatten()
}

/// Sum of all delays, as far as `timing` can be read.
fn length_s(directory: &Directory) -> Result<f64, ArchiveError> {
    let Some(file) = directory.file(path::TIMING)? else { return Ok(0.0) };
    let mut lines = BufReader::new(Capped::new(file));
    let mut parser = TimingParser::default();
    let mut total_ns: u64 = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = &mut std::io::Read::take(&mut lines, LINE_BYTES_MAX);
        match limit.read_until(b'\n', &mut line) {
            Ok(1..) if line.ends_with(b"\n") => {}
            _ => break,
        }
        let Ok(record) = parser.parse(&line) else { break };
        total_ns = total_ns.saturating_add(record.delay_ns);
    }
    Ok(total_ns as f64 / 1e9)
}

/// Deeper directories are not looked into.
const DEPTH_MAX: usize = 8;
/// Longer lines are not of the format.
const LINE_BYTES_MAX: u64 = 4096;
