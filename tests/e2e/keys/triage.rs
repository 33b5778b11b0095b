//! The keys of the triage screen and of the summary. What the server adds up and what it says of risks
//! is tried where it is made; here it is enough that there is a queue.

use std::time::Duration;

use sudolog_tests::command::run;
use sudolog_tests::{Pty, World};

use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_triage_does_what_the_help_says() {
    let world = World::start().unwrap();
    // Shells as root, which the rules that come with a server find; 000001 to 000003.
    for number in 1..=3 {
        let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
        shell.send(format!("echo ready-$(({number} + 0)); exit\n").as_bytes()).unwrap();
        shell.expect(&format!("ready-{number}\r\n")).unwrap();
        shell.wait(LIMIT).unwrap();
        world.finished().unwrap();
    }
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    press_all(&world.console_command(&["triage", "anomaly:*"]).unwrap(), SIZE, TRIAGE);
    press_all(&world.console_command(&["triage", "anomaly:*"]).unwrap(), SIZE, PEEK);
    press_all(&world.console_command(&["live"]).unwrap(), SIZE, SUMMARY);
}

const SIZE: (u16, u16) = (30, 120);
const LIMIT: Duration = Duration::from_secs(20);

/// The queue, the first row chosen, and why it is there.
fn queue(stage: &Stage) {
    stage.shows("Sudolog triage  1 of ");
    stage.shows(" Why");
}

/// The summary of users.
fn sums(stage: &Stage) {
    stage.shows("Sudolog live");
    stage.press("s");
    stage.shows("Sudolog summary [user]");
    stage.shows("  1 of ");
}

/// The key opens the dialog with this title, about the chosen session.
fn opens(stage: &Stage, title: &str) {
    queue(stage);
    stage.brings(&format!("{title} 0000"));
}

/// A tag that is put on with the keys of the dialog.
fn tagged(stage: &Stage) {
    queue(stage);
    stage.press("#");
    stage.shows("Tag on 0000");
    stage.type_text("e2e");
    stage.shows("Tag: e2e");
}

pub(super) const TRIAGE: &[Case] = &[
    ("triage.look", |stage| {
        queue(stage);
        stage.brings("1x");
    }),
    ("triage.verdict", |stage| opens(stage, "Verdict on")),
    ("triage.note", |stage| opens(stage, "Note on")),
    ("triage.tag", |stage| opens(stage, "Tag on")),
    ("triage.assign", |stage| opens(stage, "Who looks at")),
    ("triage.take_back", |stage| {
        queue(stage);
        stage.brings("nothing was said in this console");
    }),
    ("triage.mark", |stage| {
        queue(stage);
        stage.brings("1 marked");
    }),
    ("triage.mark_all", |stage| {
        queue(stage);
        stage.brings(" marked");
    }),
    ("triage.reasons", |stage| {
        queue(stage);
        stage.brings("▸");
    }),
    ("triage.next_unsettled", |stage| {
        queue(stage);
        stage.brings("Sudolog triage  2 of ");
    }),
    ("triage.previous_unsettled", |stage| {
        queue(stage);
        stage.press("n");
        stage.shows("Sudolog triage  2 of ");
        stage.brings("Sudolog triage  1 of ");
    }),
    ("triage.facets", |stage| {
        queue(stage);
        stage.brings("Filter by, or not any more");
    }),
    ("triage.saved", |stage| {
        queue(stage);
        stage.brings("Saved filters (1)");
    }),
    ("triage.queue_verify", |stage| {
        queue(stage);
        stage.brings("Verify  0000");
    }),
    ("triage.queue_summary", |stage| {
        queue(stage);
        stage.brings("Sudolog triage [user]");
    }),
    ("triage.beside", |stage| {
        queue(stage);
        stage.brings(" 1x");
        stage.shows("Sudolog triage");
    }),
    ("triage.queue_rules", |stage| {
        queue(stage);
        stage.brings("Sudolog rules  1 of ");
    }),
    ("remark.say", |stage| {
        tagged(stage);
        stage.brings("tag e2e, recorded");
    }),
];

/// The player beside the reasons of the first row.
fn beside(stage: &Stage) {
    queue(stage);
    stage.press("Right");
    stage.shows(" 1x");
    stage.shows("│ Why");
}

/// True while the reason at the top is the chosen one.
fn is_at_first_reason(screen: &str) -> bool {
    let mut lines = screen.lines().skip_while(|line| !line.contains("│ Why"));
    lines.nth(1).is_some_and(|line| line.contains("│>"))
}

pub(super) const PEEK: &[Case] = &[
    ("replay.whole", |stage| {
        beside(stage);
        stage.takes("Sudolog triage");
    }),
    ("replay.reason_next", |stage| {
        beside(stage);
        stage.leads_to("the next reason", |screen| !is_at_first_reason(screen));
    }),
    ("replay.reason_previous", |stage| {
        beside(stage);
        stage.press("Ctrl-n");
        stage.until("the next reason", |screen| !is_at_first_reason(screen));
        stage.leads_to("the reason before", is_at_first_reason);
    }),
];

pub(super) const SUMMARY: &[Case] = &[
    ("summary.sessions", |stage| {
        sums(stage);
        stage.brings("Sudolog browse");
        stage.shows(" / user:");
    }),
    ("summary.by_next", |stage| {
        sums(stage);
        stage.brings("[host]");
    }),
    ("summary.by_previous", |stage| {
        sums(stage);
        stage.brings("[command]");
    }),
    ("summary.sum_sort_next", |stage| {
        sums(stage);
        stage.brings("by sessions");
    }),
    ("summary.sum_sort_previous", |stage| {
        sums(stage);
        stage.brings("by name");
    }),
    ("summary.sum_reverse", |stage| {
        sums(stage);
        stage.brings("by risk reversed");
    }),
];
