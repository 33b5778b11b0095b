//! The search through all sessions: from the list to the hit, and as it looks.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::term::Hit;

use crate::app::{Action, App, Effect, Route, update};
use crate::hunt::News;
use crate::keymap::{Intent, Key, Scope};
use crate::screens::live::Live;
use crate::screens::replay::sample::about;
use crate::screens::replay::view_tests::press;
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::About;
use crate::source::server::LinkState;
use crate::theme::{Depth, Theme};

fn app() -> App {
    let live = Live::new(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: None,
        warning: String::new(),
    });
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    App::new(Route::Live(Box::new(live)), theme, Depth::True, Default::default())
}

fn session(tsid: &str) -> About {
    About { name: tsid.into(), tsid: Some(tsid.parse().unwrap()), ..about() }
}

fn hit(seq: u64, line: &str, needle: &str) -> Hit {
    let at = line.find(needle).unwrap();
    let elapsed = Duration::from_millis(seq * 1_234);
    let range = at..at + needle.len();
    Hit { seq, elapsed, row: Some(1), line: line.to_owned(), range }
}

fn typed(app: &mut App, text: &str) -> Vec<Effect> {
    press(app, "/");
    text.chars().for_each(|c| {
        update(app, Action::Press(Key::char(c)));
    });
    press(app, "Enter")
}

/// Two sessions with hits, of three.
fn searched() -> App {
    let mut app = app();
    typed(&mut app, "shadow");
    let long = format!("{} cat /etc/shadow {}", "-".repeat(90), "-".repeat(90));
    for news in [
        News::Listed(3),
        News::Hits(Arc::new(session("00001A")), vec![hit(7, "$ vi /etc/shadow", "shadow")]),
        News::Searched(None),
        News::Hits(
            Arc::new(session("000019")),
            vec![hit(2, &long, "shadow"), hit(5000, "root:x /etc/shadow-", "shadow")],
        ),
        News::Searched(Some("000019 is damaged".to_owned())),
    ] {
        update(&mut app, Action::Hunt(news));
    }
    app
}

#[test]
fn all_sessions_are_searched_from_the_list() {
    let mut app = app();
    let effects = typed(&mut app, "shadow");
    assert!(
        matches!(effects.as_slice(), [Effect::Hunt(Some(pattern))] if pattern.text() == "shadow")
    );
    assert_eq!(app.scope(), Scope::Hits);
    assert_eq!(press(&mut app, "Esc"), [Effect::Hunt(None)]);
    assert_eq!(app.scope(), Scope::Live);
    press(&mut app, "/");
    assert_eq!(press(&mut app, "Esc"), [Effect::Hunt(None)], "nothing was searched for");
    assert_eq!(app.scope(), Scope::Live);
}

#[test]
fn the_chosen_hit_is_opened_at_its_moment_and_the_list_is_there_again() {
    let mut app = searched();
    press(&mut app, "Down");
    let tsid = "000019".parse().unwrap();
    assert_eq!(press(&mut app, "Enter"), [Effect::Open(tsid)]);
    let effects = update(&mut app, Action::Opened(Box::new(session("000019"))));
    let [Effect::Search(sought), Effect::Review(reviewed)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!((sought.pattern.as_ref().unwrap().text(), *reviewed), ("shadow", Some(tsid)));
    assert_eq!(app.scope(), Scope::Replay);
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Hits);
    let other = update(&mut app, Action::Opened(Box::new(session("00001A"))));
    let other: Vec<_> = other.iter().filter(|e| !matches!(e, Effect::Review(_))).collect();
    assert!(other.is_empty(), "what was opened for another reason begins at its beginning");
}

#[test]
fn keys_that_hold_on_every_screen_hold_over_hits() {
    let mut app = searched();
    press(&mut app, "?");
    assert!(app.help.is_some(), "help");
    press(&mut app, "Esc");
    assert_eq!((app.help, app.scope()), (None, Scope::Hits));
    press(&mut app, "t");
    assert_eq!(app.scope(), Scope::Themes);
    press(&mut app, "Esc");
    press(&mut app, ":");
    assert_eq!(app.scope(), Scope::Chooser);
    press(&mut app, "Esc");
    for (key, intent) in [("!", Intent::LookAtAlarm), ("X", Intent::PutAlarmAway)] {
        assert_eq!(app.keymap.intent(Scope::Hits, key.parse().unwrap()), Some(intent));
    }
    assert_eq!(press(&mut app, "q"), [Effect::Hunt(None)]);
    assert_eq!(app.scope(), Scope::Live);
}

#[test]
fn hits_go_on_coming_under_a_replay() {
    let mut app = searched();
    press(&mut app, "Enter");
    update(&mut app, Action::Opened(Box::new(session("00001A"))));
    let more = vec![hit(1, "/etc/shadow", "shadow")];
    update(&mut app, Action::Hunt(News::Hits(Arc::new(session("000018")), more)));
    update(&mut app, Action::Hunt(News::Done(None)));
    press(&mut app, "q");
    let Some(Route::Hunt(hunt)) = app.route() else { panic!("no list") };
    assert_eq!((hunt.hits().len(), hunt.is_done()), (4, true));
}

#[test]
fn what_no_screen_showed_is_named_with_the_way_out() {
    let mut app = app();
    typed(&mut app, "shadow");
    update(&mut app, Action::Hunt(News::Listed(0)));
    update(&mut app, Action::Hunt(News::Done(None)));
    let text = dump(&drawn(&app, 80, 24));
    let said = "No screen showed /shadow  / searches something else, H goes back";
    assert!(text.contains(said), "{text}");
}

#[test]
fn as_it_looks() {
    let mut app = app();
    press(&mut app, "/");
    at_both_sizes("hunt", "prompt", &app);
    let mut app = searched();
    press(&mut app, "j");
    at_both_sizes("hunt", "hits", &app);
    update(&mut app, Action::Hunt(News::Done(Some("the server is gone".to_owned()))));
    let text = dump(&drawn(&app, 60, 10));
    assert!(text.contains("the server is gone"), "{text}");
    for (columns, lines) in [(0, 0), (1, 1), (2, 3), (20, 5), (300, 100)] {
        drawn(&app, columns, lines);
    }
}
