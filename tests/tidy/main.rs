//! The rules of the house that a compiler does not check: heads, lengths, layering, `unsafe`,
//! banned names, licences, and that the protocol page lists every message.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod dependencies;
mod documents;
mod source;

use std::path::{Path, PathBuf};

/// Every Rust file of the workspace.
fn rust_files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for folder in ["core", "plugin", "shipper", "server", "tui", "tests"] {
        walk(&sudolog_tests::programs::checkout().join(folder), &mut files);
    }
    assert!(files.len() > 50, "only {} files found: looking in the wrong place?", files.len());
    files
}

fn walk(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            walk(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path.as_ref())
        .unwrap_or_else(|e| panic!("{}: {e}", path.as_ref().display()))
}

fn shown(path: &Path) -> String {
    path.strip_prefix(sudolog_tests::programs::checkout()).unwrap().display().to_string()
}
