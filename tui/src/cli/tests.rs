//! What the command line takes and refuses.

use super::*;
use clap::CommandFactory as _;

fn parse(line: &str) -> Result<Cli, clap::Error> {
    Cli::understand(line.split_whitespace().map(OsString::from))
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_documented_form_is_understood() {
    for line in [
        "x live --server logs:9876",
        "x live --socket /run/sudolog/console.sock",
        "x replay 00001A --dir /var/log/sudo-io --speed 0.25 --max-wait 1.5 --from 01:30",
        "x replay ./00/00/1A --theme mono --color never",
        "x --config tui.toml list",
        "x list alice vim --json --server [::1]:1",
        "x list -command:vim user:alice --sort duration --reverse --limit 5 --dir d",
        "x list risk:high --sort risk --min-risk 50",
        "x triage user:alice anomaly:root_shell --json --min-risk 75 --server logs:9876",
        "x triage --socket /run/sudolog/console.sock",
        "x browse state:open --sort host --socket /run/sudolog/console.sock",
        "x search secret --json --dir d alice",
        "x search ^uid=0 --regex ./00/00/1A",
        "x export 000001 --format cast -o a.cast --force",
        "x export 000001 --format cast3 --from 0:10 --to 0:20",
        "x export 000001 --format svg --at 12.5",
        "x export 000001 --format html --redact password=(.+) --redact AKIA[0-9]+ -o a.html",
        "x export 000001 --format gif --agg /opt/agg --redact-input",
        "x replay 000001 --no-tui --speed 4",
        "x live --no-tui --server logs:9876",
        "x browse --no-tui",
        "x triage --no-tui",
        "x export 000001 --format bundle -o case.tar --key ack-verify.pub",
        "x screen dir --at 1:02:03.5 --format json",
        "x verify 000001 --key ack-verify.pub --json",
        "x config check",
        "x config dump --theme dark",
        "x completions bash",
        "x man /tmp/man",
    ] {
        assert!(parse(line).is_ok(), "{line}: {}", parse(line).unwrap_err());
    }
}

#[test]
fn options_stay_options_behind_a_query() {
    let line = "x list -command:vim user:a --json --limit 5 b";
    let Command::List(list) = parse(line).unwrap().command else { panic!() };
    assert_eq!(list.query.query, ["!command:vim", "user:a", "b"]);
    assert!(list.json && list.limit == Some(5));
    assert!(parse("x list --jsno").is_err());
}

#[test]
fn contradictions_are_usage_errors() {
    for line in [
        "x",
        "x replay",
        "x replay 000001 --speed 17",
        "x replay 000001 --dir d --server s",
        "x search",
        "x search x --dir d --server s",
        "x screen 000001",
        "x screen 000001 --at soon",
        "x list --sort colour",
        "x list --min-risk 101",
        "x triage --sort start",
        "x triage --dir d",
        "x export 000001 --format mp4",
        "x live --no-tui --wall",
        "x export 000001 --format raw --force",
        "x verify 000001",
    ] {
        assert!(parse(line).unwrap_err().use_stderr(), "{line}");
    }
}
