//! Exports without what is to be hidden, in every form, and animations by another program.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use super::program::{command, path};

fn run_with(programs: &str, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    command(home.path(), arguments).env("PATH", programs).output().unwrap()
}

fn run(arguments: &[&str]) -> Output {
    run_with("/usr/bin:/bin", arguments)
}

fn text(output: &Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn program(dir: &Path, script: &str) -> String {
    let file = dir.join("agg");
    std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file.to_str().unwrap().to_owned()
}

/// The smallest GIF there is.
const GIF: &str = r"GIF89a\001\000\001\000\000\000\000;";

#[test]
fn what_a_rule_matches_stands_in_no_form() {
    let name = path("vim-unicode");
    for format in ["cast", "cast3", "txt", "json", "svg", "html"] {
        let export = ["export", &name, "--format", format];
        let open = text(&run(&export));
        let hidden = text(&run(&[export.as_slice(), &["--redact", "sec(on)d line"]].concat()));
        let whole = text(&run(&[export.as_slice(), &["--redact", "second line"]].concat()));
        let shows = !matches!(format, "svg" | "txt");
        assert!(!shows || recorded(&open).contains("second"), "{format}");
        for (redacted, word) in [(&hidden, "second"), (&whole, "second"), (&whole, "sec")] {
            assert!(!recorded(redacted).contains(word), "{format}: {word}");
        }
        assert!(hidden.contains("redacted"), "{format}");
        assert!(!hidden.contains("sec(on)d"), "the rule may be the secret itself: {format}");
    }
}

/// All but the script of a page, which counts seconds.
fn recorded(export: &str) -> String {
    export.split("\"use strict\"").next().unwrap().to_owned()
}

#[test]
fn names_are_hidden_too() {
    let name = path("vim-unicode");
    for format in ["cast", "html", "svg"] {
        let export = ["export", &name, "--format", format, "--redact", "vim|root"];
        let output = run(&export);
        let text = text(&output);
        let names = text.replace("vim-unicode", "");
        assert!(!names.contains("/usr/bin/vim") && !names.contains("root@"), "{format}");
    }
}

#[test]
fn the_rest_is_as_it_was() {
    for name in ["vim-unicode", "bash-resize", "00/00/01", "pipes-notty"] {
        let name = path(name);
        let svg = |more: &[&str]| {
            let export = ["export", &name, "--format", "svg"];
            let text = text(&run(&[export.as_slice(), more].concat()));
            text.lines().filter(|line| !line.starts_with("<desc>")).collect::<String>()
        };
        assert_eq!(svg(&[]), svg(&["--redact", "no such text"]), "{name}");
        let txt = |more: &[&str]| {
            text(&run(&[["export", &name, "--format", "txt"].as_slice(), more].concat()))
        };
        let redacted = txt(&["--redact", "no such text"]);
        let (note, rest) = redacted.split_once('\n').unwrap();
        assert_eq!((note, rest), ("[redacted: what 1 rule matched is hidden]", txt(&[]).as_str()));
    }
}

#[test]
fn typed_input_is_left_out_and_that_is_said() {
    let name = path("bash-resize");
    let json = |more: &[&str]| {
        text(&run(&[["export", &name, "--format", "json"].as_slice(), more].concat()))
    };
    assert!(json(&[]).contains("\"kind\":\"ttyin\""));
    for more in [["--redact-input"].as_slice(), &["--redact", "x+"]] {
        let text = json(more);
        assert!(!text.contains("\"kind\":\"ttyin\""), "{more:?}");
        let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(first["redacted"]["input"], "left out", "{first}");
    }
}

#[test]
fn what_is_signed_cannot_be_redacted_and_wrong_rules_are_told() {
    let name = path("bash-resize");
    for (arguments, part) in [
        (vec!["--format", "raw", "--redact", "x"], "raw and bundle are what was recorded"),
        (vec!["--format", "raw", "--redact-input"], "raw and bundle are what was recorded"),
        (vec!["--format", "bundle", "--redact", "x"], "raw and bundle are what was recorded"),
        (vec!["--format", "cast", "--redact", "a("], "rule 1 is not a regex"),
        (vec!["--format", "cast", "--redact", ""], "needs a regular expression"),
        (vec!["--format", "cast", "--agg", "/bin/sh"], "--agg is for --format gif"),
    ] {
        let output = run(&[["export", &name].as_slice(), &arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(part), "{arguments:?}: {said}");
    }
}

#[test]
fn an_animation_is_made_by_another_program_of_a_redacted_cast() {
    let dir = tempfile::tempdir().unwrap();
    let seen = dir.path().join("seen");
    let script = format!("cp \"$1\" {}; printf '{GIF}' > \"$2\"", seen.display());
    let agg = program(dir.path(), &script);
    let export = ["export", &path("vim-unicode"), "--format", "gif"];
    let made = run(&[export.as_slice(), &["--agg", &agg, "--redact", "sec(on)d"]].concat());
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let cast = std::fs::read_to_string(&seen).unwrap();
    assert!(cast.starts_with("{\"version\":2,") && !cast.contains("second"), "{cast}");
    assert!(made.stdout.starts_with(b"GIF89a") && made.stdout.ends_with(b"\0;"));
    let said = String::from_utf8_lossy(&made.stdout);
    assert!(said.contains("redacted: what 1 rule matched"), "{said}");

    let there = dir.path().to_str().unwrap();
    let plain = run_with(&format!("{there}:/usr/bin:/bin"), &export);
    assert_eq!((plain.status.code(), plain.stdout.len()), (Some(0), 14));
}

#[test]
fn an_animation_that_cannot_be_made_leaves_no_file_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out.gif");
    let name = path("vim-unicode");
    let export = ["export", &name, "--format", "gif", "-o", out.to_str().unwrap()];
    let cases = [
        ("printf 'no font\\033[2J\\n' >&2; exit 3", 1, "no font\\u{1b}[2J"),
        ("exit 0", 1, "made no picture"),
        ("printf 'GIF87a        ;' > \"$2\"", 1, "made no GIF"),
    ];
    for (script, code, part) in cases {
        let agg = program(dir.path(), script);
        let failed = run(&[export.as_slice(), &["--agg", &agg]].concat());
        let said = String::from_utf8_lossy(&failed.stderr);
        assert_eq!(failed.status.code(), Some(code), "{script}: {said}");
        assert!(said.contains(part) && !out.exists(), "{script}: {said}");
    }
    let missing = run_with(dir.path().join("none").to_str().unwrap(), &export);
    let said = String::from_utf8_lossy(&missing.stderr);
    assert_eq!(missing.status.code(), Some(1), "{said}");
    assert!(said.contains("agg") && said.contains("--agg PATH") && !out.exists(), "{said}");
    let wrong = run(&[export.as_slice(), &["--agg", "/etc/passwd"]].concat());
    assert_eq!(wrong.status.code(), Some(2));
}
