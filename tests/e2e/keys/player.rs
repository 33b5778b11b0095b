//! The keys of the player, on a recording of 400 seconds and 200 columns by 60 lines in which each
//! second shows its number.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use sudolog_tests::programs;

use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_the_player_does_what_the_help_says() {
    let player = Player::new();
    press_all(&player.command, SIZE, CASES);
}

/// What a recording is replayed with.
pub(super) struct Player {
    _dir: tempfile::TempDir,
    pub(super) command: Command,
}

/// Lines and columns of the console: fewer than the recording has.
pub(super) const SIZE: (u16, u16) = (30, 120);

impl Player {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (recording, config) = (dir.path().join("recording"), dir.path().join("tui.toml"));
        fs::create_dir(&recording).unwrap();
        write_recording(&recording);
        fs::write(&config, "").unwrap();
        let mut command = Command::new(programs::built("sudolog-tui").unwrap());
        command.arg("replay").arg(&recording).arg("--config").arg(&config).env("HOME", dir.path());
        Self { _dir: dir, command }
    }
}

/// Output each second, a needle that stands for eight of every sixteen seconds, a line that is
/// entered after 50 seconds, and another size after 120 and after 300.
fn write_recording(dir: &Path) {
    let (mut timing, mut out, mut typed) = (String::new(), String::new(), String::new());
    let mut show = |timing: &mut String, delay: &str, text: &str| {
        writeln!(timing, "4 {delay} {}", text.len()).unwrap();
        out.push_str(text);
    };
    for second in 1..=LENGTH_S {
        let mut text = format!("\x1b[20;30Htick-{second:03}\x1b[4;1H");
        match second % 16 {
            4 => write!(text, "\x1b[30;30Hneedle-{second:03}\x1b[4;1H").unwrap(),
            12 => text.push_str("\x1b[30;30H\x1b[K\x1b[4;1H"),
            _ => {}
        }
        match second {
            50 => {
                show(&mut timing, "1.0", "\x1b[4;1H$ ");
                for (key, echo) in [("i", "i"), ("d", "d"), ("\r", "\r\n")] {
                    writeln!(timing, "3 0.1 1").unwrap();
                    typed.push_str(key);
                    show(&mut timing, "0.0", echo);
                }
            }
            51 => show(&mut timing, "0.7", &text),
            120 | 300 => {
                let columns = if second == 120 { 202 } else { 200 };
                writeln!(timing, "5 0.5 60 {columns}").unwrap();
                show(&mut timing, "0.5", &text);
            }
            _ => show(&mut timing, "1.0", &text),
        }
    }
    let log = "1763000000:alice:root::/dev/pts/1:60:200\n/home/alice\n/usr/bin/bash\n";
    let files = [("timing", &timing), ("ttyout", &out), ("ttyin", &typed), ("log", &log.into())];
    for (name, content) in files {
        fs::write(dir.join(name), content).unwrap();
    }
    // As sudo marks what does not grow any more.
    fs::set_permissions(dir.join("timing"), fs::Permissions::from_mode(0o400)).unwrap();
}

const LENGTH_S: u32 = 400;

/// Pauses in the middle, which is 03:20.
pub(super) fn half_way(stage: &Stage) {
    stage.shows("▶");
    stage.press("Space");
    stage.shows("‖");
    stage.press("5");
    stage.shows("‖ 03:20");
    stage.shows("tick-200");
}

/// From half way, the key goes to this time.
fn goes_to(stage: &Stage, time: &str) {
    half_way(stage);
    stage.brings(&format!("‖ {time}"));
}

/// Half way, with 25 hits.
pub(super) fn searched(stage: &Stage) {
    half_way(stage);
    stage.press("/");
    stage.shows("Ctrl-r regex");
    stage.type_text("needle");
    stage.press("Enter");
    stage.shows("/25");
    stage.shows("‖ 03:32");
}

/// From half way, after a key that goes before it, the part of the screen that is shown.
fn looks_at(stage: &Stage, before: &[&str], part: &str) {
    half_way(stage);
    stage.shows("cut to columns 1-");
    for key in before {
        let shown = stage.screen();
        stage.press(key);
        stage.until("another part", |screen| screen != shown);
    }
    stage.brings(part);
}

/// What the signatures prove, of which a small terminal shows a part.
fn checked(stage: &Stage) {
    half_way(stage);
    stage.press("V");
    stage.shows("? NOT SIGNED. Recorded without Sudolog");
    stage.resize(6, 40);
    stage.shows("3 more below");
}

/// Leaves to a shell, which tells how the console ended.
fn in_a_shell(stage: &Stage) {
    let mut shell = Command::new("bash");
    shell.args(["--norc", "--noprofile", "-i"]).env("PS1", "shell$ ");
    stage.run(&shell);
    stage.shows("shell$");
    let words = stage.command().get_args().map(|word| format!("'{}'", word.to_string_lossy()));
    let words: Vec<String> = words.collect();
    let program = stage.command().get_program().to_string_lossy();
    stage.type_text(&format!("'{program}' {}; echo \"ended-$?\"", words.join(" ")));
    stage.press("Enter");
    stage.shows("▶");
}

pub(super) const CASES: &[Case] = &[
    ("replay.toggle_play", |stage| {
        stage.shows("▶");
        stage.brings("‖");
        stage.press("Space");
        stage.shows("▶");
    }),
    ("replay.seek_back", |stage| goes_to(stage, "03:15")),
    ("replay.seek_forward", |stage| goes_to(stage, "03:25")),
    ("replay.minute_back", |stage| goes_to(stage, "02:20")),
    ("replay.minute_forward", |stage| goes_to(stage, "04:20")),
    ("replay.step_back", |stage| goes_to(stage, "03:19")),
    ("replay.step_forward", |stage| goes_to(stage, "03:21")),
    ("replay.restart", |stage| goes_to(stage, "00:00")),
    ("replay.previous_mark", |stage| {
        goes_to(stage, "01:59");
        stage.shows("window 202x60");
    }),
    ("replay.next_mark", |stage| {
        goes_to(stage, "04:59");
        stage.shows("window 200x60");
    }),
    ("replay.tenth_back", |stage| goes_to(stage, "02:40")),
    ("replay.tenth_forward", |stage| goes_to(stage, "04:00")),
    ("replay.previous_command", |stage| goes_to(stage, "00:50")),
    ("replay.next_command", |stage| {
        half_way(stage);
        stage.press("g");
        stage.shows("‖ 00:00");
        stage.brings("‖ 00:50");
    }),
    ("replay.own_mark", |stage| {
        half_way(stage);
        stage.brings("your mark");
    }),
    ("replay.to_own_mark", |stage| {
        half_way(stage);
        stage.press("m");
        stage.shows("your mark");
        stage.press("g");
        stage.shows("‖ 00:00");
        stage.brings("‖ 03:20");
    }),
    ("replay.end", |stage| {
        half_way(stage);
        stage.brings("■ 06:40");
        stage.shows("tick-400");
    }),
    ("replay.tenth", |stage| {
        half_way(stage);
        stage.press("G");
        stage.shows("■ 06:40");
        let second = stage.name_of_key().parse::<u32>().unwrap() * LENGTH_S / 10;
        stage.brings(&format!("‖ {:02}:{:02}", second / 60, second % 60));
    }),
    ("replay.slower", |stage| {
        half_way(stage);
        stage.brings("06:40 0.5x");
    }),
    ("replay.faster", |stage| {
        half_way(stage);
        stage.brings("06:40 2x");
    }),
    ("replay.normal_speed", |stage| {
        half_way(stage);
        stage.press(">");
        stage.shows("06:40 2x");
        stage.brings("06:40 1x");
    }),
    ("replay.go_to", |stage| {
        half_way(stage);
        stage.brings("a time of day: @14:05");
    }),
    ("replay.search", |stage| {
        half_way(stage);
        stage.brings("Enter search  Ctrl-r regex");
    }),
    ("replay.next_hit", |stage| {
        searched(stage);
        stage.brings("‖ 03:48");
    }),
    ("replay.previous_hit", |stage| {
        searched(stage);
        stage.brings("‖ 03:16");
    }),
    ("replay.hits", |stage| {
        searched(stage);
        stage.brings("14 of 25 for /needle");
    }),
    ("replay.idle_limit", |stage| {
        half_way(stage);
        stage.brings("pauses 1s");
    }),
    ("replay.lines", |stage| {
        half_way(stage);
        stage.brings("┌ Entered lines (1)");
        stage.press("Enter");
        stage.shows("‖ 00:50");
    }),
    ("replay.keys", |stage| {
        half_way(stage);
        stage.brings("no keys");
        stage.press(":");
        stage.shows("What to do");
        stage.type_text("51");
        stage.press("Enter");
        stage.shows("id⏎");
    }),
    ("replay.streams", |stage| {
        half_way(stage);
        stage.brings("Streams on the screen");
        stage.type_text("ttyout");
        stage.press("Enter");
        stage.shows(" -ttyout");
        stage.lacks("tick-200");
    }),
    ("replay.loop", |stage| {
        half_way(stage);
        stage.brings(" loop");
    }),
    ("replay.reveal", |stage| {
        half_way(stage);
        stage.brings(" hidden text");
    }),
    ("replay.changes", |stage| {
        half_way(stage);
        stage.brings(" changes since event");
    }),
    ("replay.catch_up", |stage| {
        half_way(stage);
        stage.brings("there is no edge to catch up with");
    }),
    ("replay.compare", |stage| {
        half_way(stage);
        stage.brings("with A 03:20");
        stage.press(".");
        stage.shows("B 03:21");
        stage.shows("cell differs");
        stage.press("Esc");
        stage.lacks("with A 03:20");
    }),
    ("replay.compare_flip", |stage| {
        half_way(stage);
        stage.press("D");
        stage.shows("with A 03:20");
        stage.press(".");
        stage.shows("tick-201");
        stage.brings("tick-200");
        stage.shows("with B 03:21");
    }),
    ("replay.zoom", |stage| {
        half_way(stage);
        stage.shows("cut to columns");
        stage.brings("made smaller");
    }),
    ("replay.pan_right", |stage| looks_at(stage, &[], "cut to columns 9-")),
    ("replay.pan_left", |stage| {
        looks_at(stage, &["Alt-Right", "Alt-Right"], "cut to columns 9-");
    }),
    ("replay.pan_down", |stage| looks_at(stage, &[], "rows 5-")),
    ("replay.pan_up", |stage| looks_at(stage, &["Alt-Down", "Alt-Down"], "rows 5-")),
    ("session.verify", |stage| {
        half_way(stage);
        stage.brings("? NOT SIGNED. Recorded without Sudolog");
    }),
    ("verify.go_to_break", |stage| {
        checked(stage);
        stage.brings("there is no place to go to");
    }),
    ("verify.check_again", |stage| {
        checked(stage);
        let recording = stage.command().get_args().nth(1).unwrap();
        let reason = Path::new(recording).join("INCOMPLETE");
        fs::write(&reason, "cut off by a test").unwrap();
        stage.brings("4 more below");
        fs::remove_file(&reason).unwrap();
    }),
    ("verify.found_down", |stage| {
        checked(stage);
        stage.brings("2 more below");
    }),
    ("verify.found_up", |stage| {
        checked(stage);
        stage.press("j");
        stage.shows("2 more below");
        stage.brings("3 more below");
    }),
    ("verify.found_page_down", |stage| {
        checked(stage);
        stage.takes("more below");
    }),
    ("verify.found_page_up", |stage| {
        checked(stage);
        stage.press("PgDn");
        stage.lacks("more below");
        stage.brings("3 more below");
    }),
    ("session.copy", |stage| {
        half_way(stage);
        stage.brings("copy: the screen");
    }),
    ("screen.plain", |stage| {
        half_way(stage);
        stage.brings("leaves plain text");
        stage.shows("tick-200");
        stage.lacks("06:40");
    }),
    ("screen.themes", |stage| {
        half_way(stage);
        stage.brings("▸ terminal-16");
    }),
    ("screen.palette", |stage| {
        half_way(stage);
        stage.brings("What to do (");
    }),
    ("screen.help", |stage| {
        half_way(stage);
        stage.brings("┌ Keys");
    }),
    ("screen.end_search", |stage| {
        searched(stage);
        stage.takes("/needle");
        stage.shows("‖ 03:32");
    }),
    ("screen.back", |stage| {
        in_a_shell(stage);
        stage.brings("ended-0");
    }),
    ("everywhere.quit", |stage| {
        in_a_shell(stage);
        stage.brings("ended-130");
    }),
    ("everywhere.suspend", |stage| {
        in_a_shell(stage);
        stage.brings("Stopped");
        stage.type_text("fg");
        stage.press("Enter");
        stage.shows("▶");
    }),
];
