//! The live screen as it looks, whole, in a small and in a large terminal.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use sudolog_core::limits::{SCREEN_COLUMNS_MAX, SCREEN_LINES_MAX};
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::SessionState::{Complete, Frozen, Incomplete, Live as Running};
use sudolog_core::term::SafeScreen;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::Listing;

use super::sample::{picture, row};
use super::{Live, LiveAction, LiveView};
use crate::app::{Action, App, Route, update};
use crate::keymap::Keymap;
use crate::screens::Hits;
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::server::{LinkState, News};
use crate::theme::{Depth, Theme};

fn up() -> LinkState {
    LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() }
}

/// Four running sessions and two finished ones, the second chosen.
fn busy() -> Live {
    let mut live = Live::new(up());
    live.act(LiveAction::ToggleScope);
    let mut rows = vec![
        row(46, Running),
        row(45, Frozen),
        row(44, Running),
        row(43, Complete),
        row(42, Incomplete),
    ];
    rows[0].command = "/usr/bin/bash --noprofile --norc -i".into();
    rows[0].user = "mal\x1b[31mlory".into();
    rows[2].command = "/usr/bin/find / -xdev -newer /etc/passwd -name '*.conf' -print".into();
    rows[3].signal = Some("INT".into());
    rows[0].risk = Score::capped(100);
    rows[0].anomalies = vec![Anomaly::HighRisk, Anomaly::RootShell, Anomaly::Escape];
    rows[1].risk = Score::capped(50);
    rows[2].risk = Score::capped(25);
    rows[4].exit_value = None;
    live.learn(News::Listed(live.wanted().query, Listing { total: 812, rows }));
    live.act(LiveAction::Move(1));
    let mut text = String::from("127.0.0.1 localhost\r\n");
    (2..=23).for_each(|line| text.push_str(&format!("~ line {line}\r\n")));
    text.push_str("\x1b[1mE37: No write since last change\x1b[m");
    live.learn(News::Picture(picture(45, &text)));
    live
}

fn shown(live: &Live, banner: Option<&str>, columns: u16, lines: u16) -> String {
    shown_with(&Keymap::default(), live, banner, columns, lines)
}

fn shown_with(
    keymap: &Keymap,
    live: &Live,
    banner: Option<&str>,
    columns: u16,
    lines: u16,
) -> String {
    let now = Timestamp { seconds: 1_763_035_200 + 400, nanoseconds: 0 };
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let view = LiveView { theme: &theme, keymap, now, copying: None, banner };
    let draw = |frame: &mut ratatui::Frame<'_>| {
        view.draw(live, frame.area(), frame.buffer_mut(), &mut Hits::default());
    };
    terminal.draw(draw).unwrap();
    let text = terminal.backend().to_string();
    let lines = text.lines().map(|line| line.trim_matches('"').trim_end());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

const BANNER: &str = "Embedded: a server of its own in /tmp/sudolog-x";

/// The console with this screen.
fn console(live: Live) -> App {
    let began = Timestamp { seconds: 1_763_035_200 + 400, nanoseconds: 0 };
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    App::new(Route::Live(Box::new(live)), theme, Depth::True, began)
}

#[test]
fn list_and_screen() {
    at_both_sizes("live", "list", &console(busy()));
    let mut embedded = console(busy());
    embedded.banner = Some(BANNER.to_owned());
    at_both_sizes("live", "banner", &embedded);
}

#[test]
fn in_a_tiny_terminal_who_and_what_can_be_read() {
    let shown = dump(&drawn(&console(busy()), 40, 10));
    matches("live", "list-40x10.txt", &shown);
    assert!(shown.contains(" ●l ") && shown.contains("alice@web1"), "{shown}");
}

#[test]
fn letters_stand_at_every_row_and_tile() {
    for (state, action) in [("jump", None), ("jump-on-the-wall", Some(LiveAction::Wall))] {
        let mut live = busy();
        if let Some(action) = action {
            live.act(action);
        }
        let mut app = console(live);
        let area = ratatui::layout::Rect::new(0, 0, 200, 60);
        app.hits = crate::screens::view(&app, area, &mut ratatui::buffer::Buffer::empty(area));
        update(&mut app, Action::Press(";".parse().unwrap()));
        at_both_sizes("live", state, &app);
    }
}

#[test]
fn one_session_alone() {
    let mut live = busy();
    live.act(LiveAction::Open);
    at_both_sizes("live", "alone", &console(live));
}

#[test]
fn the_wall_with_parts_and_with_the_whole_of_screens() {
    let mut live = busy();
    live.act(LiveAction::Wall);
    live.act(LiveAction::Pin);
    live.learn(News::Picture(picture(46, "$ id\r\nuid=0(root)\r\n$ ")));
    live.learn(News::Picture(picture(44, "/etc/ssh/\x1b[32msshd_config\x1b[m\r\n")));
    at_both_sizes("live", "wall", &console(live.clone()));
    live.act(LiveAction::Zoom);
    at_both_sizes("live", "wall-whole", &console(live.clone()));
    live.act(LiveAction::Wall);
    at_both_sizes("live", "wall-of-nine", &console(live));
}

#[test]
fn help_lists_every_key_of_the_live_screen() {
    let mut app = console(busy());
    app.help = Some(0);
    at_both_sizes("live", "help", &app);
    let mut live = busy();
    live.act(LiveAction::Wall);
    let mut wall = console(live);
    wall.help = Some(0);
    at_both_sizes("live", "help-of-the-wall", &wall);
    let (wall, list) = (dump(&drawn(&wall, 200, 60)), dump(&drawn(&app, 200, 60)));
    for own in ["tile left", "keep on the first page"] {
        assert!(wall.contains(own) && !list.contains(own), "{own}");
    }
}

#[test]
fn a_lost_connection_and_an_empty_list_are_said() {
    let mut live = Live::new(up());
    assert!(shown(&live, None, 80, 23).contains("Asking the server"));
    live.learn(News::Listed(live.wanted().query, Listing::default()));
    assert!(
        shown(&live, None, 80, 23).contains(
            "No session is running. a lists finished ones too, b opens the table of all."
        )
    );
    live.learn(News::Link(LinkState::Down { reason: "connection reset".to_owned() }));
    assert!(shown(&live, None, 80, 23).contains("○ not connected, trying again: connection reset"));
    let mut live = busy();
    live.learn(News::Link(LinkState::Down { reason: "reset".to_owned() }));
    assert!(shown(&live, None, 80, 23).contains("this is the last that was seen"));
}

#[test]
fn what_is_wrong_with_the_server_stands_above_the_sessions() {
    let warning = "[risk] rules: /etc/sudolog/rules.yaml: line 4: unknown key".to_owned();
    let mut live = busy();
    live.learn(News::Link(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: None,
        warning,
    }));
    let drawn = shown(&live, Some("here"), 80, 24);
    let lines: Vec<&str> = drawn.lines().take(3).collect();
    assert!(lines[1].contains(" ! [risk] rules: /etc/sudolog/rules.yaml: line 4"), "{drawn}");
    assert!(lines[2].contains(" here"), "{drawn}");
}

#[test]
fn while_the_server_is_away_no_session_is_said_to_be_live() {
    let mut live = busy();
    live.zone = jiff::tz::TimeZone::UTC;
    live.tick(Duration::from_secs(70));
    live.learn(News::Link(LinkState::Down { reason: "reset".to_owned() }));
    for (columns, lines) in [(80, 23), (200, 59)] {
        let text = shown(&live, None, columns, lines);
        assert!(!text.contains("● live") && !text.contains("FROZEN"), "{text}");
        assert!(text.contains("? last seen 12:05:30"), "{text}");
        assert!(text.contains("3 running when last seen"), "{text}");
        assert!(text.contains("✓ complete"), "what has ended stays so: {text}");
    }
    live.learn(News::Link(up()));
    assert!(shown(&live, None, 80, 23).contains("? last seen"), "until the list comes");
    let rows = vec![row(46, Running), row(45, Running)];
    live.learn(News::Listed(live.wanted().query, Listing { total: 2, rows }));
    assert!(shown(&live, None, 80, 23).contains("● live"));
}

#[test]
fn what_has_ended_says_how_as_soon_as_that_is_known() {
    let mut live = Live::new(up());
    let list = |live: &mut Live, numbers: &[u32]| {
        let rows: Vec<_> = numbers.iter().map(|number| row(*number, Running)).collect();
        let listing = Listing { total: rows.len() as u64, rows };
        live.learn(News::Listed(live.wanted().query, listing))
    };
    list(&mut live, &[4, 3, 2, 1]);
    let ended = list(&mut live, &[4, 1]);
    assert_eq!(ended, [row(3, Running).tsid, row(2, Running).tsid]);
    let text = shown(&live, None, 80, 23);
    assert_eq!(text.matches("· ended").count(), 2, "{text}");
    assert!(text.contains("2 running"), "{text}");
    live.settle(row(3, Incomplete));
    live.settle(row(2, Complete));
    let text = shown(&live, None, 80, 23);
    for words in ["! INCOMPLETE", "✓ complete", "exit 0"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_key_that_replays_is_the_one_in_force() {
    let (overrides, _) = crate::keymap::parse("[keys.live]\nopen = \"o\"\nall = []\n");
    let keymap = Keymap::with(&overrides).0;
    let mut live = Live::new(up());
    live.learn(News::Listed(live.wanted().query, Listing::default()));
    let text = shown_with(&keymap, &live, None, 80, 23);
    assert!(text.contains("No session is running. b opens the table of all."), "{text}");
    let mut live = busy();
    live.act(LiveAction::Move(2));
    let text = shown_with(&keymap, &live, None, 80, 23);
    assert!(text.contains("ended SIGINT: o replays it"), "{text}");
}

#[test]
fn a_picture_that_is_behind_or_approximate_says_so() {
    let mut live = busy();
    let mut late = Arc::into_inner(picture(45, "late")).unwrap();
    late.behind = Duration::from_millis(2_300);
    late.screen = SafeScreen::new(SCREEN_LINES_MAX, SCREEN_COLUMNS_MAX);
    live.learn(News::Picture(Arc::new(late)));
    assert!(shown(&live, None, 200, 40).contains("! 3 s behind"));
    assert!(!shown(&live, None, 200, 40).contains("may differ"));
    let mut flooded = Arc::into_inner(picture(45, "flooded")).unwrap();
    flooded.screen = SafeScreen::new(SCREEN_LINES_MAX, SCREEN_COLUMNS_MAX);
    flooded.screen.feed(&b"\x1b[2Jx".repeat(1_000));
    live.learn(News::Picture(Arc::new(flooded)));
    assert!(shown(&live, None, 200, 40).contains("! may differ from what the user saw"));
}

#[test]
fn no_size_is_too_small_to_draw() {
    for (columns, lines) in [(1, 1), (10, 3), (40, 10), (123, 2), (124, 3)] {
        shown(&busy(), Some(BANNER), columns, lines);
    }
}
