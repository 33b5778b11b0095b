//! Orders as an operator gives them, by keys alone.

use sudolog_core::session::SessionState::{self, Complete, Frozen, Live as Running};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Listing, Role};

use super::{Action, App, Effect, Notice, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::live::Live;
use crate::screens::live::sample::row;
use crate::screens::order::{Order, OrderRequest, Refusal, Step};
use crate::screens::replay::sample::about;
use crate::screens::snapshot::{drawn, dump};
use crate::source::About;
use crate::source::server::{LinkState, News};
use crate::theme::{Depth, Theme};

fn app(rows: &[(u32, SessionState)]) -> App {
    let live = Live::new(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: None,
        warning: String::new(),
    });
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let mut app = App::new(Route::Live(Box::new(live)), theme, Depth::True, Timestamp::default());
    list(&mut app, rows);
    app
}

fn list(app: &mut App, rows: &[(u32, SessionState)]) -> Vec<Effect> {
    let Some(Route::Live(live)) = app.routes.first() else { panic!("no list") };
    let query = live.wanted().query;
    let rows: Vec<_> = rows.iter().map(|(number, state)| row(*number, *state)).collect();
    let listing = Listing { total: rows.len() as u64, rows };
    update(app, Action::Live(News::Listed(query, listing)))
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn say(app: &mut App, text: &str) {
    for c in text.chars() {
        assert!(update(app, Action::Press(Key::char(c))).is_empty());
    }
}

fn request(number: u32, order: Order, why: &str) -> OrderRequest {
    OrderRequest { tsid: row(number, Running).tsid, order, why: why.into() }
}

fn refusal(reason: &str, forbidden: bool) -> Result<(), Refusal> {
    Err(Refusal { reason: reason.to_owned(), forbidden })
}

#[test]
fn an_order_goes_out_with_its_reason_once() {
    let mut app = app(&[(2, Running), (1, Running)]);
    press(&mut app, "F");
    assert_eq!(app.scope(), Scope::Dialog);
    say(&mut app, "quick? no: Aa q");
    press(&mut app, "Ctrl-w");
    let sent = request(2, Order::Freeze, "quick? no: Aa");
    assert_eq!(press(&mut app, "Enter"), [Effect::Order(sent.clone())]);
    assert!(press(&mut app, "Enter").is_empty(), "it is on its way");
    assert!(update(&mut app, Action::Ordered(sent, Ok(()))).is_empty());
    assert!(app.dialog.is_none());
    assert_eq!(app.notice.as_ref().unwrap().to_string(), "✓ 000002: freeze ordered, recorded");
    list(&mut app, &[(2, Frozen), (1, Running)]);
    assert_eq!(app.notice.as_ref().unwrap().to_string(), "✓ 000002: frozen by order");
}

#[test]
fn escape_orders_nothing_and_no_reason_orders_nothing() {
    let mut app = app(&[(2, Running)]);
    press(&mut app, "T");
    assert!(press(&mut app, "Enter").is_empty());
    assert!(app.dialog.as_ref().unwrap().trouble().is_some());
    say(&mut app, "never mind");
    assert!(press(&mut app, "Esc").is_empty());
    assert!(app.dialog.is_none() && app.notice.is_none());
    assert!(press(&mut app, "Enter").is_empty(), "Enter is the list's again");
}

#[test]
fn the_dialog_keeps_its_session_whatever_the_list_does() {
    let mut app = app(&[(2, Running), (1, Running)]);
    press(&mut app, "K");
    say(&mut app, "malware");
    list(&mut app, &[(9, Running), (1, Running)]);
    update(&mut app, Action::Opened(Box::new(about())));
    press(&mut app, "Enter");
    say(&mut app, "000002");
    let sent = request(2, Order::Terminate, "malware");
    assert_eq!(press(&mut app, "Enter"), [Effect::Order(sent)]);
}

#[test]
fn a_refusal_is_shown_and_the_reason_is_not_lost() {
    let mut app = app(&[(2, Running)]);
    press(&mut app, "F");
    say(&mut app, "odd");
    press(&mut app, "Enter");
    let refused = refusal("only an admin may give orders", true);
    update(&mut app, Action::Ordered(request(2, Order::Freeze, "odd"), refused));
    let dialog = app.dialog.as_ref().unwrap();
    assert_eq!(dialog.trouble(), Some("only an admin may give orders"));
    assert_eq!((dialog.step(), dialog.reason().text()), (Step::Reason, "odd"));
}

#[test]
fn who_may_order_nothing_reads_so_before_typing_a_reason_once_more() {
    let mut app = app(&[(2, Running)]);
    let refused = refusal("only an admin may give orders", true);
    update(&mut app, Action::Ordered(request(2, Order::Freeze, "odd"), refused));
    press(&mut app, "K");
    let trouble = app.dialog.as_ref().unwrap().trouble().unwrap();
    assert!(trouble.ends_with("refused: only an admin may give orders"), "{trouble}");
    // The server decides anew each time: the operator's role may be another one by now.
    say(&mut app, "malware");
    press(&mut app, "Enter");
    say(&mut app, "000002");
    let sent = request(2, Order::Terminate, "malware");
    assert_eq!(press(&mut app, "Enter"), [Effect::Order(sent.clone())]);
    update(&mut app, Action::Ordered(sent, Ok(())));
    press(&mut app, "M");
    assert_eq!(app.dialog.as_ref().unwrap().trouble(), None);
}

#[test]
fn an_answer_finds_the_operator_also_when_the_dialog_is_gone() {
    let mut app = app(&[(2, Running), (1, Running)]);
    press(&mut app, "F");
    say(&mut app, "odd");
    press(&mut app, "Enter");
    press(&mut app, "Esc");
    assert_eq!(app.notice, Some(Notice::Ordering(row(2, Running).tsid, Order::Freeze)));
    press(&mut app, "Down");
    press(&mut app, "F");
    say(&mut app, "another");
    let refused = refusal("no", false);
    update(&mut app, Action::Ordered(request(2, Order::Freeze, "odd"), refused));
    assert_eq!(app.notice.as_ref().unwrap().to_string(), "! 000002: no");
    assert_eq!(app.dialog.as_ref().unwrap().reason().text(), "another");
}

/// What is said in place of a dialog; it is put away.
fn refused(app: &mut App, key: &str) -> String {
    press(app, key);
    assert!(app.dialog.is_none());
    let reason = app.refused.as_ref().map(|refused| refused.reason.clone()).unwrap();
    press(app, "Esc");
    assert!(app.refused.is_none());
    reason
}

#[test]
fn only_what_may_run_on_a_server_takes_orders() {
    let mut app = app(&[]);
    assert!(refused(&mut app, "F").contains("no session"));
    list(&mut app, &[(2, Complete)]);
    assert!(refused(&mut app, "F").contains("has ended"));
    update(&mut app, Action::Opened(Box::new(about())));
    assert!(refused(&mut app, "F").contains("from a directory"));
    press(&mut app, "q");
    let running = About::from(row(7, Running));
    update(&mut app, Action::Opened(Box::new(running)));
    press(&mut app, "F");
    assert_eq!(app.dialog.as_ref().unwrap().target().tsid, row(7, Running).tsid);
}

#[test]
fn who_may_order_nothing_is_told_at_the_key_and_types_no_keys_by_mistake() {
    let mut app = app(&[(2, Running), (1, Running)]);
    assert!(app.takes_orders());
    let up = |role| LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: Some(role),
        warning: String::new(),
    };
    for role in [Role::Viewer, Role::Auditor] {
        update(&mut app, Action::Live(News::Link(up(role))));
        assert!(!app.takes_orders(), "{role:?}");
        press(&mut app, "F");
        assert!(app.dialog.is_none() && app.scope() == Scope::Dialog);
        say(&mut app, "quit? wall; all");
        update(&mut app, Action::Paste("q\r".to_owned()));
        let shown = dump(&drawn(&app, 80, 24));
        assert!(shown.contains("only an admin may give orders, and you are a"), "{shown}");
        assert!(press(&mut app, "Enter").is_empty() && app.scope() == Scope::Live);
        assert!(!dump(&drawn(&app, 200, 24)).contains("F/T freeze"));
    }
    update(&mut app, Action::Live(News::Link(up(Role::Admin))));
    press(&mut app, "F");
    assert!(app.dialog.is_some());
}

#[test]
fn what_an_outage_froze_can_be_kept_frozen() {
    let mut app = app(&[(2, Frozen)]);
    press(&mut app, "F");
    assert_eq!(app.dialog.as_ref().unwrap().order(), Order::Freeze);
    let shown = dump(&drawn(&app, 100, 30));
    assert!(shown.contains("It is frozen already."), "{shown}");
}

#[test]
fn of_what_has_ended_the_server_is_asked_how_and_nothing_is_ordered() {
    let mut app = app(&[(3, Running), (2, Running), (1, Running)]);
    let ended = row(2, Running).tsid;
    assert_eq!(list(&mut app, &[(3, Running), (1, Running)]), [Effect::Settle(vec![ended])]);
    press(&mut app, "Down");
    assert!(refused(&mut app, "F").contains("has ended"));
    update(&mut app, Action::Settled(Box::new(row(2, Complete))));
    let Some(Route::Live(live)) = app.route() else { panic!("no list") };
    assert_eq!(live.sessions().chosen().unwrap().state, Complete);
}

#[test]
fn no_text_leaves_the_console_and_ctrl_c_does() {
    let mut app = app(&[(2, Running)]);
    press(&mut app, "M");
    say(&mut app, "q?F");
    assert!(press(&mut app, "F1").is_empty() && app.help.is_none());
    update(&mut app, Action::Paste("\r\nq\r".to_owned()));
    assert_eq!(app.dialog.as_ref().unwrap().reason().text(), "q?Fq");
    assert!(matches!(press(&mut app, "Ctrl-c").as_slice(), [Effect::Quit(_)]));
}
