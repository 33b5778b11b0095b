//! The summary as it looks, whole, and what its keys do to the console.

use jiff::tz::TimeZone;
use sudolog_core::risk::Score;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Cause, Failure, Summary, SummaryBy, SummaryRow, SummarySort};

use super::Sums;
use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::server::{Ask, ClientError, LinkState, PageNews};
use crate::theme::{Depth, Theme};

fn sum(name: &[u8], sessions: u64, points: u8, unjudged: u64) -> SummaryRow {
    SummaryRow {
        name: Untrusted::new(name.to_vec()),
        sessions,
        time_s: sessions as f64 * 3_600.5,
        risk: Score::try_from(points).unwrap(),
        risky: unjudged / 2,
        unjudged,
        last_seen: Timestamp { seconds: 1_763_035_200, nanoseconds: 0 },
        trend: (0..14).map(|day| day * sessions as u32 % 9).collect(),
    }
}

fn app() -> App {
    let link =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let mut sums = Sums::new(link);
    sums.zone = TimeZone::UTC;
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    App::new(Route::Summary(Box::new(sums)), theme, Depth::True, Timestamp::default())
}

fn ask(app: &App) -> Ask {
    let Some(Route::Summary(sums)) = app.route() else { panic!("no sums") };
    sums.wanted()[0].clone()
}

fn answer(app: &mut App, rows: Vec<SummaryRow>) {
    let Ask::Sums(query) = ask(app) else { panic!() };
    let summary = Summary { total: rows.len() as u64, rows };
    update(app, Action::Paged(PageNews::Sums(query, summary)));
}

fn users() -> Vec<SummaryRow> {
    vec![
        sum(b"mal\x1b[31mlory", 3, 100, 2),
        sum(b"o'neil, \"jr\"", 1_234_567, 60, 40),
        sum(b"al\xffice", 12, 30, 0),
        sum(b"", 1, 0, 0),
    ]
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn shown(app: &App) -> String {
    dump(&drawn(app, 80, 24))
}

#[test]
fn sums_fit_every_terminal() {
    let mut app = app();
    assert!(shown(&app).contains("Asking the server"));
    answer(&mut app, users());
    at_both_sizes("summary", "users", &app);
    matches("summary", "users-40x10.txt", &dump(&drawn(&app, 40, 10)));
    for (columns, lines) in [(1, 1), (10, 3), (30, 5), (300, 100)] {
        drawn(&app, columns, lines);
    }
}

#[test]
fn what_is_added_up_and_the_order_are_gone_through() {
    let mut app = app();
    answer(&mut app, users());
    let asked = |app: &App| match ask(app) {
        Ask::Sums(query) => (query.by, query.sort, query.reverse),
        other => panic!("{other:?}"),
    };
    assert!(!press(&mut app, "Tab").is_empty());
    press(&mut app, "s");
    press(&mut app, "r");
    assert_eq!(asked(&app), (SummaryBy::Host, SummarySort::Sessions, true));
    press(&mut app, "Shift-Tab");
    press(&mut app, "S");
    press(&mut app, "S");
    assert_eq!(asked(&app), (SummaryBy::User, SummarySort::Name, true));
    let late = PageNews::Sums(Default::default(), Summary { total: 9, rows: users() });
    update(&mut app, Action::Paged(late));
    let Some(Route::Summary(sums)) = app.route() else { panic!() };
    assert_eq!(sums.pages().total(), None, "an answer to an older question");
}

#[test]
fn a_row_leads_to_its_sessions_whatever_its_name_is() {
    let filters = ["user:mal*[31mlory", r#"user:"o'neil, \"jr\"""#, "user:al*ice", "-user:*"];
    for (at, want) in filters.into_iter().enumerate() {
        let mut app = app();
        answer(&mut app, users());
        (0..at).for_each(|_| drop(press(&mut app, "Down")));
        let name = users()[at].name.clone();
        let effects = press(&mut app, "Enter");
        assert_eq!(app.scope(), Scope::Browse);
        let Some(Effect::Page(wanted)) = effects.first() else { panic!("{effects:?}") };
        let Ask::List(query) = &wanted[0] else { panic!() };
        let mut row =
            crate::screens::live::sample::row(1, sudolog_core::session::SessionState::Complete);
        row.user = name;
        assert!(
            row.user.is_empty() || row.subject().fits(&query.text, &query.conditions),
            "{want}"
        );
        let Some(Route::Browse(browse)) = app.route() else { panic!() };
        if at != 1 {
            assert_eq!(browse.filter().text(), want);
        }
        assert_eq!(press(&mut app, "q"), [Effect::Page(vec![ask_of_first()])]);
        assert_eq!(app.scope(), Scope::Summary);
    }
}

fn ask_of_first() -> Ask {
    ask(&app())
}

#[test]
fn the_filter_narrows_the_sums_and_goes_along() {
    let mut app = app();
    answer(&mut app, users());
    press(&mut app, "/");
    assert_eq!(app.scope(), Scope::Filter);
    "host:web*".chars().for_each(|c| drop(update(&mut app, Action::Press(Key::char(c)))));
    press(&mut app, "Enter");
    answer(&mut app, Vec::new());
    at_both_sizes("summary", "nothing", &app);
    answer(&mut app, vec![sum(b"alice", 1, 1, 1)]);
    press(&mut app, "f");
    assert_eq!(app.scope(), Scope::Chooser);
    press(&mut app, "Enter");
    press(&mut app, "Enter");
    let Some(Route::Browse(browse)) = app.route() else { panic!() };
    assert_eq!(browse.filter().text(), "host:web* user:alice");
}

#[test]
fn a_server_that_cannot_add_up_is_told_in_words() {
    let mut app = app();
    let text = "the request\x1b is not understood".into();
    let refused = ClientError::Failed(Failure { cause: Cause::Malformed, text });
    let asked = ask(&app);
    update(&mut app, Action::Paged(PageNews::NoPage(asked, refused)));
    at_both_sizes("summary", "refused", &app);
}
