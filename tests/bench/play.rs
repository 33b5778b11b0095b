//! A recording played to its end as fast as can be, in a terminal: by the console, by asciinema and
//! by sudoreplay.
//!
//! asciinema is whatever `ASCIINEMA` names, or is found in `PATH`; without it its line says so.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sudolog_tests::command::run;
use sudolog_tests::figures::{line, percentile, time};
use sudolog_tests::programs::built;
use sudolog_tests::{Pty, Watched, wait};

pub fn to_the_end(recording: &Path, last: u64) -> anyhow::Result<()> {
    let ours = median(|| ours(recording, last))?;
    line("to its end: sudolog-tui replay, G", &seconds(ours));
    let compared = |theirs: Duration| {
        format!(
            "{}, {:.1} times as long",
            seconds(theirs),
            theirs.as_secs_f64() / ours.as_secs_f64()
        )
    };

    let mut sudoreplay = Command::new("sudoreplay");
    sudoreplay.args(["-n", "-R", "-m", "0"]).arg(recording);
    let theirs = median(|| in_a_terminal(&sudoreplay, last))?;
    line("to its end: sudoreplay -m 0", &compared(theirs));

    let asciinema = std::env::var_os("ASCIINEMA").unwrap_or_else(|| OsString::from("asciinema"));
    let Some(version) = run(Command::new(&asciinema).arg("--version")).ok() else {
        line("to its end: asciinema play", "not installed");
        return Ok(());
    };
    let dir = tempfile::tempdir()?;
    let cast = dir.path().join("recording.cast");
    let mut export = Command::new(built("sudolog-tui")?);
    export.arg("export").arg(recording).args(["--format", "cast3", "-o"]).arg(&cast);
    run(&mut export)?.success()?;
    let mut play = Command::new(&asciinema);
    // Nothing is waited for: neither pauses, nor what is left of them.
    play.args(["play", "--quiet", "--idle-time-limit", "0", "--speed", "1000000"]).arg(&cast);
    play.env("TERM", "xterm-256color").env("HOME", dir.path());
    let theirs = median(|| in_a_terminal(&play, last))?;
    line(&format!("to its end: {} play -i 0", version.text().trim()), &compared(theirs));
    Ok(())
}

/// From the start of the program to the last line on its screen. It reads, indexes and emulates all of it.
fn ours(recording: &Path, last: u64) -> anyhow::Result<Duration> {
    let mut replay = Command::new(built("sudolog-tui")?);
    replay.arg("replay").arg(recording).env("TERM", "xterm-256color");
    let (took, mut player) = time(|| {
        let mut player = Watched::start(&replay, 50, 120)?;
        player.send(b"G")?;
        player.shows(&format!("file-{last:07}"))?;
        Ok(player)
    })?;
    player.send(b"\x03")?;
    player.console.wait_blocking()?;
    Ok(took)
}

/// From the start of the program to its end, when its last line was this.
fn in_a_terminal(command: &Command, last: u64) -> anyhow::Result<Duration> {
    let (took, (status, terminal)) = time(|| {
        let mut terminal = Pty::spawn(command, 50, 120)?;
        Ok((terminal.wait_blocking()?, terminal))
    })?;
    anyhow::ensure!(status.success(), "{command:?}: {status}");
    let (last, tail) = (format!("file-{last:07}"), 4096);
    wait::until("the last line", wait::PATIENCE, || {
        let shown = terminal.shown();
        let end = shown.get(shown.len().saturating_sub(tail)..)?;
        String::from_utf8_lossy(end).contains(&last).then_some(())
    })?;
    Ok(took)
}

fn median(mut run: impl FnMut() -> anyhow::Result<Duration>) -> anyhow::Result<Duration> {
    let mut runs = (0..RUNS).map(|_| run()).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(percentile(&mut runs, 50))
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

const RUNS: usize = 3;
