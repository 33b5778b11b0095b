//! The program, and the recordings that it is called for.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A recording that a real sudo wrote.
pub fn corpus(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "fixtures", "iolog", name].iter().collect()
}

/// The same as a word of a command line.
pub fn path(name: &str) -> String {
    corpus(name).to_str().unwrap().to_owned()
}

/// The program with these words; this is its operator's home.
pub fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sudolog-tui"));
    command
        .args(arguments)
        .env("HOME", home)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_STATE_HOME")
        .stdin(Stdio::null());
    command
}

/// Runs it to its end, for somebody who has no files yet.
pub fn run(arguments: &[&str]) -> Output {
    run_in(tempfile::tempdir().unwrap().path(), arguments)
}

/// The same for somebody whose home this is.
pub fn run_in(home: &Path, arguments: &[&str]) -> Output {
    command(home, arguments).output().unwrap()
}

/// Its exit code and all that it said.
pub fn told(output: &Output) -> (Option<i32>, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}
