//! A recording that is played beside its reasons, and what keys do there.

use super::sample::review;
use super::view_tests::{app, press, shown};
use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::Scope;
use crate::screens::replay::sample::read;
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::About;
use crate::source::server::Ask;

/// With a player beside the reasons.
fn peeking() -> App {
    let mut app = app();
    let tsid = review().row.tsid;
    assert!(press(&mut app, "Right").contains(&Effect::Open(tsid)));
    let about = About { tsid: Some(tsid), ..About::from(review().row) };
    update(&mut app, Action::Opened(Box::new(about)));
    let seconds: Vec<u64> = (1..=80).collect();
    assert!(update(&mut app, Action::Deck(read(1, &seconds, None))).contains(&Effect::Show(72)));
    app
}

#[test]
fn the_player_stands_beside_its_reasons_and_its_keys_are_in_force() {
    let mut app = peeking();
    assert_eq!((app.scope(), app.is_peeking()), (Scope::Replay, true));
    at_both_sizes("triage", "peek", &app);
    matches("triage", "peek-120x36.txt", &dump(&drawn(&app, 120, 36)));
    for (columns, lines) in [(1, 1), (40, 10), (30, 5), (100, 13), (300, 100)] {
        drawn(&app, columns, lines);
    }
    assert_eq!(press(&mut app, "."), [Effect::Show(73)], "an event on");
    assert_eq!(press(&mut app, "Ctrl-n"), [Effect::Show(7)], "the reason that counts less");
    assert_eq!(press(&mut app, "Ctrl-p"), [Effect::Show(72)]);
    let effects = press(&mut app, "Esc");
    assert!(effects.contains(&Effect::Close) && app.scope() == Scope::Triage, "{effects:?}");
    assert!(!app.is_peeking() && shown(&app).contains("Why"));
}

#[test]
fn the_player_can_take_the_whole_screen_and_the_queue_goes_on_before() {
    let mut app = app();
    let tsid = review().row.tsid;
    press(&mut app, "l");
    let about = || Box::new(About { tsid: Some(tsid), ..About::from(review().row) });
    let effects = update(&mut app, Action::Opened(about()));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Page(_))), "{effects:?}");
    let effects = press(&mut app, "Enter");
    assert!(matches!(&effects[..], [Effect::Page(wanted)] if wanted.is_empty()), "{effects:?}");
    assert!(!app.is_peeking() && app.scope() == Scope::Replay);
    press(&mut app, "Ctrl-n");
    assert!(shown(&app).contains("the player has the whole screen"), "{}", shown(&app));
    let effects = press(&mut app, "q");
    assert!(effects.contains(&Effect::Close), "{effects:?}");
    let asks = |effect: &Effect| matches!(effect, Effect::Page(w) if matches!(w[0], Ask::Queue(_)));
    assert!(effects.iter().any(asks), "{effects:?}");
    press(&mut app, "Enter");
    update(&mut app, Action::Opened(about()));
    assert!(!app.is_peeking(), "Enter plays on the whole screen");
    assert_eq!(app.routes.iter().filter(|route| matches!(route, Route::Replay(_))).count(), 1);
}
