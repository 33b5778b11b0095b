//! The keys of copy mode, on a recording of three lines.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use sudolog_tests::programs;

use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_copy_mode_does_what_the_help_says() {
    let dir = tempfile::tempdir().unwrap();
    let (recording, config) = (dir.path().join("recording"), dir.path().join("tui.toml"));
    fs::create_dir(&recording).unwrap();
    let screen = "alpha beta\r\ngamma delta\r\n\r\nlast\x1b[H";
    let log = "1763000000:alice:root::/dev/pts/1:24:80\n/home/alice\n/usr/bin/bash\n";
    let timing = format!("4 0.5 {}\n", screen.len());
    for (name, content) in [("timing", timing.as_str()), ("ttyout", screen), ("log", log)] {
        fs::write(recording.join(name), content).unwrap();
    }
    // As sudo marks what does not grow any more.
    fs::set_permissions(recording.join("timing"), fs::Permissions::from_mode(0o400)).unwrap();
    fs::write(&config, "").unwrap();
    let mut command = Command::new(programs::built("sudolog-tui").unwrap());
    command.arg("replay").arg(&recording).arg("--config").arg(&config);
    command.env("HOME", dir.path()).env("XDG_RUNTIME_DIR", dir.path());
    press_all(&command, (30, 120), CASES);
    let files = fs::read_dir(dir.path().join("sudolog/copied")).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(fs::read_to_string(&files[0]).unwrap(), "alpha beta\n");
    assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

/// In copy mode, the cursor in the upper left corner.
fn held(stage: &Stage) {
    stage.shows("■");
    stage.shows("alpha beta");
    stage.press("y");
    stage.shows("copy: the screen; row 1, column 1 ");
}

/// After these keys, the key leads to this place.
fn goes_to(stage: &Stage, before: &[&str], place: &str) {
    held(stage);
    for key in before {
        let shown = stage.screen();
        stage.press(key);
        stage.until("another place", |screen| screen != shown);
    }
    stage.brings(place);
}

/// Plain text.
fn plain(stage: &Stage) {
    stage.shows("■");
    stage.shows("alpha beta");
    stage.press("Ctrl-l");
    stage.shows("leaves plain text");
    stage.lacks("■");
}

/// After these keys, the key brings the first line back.
fn scrolled(stage: &Stage, before: &[&str]) {
    plain(stage);
    before.iter().for_each(|key| stage.press(key));
    stage.lacks("alpha beta");
    stage.brings("alpha beta");
}

pub(super) const CASES: &[Case] = &[
    ("copy.copy_left", |stage| goes_to(stage, &["Right", "Right"], "row 1, column 2 ")),
    ("copy.copy_right", |stage| goes_to(stage, &[], "row 1, column 2 ")),
    ("copy.copy_up", |stage| goes_to(stage, &["Down", "Down"], "row 2, column 1 ")),
    ("copy.copy_down", |stage| goes_to(stage, &[], "row 2, column 1 ")),
    ("copy.copy_rows_up", |stage| goes_to(stage, &["PgDn", "Down"], "row 2, column 1 ")),
    ("copy.copy_rows_down", |stage| goes_to(stage, &[], "row 11, column 1 ")),
    ("copy.copy_word", |stage| goes_to(stage, &[], "row 1, column 7 ")),
    ("copy.copy_word_back", |stage| goes_to(stage, &["w", "w"], "row 1, column 7 ")),
    ("copy.copy_line_start", |stage| goes_to(stage, &["w", "j"], "row 2, column 1 ")),
    ("copy.copy_line_end", |stage| goes_to(stage, &[], "row 1, column 10 ")),
    ("copy.copy_top", |stage| goes_to(stage, &["j", "l"], "row 1, column 1 ")),
    ("copy.copy_bottom", |stage| goes_to(stage, &[], "row 4, column 1 ")),
    ("copy.copy_select", |stage| goes_to(stage, &[], "copy: text")),
    ("copy.copy_lines", |stage| goes_to(stage, &["j"], "copy: 1 row")),
    ("copy.copy_block", |stage| goes_to(stage, &[], "copy: block of 1 row")),
    ("copy.copy_other_end", |stage| goes_to(stage, &["v", "j"], "row 1, column 1 ")),
    ("copy.copy_yank", |stage| {
        held(stage);
        stage.press("v");
        stage.shows("copy: text");
        stage.brings("✓ copied 1 line (1 byte)");
    }),
    ("copy.copy_line", |stage| goes_to(stage, &["j"], "✓ copied 1 line (12 bytes)")),
    ("copy.copy_to_file", |stage| {
        held(stage);
        stage.press("v");
        stage.shows("copy: text");
        stage.press("V");
        stage.shows("copy: 1 row");
        stage.brings("✓ written to /");
    }),
    ("copy.copy_help", |stage| goes_to(stage, &[], "select a rectangle")),
    ("copy.copy_nothing", |stage| {
        held(stage);
        stage.takes("copy: the screen");
        stage.shows("■");
    }),
    ("copy.plain_copy", |stage| {
        held(stage);
        stage.brings("leaves plain text");
        stage.press("Ctrl-l");
        stage.shows("copy: the screen");
    }),
    ("plain.plain_back", |stage| {
        plain(stage);
        stage.takes("leaves plain text");
        stage.shows("■");
    }),
    ("plain.plain_down", |stage| {
        plain(stage);
        stage.takes("alpha beta");
        stage.shows("gamma delta");
    }),
    ("plain.plain_up", |stage| scrolled(stage, &["Down"])),
    ("plain.plain_page_down", |stage| {
        plain(stage);
        stage.takes("gamma delta");
        stage.shows("last");
    }),
    ("plain.plain_page_up", |stage| scrolled(stage, &["Down", "Down"])),
];
