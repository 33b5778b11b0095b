//! The commands for scripts, as scripts call them, over recordings of real sudos.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::program::{corpus, path, run};

fn good(arguments: &[&str]) -> String {
    let output = run(arguments);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

fn exit(arguments: &[&str]) -> Option<i32> {
    run(arguments).status.code()
}

const CORPUS: [&str; 10] = [
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
];

#[test]
fn every_recording_exports_in_every_form() {
    for name in CORPUS {
        for format in ["cast", "txt", "raw", "json"] {
            let output = run(&["export", &path(name), "--format", format]);
            assert_eq!(output.status.code(), Some(0), "{name} as {format}");
            let text = String::from_utf8_lossy(&output.stdout);
            match format {
                "cast" | "json" => assert!(
                    text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
                    "{name} as {format}"
                ),
                "txt" => assert!(
                    !text.chars().any(|c| c != '\n' && c.is_control()),
                    "{name}: a transcript has no controls"
                ),
                _ => {}
            }
        }
    }
}

#[test]
fn raw_is_what_the_terminal_got_and_what_replay_writes_to_a_pipe() {
    for name in ["vim-unicode", "bash-resize"] {
        let stored = std::fs::read(corpus(name).join("ttyout")).unwrap();
        assert_eq!(run(&["export", &path(name), "--format", "raw"]).stdout, stored);
        assert_eq!(run(&["replay", &path(name)]).stdout, stored);
    }
}

#[test]
fn a_transcript_has_every_line_once() {
    let text = good(&["export", &path("large-seq-gz"), "--format", "txt"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[499_999]), (500_000, "1", "500000"));
}

#[test]
fn a_cast_has_its_size_and_its_resizes() {
    let cast = good(&["export", &path("bash-resize"), "--format", "cast"]);
    let lines: Vec<Value> = cast.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["version"], &lines[0]["width"]), (&2.into(), &80.into()));
    assert!(lines[1..].iter().any(|line| line[1] == "r"));
    assert!(lines[1..].is_sorted_by(|a, b| a[0].as_f64() <= b[0].as_f64()));
    assert!(lines[1..].iter().all(|line| line[1] != "i"), "what was typed may be a password");
}

#[test]
fn the_screen_is_that_of_the_moment() {
    let at = |at: &str| -> Value {
        let json = good(&["screen", &path("vim-unicode"), "--at", at, "--format", "json"]);
        serde_json::from_str(&json).unwrap()
    };
    let early = at("1.2");
    let lines = early["lines"].as_array().unwrap();
    assert_eq!(lines.len() as u64, early["rows"].as_u64().unwrap());
    assert_eq!(at("0")["lines"][0], "");
    assert_ne!(early["lines"], at("00:02.9")["lines"]);
    assert!(early["cursor"]["row"].is_u64() && early["cols"].is_u64());
    assert!(good(&["screen", &path("pipes-notty"), "--at", "9:59:59"]).contains("to-stderr"));
}

#[test]
fn a_list_has_one_object_a_line_and_finds_words() {
    let all = good(&["list", "--json", "--dir", &path("")]);
    assert_eq!(all.lines().count(), CORPUS.len());
    let found = good(&["list", "--json", "--dir", &path(""), "VIM", "root"]);
    let row: Value = serde_json::from_str(found.trim_end()).unwrap();
    for (key, want) in [("tsid", "vim-unicode"), ("user", "root"), ("host", "vm")] {
        assert_eq!(row[key], want, "{row}");
    }
    for key in ["session_id", "state", "tty", "start", "duration_s", "exit_value", "signal"] {
        assert!(row.get(key).is_some(), "{key} is missing in {row}");
    }
    assert_eq!((&row["risk"], &row["anomalies"]), (&0.into(), &Value::Array(Vec::new())));
    let name = row["tsid"].as_str().unwrap();
    let by_name = good(&["screen", name, "--dir", &path(""), "--at", "1.2"]);
    assert_eq!(by_name, good(&["screen", &path(name), "--at", "1.2"]));
}

#[test]
fn triage_asks_a_server_and_says_what_it_needs() {
    assert_eq!(good(&["list", "--json", "--dir", &path(""), "--min-risk", "1"]), "");
    let all = good(&["list", "--json", "--dir", &path(""), "--min-risk", "0"]);
    assert_eq!(all.lines().count(), CORPUS.len());
    assert_eq!(exit(&["list", "--dir", &path(""), "--min-risk", "101"]), Some(2));
    let place = ["--socket", "/nonexistent/console.sock"];
    assert_eq!(exit(&[["triage", "--json"].as_slice(), &place].concat()), Some(1));
    for wrong in [["triage", "risk:dire"].as_slice(), &["triage", "--json", "verdict:guilty"]] {
        assert_eq!(exit(&[wrong, &place].concat()), Some(2), "{wrong:?}");
    }
    let output = run(&[["triage"].as_slice(), &place].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("triage --json"), "{stderr}");
}

#[test]
fn a_list_takes_fields_an_order_and_a_limit() {
    let list = |arguments: &[&str]| {
        let dir = path("");
        let text = good(&[&["list", "--json", "--dir", &dir], arguments].concat());
        let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.collect::<Vec<_>>()
    };
    let all = list(&[]);
    let without = list(&["-command:vim", "user:root"]);
    assert!(without.len() < all.len() && !without.is_empty());
    assert!(without.iter().all(|row| !row["command"].as_str().unwrap().contains("vim")));
    let longest = list(&["--sort", "duration", "--limit", "2"]);
    let length = |row: &Value| row["duration_s"].as_f64().unwrap();
    let most = all.iter().map(length).fold(0.0, f64::max);
    assert_eq!((longest.len(), length(&longest[0])), (2, most));
    let shortest = list(&["--sort", "duration", "--reverse"]);
    assert_eq!(shortest.last().unwrap(), &longest[0]);
    assert_eq!(list(&["after:1s"]).len(), 0);
    let told = run(&["list", "--dir", &path(""), "usr:alice"]);
    assert_eq!(told.status.code(), Some(2));
    let told = String::from_utf8(told.stderr).unwrap();
    assert!(told.contains("query: character 1: there is no field usr"), "{told}");
    assert_eq!(exit(&["list", "--dir", &path(""), "--jsno"]), Some(2));
}

#[test]
fn an_export_overwrites_nothing_by_itself() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out.cast");
    let out = file.to_str().unwrap();
    let export = ["export", &path("00/00/01"), "--format", "cast", "-o", out];
    assert_eq!(exit(&export), Some(0));
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(&file, "mine").unwrap();
    assert_eq!(exit(&export), Some(2));
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    assert_eq!(exit(&[export.as_slice(), &["--force"]].concat()), Some(0));
    assert_ne!(std::fs::read(&file).unwrap(), b"mine");
}

#[test]
fn exit_codes_tell_what_was_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("ack-verify.pub");
    let signer = sudolog_core::ack::AckSigner::from_seed(&[1; 32]);
    std::fs::write(&key, signer.verifier().to_line()).unwrap();
    let key = key.to_str().unwrap();
    let here = dir.path().to_str().unwrap();
    let torn = torn(dir.path());
    for (arguments, code) in [
        (vec!["screen", "/nonexistent", "--at", "0"], 3),
        (vec!["screen", "00ZZZZ", "--at", "0", "--dir", here], 3),
        (vec!["list", "--dir", "/nonexistent"], 3),
        (vec!["screen", here, "--at", "0"], 3),
        (vec!["screen", &torn, "--at", "soon"], 2),
        (vec!["screen", &torn, "--at", "99:00"], 6),
        (vec!["export", &torn, "--format", "raw"], 6),
        (vec!["verify", &torn, "--key", "/nonexistent"], 2),
        (vec!["verify", &torn, "--key", key], 5),
        (vec!["replay", &torn, "--theme", "neon"], 6),
        (vec!["live"], 2),
        (vec!["list", "--config", "/nonexistent"], 2),
        (vec!["list", "--server", "localhost:1"], 2),
        (vec!["list", "--socket", "/nonexistent"], 1),
        (vec!["--version"], 0),
    ] {
        let output = run(&arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
        let told = !stderr.is_empty() || arguments[0] == "verify";
        assert_eq!(told, code != 0, "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

/// A finished recording whose last line is cut.
fn torn(dir: &Path) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    let recording = dir.join("torn");
    std::fs::create_dir(&recording).unwrap();
    std::fs::write(recording.join("ttyout"), "abc").unwrap();
    let timing = recording.join("timing");
    std::fs::write(&timing, "4 0.5 3\n4 0.").unwrap();
    std::fs::set_permissions(&timing, std::fs::Permissions::from_mode(0o400)).unwrap();
    recording.to_str().unwrap().to_owned()
}

#[test]
fn hostile_names_are_told_harmlessly() {
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("a\x1b[2Jb\u{202e}");
    std::fs::create_dir(&recording).unwrap();
    std::fs::write(recording.join("timing"), "").unwrap();
    std::fs::write(recording.join("log"), b"1:ev\x1bil:root::\n/\n/bin/\xffx \x1b]0;t\x07\n")
        .unwrap();
    let here = dir.path().to_str().unwrap();
    for arguments in [vec!["list", "--dir", here], vec!["list", "--json", "--dir", here]] {
        let text = good(&arguments);
        assert!(text.contains("ev") && text.contains("xff"), "{text:?}");
        assert!(
            !text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}')),
            "{text:?}"
        );
    }
    let output = run(&["screen", recording.join("x\x1bx").to_str().unwrap(), "--at", "0"]);
    assert!(!output.stderr.contains(&0x1b));
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sudolog-tui"))
        .args(["export", &path("large-seq-gz"), "--format", "raw"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_search_gives_one_object_a_hit_and_a_time_that_shows_it() {
    let found = good(&["search", "second line", "--json", "--dir", &path("")]);
    let rows: Vec<Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let row = &rows[0];
    assert_eq!((&row["tsid"], &row["match"]), (&"vim-unicode".into(), &"second line".into()));
    assert!(row["seq"].is_u64() && row["at_s"].is_f64() && row["session_id"].is_null(), "{row}");
    let at = row["at"].as_str().unwrap();
    let screen = good(&["screen", "vim-unicode", "--dir", &path(""), "--at", at]);
    assert!(screen.contains("second line"), "{screen}");
    let before = format!("{:.3}", row["at_s"].as_f64().unwrap() - 0.002);
    let screen = good(&["screen", "vim-unicode", "--dir", &path(""), "--at", &before]);
    assert!(!screen.contains("second line"), "{screen}");
}

#[test]
fn a_search_finds_in_one_recording_in_chosen_ones_and_by_expression() {
    let numbers = good(&["search", "--regex", "^4999[0-9]{2}$", &path("large-seq-gz")]);
    assert_eq!(numbers.lines().count(), 100);
    assert!(numbers.lines().all(|line| line.split("  ").count() == 3), "{numbers}");
    assert!(numbers.starts_with(&path("large-seq-gz")), "it has no number: {numbers}");
    let all = good(&["search", "root", "--dir", &path("")]);
    let some = good(&["search", "root", "--dir", &path(""), "bash-resize"]);
    assert!(some.lines().count() < all.lines().count());
    assert!(some.lines().all(|line| line.starts_with("bash-resize  ")), "{some}");
    assert!(!all.chars().any(|c| c != '\n' && c.is_control()));
}

#[test]
fn a_search_says_by_its_exit_code_whether_there_was_a_hit() {
    let dir = tempfile::tempdir().unwrap();
    let torn = torn(dir.path());
    for (arguments, code) in [
        (vec!["search", "abc", &torn], 0),
        (vec!["search", "no such text", &torn], 6),
        (vec!["search", "no such text", "--dir", &path("00")], 3),
        (vec!["search", "x", "--dir", "/nonexistent"], 3),
        (vec!["search", "a(", "--regex", "--dir", &path("")], 2),
        (vec!["search", "", "--dir", &path("")], 2),
        (vec!["search", "x", &torn, "--dir", &torn], 2),
        (vec!["search", "x", "--socket", "/nonexistent"], 1),
    ] {
        let output = run(&arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    }
}
