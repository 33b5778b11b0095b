//! The keys of what a server shows: running sessions, the table of all, and orders.

use sudolog_tests::command::run;
use sudolog_tests::{Pty, World};

use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_a_server_does_what_the_help_says() {
    let world = World::start().unwrap();
    // 000001 has ended, 000002 to 00000F run.
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    let _running: Vec<Pty> = (2..=15).map(|number| running(&world, number)).collect();
    let console = |args: &[&str]| world.console_command(args).unwrap();
    press_all(&console(&["live"]), SIZE, LIVE);
    press_all(&console(&["browse"]), (20, 120), BROWSE);
    press_all(&console(&["replay", "000002"]), SIZE, REPLAY);
}

const SIZE: (u16, u16) = (30, 120);

fn running(world: &World, number: u32) -> Pty {
    let script = format!("echo ready-{number}; while :; do sleep 60; done");
    let shell = Pty::spawn(&world.sudo.command(&["sh", "-c", &script]), 24, 80).unwrap();
    shell.expect(&format!("ready-{number}\r\n")).unwrap();
    shell
}

/// The list of those that run, the newest chosen, and its screen.
fn list(stage: &Stage) {
    stage.shows("● live 00000F");
    stage.shows("ready-15");
}

/// After these keys, the key chooses this session.
fn chooses(stage: &Stage, before: &[(&str, &str)], tsid: &str) {
    list(stage);
    for (key, tsid) in before {
        stage.press(key);
        stage.shows(&format!("● live {tsid}"));
    }
    stage.brings(&format!("● live {tsid}"));
}

/// The wall of four, the newest chosen.
fn wall(stage: &Stage) {
    list(stage);
    stage.press("w");
    stage.shows(">● live 00000F");
    stage.shows("ready-12");
}

/// The dialog of an order with this title.
fn dialog(stage: &Stage, title: &str) {
    list(stage);
    stage.brings(title);
}

/// The dialog in which one writes, with something to send.
fn written(stage: &Stage) {
    list(stage);
    stage.press("M");
    stage.shows("Write to the user of 00000F");
    stage.type_text("good morning");
    stage.shows("Message: good morning");
}

pub(super) const LIVE: &[Case] = &[
    ("live.down", |stage| chooses(stage, &[], "00000E")),
    ("live.up", |stage| chooses(stage, &[("Down", "00000E")], "00000F")),
    ("live.page_down", |stage| chooses(stage, &[], "000005")),
    ("live.page_up", |stage| chooses(stage, &[("G", "000002")], "00000C")),
    ("live.first", |stage| chooses(stage, &[("G", "000002")], "00000F")),
    ("live.last", |stage| chooses(stage, &[], "000002")),
    ("live.newest", |stage| chooses(stage, &[("Down", "00000E")], "00000F")),
    ("live.open", |stage| {
        list(stage);
        stage.takes("ready-12");
        stage.shows("● live 00000F");
    }),
    ("live.replay", |stage| {
        list(stage);
        stage.brings("growing: ");
        stage.shows("00000F");
    }),
    ("live.pause", |stage| {
        list(stage);
        stage.brings("growing: paused");
        stage.shows("ready-15");
    }),
    ("live.wall", |stage| {
        list(stage);
        stage.brings(">● live 00000F");
        stage.shows(" ● live 00000C");
    }),
    ("wall.tile_right", |stage| {
        wall(stage);
        stage.brings(">● live 00000E");
    }),
    ("wall.tile_left", |stage| {
        wall(stage);
        stage.press("l");
        stage.shows(">● live 00000E");
        stage.brings(">● live 00000F");
    }),
    ("whole.look_back", |stage| {
        list(stage);
        stage.press("Enter");
        stage.lacks("ready-12");
        stage.brings("growing: ");
    }),
    ("wall.pin", |stage| {
        wall(stage);
        stage.brings(">^● live 00000F");
    }),
    ("wall.thumbnails", |stage| {
        wall(stage);
        stage.leads_to("smaller screens", |screen| {
            !screen.lines().any(|line| line.contains("║ready-15") || line.contains("│ready-"))
        });
        stage.shows(">● live 00000F");
    }),
    ("wall.wall_back", |stage| {
        wall(stage);
        stage.takes(">● live 00000F");
        stage.shows("● live 00000F");
    }),
    ("whole.whole_back", |stage| {
        list(stage);
        stage.press("Enter");
        stage.lacks("ready-12");
        stage.brings("ready-12");
    }),
    ("screen.jump", |stage| {
        list(stage);
        stage.leads_to("letters", |screen| screen.lines().any(|line| line.starts_with("s● live")));
        stage.press("s");
        stage.shows("● live 00000E");
    }),
    ("jump.stay", |stage| {
        list(stage);
        stage.press(";");
        stage.until("letters", |screen| screen.contains("\na● live"));
        stage.takes("a● live");
    }),
    ("live.all", |stage| {
        list(stage);
        stage.brings("14 running, 1 finished");
    }),
    ("live.browse", |stage| {
        list(stage);
        stage.brings("Sudolog browse  1 of 15");
    }),
    ("live.riskiest", |stage| {
        list(stage);
        stage.brings(", with the riskiest");
    }),
    ("live.attention", |stage| {
        list(stage);
        stage.brings(", riskiest first");
    }),
    ("live.triage", |stage| {
        list(stage);
        stage.brings("Sudolog triage");
    }),
    ("live.summary", |stage| {
        list(stage);
        stage.brings("Sudolog summary");
    }),
    ("live.search_all", |stage| {
        list(stage);
        stage.brings("Search all sessions");
    }),
    ("session.freeze", |stage| dialog(stage, "Freeze 00000F")),
    ("session.thaw", |stage| dialog(stage, "Thaw 00000F")),
    ("session.terminate", |stage| dialog(stage, "Terminate 00000F")),
    ("session.message", |stage| dialog(stage, "Write to the user of 00000F")),
    ("dialog.send", |stage| {
        written(stage);
        stage.brings("00000F: message ordered, recorded");
    }),
    ("dialog.cancel", |stage| {
        written(stage);
        stage.takes("Write to the user of");
    }),
];

/// The number of the chosen row.
fn row(screen: &str) -> Option<u32> {
    let (before, _) = screen.lines().next()?.split_once(" of 15")?;
    before.rsplit(' ').next()?.parse().ok()
}

/// After these keys, the key chooses one of these rows.
fn goes_to(stage: &Stage, before: &[(&str, u32)], rows: std::ops::RangeInclusive<u32>) {
    stage.shows("browse  1 of 15");
    for (key, at) in before {
        stage.press(key);
        stage.shows(&format!("browse  {at} of 15"));
    }
    let is_so = |screen: &str| row(screen).is_some_and(|row| rows.contains(&row));
    stage.leads_to(&format!("a row of {rows:?}"), is_so);
}

/// Waits for the table.
fn table(stage: &Stage) {
    stage.shows("browse  1 of 15  by start");
    stage.shows("00000F");
}

/// True when a row of the table, not what is below it, has this in it.
fn in_rows(screen: &str, text: &str) -> bool {
    screen.lines().take_while(|line| !line.contains("───")).any(|line| line.contains(text))
}

/// Twice: the first step to the right goes over the program's directory, which was not shown.
fn scroll(stage: &Stage, away: bool, press: impl Fn()) {
    press();
    press();
    stage.until("commands to be scrolled", |screen| in_rows(screen, COMMAND) != away);
}

/// How the commands begin.
const COMMAND: &str = "sh -c";

pub(super) const BROWSE: &[Case] = &[
    ("table.row_down", |stage| goes_to(stage, &[], 2..=2)),
    ("table.row_up", |stage| goes_to(stage, &[("G", 15)], 14..=14)),
    // Less than 15 and more than half of what is shown, which is about 13 rows.
    ("table.rows_down", |stage| goes_to(stage, &[], 10..=14)),
    ("table.rows_up", |stage| goes_to(stage, &[("G", 15)], 2..=6)),
    ("table.rows_half_down", |stage| goes_to(stage, &[], 3..=9)),
    ("table.rows_half_up", |stage| goes_to(stage, &[("G", 15)], 7..=13)),
    ("table.row_first", |stage| goes_to(stage, &[("G", 15)], 1..=1)),
    ("table.row_last", |stage| goes_to(stage, &[], 15..=15)),
    ("browse.row_triage", |stage| {
        table(stage);
        stage.brings("Sudolog triage");
    }),
    ("browse.row_verify", |stage| {
        table(stage);
        stage.brings("Verify  00000F");
    }),
    ("browse.row_replay", |stage| {
        table(stage);
        stage.brings("growing: ");
    }),
    ("table.filter", |stage| {
        table(stage);
        stage.brings("Enter filter  Esc cancel");
    }),
    ("table.narrow", |stage| {
        table(stage);
        stage.brings("┌ Sessions (15)");
    }),
    ("browse.sort_next", |stage| {
        table(stage);
        stage.brings("by risk");
    }),
    ("browse.sort_previous", |stage| {
        table(stage);
        stage.brings("by tty");
    }),
    ("browse.sort_reverse", |stage| {
        table(stage);
        stage.brings("by start reversed");
    }),
    ("browse.commands_right", |stage| {
        table(stage);
        assert!(in_rows(&stage.screen(), COMMAND), "{}", stage.screen());
        scroll(stage, true, || stage.press_it());
    }),
    ("browse.commands_left", |stage| {
        table(stage);
        scroll(stage, true, || stage.press("Right"));
        scroll(stage, false, || stage.press_it());
    }),
    ("filter.filter_apply", |stage| {
        table(stage);
        stage.press("/");
        stage.type_text("user:nobody");
        stage.shows(" / user:nobody");
        stage.brings("No session matches user:nobody");
    }),
    ("filter.filter_cancel", |stage| {
        table(stage);
        stage.press("/");
        stage.type_text("user:nobody");
        stage.takes(" / user:nobody");
        stage.shows("browse  1 of 15");
    }),
];

/// The player, at whose session something can be said.
fn played(stage: &Stage) {
    stage.shows("growing: ");
}

pub(super) const REPLAY: &[Case] = &[
    ("replay.live_edge", |stage| {
        stage.shows("growing: ");
        stage.press("Space");
        stage.shows("‖");
        stage.brings("▶");
        stage.shows("ready-2");
    }),
    ("replay.verdict_here", |stage| {
        played(stage);
        stage.brings("Verdict on 000002");
        stage.shows("false positive");
    }),
    ("replay.note_here", |stage| {
        played(stage);
        stage.brings("Note on 000002");
    }),
    ("replay.take_back_here", |stage| {
        played(stage);
        stage.brings("nothing was said in this console");
    }),
    ("remark.unsaid", |stage| {
        played(stage);
        stage.press("A");
        stage.takes("Note on 000002");
    }),
    ("screen.alarm", |stage| {
        played(stage);
        stage.brings("there is no alarm");
    }),
    ("screen.alarm_away", |stage| {
        played(stage);
        stage.brings("there is no alarm");
    }),
];
