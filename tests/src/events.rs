//! The server's event log, as its files have it.

use std::path::Path;

use anyhow::Context as _;
use sudolog_core::eventlog::{Entry, Kind};

/// All entries in the log below `state_dir`, the oldest first.
///
/// # Errors
/// When a file cannot be read or a line is not as it must be.
pub fn stored(state_dir: &Path) -> anyhow::Result<Vec<Entry>> {
    let mut files: Vec<_> =
        std::fs::read_dir(state_dir.join("events"))?.flatten().map(|file| file.path()).collect();
    // Beside them stands how far they were told.
    files.retain(|file| file.extension().is_some_and(|suffix| suffix == "log"));
    files.sort();
    let mut entries = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)?;
        // The last line may be on its way.
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let (_, json) = line.split_once(' ').context("a line without a checksum")?;
            let json: serde_json::Value = serde_json::from_str(json)?;
            let entry = json.get("entry").context("a line without an entry")?;
            entries.push(serde_json::from_value(entry.clone())?);
        }
    }
    Ok(entries)
}

/// The entries of the last call of sudo among them, which begins with a start.
pub fn last_call(entries: &[Entry]) -> &[Entry] {
    let start = entries.iter().rposition(|entry| entry.kind == Kind::Start);
    entries.get(start.unwrap_or(0)..).unwrap_or_default()
}

/// What they are.
pub fn kinds(entries: &[Entry]) -> Vec<Kind> {
    entries.iter().map(|entry| entry.kind).collect()
}

/// The value of a detail; empty when it has none of that name.
pub fn detail<'a>(entry: &'a Entry, name: &str) -> &'a [u8] {
    let found = entry.details.iter().find(|(known, _)| known == name);
    found.map_or(&[], |(_, value)| value.as_bytes())
}
