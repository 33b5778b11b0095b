//! Recordings made by stock sudo and sudo_logsrvd open in our console.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use sudolog_tests::command::{Finished, run};
use sudolog_tests::programs::{built, checkout};

fn fixture(name: &str) -> PathBuf {
    checkout().join("tests/fixtures/iolog").join(name)
}

fn console(args: &[&str], path: &str) -> Finished {
    let mut command = Command::new(built("sudolog-tui").unwrap());
    command.args(args.iter().take(1)).arg(fixture(path)).args(args.iter().skip(1));
    run(&mut command).unwrap()
}

#[test]
fn every_recording_of_the_corpus_opens() {
    for name in [
        "00/00/01",
        "00/00/02",
        "bash-resize",
        "vim-unicode",
        "suspend-resume",
        "pipes-notty",
        "compressed",
        "large-seq-gz",
        "killed-flush",
        "logsrvd/bash-exit5",
    ] {
        let events = console(&["export", "--format", "json"], name);
        assert!(matches!(events.code, Some(0 | 6)), "{name}: {events:?}");
        assert!(events.text().lines().all(|l| serde_json::from_str::<Value>(l).is_ok()), "{name}");
        let screen = console(&["screen", "--at", "99:00:00", "--format", "json"], name);
        assert!(matches!(screen.code, Some(0 | 6)), "{name}: {screen:?}");
        let screen: Value = serde_json::from_slice(&screen.stdout).unwrap();
        assert!(screen["rows"].as_u64().unwrap() > 0, "{name}");
        assert_eq!(screen["lines"].as_array().unwrap().len() as u64, screen["rows"], "{name}");
    }
}

#[test]
fn raw_export_is_what_sudoreplay_plays() {
    for name in ["bash-resize", "vim-unicode", "suspend-resume", "compressed", "logsrvd/bash-exit5"]
    {
        let ours = console(&["export", "--format", "raw"], name).stdout;
        let mut command = Command::new("sudoreplay");
        command.args(["-n", "-R", "-m", "0"]).arg(fixture(name));
        let theirs = run(&mut command).unwrap().success().unwrap().stdout;
        assert!(ours.len() > 10, "{name}");
        // Around it sudoreplay says what it replays, and that the terminal is too small for it.
        let place = theirs.windows(ours.len()).position(|part| part == ours);
        let place = place.unwrap_or_else(|| {
            panic!("{name}: {} bytes of ours, {} of theirs", ours.len(), theirs.len())
        });
        assert!(theirs.starts_with(b"Replaying sudo session: ") && place < 200, "{name}");
        let rest = String::from_utf8_lossy(&theirs[place + ours.len()..]);
        assert!(rest.trim().is_empty() || rest.contains("terminal is too small"), "{name}: {rest}");
    }
}
