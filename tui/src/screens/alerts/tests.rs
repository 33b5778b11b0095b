//! The alerts screen as it looks, whole, and what its keys do to the console.

use jiff::tz::TimeZone;
use sudolog_core::limits::BROWSE_PAGE_ROWS;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    AlertAct, Alerts, AlertsQuery, Cause, Delivery, DeliveryState, Failure, Role,
};

use super::sample::{delivery, hostile, targets};
use crate::app::{Action, App, Effect, Notice, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::live::Live;
use crate::screens::order::Refusal;
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::server::{Ask, ClientError, LinkState, PageNews};
use crate::theme::{Depth, Theme};

fn live(role: Role) -> App {
    let link = LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: Some(role),
        warning: String::new(),
    };
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let live = Route::Live(Box::new(Live::new(link)));
    let mut app = App::new(live, theme, Depth::True, Timestamp::default());
    app.role = Some(role);
    app
}

fn app(role: Role) -> App {
    let mut app = live(role);
    let query = AlertsQuery { limit: BROWSE_PAGE_ROWS, ..AlertsQuery::default() };
    assert_eq!(press(&mut app, "A"), [Effect::Page(vec![Ask::Alerts(query)])]);
    let Some(Route::Alerts(board)) = app.routes.last_mut() else { panic!() };
    board.zone = TimeZone::UTC;
    app
}

/// An admin's, with messages of every state.
fn shown() -> App {
    let mut app = app(Role::Admin);
    answer(&mut app, messages(), false);
    app
}

fn messages() -> Vec<Delivery> {
    let states = [
        DeliveryState::Dead,
        DeliveryState::Waiting,
        DeliveryState::Sent,
        DeliveryState::Dropped,
        DeliveryState::Dead,
    ];
    let rest = (1..=5).rev().zip(states).map(|(number, state)| delivery(number, state));
    std::iter::once(hostile(6)).chain(rest).collect()
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn asks(app: &App) -> Vec<AlertsQuery> {
    let Some(Route::Alerts(board)) = app.route() else { panic!("no alerts") };
    let query = |ask| match ask {
        Ask::Alerts(query) => query,
        other => panic!("{other:?}"),
    };
    board.wanted().into_iter().map(query).collect()
}

fn answer(app: &mut App, deliveries: Vec<Delivery>, more: bool) {
    let query = asks(app).remove(0);
    tell(app, query, deliveries, more);
}

fn tell(app: &mut App, query: AlertsQuery, deliveries: Vec<Delivery>, more: bool) {
    let alerts = Alerts { targets: targets(), deliveries, more, ..Alerts::default() };
    update(app, Action::Paged(PageNews::Alerts(query, alerts)));
}

fn text(app: &App) -> String {
    dump(&drawn(app, 80, 24))
}

fn trouble(app: &App) -> &str {
    let Some(Notice::Trouble(text)) = &app.notice else { panic!("{:?}", app.notice) };
    text
}

#[test]
fn alerts_fit_every_terminal_and_act_in_none() {
    let mut app = app(Role::Admin);
    assert!(text(&app).contains("Asking the server"));
    let alerts = Alerts {
        targets: targets(),
        deliveries: messages(),
        collapsed: 12,
        trouble: "cannot write\x1b[2J: no space left".into(),
        ..Alerts::default()
    };
    let query = asks(&app).remove(0);
    update(&mut app, Action::Paged(PageNews::Alerts(query, alerts)));
    at_both_sizes("alerts", "messages", &app);
    matches("alerts", "messages-40x10.txt", &dump(&drawn(&app, 40, 10)));
    for (columns, lines) in [(1, 1), (10, 3), (30, 5), (100, 30), (300, 100)] {
        let drawn = drawn(&app, columns, lines);
        let acts = |symbol: &str| symbol.contains(['\x1b', '\u{202e}', '\x08']);
        assert!(!drawn.content.iter().any(|cell| acts(cell.symbol())));
    }
    press(&mut app, "Tab");
    press(&mut app, "Down");
    at_both_sizes("alerts", "targets", &app);
    app.depth = Depth::Mono;
    for word in ["✓ ok", "■ BROKEN", "· limited", "! FAILING", "■ DEAD", "◐ retrying"] {
        assert!(text(&app).contains(word), "{word}: {}", text(&app));
    }
}

#[test]
fn a_message_is_tried_again_and_its_answer_told() {
    let mut app = shown();
    let retry = AlertAct::Retry { numbers: vec![6] };
    assert_eq!(press(&mut app, "r"), [Effect::Alert(retry.clone())]);
    update(&mut app, Action::Alerted(retry, Ok(())));
    assert!(matches!(&app.notice, Some(Notice::Done(text)) if text.contains("1 message is")));
    press(&mut app, "*");
    let effects = press(&mut app, "r");
    let numbers = vec![1, 2, 4, 5, 6];
    let retry = AlertAct::Retry { numbers };
    assert_eq!(effects, [Effect::Alert(retry.clone())], "all but the one that was sent");
    let refusal = Refusal { reason: "the outbox is full".to_owned(), forbidden: false };
    update(&mut app, Action::Alerted(retry, Err(refusal)));
    assert_eq!(trouble(&app), "the outbox is full");
    press(&mut app, "*");
    (0..3).for_each(|_| drop(press(&mut app, "Down")));
    assert!(press(&mut app, "r").is_empty(), "it was sent");
    assert!(trouble(&app).contains("message 3 is sent"));
}

#[test]
fn dead_messages_are_forgotten_after_a_question() {
    let mut app = shown();
    assert!(press(&mut app, "x").is_empty());
    assert!(trouble(&app).contains("message 6 is retrying"));
    press(&mut app, "Down");
    press(&mut app, "Space");
    press(&mut app, "G");
    press(&mut app, "Space");
    assert!(press(&mut app, "x").is_empty());
    assert_eq!(app.scope(), Scope::Question);
    at_both_sizes("alerts", "question", &app);
    press(&mut app, "Esc");
    assert_eq!(app.scope(), Scope::Alerts);
    press(&mut app, "x");
    let discard = AlertAct::Discard { numbers: vec![1, 5] };
    assert_eq!(press(&mut app, "Enter"), [Effect::Alert(discard.clone())]);
    assert!(press(&mut app, "Enter").is_empty(), "only once");
    let refusal = Refusal { reason: "one of them was sent meanwhile".to_owned(), forbidden: false };
    update(&mut app, Action::Alerted(discard.clone(), Err(refusal)));
    assert!(text(&app).contains("! one of them was sent meanwhile"));
    assert_eq!(press(&mut app, "y"), [Effect::Alert(discard.clone())]);
    update(&mut app, Action::Alerted(discard, Ok(())));
    assert_eq!(app.scope(), Scope::Alerts);
    let Some(Route::Alerts(board)) = app.route() else { panic!() };
    assert_eq!(board.marked(), 0);
}

#[test]
fn a_target_is_tested_after_a_question_and_leads_to_its_messages() {
    let mut app = shown();
    press(&mut app, "Down");
    press(&mut app, "T");
    assert!(text(&app).contains("Send ops a message"), "that of the chosen message");
    press(&mut app, "n");
    press(&mut app, "Tab");
    press(&mut app, "G");
    press(&mut app, "T");
    let test = AlertAct::Test { target: "log".to_owned() };
    assert_eq!(press(&mut app, "y"), [Effect::Alert(test.clone())]);
    press(&mut app, "Esc");
    assert!(trouble(&app).contains("all the same"));
    update(&mut app, Action::Alerted(test, Ok(())));
    assert!(matches!(&app.notice, Some(Notice::Done(text)) if text.contains("test")));
    press(&mut app, "Enter");
    assert_eq!(asks(&app)[0].target, "log");
    answer(&mut app, Vec::new(), false);
    at_both_sizes("alerts", "nothing", &app);
}

#[test]
fn who_is_no_admin_is_offered_nothing_and_told_why() {
    let mut app = app(Role::Auditor);
    answer(&mut app, messages(), false);
    at_both_sizes("alerts", "auditor", &app);
    for key in ["r", "x", "T"] {
        assert!(press(&mut app, key).is_empty());
        assert!(trouble(&app).contains("only an admin"), "{key}");
    }
    assert_eq!(app.scope(), Scope::Alerts);
    let mut viewer = live(Role::Viewer);
    press(&mut viewer, "A");
    assert!(trouble(&viewer).contains("a viewer"));
    assert_eq!(viewer.scope(), Scope::Live);
}

#[test]
fn the_chosen_message_stays_chosen_and_its_page_is_kept_current() {
    let mut app = app(Role::Admin);
    let some = |numbers: std::ops::Range<u64>| {
        numbers.rev().map(|number| delivery(number, DeliveryState::Waiting)).collect::<Vec<_>>()
    };
    answer(&mut app, some(301..401), true);
    answer(&mut app, some(301..403), true);
    let at = |app: &App| match app.route() {
        Some(Route::Alerts(board)) => board.trail().chosen().unwrap().clone(),
        _ => panic!(),
    };
    assert_eq!(at(&app).number, 400, "not the new one");
    press(&mut app, "G");
    let befores = |app: &App| asks(app).iter().map(|query| query.before).collect::<Vec<_>>();
    assert_eq!(befores(&app), [400, 301, 0], "its own, what follows, what is new");
    let mut page = some(300..400);
    page[98].state = DeliveryState::Dead;
    answer(&mut app, page, true);
    assert_eq!((at(&app).number, at(&app).state), (301, DeliveryState::Dead));
}

#[test]
fn a_message_leads_to_the_log_where_it_comes_from() {
    let mut app = shown();
    let effects = press(&mut app, "Enter");
    assert_eq!(app.scope(), Scope::Events);
    let [Effect::Page(asks)] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(matches!(asks.as_slice(), [Ask::Events(query)] if query.before == 40));
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Alerts);
}

#[test]
fn a_server_without_alerts_is_told_in_words() {
    let mut app = app(Role::Admin);
    let text = "the request\x1b is not understood".into();
    let refused = ClientError::Failed(Failure { cause: Cause::Malformed, text });
    let asked = asks(&app).remove(0);
    update(&mut app, Action::Paged(PageNews::NoPage(Ask::Alerts(asked), refused)));
    at_both_sizes("alerts", "refused", &app);
    let asked = asks(&app).remove(0);
    update(&mut app, Action::Paged(PageNews::Alerts(asked, Alerts::default())));
    at_both_sizes("alerts", "none", &app);
}

#[test]
fn in_a_small_terminal_what_is_wrong_leaves_room_for_messages() {
    let mut app = app(Role::Admin);
    let query = asks(&app).remove(0);
    let trouble = "the outbox cannot be written: no space left on device; alerts wait".into();
    let (targets, deliveries) = (targets(), messages());
    let alerts = Alerts { targets, deliveries, collapsed: 17, trouble, ..Alerts::default() };
    update(&mut app, Action::Paged(PageNews::Alerts(query, alerts)));
    let screen = dump(&drawn(&app, 40, 10));
    assert!(screen.contains("! the outbox") && screen.contains("! 17 alerts"), "{screen}");
    // The first message and the one below it.
    assert!(screen.contains("◐ retrying ■") && screen.contains(" ops "), "{screen}");
    // Whoever goes through the targets sees them.
    press(&mut app, "Tab");
    let screen = dump(&drawn(&app, 40, 10));
    assert!(screen.contains("■ BROKEN"), "{screen}");
}

#[test]
fn a_long_message_is_read_whole_and_asked_for_once() {
    let mut app = app(Role::Admin);
    let long =
        Delivery { body: "the beginning".into(), body_left: 9, ..delivery(3, DeliveryState::Dead) };
    answer(&mut app, vec![long.clone(), delivery(2, DeliveryState::Sent)], false);
    let whole = AlertsQuery::whole(3);
    assert_eq!(asks(&app).into_iter().filter(|asked| *asked == whole).count(), 1);
    assert!(dump(&drawn(&app, 120, 40)).contains("the beginning"));
    let body = "the beginning and the end".into();
    tell(&mut app, whole.clone(), vec![Delivery { body, body_left: 0, ..long.clone() }], true);
    assert!(dump(&drawn(&app, 120, 40)).contains("the beginning and the end"));
    assert!(!asks(&app).contains(&whole));
    // The list that comes again says less, and what was read stays.
    answer(&mut app, vec![long, delivery(2, DeliveryState::Sent)], false);
    assert!(dump(&drawn(&app, 120, 40)).contains("and the end"));
    press(&mut app, "j");
    assert!(!asks(&app).iter().any(|asked| asked.limit == 1), "this one is short");
}
