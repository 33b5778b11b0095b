//! The replay screen as it looks, whole, in a small, a large and a tiny terminal.

use std::sync::Arc;
use std::time::Duration;

use ratatui::style::Color;
use sudolog_core::session::{Incident, IncidentKind};
use sudolog_core::term::SafeScreen;
use sudolog_core::time::Timestamp;

use super::sample::{about, read, read_with};
use super::{Replay, ReplayAction, Start};
use crate::app::{Action, App, Effect, Route, update};
use crate::deck::{Frame, News};
use crate::keymap::{Key, Keymap};
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::Standing;
use crate::theme::{Depth, Theme};

fn app(theme: &str, depth: Depth) -> App {
    let mut about = about();
    about.user = "mal\x1b[31mlory".into();
    let replay = Replay::new(about, Start::default());
    let theme = Theme::named(theme).unwrap();
    App::new(Route::Replay(Box::new(replay)), theme, depth, Timestamp::default())
}

/// Paused in the middle of a recording with a pause and a screen of text.
pub(crate) fn paused(end: Standing) -> App {
    let mut app = app(Theme::DEFAULT, Depth::True);
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(
        "\x1b[1;32mroot@web1\x1b[m:~# cat /etc/motd\r\nGrüße 日本 \x1b[7m!\x1b[m\r\n".as_bytes(),
    );
    (3..=23).for_each(|line| screen.feed(format!("line {line}\r\n").as_bytes()));
    let seconds: Vec<u64> = (0..=9).map(|n| n * 10).collect();
    update(&mut app, Action::Deck(read(1, &seconds, Some(end))));
    let frame = Frame { seq: 5, screen };
    update(&mut app, Action::Deck(News::Frame(Arc::new(frame))));
    press(&mut app, "Space");
    press(&mut app, "5");
    app
}

pub(crate) fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

#[test]
fn in_a_usual_in_a_large_and_in_a_tiny_terminal() {
    let app = paused(Standing::Whole);
    at_both_sizes("replay", "paused", &app);
    matches("replay", "paused-40x10.txt", &dump(&drawn(&app, 40, 10)));
}

/// The keys of a configuration file.
fn keymap(text: &str) -> Keymap {
    let (overrides, faults) = crate::keymap::parse(text);
    assert!(faults.is_empty(), "{faults:?}");
    Keymap::with(&overrides).0
}

#[test]
fn every_hint_names_the_key_that_is_in_force() {
    let mut app = paused(Standing::Whole);
    app.keymap = keymap(
        "[keys.replay]\nzoom = \"Z\"\n[keys.help]\nhelp_down = \"n\"\n\
         [keys.prompt]\nsearch_regex = \"Ctrl-x\"\n[keys.chooser]\nlet_be = \"F2\"\n",
    );
    let shown = |app: &App| dump(&drawn(app, 80, 24));
    assert!(shown(&app).contains("cut (Z fits)"), "{}", shown(&app));
    press(&mut app, "?");
    let small = dump(&drawn(&app, 80, 12));
    assert!(small.contains("Keys: n shows more"), "{small}");
    press(&mut app, "Esc");
    press(&mut app, "/");
    assert!(shown(&app).contains("Enter search  Ctrl-x regex  Esc cancel"), "{}", shown(&app));
    press(&mut app, "Esc");
    press(&mut app, ":");
    "xyz".chars().for_each(|c| drop(update(&mut app, Action::Press(Key::char(c)))));
    assert!(shown(&app).contains("F2 goes back"), "{}", shown(&app));
    app.chooser = None;
    app.keymap = keymap("[keys.replay]\nzoom = []\n");
    assert!(shown(&app).contains(" cut exit 0"), "no key, no hint: {}", shown(&app));
}

#[test]
fn what_is_wrong_has_a_line_of_its_own() {
    let app = paused(Standing::Damaged("timing ends inside line 12".to_owned()));
    let text = dump(&drawn(&app, 80, 24));
    assert!(text.lines().nth(1).unwrap().contains("damaged: timing ends inside line 12"), "{text}");
}

#[test]
fn what_nobody_writes_any_more_is_not_called_live() {
    let app = paused(Standing::Silent(3));
    let text = dump(&drawn(&app, 120, 36));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].contains("unfinished") && !text.contains("growing"), "{text}");
    assert!(lines[1].contains("nothing was written for 3 min"), "{text}");
}

#[test]
fn a_freeze_is_a_stretch_on_the_bar_and_a_sentence_above_it() {
    let mut app = app(Theme::DEFAULT, Depth::True);
    let incident = |at_s, after_seq, kind, text: &str| Incident {
        at: Timestamp { seconds: at_s, nanoseconds: 400_000_000 },
        after_seq,
        kind,
        who: (kind == IncidentKind::OrderFreeze).then(|| "olga".into()),
        text: text.into(),
    };
    let happened = [
        incident(0, 3, IncidentKind::Frozen, "the log server is not heard"),
        incident(25, 3, IncidentKind::Thawed, "the command goes on"),
        incident(60, 6, IncidentKind::OrderFreeze, "edits sshd\x1b[2J"),
        incident(70, 7, IncidentKind::Escape, "a process has left the session's cgroup"),
    ];
    let seconds = [1, 2, 4, 30, 31, 32, 50];
    update(&mut app, Action::Deck(read_with(1, &seconds, Some(Standing::Whole), &happened)));
    press(&mut app, "Space");
    at_both_sizes("replay", "incidents", &app);
    for step in 1..=4 {
        press(&mut app, "]");
        at_both_sizes("replay", &format!("incidents-{step}"), &app);
    }
}

#[test]
fn help_lists_every_key() {
    let mut app = paused(Standing::Whole);
    press(&mut app, "?");
    at_both_sizes("replay", "help", &app);
}

#[test]
fn without_colours_everything_is_still_told() {
    let app = app("dark", Depth::Mono);
    let buffer = drawn(&app, 80, 24);
    assert!(buffer.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    let text = dump(&buffer);
    assert!(text.contains("exit 0") && text.contains("▶ 00:00"), "{text}");
}

#[test]
fn no_size_of_terminal_is_too_small_or_too_large() {
    let mut app = paused(Standing::Damaged("torn".to_owned()));
    for help in [None, Some(0), Some(99)] {
        app.help = help;
        for (columns, lines) in [(0, 0), (1, 1), (2, 3), (3, 2), (20, 5), (79, 23), (500, 200)] {
            drawn(&app, columns, lines);
        }
    }
}

#[test]
fn a_pause_that_is_cut_down_is_said_with_its_true_length() {
    let mut app = paused(Standing::Whole);
    press(&mut app, "i");
    press(&mut app, "Space");
    update(&mut app, Action::Tick(Duration::from_millis(500)));
    let text = dump(&drawn(&app, 80, 24));
    assert!(text.contains(" skipping 00:0"), "{text}");
    let Some(Route::Replay(replay)) = app.routes.last_mut() else { panic!("no replay") };
    replay.act(Duration::from_millis(500), ReplayAction::TogglePlay);
    assert!(replay.max_wait().is_some());
}
