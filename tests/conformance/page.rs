//! A page of `export --format html` in a JavaScript engine shows what the console shows.

use std::process::Command;

use serde_json::Value;
use sudolog_tests::command::run;
use sudolog_tests::programs::{built, checkout};

fn console(name: &str, args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(built("sudolog-tui").unwrap());
    let recording = checkout().join("tests/fixtures/iolog").join(name);
    command.args(args.iter().take(1)).arg(recording).args(args.iter().skip(1));
    run(&mut command).unwrap().success().unwrap().stdout
}

fn screen(name: &str, ms: u64) -> Value {
    let at = format!("{}.{:03}", ms / 1000, ms % 1000);
    let screen = console(name, &["screen", "--at", &at, "--format", "json"]);
    serde_json::from_slice::<Value>(&screen).unwrap()["lines"].clone()
}

/// Plays a page, and gives what was seen of it at these times and at the end.
fn played(page: &[u8], times: &[String]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("page.html");
    std::fs::write(&file, page).unwrap();
    let mut node = Command::new("node");
    node.arg(checkout().join("tests/conformance/page.js")).arg(&file).args(times);
    let said = run(&mut node).unwrap().success().unwrap();
    serde_json::from_slice(&said.stdout).unwrap()
}

#[test]
fn a_page_shows_what_the_console_shows_at_any_time_and_plays_to_its_end() {
    for name in ["vim-unicode", "bash-resize", "00/00/01", "logsrvd/bash-exit5", "pipes-notty"] {
        let page = console(name, &["export", "--format", "html"]);
        let frames = data(&page);
        // Between two frames nothing changes.
        let times: Vec<u64> = frames.iter().map(|frame| frame[0].as_u64().unwrap()).collect();
        let some: Vec<u64> = times.iter().copied().step_by(times.len().div_ceil(12)).collect();
        let asked: Vec<String> = some.iter().map(u64::to_string).collect();
        let seen = played(&page, &asked);
        for (ms, shown) in seen["parts"].as_array().unwrap().iter().map(|part| (&part[0], &part[1]))
        {
            // A frame has its time to the millisecond, cut off.
            let want = screen(name, ms.as_u64().unwrap() + 1);
            assert_eq!(shown, &want, "{name} at {ms} ms");
        }
        assert_eq!(seen["end"], screen(name, 9_999_999), "{name}");
        assert_eq!((&seen["over"]["label"], &seen["hidden"]), (&"Play".into(), &false.into()));
        assert_eq!(seen["seek"], times.last().unwrap().to_string(), "{name}");
    }
}

fn data(page: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(page).unwrap();
    let data = text.split_once("id=\"recording\">").unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str::<Value>(data).unwrap()["frames"].as_array().unwrap().clone()
}
