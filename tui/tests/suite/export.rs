//! Exports in every form and of every part, read back as a player would.

use serde_json::Value;
use sudolog_core::term::SafeScreen;

use super::program::{path, run};

fn export(name: &str, format: &str, more: &[&str]) -> String {
    let path = path(name);
    let output = run(&[["export", &path, "--format", format].as_slice(), more].concat());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{name} as {format} {more:?}: {stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn screen(name: &str, at: &str) -> Vec<String> {
    let output = run(&["screen", &path(name), "--at", at, "--format", "json"]);
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = printed["lines"].as_array().unwrap().iter();
    lines.map(|line| line.as_str().unwrap().to_owned()).collect()
}

/// A cast as a player sees it: when, what, data; the header first.
struct Cast {
    header: Value,
    events: Vec<(f64, String, String)>,
}

impl Cast {
    fn read(text: &str) -> Self {
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let header = lines.next().unwrap();
        let relative = header["version"] == 3;
        let mut at = 0.0;
        let event = |line: Value| {
            let time = line[0].as_f64().unwrap();
            at = if relative { at + time } else { time };
            (at, line[1].as_str().unwrap().to_owned(), line[2].as_str().unwrap().to_owned())
        };
        Self { header, events: lines.map(event).collect() }
    }

    fn size(&self) -> (u16, u16) {
        let (term, old) = (&self.header["term"], &self.header);
        let side =
            |new: &str, name: &str| term[new].as_u64().or(old[name].as_u64()).unwrap() as u16;
        (side("rows", "height"), side("cols", "width"))
    }

    /// Plays all of it on a blank screen of its own size.
    fn played(&self) -> SafeScreen {
        let (lines, columns) = self.size();
        let mut screen = SafeScreen::new(lines, columns);
        for (_, code, data) in &self.events {
            match code.as_str() {
                "o" => screen.feed(data.as_bytes()),
                "r" => {
                    let (columns, lines) = data.split_once('x').unwrap();
                    screen.resize(lines.parse().unwrap(), columns.parse().unwrap());
                }
                _ => {}
            }
        }
        screen
    }
}

const PLAYED: [(&str, &str, &str); 4] = [
    ("vim-unicode", "1.2", "2.9"),
    ("bash-resize", "1", "2.5"),
    ("00/00/01", "0.5", "1.5"),
    ("pipes-notty", "0.01", "9"),
];

#[test]
fn both_casts_tell_the_same_at_the_same_times() {
    for (name, ..) in PLAYED {
        let two = Cast::read(&export(name, "cast", &[]));
        let three = Cast::read(&export(name, "cast3", &[]));
        assert_eq!((&two.header["version"], &three.header["version"]), (&2.into(), &3.into()));
        assert_eq!(two.size(), three.size());
        assert!(three.header.get("width").is_none(), "{}", three.header);
        let without_exit = three.events.iter().filter(|(_, code, _)| code != "x");
        assert_eq!(without_exit.clone().count(), two.events.len(), "{name}");
        for (old, new) in two.events.iter().zip(without_exit) {
            assert!((old.0 - new.0).abs() < 1e-5, "{name}: {} and {}", old.0, new.0);
            assert_eq!((&old.1, &old.2), (&new.1, &new.2), "{name}");
        }
        assert_eq!(three.played().text_lines(), screen(name, "99:00:00"), "{name}");
    }
}

#[test]
fn a_version_3_cast_ends_with_the_exit_value() {
    let cast = Cast::read(&export("logsrvd/bash-exit5", "cast3", &[]));
    let last = cast.events.last().unwrap();
    assert_eq!((last.1.as_str(), last.2.as_str()), ("x", "5"));
    let cut = Cast::read(&export("logsrvd/bash-exit5", "cast3", &["--to", "0.001"]));
    assert!(cut.events.iter().all(|(_, code, _)| code != "x"), "it goes on after the range");
}

#[test]
fn a_part_of_a_cast_begins_and_ends_with_the_screen_of_its_time() {
    for (name, from, to) in PLAYED {
        for format in ["cast", "cast3"] {
            let part = Cast::read(&export(name, format, &["--from", from, "--to", to]));
            assert_eq!(part.played().text_lines(), screen(name, to), "{name} as {format}");
            let whole = Cast::read(&export(name, format, &["--to", from]));
            let (at, code, first) = &part.events[0];
            assert_eq!((*at, code.as_str()), (0.0, "o"), "{name}");
            let (lines, columns) = part.size();
            let mut stage = SafeScreen::new(lines, columns);
            stage.feed(first.as_bytes());
            assert_eq!(stage.text_lines(), screen(name, from), "{name} as {format}");
            assert_eq!(stage.text_lines(), whole.played().text_lines(), "{name} as {format}");
            let length: f64 = to.parse::<f64>().unwrap() - from.parse::<f64>().unwrap();
            assert!(part.events.iter().all(|(at, ..)| *at <= length + 1e-6), "{name}");
        }
    }
}

#[test]
fn parts_that_meet_have_every_event_once() {
    for (name, cut, _) in PLAYED {
        for format in ["raw", "json"] {
            let (first, second) = (["--to", cut], ["--from", cut]);
            let parts = export(name, format, &first) + &export(name, format, &second);
            assert_eq!(parts, export(name, format, &[]), "{name} as {format}");
        }
    }
}

#[test]
fn a_part_of_a_transcript_has_what_scrolled_away_in_it() {
    let whole = export("large-seq-gz", "txt", &[]);
    let json = export("large-seq-gz", "json", &[]);
    let times: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let middle = times[times.len() / 2]["time"].as_f64().unwrap().to_string();
    let first = export("large-seq-gz", "txt", &["--to", &middle]);
    let second = export("large-seq-gz", "txt", &["--from", &middle]);
    assert!(whole.starts_with(first.trim_end_matches('\n').rsplit_once('\n').unwrap().0));
    assert!(whole.ends_with(&second), "{:?}", &second[..40]);
    assert!(second.lines().count() < whole.lines().count() && !second.starts_with('\n'));
}

#[test]
fn a_picture_shows_the_screen_of_its_moment() {
    for (name, at, _) in PLAYED {
        let svg = export(name, "svg", &["--at", at]);
        assert!(svg.starts_with("<?xml version=\"1.0\""), "{name}");
        assert!(svg.ends_with("</svg>\n"), "{name}");
        assert!(!svg.contains("<script") && !svg.contains("href"), "{name}");
        let lines = screen(name, at);
        let word = lines
            .iter()
            .flat_map(|line| line.split(' '))
            .find(|word| word.len() > 2 && word.chars().all(|c| c.is_ascii_alphanumeric()));
        assert!(word.is_none_or(|word| svg.contains(word)), "{name}: {word:?}");
    }
    let end = export("vim-unicode", "svg", &[]);
    assert_eq!(
        end,
        export("vim-unicode", "svg", &["--at", "99:00:00"]).replace("99:00:00.000", "the end")
    );
}

#[test]
fn what_does_not_go_together_is_a_usage_error() {
    let name = path("vim-unicode");
    for (format, extra) in [
        ("cast", vec!["--at", "1"]),
        ("svg", vec!["--from", "1"]),
        ("svg", vec!["--to", "1"]),
        ("cast", vec!["--from", "2", "--to", "1"]),
        ("cast", vec!["--key", "x"]),
        ("bundle", vec![]),
        ("bundle", vec!["-o", "/nonexistent/x"]),
    ] {
        let arguments = [["export", &name, "--format", format].as_slice(), &extra].concat();
        assert_eq!(run(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}
