//! Running a command to its end and keeping all that it said.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::{Command, Output, Stdio};

use anyhow::Context as _;

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error, as text.
    pub stderr: String,
}

impl Finished {
    /// Standard output as text, invalid UTF-8 replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The command's result, when it exited with 0.
    ///
    /// # Errors
    /// Shows exit code and what it said otherwise.
    pub fn success(self) -> anyhow::Result<Self> {
        let (code, text) = (self.code, self.text());
        anyhow::ensure!(code == Some(0), "exit {code:?}: {}{text}", self.stderr);
        Ok(self)
    }
}

/// Runs a command with empty standard input.
///
/// # Errors
/// When it cannot be started.
pub fn run(command: &mut Command) -> anyhow::Result<Finished> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    Ok(finished(output))
}

/// Runs a command with `input` on its standard input.
///
/// # Errors
/// When it cannot be started.
pub fn run_with_input(command: &mut Command, input: &[u8]) -> anyhow::Result<Finished> {
    // Into files: with I/O logging sudo 1.9.13 drops what a slow reader of a pipe has not taken when
    // the command ends, also without us.
    let (mut stdout, mut stderr) = (tempfile::tempfile()?, tempfile::tempfile()?);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(stdout.try_clone()?)
        .stderr(stderr.try_clone()?)
        .spawn()
        .with_context(|| format!("{command:?}"))?;
    if let Some(mut pipe) = child.stdin.take() {
        // A command may end without reading all of it.
        let _ = pipe.write_all(input);
    }
    let status = child.wait()?;
    Ok(finished(Output { status, stdout: content(&mut stdout)?, stderr: content(&mut stderr)? }))
}

fn content(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn finished(output: Output) -> Finished {
    Finished {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
