//! What the console asks about all sessions of the queue, not only those that are here; and what is alarming
//! when it comes.

use sudolog_core::session::SessionState::Live;
use sudolog_core::wire::message::{
    Cause, FacetList, FacetOf, FacetValue, Facets, Failure, Listing, Query, SessionRow, SummaryBy,
};

use super::sample::{queue, review, risky};
use super::view_tests::{app, learn, press, shown};
use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::Scope;
use crate::screens::events::sample;
use crate::screens::snapshot::at_both_sizes;
use crate::source::server::{Ask, ClientError, PageNews};

fn filter(app: &App) -> &str {
    let Some(Route::Triage(triage)) = app.route() else { panic!("no queue") };
    triage.filter().text()
}

fn asked(effects: &[Effect]) -> Ask {
    let page = effects.iter().find_map(|effect| match effect {
        Effect::Page(wanted) => wanted.first().cloned(),
        _ => None,
    });
    page.unwrap()
}

fn facets() -> Facets {
    let list = |of, values: &[(&str, u64)]| FacetList {
        of,
        values: values
            .iter()
            .map(|(value, sessions)| FacetValue { value: (*value).into(), sessions: *sessions })
            .collect(),
        left_out: 0,
    };
    Facets {
        total: 41_030,
        facets: vec![
            list(FacetOf::Risk, &[("medium", 30_000), ("critical", 30)]),
            list(FacetOf::Verdict, &[("none", 41_000), ("awaiting", 30)]),
            list(FacetOf::Anomaly, &[("root_shell", 12_345), ("of_tomorrow", 1)]),
            list(FacetOf::User, &[("alice", 20_000), ("mal\x1b[31mlory x", 7)]),
            list(FacetOf::Unknown, &[("x", 1)]),
        ],
    }
}

#[test]
fn facets_are_counted_over_all_that_the_filter_keeps() {
    let mut app = app();
    let Ask::Facets(among) = asked(&press(&mut app, "F")) else { panic!() };
    assert!(among.queue && among.conditions.len() == 1);
    assert!(shown(&app).contains("here"), "until the server has counted");
    press(&mut app, "Down");
    update(&mut app, Action::Paged(PageNews::Facets(among, facets())));
    at_both_sizes("triage", "all-facets", &app);
    "mallory".chars().for_each(|c| drop(press(&mut app, &c.to_string())));
    let effects = press(&mut app, "Enter");
    assert_eq!(filter(&app), "verdict:none,awaiting user:\"mal*[31mlory x\"");
    assert!(matches!(asked(&effects), Ask::Queue(query) if query.conditions.len() == 2));
}

#[test]
fn a_few_letters_find_a_session_that_is_not_here_and_the_queue_goes_to_it() {
    let mut app = app();
    press(&mut app, "f");
    let effects = "al5".chars().map(|c| press(&mut app, &c.to_string())).last().unwrap();
    let Ask::Find(query) = asked(&effects) else { panic!() };
    assert!(query.letters == "al5" && query.among.queue);
    assert!(shown(&app).contains("asking the server"), "none of those that are here");
    let mut far = risky(77, Live, 5);
    (far.user, far.host) = ("alice".into(), "web5".into());
    let rows = vec![far.clone()];
    update(&mut app, Action::Paged(PageNews::Found(query, Listing { total: 4711, rows })));
    at_both_sizes("triage", "found", &app);
    let place = asked(&press(&mut app, "Enter"));
    assert!(matches!(&place, Ask::QueuePlace(tsid, _) if *tsid == far.tsid));
    assert_eq!(app.scope(), Scope::Triage);
    let Listing { rows: near, .. } = queue();
    learn_at(&mut app, 0, near);
    let effects = update(&mut app, Action::Paged(PageNews::Place(place, Some(30_250))));
    assert!(matches!(asked(&effects), Ask::Queue(query) if query.offset == 30_200));
    let mut rows: Vec<SessionRow> = (0..100).map(|at| risky(1000 + at, Live, 5)).collect();
    // Two came before it meanwhile.
    rows[52] = far.clone();
    learn_at(&mut app, 30_200, rows);
    let Some(Route::Triage(triage)) = app.route() else { panic!() };
    assert_eq!((triage.pages().at(), triage.reviewed()), (30_252, Some(far.tsid)));
}

fn learn_at(app: &mut App, offset: u32, rows: Vec<SessionRow>) {
    let Some(Route::Triage(triage)) = app.route() else { panic!() };
    let page = |ask: &Ask| match ask {
        Ask::Queue(query) => Some(Query { offset, ..query.clone() }),
        _ => None,
    };
    let query = triage.wanted().iter().find_map(page).unwrap();
    let listing = Listing { total: 41_030, rows };
    update(app, Action::Paged(PageNews::Queue(query, listing)));
}

#[test]
fn an_older_server_is_no_hindrance() {
    let mut app = app();
    let refused = |ask| {
        let text = "this server does not know the request".into();
        let error = ClientError::Failed(Failure { cause: Cause::Malformed, text });
        Action::Paged(PageNews::NoPage(ask, error))
    };
    press(&mut app, "f");
    let ask = asked(&press(&mut app, "m"));
    let effects = update(&mut app, refused(ask));
    assert!(matches!(asked(&effects), Ask::Queue(_)), "it is not asked again");
    assert!(shown(&app).contains("mal"), "what is here is found");
    press(&mut app, "Enter");
    let ask = asked(&press(&mut app, "F"));
    update(&mut app, refused(ask));
    press(&mut app, "Enter");
    assert!(filter(&app).starts_with("verdict:none,awaiting risk:"), "{}", filter(&app));
}

#[test]
fn the_queue_is_grouped_and_a_group_narrows_it() {
    let mut app = app();
    let Ask::Sums(query) = asked(&press(&mut app, "s")) else { panic!() };
    assert!(query.queue && query.conditions.len() == 1 && query.by == SummaryBy::User);
    let row = sudolog_core::wire::message::SummaryRow {
        name: "alice".into(),
        sessions: 7,
        time_s: 60.0,
        risk: review().row.risk,
        risky: 1,
        unjudged: 7,
        last_seen: review().row.start,
        trend: vec![0; 14],
    };
    let summary = sudolog_core::wire::message::Summary { total: 1, rows: vec![row] };
    update(&mut app, Action::Paged(PageNews::Sums(query, summary)));
    assert!(shown(&app).contains("Sudolog triage") && shown(&app).contains("[user]"));
    press(&mut app, "Enter");
    assert_eq!((app.scope(), app.routes.len()), (Scope::Triage, 1));
    assert_eq!(filter(&app), "verdict:none,awaiting user:alice");
}

#[test]
fn what_runs_and_is_critical_is_told_when_the_console_comes() {
    let mut app = app();
    let rows = vec![risky(50, Live, 95), risky(51, Live, 90)];
    let running = |rows: &[SessionRow]| Action::Running(rows.to_vec());
    assert!(update(&mut app, running(&rows)).contains(&Effect::Bell));
    at_both_sizes("triage", "alarm-running", &app);
    assert!(update(&mut app, running(&rows)).is_empty(), "a new connection tells nothing new");
    press(&mut app, "!");
    assert_eq!(filter(&app), "risk:critical state:live,frozen,lagging");
    let one = vec![rows[0].clone(), risky(52, Live, 99)];
    update(&mut app, running(&one));
    assert!(shown(&app).contains("a running session is critical: risk 99"));
    let effects = press(&mut app, "!");
    assert!(effects.contains(&Effect::Open(one[1].tsid)), "{effects:?}");
}

#[test]
fn what_is_grave_and_of_no_session_is_told_once_and_leads_to_the_event_log() {
    let mut app = app();
    let mut entries: Vec<_> = (7..9).rev().map(sample::entry).collect();
    entries[1] = sample::hostile(7);
    assert!(update(&mut app, Action::Grave(entries.clone())).contains(&Effect::Bell));
    assert!(update(&mut app, Action::Grave(entries.clone())).is_empty(), "it was told");
    assert!(shown(&app).contains("! web1 /usr/bin/id -u (and 1 before)"), "{}", shown(&app));
    assert_eq!(press(&mut app, "X"), [Effect::Acknowledge(6)], "the older one was not seen");
    assert!(!shown(&app).contains("\x1b") && shown(&app).contains("! host"));
    let effects = press(&mut app, "!");
    assert!(effects.contains(&Effect::Acknowledge(8)), "{effects:?}");
    let Some(Route::Events(log)) = app.route() else { panic!("no log") };
    assert!(matches!(&log.wanted()[0], Ask::Events(query) if query.before == 8));
    let Listing { .. } = queue();
    learn_nothing(&mut app);
}

/// The queue lies under the log and takes what comes all the same.
fn learn_nothing(app: &mut App) {
    press(app, "q");
    learn(app, Listing::default());
    assert!(shown(app).contains("nothing to look at"));
}
