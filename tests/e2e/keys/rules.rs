//! The keys of the rules screen: a server with a file of its own for rules, and an editor that asks for
//! one number.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use sudolog_tests::command::run;
use sudolog_tests::{World, wait};

use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_the_rules_does_what_the_help_says() {
    let mut world = World::prepare().unwrap();
    fs::write(world.path("rules.yaml"), rules()).unwrap();
    let mut config = fs::OpenOptions::new().append(true).open(world.path("server.toml")).unwrap();
    config.write_all(b"[risk]\nrules = \"rules.yaml\"\n").unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    let mut console = world.console_command(&["live"]).unwrap();
    console.env("VISUAL", EDITOR);
    press_all(&console, SIZE, RULES);
    let log =
        || Some(fs::read_to_string(world.path("state/rules.log")).ok()?.contains("e2e-reason"));
    assert!(wait::until("the reason", wait::PATIENCE, log).unwrap());
}

/// Reads from the terminal, as editors do.
const EDITOR: &str =
    "f() { printf 'how many? '; read n; sed -i \"s/score: 7/score: $n/\" \"$1\"; }; f";
const SIZE: (u16, u16) = (30, 120);

/// Fifteen rules; the first one has much to tell.
fn rules() -> String {
    let examples: Vec<String> = (0..20).map(|n| format!("word-0 {n}")).collect();
    let first = format!(
        "- {{id: rule-0, cat: recon, score: 7, on: typed, re: 'word-0', hit: {examples:?}, miss: [none]}}\n"
    );
    let rule = |n| format!("- {{id: rule-{n}, cat: recon, score: 5, on: typed, re: 'word-{n}'}}\n");
    format!("version: 1\nrules:\n{first}{}", (1..15).map(rule).collect::<String>())
}

/// The rules, the first one chosen.
fn shown(stage: &Stage) {
    stage.shows("Sudolog live");
    stage.press("E");
    stage.shows("Sudolog rules  1 of 15");
}

/// With a draft.
fn draft(stage: &Stage) {
    shown(stage);
    stage.press("x");
    stage.shows("  draft +");
}

/// With the dialog that asks for a reason.
fn reason(stage: &Stage) {
    draft(stage);
    stage.press("w");
    stage.shows("assessed anew by the draft");
}

/// After this key, the key chooses this rule.
fn chooses(stage: &Stage, before: Option<(&str, u32)>, rule: u32) {
    shown(stage);
    if let Some((key, at)) = before {
        stage.press(key);
        stage.shows(&format!("Sudolog rules  {at} of 15"));
    }
    stage.brings(&format!("Sudolog rules  {rule} of 15"));
}

pub(super) const RULES: &[Case] = &[
    ("live.rules", |stage| {
        stage.shows("Sudolog live");
        stage.brings("Sudolog rules  1 of 15");
    }),
    ("rules.rule_up", |stage| chooses(stage, Some(("G", 15)), 14)),
    ("rules.rule_down", |stage| chooses(stage, None, 2)),
    ("rules.rules_up", |stage| chooses(stage, Some(("G", 15)), 5)),
    ("rules.rules_down", |stage| chooses(stage, None, 11)),
    ("rules.rule_first", |stage| chooses(stage, Some(("G", 15)), 1)),
    ("rules.rule_last", |stage| chooses(stage, None, 15)),
    ("rules.text_down", |stage| {
        shown(stage);
        stage.resize(14, 80);
        stage.shows("more below");
        stage.takes("Counts ");
    }),
    ("rules.text_up", |stage| {
        shown(stage);
        stage.resize(14, 80);
        stage.shows("more below");
        stage.press("J");
        stage.lacks("Counts ");
        stage.brings("Counts ");
    }),
    ("rules.find_rule", |stage| {
        shown(stage);
        stage.brings("┌ Rules (15)");
    }),
    ("rules.switch", |stage| {
        shown(stage);
        stage.brings("  draft +");
    }),
    ("rules.edit", |stage| {
        shown(stage);
        stage.brings("how many?");
        stage.type_text("93");
        stage.press("Enter");
        stage.shows("93 points, recon");
        // The keys are the console's again, and were the editor's alone.
        stage.press("d");
        stage.shows("Difference of the draft");
        stage.press("e");
        stage.shows("how many?");
        stage.press("Ctrl-c");
        stage.shows("nothing was taken from the editor, which ended with signal: 2");
        stage.press("d");
        stage.shows("93 points, recon");
    }),
    ("rules.difference", |stage| {
        draft(stage);
        stage.brings("Difference of the draft");
    }),
    ("rules.try", |stage| {
        draft(stage);
        stage.brings("0 of the 1 newest recordings would change");
    }),
    ("rules.enforce", |stage| {
        draft(stage);
        stage.brings("assessed anew by the draft");
    }),
    ("rules.discard", |stage| {
        draft(stage);
        stage.takes("  draft +");
    }),
    ("rules.rules_again", |stage| {
        shown(stage);
        let before = stage.screen();
        let status = |screen: &str| screen.lines().next().map(str::to_owned);
        // Somebody else changes the file; the server reads it in its own time.
        let mut file = fs::OpenOptions::new().append(true).open(file(stage)).unwrap();
        file.write_all(b"# another one\n").unwrap();
        stage.until("the new rules", |screen| {
            stage.press_it();
            status(screen) != status(&before)
        });
    }),
    ("reason.no_reason", |stage| {
        reason(stage);
        stage.takes("assessed anew by the draft");
    }),
    ("reason.give_reason", |stage| {
        reason(stage);
        stage.type_text("e2e-reason");
        stage.shows("e2e-reason");
        stage.brings("the rules are changed, recorded");
        stage.lacks("  draft +");
    }),
    ("rules.history", |stage| {
        shown(stage);
        stage.brings("Who changed the rules");
        stage.shows("  e2e-reason");
    }),
];

/// The server's file of rules lies beside the console's configuration.
fn file(stage: &Stage) -> PathBuf {
    let config = stage.command().get_args().last().map(PathBuf::from).unwrap();
    config.with_file_name("rules.yaml")
}
