//! Commands that show a screen, without one: `--no-tui`.

use super::program::{path, run};

fn replayed(name: &str, more: &[&str]) -> (Option<i32>, String) {
    let path = path(name);
    let fast = ["replay", &path, "--no-tui", "--speed", "16", "--max-wait", "0"];
    let output = run(&[fast.as_slice(), more].concat());
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_recording_is_told_in_harmless_lines() {
    for name in ["00/00/01", "bash-resize", "vim-unicode", "pipes-notty", "logsrvd/bash-exit5"] {
        let (code, text) = replayed(name, &[]);
        assert_eq!(code, Some(0), "{name}");
        assert!(text.lines().count() > 0, "{name}");
        assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{name}: {text:?}");
    }
    let (_, text) = replayed("vim-unicode", &[]);
    assert!(text.contains("second line"), "{text}");
}

#[test]
fn lines_are_those_of_a_transcript() {
    let path = path("large-seq-gz");
    let (code, text) = replayed("large-seq-gz", &[]);
    let transcript = run(&["export", &path, "--format", "txt"]);
    assert_eq!((code, text.into_bytes() == transcript.stdout), (Some(0), true));
}

#[test]
fn it_begins_where_it_shall_and_keeps_its_time() {
    let (_, whole) = replayed("bash-resize", &[]);
    let (_, part) = replayed("bash-resize", &["--from", "1"]);
    assert!(part.len() < whole.len() && whole.ends_with(&part), "{part}");
    let (code, nothing) = replayed("bash-resize", &["--from", "99:00"]);
    assert!(code == Some(0) && nothing.lines().count() <= 1, "{nothing}");
    let begun = std::time::Instant::now();
    let path = path("bash-resize");
    let output = run(&["replay", &path, "--no-tui", "--max-wait", "0.2", "--speed", "2"]);
    assert_eq!(output.stdout, whole.into_bytes());
    assert!(begun.elapsed().as_millis() > 100, "it was waited for");
}

#[test]
fn exit_codes_are_those_of_the_other_commands() {
    let dir = tempfile::tempdir().unwrap();
    let torn = dir.path().join("torn");
    std::fs::create_dir(&torn).unwrap();
    std::fs::write(torn.join("ttyout"), "abc").unwrap();
    let timing = torn.join("timing");
    std::fs::write(&timing, "4 0.5 3\n4 0.").unwrap();
    let read_only = std::os::unix::fs::PermissionsExt::from_mode(0o400);
    std::fs::set_permissions(&timing, read_only).unwrap();
    let torn = torn.to_str().unwrap();
    for (arguments, code) in [
        (vec!["replay", torn, "--no-tui"], 6),
        (vec!["replay", "/nonexistent", "--no-tui"], 3),
        (vec!["live", "--no-tui", "--socket", "/nonexistent"], 1),
        (vec!["browse", "--no-tui", "--socket", "/nonexistent"], 1),
        (vec!["triage", "--no-tui", "--socket", "/nonexistent"], 1),
        (vec!["live", "--no-tui", "--wall"], 2),
    ] {
        let output = run(&arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert!(!stderr.is_empty() && !stderr.contains("panicked"), "{arguments:?}: {stderr}");
    }
    let torn = run(&["replay", torn, "--no-tui"]);
    assert_eq!(torn.stdout, b"abc\n");
}
