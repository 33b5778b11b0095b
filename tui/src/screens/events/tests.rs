//! The events screen as it looks, whole, and what its keys do to the console.

use jiff::tz::TimeZone;
use sudolog_core::eventlog::{Kind, Severity, Stored};
use sudolog_core::limits::{BROWSE_PAGE_ROWS, EVENTS_MAX};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Cause, Events, EventsQuery, Failure, Role};

use super::sample::{entry, hostile};
use crate::app::{Action, App, Effect, Notice, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::live::Live;
use crate::screens::replay::sample::{about, read};
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::Standing;
use crate::source::server::{Ask, ClientError, LinkState, PageNews};
use crate::theme::{Depth, Theme};

fn live() -> App {
    let link = LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: Some(Role::Admin),
        warning: String::new(),
    };
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let live = Route::Live(Box::new(Live::new(link)));
    App::new(live, theme, Depth::True, Timestamp { seconds: 1_763_040_000, nanoseconds: 0 })
}

fn app() -> App {
    let mut app = live();
    let effects = press(&mut app, "e");
    let [Effect::Page(asks)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(asks.as_slice(), [Ask::Tail(query)] if query.limit == BROWSE_PAGE_ROWS));
    let Some(Route::Events(log)) = app.routes.last_mut() else { panic!() };
    log.zone = TimeZone::UTC;
    app
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn say(app: &mut App, text: &str) {
    text.chars().for_each(|c| drop(update(app, Action::Press(Key::char(c)))));
}

fn asks(app: &App) -> Vec<Ask> {
    let Some(Route::Events(log)) = app.route() else { panic!("no log") };
    log.wanted()
}

/// Answers what is asked first with these entries.
fn answer(app: &mut App, entries: Vec<Stored>, more: bool) {
    let query = match asks(app).remove(0) {
        Ask::Events(query) | Ask::Tail(query) => query,
        other => panic!("{other:?}"),
    };
    let newest = entries.first().map_or(0, |entry| entry.number);
    let reached = entries.last().map_or(0, |entry| entry.number);
    let events = Events { entries, more, reached, newest };
    update(app, Action::Paged(PageNews::Events(query, events)));
}

fn some(numbers: std::ops::Range<u64>) -> Vec<Stored> {
    numbers.rev().map(entry).collect()
}

/// One of each severity, the newest one hostile.
fn mixed() -> Vec<Stored> {
    let mut entries = vec![hostile(9)];
    for (number, severity) in (1..=8).rev().zip(Severity::ALL.into_iter().cycle()) {
        let mut stored = entry(number);
        stored.entry.severity = severity;
        stored.entry.kind = if number == 4 { Kind::Reject } else { Kind::Accept };
        stored.entry.text = if number == 4 { "not allowed".into() } else { "".into() };
        entries.push(stored);
    }
    entries
}

fn shown(app: &App) -> String {
    dump(&drawn(app, 80, 24))
}

fn chosen(app: &App) -> u64 {
    let Some(Route::Events(log)) = app.route() else { panic!("no log") };
    log.trail().chosen().unwrap().number
}

#[test]
fn entries_fit_every_terminal_and_act_in_none() {
    let mut app = app();
    assert!(shown(&app).contains("Asking the server"));
    answer(&mut app, mixed(), false);
    at_both_sizes("events", "hostile", &app);
    matches("events", "hostile-40x10.txt", &dump(&drawn(&app, 40, 10)));
    for (columns, lines) in [(1, 1), (10, 3), (30, 5), (100, 30), (300, 100)] {
        let drawn = drawn(&app, columns, lines);
        assert!(
            !drawn
                .content
                .iter()
                .any(|cell| cell.symbol().contains(['\x1b', '\u{202e}', '\u{9b}']))
        );
    }
    (0..9).for_each(|_| drop(press(&mut app, "J")));
    at_both_sizes("events", "scrolled", &app);
}

#[test]
fn without_colours_severities_are_words() {
    let mut app = app();
    app.depth = Depth::Mono;
    answer(&mut app, mixed(), false);
    let text = shown(&app);
    for word in ["info", "· notice", "! warning", "▲ HIGH", "■ CRITICAL"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(!text.contains("Rgb") && !text.contains("Indexed"), "{text}");
}

#[test]
fn what_is_new_comes_by_itself_until_the_operator_looks_at_something_else() {
    let mut app = app();
    answer(&mut app, some(1..6), false);
    assert!(shown(&app).contains("● as it happens"));
    assert!(
        matches!(asks(&app).as_slice(), [Ask::Tail(query)] if query.after == 5 && query.limit == EVENTS_MAX)
    );
    answer(&mut app, some(6..8), false);
    assert_eq!(chosen(&app), 7);
    press(&mut app, "Down");
    assert_eq!(chosen(&app), 6);
    answer(&mut app, some(8..11), false);
    assert_eq!(chosen(&app), 6);
    assert!(shown(&app).contains("■ stopped, 3 new"), "{}", shown(&app));
    assert!(matches!(asks(&app).as_slice(), [Ask::Tail(query)] if query.after == 10));
    answer(&mut app, Vec::new(), false);
    answer(&mut app, some(11..12), true);
    assert!(shown(&app).contains("■ stopped, 4 or more new"), "{}", shown(&app));
    at_both_sizes("events", "stopped", &app);
    press(&mut app, "g");
    assert!(matches!(asks(&app).as_slice(), [Ask::Tail(query)] if query.after == 7));
    answer(&mut app, some(8..12), false);
    assert_eq!(chosen(&app), 11);
    press(&mut app, "Space");
    answer(&mut app, some(12..13), false);
    assert_eq!(chosen(&app), 11);
    press(&mut app, "Up");
    answer(&mut app, some(12..13), false);
    assert_eq!(chosen(&app), 12, "above the first one is what is new");
}

#[test]
fn older_pages_follow_for_as_long_as_there_are_any() {
    let mut app = app();
    answer(&mut app, some(401..501), true);
    press(&mut app, "G");
    assert_eq!(chosen(&app), 401);
    assert!(matches!(asks(&app).first(), Some(Ask::Events(query)) if query.before == 401));
    answer(&mut app, some(1..401), false);
    press(&mut app, "G");
    assert_eq!(chosen(&app), 1);
    assert!(matches!(asks(&app).as_slice(), [Ask::Tail(_)]), "there are no older ones");
}

#[test]
fn an_entry_of_a_session_opens_the_player_at_its_time() {
    let mut app = app();
    let mut about = about();
    about.tsid = "00001A".parse().ok();
    let mut stored = entry(3);
    stored.entry.tsid = about.tsid;
    stored.entry.time = Timestamp::from_nanos(about.start.as_nanos() + 7_500_000_000);
    answer(&mut app, vec![stored, entry(2)], false);
    assert_eq!(press(&mut app, "Enter"), [Effect::Open(about.tsid.unwrap())]);
    let effects = update(&mut app, Action::Opened(Box::new(about)));
    let review = Effect::Review("00001A".parse().ok());
    assert_eq!(
        effects,
        [review, Effect::Page(vec![])],
        "the log is not asked for under the player"
    );
    let seconds: Vec<u64> = (1..=9).collect();
    update(&mut app, Action::Deck(read(1, &seconds, Some(Standing::Whole))));
    let Some(Route::Replay(replay)) = app.route() else { panic!() };
    assert_eq!(replay.position(app.now).as_millis(), 7500);
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Events);
    press(&mut app, "Down");
    assert!(press(&mut app, "Enter").is_empty());
    assert!(matches!(&app.notice, Some(Notice::Trouble(text)) if text.contains("no recording")));
}

#[test]
fn the_filter_is_asked_for_and_its_faults_are_told() {
    let mut app = app();
    answer(&mut app, mixed(), false);
    press(&mut app, "/");
    say(&mut app, "kind:bad");
    press(&mut app, "Enter");
    at_both_sizes("events", "fault", &app);
    (0..3).for_each(|_| drop(press(&mut app, "Backspace")));
    say(&mut app, "reject host:web1 rm");
    let effects = press(&mut app, "Enter");
    let want = EventsQuery {
        text: "rm".to_owned(),
        kinds: vec![Kind::Reject],
        host: "web1".to_owned(),
        limit: BROWSE_PAGE_ROWS,
        ..EventsQuery::default()
    };
    assert_eq!(effects, [Effect::Page(vec![Ask::Tail(want)])]);
    let late =
        PageNews::Events(EventsQuery::default(), Events { entries: mixed(), ..Events::default() });
    update(&mut app, Action::Paged(late));
    answer(&mut app, Vec::new(), false);
    at_both_sizes("events", "nothing", &app);
}

#[test]
fn a_server_without_a_log_is_told_in_words() {
    let mut app = app();
    let text = "the request\x1b is not understood".into();
    let refused = ClientError::Failed(Failure { cause: Cause::Malformed, text });
    let asked = asks(&app).remove(0);
    update(&mut app, Action::Paged(PageNews::NoPage(asked, refused)));
    at_both_sizes("events", "refused", &app);
}

#[test]
fn one_log_is_enough_however_one_came_there() {
    let mut app = app();
    press(&mut app, "A");
    assert_eq!(app.scope(), Scope::Alerts);
    press(&mut app, "e");
    press(&mut app, "A");
    assert_eq!((app.scope(), app.routes.len()), (Scope::Alerts, 3));
}
