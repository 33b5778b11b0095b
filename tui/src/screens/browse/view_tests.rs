//! The table as it looks, whole, and what its keys do to the console.

use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::SessionState::{Complete, Frozen, Incomplete, Live as Running};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::Verdict;
use sudolog_core::wire::message::{Listing, Query, SessionRow};

use super::Browse;
use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens;
use crate::screens::live::Live;
use crate::screens::live::sample::row;
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::server::{Ask, LinkState, PageNews};
use crate::theme::{Depth, Theme};

fn up() -> LinkState {
    LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() }
}

fn app() -> App {
    let mut browse = Browse::new(up(), Query::default(), "");
    browse.zone = TimeZone::UTC;
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let began = Timestamp { seconds: 1_763_035_200 + 100_400, nanoseconds: 0 };
    App::new(Route::Browse(Box::new(browse)), theme, Depth::True, began)
}

/// The page that is wanted first, of 100,000 sessions.
fn answer(app: &mut App) {
    let Some(Route::Browse(browse)) = app.route() else { panic!("no table") };
    for query in browse.wanted() {
        let mut rows: Vec<_> =
            (0..100).map(|at| row(100_000 - query.offset - at, Complete)).collect();
        rows[0].state = Running;
        rows[0].command = "/usr/bin/find / -xdev -newer /etc/passwd -name '*.conf' -exec grep -l 'password' {} + -print".into();
        rows[1].state = Frozen;
        rows[1].user = "mal\x1b[31mlory".into();
        rows[2].state = Incomplete;
        rows[2].exit_value = None;
        rows[3].signal = Some("INT".into());
        rows[4].exit_value = Some(127);
        assess(&mut rows);
        update(app, Action::Paged(PageNews::Page(query, Listing { total: 100_000, rows })));
    }
}

/// One of every level, and what was said of the first.
fn assess(rows: &mut [SessionRow]) {
    for (row, points) in rows.iter_mut().zip([100, 60, 49, 24]) {
        row.risk = Score::capped(points);
    }
    rows[0].anomalies = vec![Anomaly::HighRisk, Anomaly::RootShell, Anomaly::AfterHours];
    rows[1].anomalies = Anomaly::ALL.to_vec();
    rows[0].standing.verdict = Some(Verdict::Incident);
    rows[0].standing.reviewed_by = vec!["ol\x1bga".into()];
    rows[0].standing.awaits_second = true;
    rows[0].standing.tags = vec!["case-7".into()];
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn type_text(app: &mut App, text: &str) {
    text.chars().for_each(|c| drop(update(app, Action::Press(Key::char(c)))));
}

fn shown(app: &mut App, columns: u16, lines: u16) -> String {
    let area = Rect::new(0, 0, columns, lines);
    let mut buffer = Buffer::empty(area);
    app.hits = screens::view(app, area, &mut buffer);
    let line = |y| (0..columns).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
    (0..lines).map(|y| line(y).trim_end().to_owned() + "\n").collect()
}

#[test]
fn commands_are_scrolled_from_where_they_stand() {
    // With the path of the program, and without it where there is little room.
    for (columns, before, after) in
        [(80, " vim /etc/hosts ", " /hosts "), (200, " /usr/bin/vim ", " /vim /etc")]
    {
        let mut app = app();
        answer(&mut app);
        assert!(shown(&mut app, columns, 24).contains(before), "{}", shown(&mut app, columns, 24));
        update(&mut app, Action::Press("Right".parse().unwrap()));
        let text = shown(&mut app, columns, 24);
        assert!(text.contains(after) && !text.contains(before), "{text}");
        update(&mut app, Action::Press("Left".parse().unwrap()));
        assert!(shown(&mut app, columns, 24).contains(before));
    }
}

#[test]
fn the_table_fits_every_terminal() {
    let mut app = app();
    assert!(shown(&mut app, 80, 24).contains("Asking the server"));
    answer(&mut app);
    at_both_sizes("browse", "table", &app);
    matches("browse", "table-40x10.txt", &dump(&drawn(&app, 40, 10)));
    for (columns, lines) in [(1, 1), (10, 3), (30, 5), (300, 100)] {
        shown(&mut app, columns, lines);
    }
}

#[test]
fn a_filter_that_is_wrong_says_so_under_its_line() {
    let mut app = app();
    answer(&mut app);
    assert!(press(&mut app, "/").is_empty());
    assert_eq!(app.scope(), Scope::Filter);
    type_text(&mut app, "host:web* exit:q");
    at_both_sizes("browse", "filter", &app);
    press(&mut app, "Ctrl-w");
    type_text(&mut app, "exit:!0");
    let effects = press(&mut app, "Enter");
    let [Effect::Page(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(&wanted[0], Ask::List(query) if query.conditions.len() == 2));
    assert_eq!(app.scope(), Scope::Browse);
    assert!(shown(&mut app, 80, 24).contains("asking …"));
}

#[test]
fn a_filter_that_nothing_matches_is_named_with_the_way_out() {
    let mut app = app();
    answer(&mut app);
    press(&mut app, "/");
    type_text(&mut app, "host:web9");
    press(&mut app, "Enter");
    let Some(Route::Browse(browse)) = app.route() else { panic!("no table") };
    let query = browse.wanted()[0].clone();
    update(&mut app, Action::Paged(PageNews::Page(query, Listing::default())));
    let text = shown(&mut app, 80, 24);
    assert!(text.contains("No session matches host:web9"), "{text}");
    assert!(text.contains("/ changes the filter, Ctrl-u there clears it, q goes back"), "{text}");
}

#[test]
fn keys_move_by_what_is_shown_and_missing_rows_are_marked() {
    let mut app = app();
    answer(&mut app);
    shown(&mut app, 80, 24);
    press(&mut app, "PgDn");
    let Some(Route::Browse(browse)) = app.route() else { panic!() };
    let page = browse.pages().at();
    assert!((12..24).contains(&page), "{page}");
    let effects = press(&mut app, "G");
    assert!(matches!(effects.as_slice(), [Effect::Page(wanted)] if wanted[0].offset() == 99_900));
    let picture = shown(&mut app, 80, 24);
    assert!(picture.contains("100,000 of 100,000") && picture.contains("asking …"), "{picture}");
    answer(&mut app);
    assert!(press(&mut app, "k").is_empty(), "nothing else to ask for");
    let effects = press(&mut app, "Enter");
    assert!(matches!(effects.as_slice(), [Effect::Open(tsid)] if tsid.seq() == 2));
}

#[test]
fn a_few_letters_find_a_row_that_is_here() {
    let mut app = app();
    answer(&mut app);
    press(&mut app, "G");
    answer(&mut app);
    press(&mut app, "f");
    assert_eq!(app.scope(), Scope::Chooser);
    at_both_sizes("browse", "found-here", &app);
    type_text(&mut app, "fnd pwd");
    press(&mut app, "Enter");
    let Some(Route::Browse(browse)) = app.route() else { panic!() };
    assert!(browse.pages().chosen().unwrap().command.escaped().to_string().contains("find"));
}

#[test]
fn it_lies_over_the_live_screen_and_asks_only_while_it_is_shown() {
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let live = Route::Live(Box::new(Live::new(up())));
    let mut app = App::new(live, theme, Depth::True, Timestamp::default());
    let effects = press(&mut app, "b");
    assert!(matches!(effects.as_slice(), [Effect::Page(wanted)] if wanted.len() == 1));
    assert_eq!(app.scope(), Scope::Browse);
    assert_eq!(press(&mut app, "q"), [Effect::Page(Vec::new())]);
    assert_eq!(app.scope(), Scope::Live);
}
