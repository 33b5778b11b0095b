//! The triage screen as it looks, whole, and what its keys do to the console.

use std::sync::Arc;

use jiff::tz::TimeZone;
use sudolog_core::risk::{Finding, Score};
use sudolog_core::term::SafeScreen;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Cause, Change, Failure, Listing, Query, Role};

use super::sample::{queue, review};
use super::{Triage, UNSETTLED};
use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::About;
use crate::source::server::{Ask, ClientError, Glimpse, LinkState, PageNews, ReviewNews};
use crate::theme::{Depth, Theme};

pub(super) fn empty() -> App {
    let began = Timestamp { seconds: 1_763_035_700, nanoseconds: 0 };
    let filter = crate::calendar::filter(UNSETTLED, began).unwrap();
    let query = Query { conditions: filter.conditions, ..Query::default() };
    let link =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let mut triage = Triage::new(link, query, UNSETTLED);
    triage.zone = TimeZone::UTC;
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    App::new(Route::Triage(Box::new(triage)), theme, Depth::True, began)
}

pub(super) fn learn(app: &mut App, listing: Listing) -> Vec<Effect> {
    let Some(Route::Triage(triage)) = app.route() else { panic!("no queue") };
    let Some(Ask::Queue(query)) = triage.wanted().first().cloned() else { panic!("no page") };
    update(app, Action::Paged(PageNews::Queue(query, listing)))
}

/// With a queue and the review of its first session.
pub(super) fn app() -> App {
    let mut app = empty();
    let effects = learn(&mut app, queue());
    assert_eq!(effects, [Effect::Review(Some(review().row.tsid))]);
    update(&mut app, Action::Reviewed(ReviewNews::Review(Box::new(review()))));
    app
}

pub(super) fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

pub(super) fn shown(app: &App) -> String {
    dump(&drawn(app, 80, 24))
}

#[test]
fn the_queue_and_its_reasons_fit_every_terminal() {
    let mut app = app();
    at_both_sizes("triage", "queue", &app);
    matches("triage", "queue-40x10.txt", &dump(&drawn(&app, 40, 10)));
    matches("triage", "queue-120x36.txt", &dump(&drawn(&app, 120, 36)));
    press(&mut app, "Tab");
    press(&mut app, "Down");
    at_both_sizes("triage", "reasons", &app);
    matches("triage", "reasons-40x10.txt", &dump(&drawn(&app, 40, 10)));
    for (columns, lines) in [(1, 1), (10, 3), (30, 5), (100, 4), (300, 100)] {
        drawn(&app, columns, lines);
    }
}

#[test]
fn marks_facets_and_saved_filters_are_shown() {
    let mut app = app();
    for key in ["Space", "Space", "Down"] {
        press(&mut app, key);
    }
    at_both_sizes("triage", "marked", &app);
    press(&mut app, "F");
    assert_eq!(app.scope(), Scope::Chooser);
    at_both_sizes("triage", "facets", &app);
    for c in "root shell".chars() {
        update(&mut app, Action::Press(Key::char(c)));
    }
    let effects = press(&mut app, "Enter");
    let Some(Route::Triage(triage)) = app.route() else { panic!() };
    assert_eq!(triage.filter().text(), "verdict:none,awaiting anomaly:root_shell");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Page(_))), "{effects:?}");
    app.saved_filters = vec![("at night".to_owned(), "anomaly:after_hours".to_owned())];
    press(&mut app, "o");
    at_both_sizes("triage", "saved", &app);
    press(&mut app, "Down");
    press(&mut app, "Enter");
    let Some(Route::Triage(triage)) = app.route() else { panic!() };
    assert_eq!(triage.filter().text(), "anomaly:after_hours");
}

#[test]
fn an_empty_queue_and_a_server_that_refuses_are_said_in_words() {
    let mut app = empty();
    assert!(shown(&app).contains("Asking the server"));
    learn(&mut app, Listing::default());
    at_both_sizes("triage", "nothing", &app);
    let mut app = empty();
    let Some(Route::Triage(triage)) = app.route() else { panic!() };
    let ask = triage.wanted()[0].clone();
    let refused = || {
        let text = "no such\x1b condition".into();
        ClientError::Failed(Failure { cause: Cause::Malformed, text })
    };
    update(&mut app, Action::Paged(PageNews::NoPage(ask, refused())));
    assert!(shown(&app).contains(r"no rows: no such\u{1b} condition"));
    learn(&mut app, queue());
    let tsid = review().row.tsid;
    update(&mut app, Action::Reviewed(ReviewNews::NoReview(tsid, refused())));
    at_both_sizes("triage", "no-review", &app);
}

#[test]
fn the_moment_of_the_chosen_reason_stands_beside_the_queue() {
    let mut app = app();
    let Some(Route::Triage(triage)) = app.route() else { panic!("no queue") };
    let moment = triage.glimpsed().unwrap();
    assert_eq!(moment, (review().row.tsid, 72), "that of the riskiest reason");
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(b"# rm -rf /var/log\x1b]0;title\x07\r\n# ");
    let glimpse = |moment, screen| Action::Glimpsed(Glimpse { moment, screen });
    let other = glimpse((moment.0, 9), Ok(Arc::new(screen.clone())));
    update(&mut app, other);
    assert!(!dump(&drawn(&app, 200, 60)).contains("# rm -rf"), "it is of another moment");
    update(&mut app, glimpse(moment, Ok(Arc::new(screen))));
    at_both_sizes("triage", "moment", &app);
    press(&mut app, "Tab");
    let effects = press(&mut app, "Down");
    let [Effect::Glimpse(Some((_, seq)))] = effects.as_slice() else { panic!("{effects:?}") };
    assert_ne!(*seq, 72, "it goes along");
}

#[test]
fn a_reason_is_played_where_it_was_found() {
    let mut app = app();
    let tsid = review().row.tsid;
    assert!(press(&mut app, "Enter").contains(&Effect::Open(tsid)));
    let about = About { tsid: Some(tsid), ..About::from(review().row) };
    update(&mut app, Action::Opened(Box::new(about)));
    assert_eq!(app.scope(), Scope::Replay);
    let seconds: Vec<u64> = (1..=80).collect();
    let read = crate::screens::replay::sample::read(1, &seconds, None);
    assert!(update(&mut app, Action::Deck(read)).contains(&Effect::Show(72)));
    let effects = press(&mut app, "q");
    assert!(effects.contains(&Effect::Close) && app.scope() == Scope::Triage, "{effects:?}");
}

#[test]
fn a_viewer_is_told_that_he_may_not_judge() {
    let mut app = app();
    let hints = |app: &App| shown(app).lines().nth(23).unwrap().to_owned();
    assert!(hints(&app).contains("v verdict"), "{}", hints(&app));
    let link = LinkState::Up {
        server_id: "x".to_owned(),
        role: Some(Role::Viewer),
        warning: String::new(),
    };
    update(&mut app, Action::Paged(PageNews::Link(link)));
    assert!(!hints(&app).contains("verdict"), "{}", hints(&app));
    for key in ["v", "A", "#", "@", "u"] {
        press(&mut app, key);
        assert!(shown(&app).contains("a viewer may not judge sessions"), "{key}");
        assert_eq!(app.scope(), Scope::Triage);
    }
}

fn tell(app: &mut App, points: u8, findings: &[Finding]) -> Vec<Effect> {
    let mut row = review().row;
    row.risk = Score::try_from(points).unwrap();
    let change = Change { row, findings: findings.to_vec(), remark: None };
    update(app, Action::Changed(Box::new(change)))
}

#[test]
fn a_session_that_becomes_risky_rings_until_it_is_looked_at() {
    let mut app = app();
    let mut rows = queue().rows;
    rows[0].risk = Score::NONE;
    learn(&mut app, Listing { total: 5, rows });
    let findings = review().assessments[0].findings.clone();
    let rings = |effects: &[Effect]| effects.contains(&Effect::Bell);
    assert!(!rings(&tell(&mut app, 30, &findings[..1])), "medium is no alarm");
    assert!(rings(&tell(&mut app, 60, &findings[..2])), "high is one");
    assert!(!rings(&tell(&mut app, 70, &findings[..2])), "it is high already");
    assert!(!rings(&tell(&mut app, 90, &[])), "nothing was found: somebody said something");
    let effects = tell(&mut app, 100, &findings);
    assert!(rings(&effects), "a critical rule");
    assert!(effects.contains(&Effect::Review(Some(review().row.tsid))), "it is the chosen one");
    at_both_sizes("triage", "alarm", &app);
    let effects = press(&mut app, "!");
    assert!(effects.contains(&Effect::Open(review().row.tsid)), "{effects:?}");
    let about = About { tsid: Some(review().row.tsid), ..About::from(review().row) };
    update(&mut app, Action::Opened(Box::new(about)));
    let seconds: Vec<u64> = (1..=80).collect();
    let read = crate::screens::replay::sample::read(1, &seconds, None);
    assert!(update(&mut app, Action::Deck(read)).contains(&Effect::Show(72)));
    assert_eq!(app.alarms.shown(), None);
}

#[test]
fn an_alarm_can_be_put_away_and_silenced_and_leaves_the_player() {
    let mut app = app();
    app.bell = false;
    let findings = review().assessments[0].findings.clone();
    assert!(!tell(&mut app, 100, &findings).contains(&Effect::Bell));
    assert!(shown(&app).contains("! risk 100 C"));
    press(&mut app, "X");
    assert!(!shown(&app).contains("! risk 100 C"));
    press(&mut app, "!");
    assert!(shown(&app).contains("there is no alarm"));
    update(&mut app, Action::Opened(Box::new(crate::screens::replay::sample::about())));
    tell(&mut app, 100, &findings);
    assert_eq!(app.alarms.shown(), None, "what was told already is found again");
    let mut again = findings;
    again.iter_mut().for_each(|finding| finding.seq += 1);
    tell(&mut app, 100, &again);
    let effects = press(&mut app, "!");
    let players = app.routes.iter().filter(|route| matches!(route, Route::Replay(_))).count();
    assert!(effects.starts_with(&[Effect::Close]) && players == 0, "{effects:?}");
}

#[test]
fn it_lies_over_the_live_screen_and_asks_only_while_it_is_shown() {
    let link =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let live = Route::Live(Box::new(crate::screens::live::Live::new(link)));
    let mut app = App::new(live, theme, Depth::True, Timestamp::default());
    let effects = press(&mut app, "R");
    let [Effect::Page(wanted)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(&wanted[0], Ask::Queue(query) if query.conditions.len() == 1));
    learn(&mut app, queue());
    let effects = press(&mut app, "s");
    assert!(effects.contains(&Effect::Review(None)), "{effects:?}");
    assert!(matches!(&effects[..], [Effect::Review(None), Effect::Page(wanted)]
        if matches!(wanted[0], Ask::Sums(_))));
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Triage);
    assert!(press(&mut app, "q").contains(&Effect::Page(Vec::new())));
    assert_eq!(app.scope(), Scope::Live);
}
