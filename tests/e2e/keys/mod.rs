//! Every key that the help lists, pressed in a real tmux: what `config dump` says is bound is what is
//! pressed, and each has to be seen to do what it is for.
//!
//! A new key needs a case in one of the tables here; without one,
//! [`every_key_of_the_help_has_a_case`] names what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use sudolog_tests::command::run;
use sudolog_tests::programs;

mod copying;
mod exporting;
mod lists;
mod logs;
mod player;
mod rules;
mod sessions;
mod stage;
mod triage;
mod typing;

use stage::Stage;

/// What a key is for, as `config dump` names it (`replay.seek_back`), and how that is seen. Each case
/// begins in a console that has just been started, once for each of the keys.
type Case = (&'static str, fn(&Stage));

/// Every table.
const TABLES: [&[Case]; 16] = [
    player::CASES,
    copying::CASES,
    exporting::CASES,
    typing::CASES,
    lists::CASES,
    sessions::LIVE,
    sessions::BROWSE,
    sessions::REPLAY,
    triage::TRIAGE,
    triage::PEEK,
    triage::SUMMARY,
    rules::RULES,
    logs::EVENTS,
    logs::FROM_BROWSE,
    logs::FROM_TRIAGE,
    logs::ALERTS,
];

#[test]
fn every_key_of_the_help_has_a_case() {
    let bound: BTreeSet<String> = bindings().into_keys().collect();
    let cases: Vec<&str> = TABLES.iter().copied().flatten().map(|(name, _)| *name).collect();
    let known: BTreeSet<String> = cases.iter().map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = bound.difference(&known).collect();
    assert!(
        missing.is_empty(),
        "no case in tests/e2e/keys for these of `config dump`: {missing:?}"
    );
    let gone: Vec<_> = known.difference(&bound).collect();
    assert!(gone.is_empty(), "cases in tests/e2e/keys for what has no key any more: {gone:?}");
    assert_eq!(cases.len(), known.len(), "something has two cases");
}

/// What is bound, and to which keys: `replay.seek_back` to `Left` and `h`.
fn bindings() -> BTreeMap<String, Vec<String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut dump = Command::new(programs::built("sudolog-tui").unwrap());
    dump.args(["config", "dump", "--config"]).arg(file.path());
    let text = run(&mut dump).unwrap().success().unwrap().text();
    let (mut scope, mut bindings) = (None, BTreeMap::new());
    for line in text.lines() {
        if let Some(table) = line.strip_prefix('[') {
            scope = table.strip_prefix("keys.").and_then(|name| name.strip_suffix(']'));
        } else if let (Some(scope), Some((action, rest))) = (scope, line.split_once(" = ")) {
            let list = rest.rsplit_once(" # ").map_or(rest, |(list, _)| list);
            // An array of TOML's plain strings is one of JSON as well.
            let keys: Vec<String> = serde_json::from_str(list.trim()).unwrap();
            let keys = keys.iter().flat_map(|key| each_of(key)).collect();
            bindings.insert(format!("{scope}.{action}"), keys);
        }
    }
    assert!(bindings.contains_key("everywhere.quit"), "{text}");
    bindings
}

/// The keys of a range, or the one key.
fn each_of(key: &str) -> Vec<String> {
    match key {
        "0-9" => ('0'..='9').map(String::from).collect(),
        key => vec![key.to_owned()],
    }
}

/// Presses every key of these tables in consoles that `command` starts.
fn press_all(command: &Command, (lines, columns): (u16, u16), cases: &[Case]) {
    let bindings = bindings();
    let mut stage = Stage::open(command, lines, columns);
    for (name, case) in cases {
        // What has no key is told by the test above.
        for key in bindings.get(*name).into_iter().flatten() {
            stage.begin(name, key);
            case(&stage);
            stage.was_pressed();
        }
    }
}
