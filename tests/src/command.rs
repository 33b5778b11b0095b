//! Running a command to its end and keeping all that it said.

use std::io::Write as _;
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
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("{command:?}"))?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.map(|mut pipe| pipe.write_all(input)));
        child.wait_with_output()
    })?;
    Ok(finished(output))
}

fn finished(output: Output) -> Finished {
    Finished {
        code: output.status.code(),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
