//! Our guarded screen beside another emulator's (avt, asciinema's) on real recordings.

use serde_json::Value;
use sudolog_core::term::SafeScreen;
use sudolog_tests::command::run;
use sudolog_tests::programs::{built, checkout};

#[test]
fn another_emulator_shows_the_same() {
    let mut compared = 0;
    for name in [
        "bash-resize",
        "vim-unicode",
        "suspend-resume",
        "compressed",
        "large-seq-gz",
        "killed-flush",
        "logsrvd/bash-exit5",
    ] {
        let cast = cast(name);
        let mut lines = cast.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let header = lines.next().unwrap();
        let side = |key: &str| u16::try_from(header[key].as_u64().unwrap()).unwrap();
        let (rows, columns) = (side("height"), side("width"));
        let mut ours = SafeScreen::new(rows, columns);
        let mut theirs = avt::Terminal::new(columns.into(), rows.into()).unwrap();
        for event in lines {
            // Their lines are broken anew when the window gets another size, as some terminals do it.
            if event[1] == "r" {
                break;
            }
            let Some(output) = event[2].as_str().filter(|_| event[1] == "o") else { continue };
            ours.feed(output.as_bytes());
            theirs.feed(output);
            let shown: Vec<String> = (0..rows).map(|row| ours.row_text(row)).collect();
            let line = |line: &avt::Line| line.text().trim_end().to_owned();
            let wanted: Vec<String> = theirs.screen().visible_lines().map(line).collect();
            assert_eq!(shown, wanted, "{name} at {}", event[0]);
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared} screens");
}

fn cast(name: &str) -> String {
    let mut console = std::process::Command::new(built("sudolog-tui").unwrap());
    console.args(["export", "--format", "cast"]);
    console.arg(checkout().join("tests/fixtures/iolog").join(name));
    run(&mut console).unwrap().text()
}
