//! The rules screen as it looks, whole, and what its keys do to the console.

use jiff::tz::TimeZone;
use sudolog_core::limits::RULES_BYTES_MAX;
use sudolog_core::risk::{Rules, Score};
use sudolog_core::session::SessionState::Complete;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{
    Role, RuleTally, RulesChange, RulesInForce, RulesTrial, RulesTrialRow,
};

use super::Rulebook;
use crate::app::{Action, App, Effect, Notice, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::live::Live;
use crate::screens::live::sample::row;
use crate::screens::order::Refusal;
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::server::{LinkState, News, RulesAnswer, RulesAsk};
use crate::theme::{Depth, Theme};

/// Three rules; whoever wrote them has tried to steer the terminal.
const TEXT: &str = r#"version: 1
rules:
  - id: shadow-read
    cat: credential
    score: 60
    attack: [T1003.008]
    on: cmdline
    re: '/etc/g?shadow'
    users: [alice, 'svc-*']
    fp: "backups\x1b[31m, and a sentence that is long enough to be broken into several lines anywhere"
    hit: ["cat /etc/shadow\u202e", 'less /etc/gshadow']
    miss: ['cat /etc/passwd']
  - {id: nested-sudo, cat: privilege, score: 30, on: typed, re: '\bsudo\b', act: freeze, enabled: false}
  - {id: very-long, cat: context, score: 20, on: meta, when: {duration_s_gt: 3600}, act: notify}
"#;

fn in_force(text: &str) -> RulesInForce {
    let hash = Rules::parse(text.as_bytes()).unwrap().hash().to_owned();
    let tally =
        RuleTally { rule: "shadow-read".to_owned(), sessions: 1234, ..RuleTally::default() };
    let judged = RuleTally { incident: 5, suspicious: 1, false_positive: 2, ..tally };
    let unjudged = RuleTally { rule: "very-long".to_owned(), sessions: 1, ..RuleTally::default() };
    RulesInForce {
        hash,
        text: text.to_owned(),
        is_writable: true,
        tallies: vec![judged, unjudged],
        ..RulesInForce::default()
    }
}

fn live(role: Option<Role>) -> App {
    let live = Live::new(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role,
        warning: String::new(),
    });
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let mut app = App::new(Route::Live(Box::new(live)), theme, Depth::True, Timestamp::default());
    app.role = role;
    app
}

/// The rules as an admin sees them.
fn shown() -> App {
    let mut app = live(Some(Role::Admin));
    assert_eq!(press(&mut app, "E"), [Effect::Rule(RulesAsk::Look)]);
    assert!(dump(&drawn(&app, 80, 24)).contains("Asking the server"));
    assert_eq!(answer(&mut app, in_force(TEXT)), [Effect::Rule(RulesAsk::LookNowAndThen)]);
    let Some(Route::Rules(book)) = app.routes.last_mut() else { panic!() };
    book.zone = TimeZone::UTC;
    app
}

fn answer(app: &mut App, rules: RulesInForce) -> Vec<Effect> {
    update(app, Action::Ruled(RulesAnswer::Rules(Ok(Box::new(rules)))))
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn say(app: &mut App, text: &str) {
    text.chars().for_each(|c| drop(update(app, Action::Press(Key::char(c)))));
}

fn said(app: &App) -> String {
    app.notice.as_ref().map(Notice::to_string).unwrap_or_default()
}

fn book(app: &App) -> &Rulebook {
    match app.route() {
        Some(Route::Rules(book)) => book,
        _ => panic!("no rules"),
    }
}

fn draft(app: &App) -> String {
    book(app).book().unwrap().draft.text().to_owned()
}

/// With `nested-sudo` switched on.
fn switched() -> App {
    let mut app = shown();
    press(&mut app, "Down");
    press(&mut app, "x");
    assert!(draft(&app).contains("enabled: true"), "{}", said(&app));
    app
}

#[test]
fn the_rules_fit_every_terminal() {
    let mut app = shown();
    at_both_sizes("rules", "list", &app);
    matches("rules", "list-40x10.txt", &dump(&drawn(&app, 40, 10)));
    for (columns, lines) in [(1, 1), (10, 3), (30, 5), (300, 100)] {
        drawn(&app, columns, lines);
    }
    let text = String::from_utf8_lossy(Rules::built_in_file()).into_owned();
    let built_in = RulesInForce { is_writable: false, done: 12, left: 28, ..in_force(&text) };
    assert_eq!(answer(&mut app, built_in), [Effect::Rule(RulesAsk::LookLater)]);
    press(&mut app, "G");
    press(&mut app, "k");
    (0..90).for_each(|_| drop(press(&mut app, "J")));
    (0..30).for_each(|_| drop(press(&mut app, "K")));
    assert_eq!(book(&app).scrolled(), 0);
    at_both_sizes("rules", "assessing", &app);
}

#[test]
fn a_rule_is_found_by_a_few_letters() {
    let mut app = shown();
    press(&mut app, "f");
    assert_eq!(app.scope(), Scope::Chooser);
    say(&mut app, "very");
    press(&mut app, "Enter");
    assert_eq!(book(&app).rule().unwrap().id(), "very-long");
}

#[test]
fn a_draft_is_made_shown_and_thrown_away() {
    let mut app = shown();
    press(&mut app, "D");
    assert!(said(&app).contains("nothing is changed"), "{}", said(&app));
    let mut app = switched();
    assert!(press(&mut app, "d").is_empty());
    at_both_sizes("rules", "difference", &app);
    press(&mut app, "Esc");
    assert!(dump(&drawn(&app, 80, 24)).contains("draft +1 -1"));
    assert!(press(&mut app, "q").is_empty() && said(&app).contains("would be lost"));
    press(&mut app, "Down");
    assert!(press(&mut app, "q").is_empty(), "asked for anew after another key");
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Live);
    let mut app = switched();
    press(&mut app, "D");
    assert_eq!(draft(&app), TEXT);
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Live);
}

#[test]
fn what_the_editor_leaves_is_the_draft_also_when_it_is_no_rules() {
    let mut app = shown();
    assert_eq!(press(&mut app, "e"), [Effect::Write(TEXT.to_owned())]);
    update(&mut app, Action::Written(Err("vi ended with 1".to_owned())));
    assert!(said(&app).contains("vi ended with 1"));
    let wrong = TEXT.replace("score: 60", "score: \"6\u{202e}0\"");
    update(&mut app, Action::Written(Ok(wrong.clone())));
    at_both_sizes("rules", "no-rules", &app);
    for key in ["T", "w"] {
        assert!(press(&mut app, key).is_empty());
        assert!(said(&app).contains("line 5"), "{key}: {}", said(&app));
    }
    assert_eq!(press(&mut app, "e"), [Effect::Write(wrong)], "it can be mended");
    let fails = TEXT.replace("cat /etc/passwd", "cat /etc/shadow");
    update(&mut app, Action::Written(Ok(fails)));
    press(&mut app, "w");
    assert!(said(&app).contains("fails its own examples: shadow-read"), "{}", said(&app));
    assert_eq!(app.scope(), Scope::Rules);
}

#[test]
fn what_no_frame_holds_is_not_sent() {
    let mut app = shown();
    let long = format!("{TEXT}# {}\n", "\"".repeat(RULES_BYTES_MAX - TEXT.len() - 3));
    assert_eq!(long.len(), RULES_BYTES_MAX);
    update(&mut app, Action::Written(Ok(long)));
    for key in ["T", "w"] {
        assert!(press(&mut app, key).is_empty());
        assert!(said(&app).contains("on its way"), "{}", said(&app));
    }
}

#[test]
fn a_trial_says_what_would_change() {
    let mut app = shown();
    press(&mut app, "T");
    assert!(said(&app).contains("nothing is changed"));
    let mut app = switched();
    let text = draft(&app);
    assert_eq!(press(&mut app, "T"), [Effect::Rule(RulesAsk::Try { text: text.clone() })]);
    at_both_sizes("rules", "trying", &app);
    let tried = |text: &str, trial| Action::Ruled(RulesAnswer::Tried(text.to_owned(), trial));
    update(&mut app, tried("another draft", Err("of old".to_owned())));
    assert!(!dump(&drawn(&app, 80, 24)).contains("of old"));
    let mut hostile = row(7, Complete);
    hostile.command = "sh -c '\x1b[2Jsudo -i'".into();
    let rows = [(hostile, 90), (row(3, Complete), 5)]
        .map(|(row, risk)| RulesTrialRow { row, risk: Score::capped(risk) });
    let faults = vec!["shadow-read: finds \x1b[0m".into()];
    let trial = RulesTrial { tried: 2000, changed: 31, rows: rows.into(), faults };
    update(&mut app, tried(&text, Ok(Box::new(trial))));
    at_both_sizes("rules", "trial", &app);
    press(&mut app, "T");
    assert!(press(&mut app, "T").is_empty(), "what is known is not asked again");
    press(&mut app, "x");
    assert!(!dump(&drawn(&app, 80, 24)).contains("31 of the 2000"), "that was another draft");
}

#[test]
fn a_draft_comes_into_force_with_a_reason() {
    let mut app = switched();
    let text = draft(&app);
    assert!(press(&mut app, "w").is_empty());
    assert_eq!(app.scope(), Scope::Reason);
    assert!(press(&mut app, "Enter").is_empty());
    at_both_sizes("rules", "reason", &app);
    say(&mut app, "qe too loud");
    let base = in_force(TEXT).hash;
    let set = RulesAsk::Set { base, text: text.clone(), why: "qe too loud".into() };
    assert_eq!(press(&mut app, "Enter"), [Effect::Rule(set)]);
    assert!(press(&mut app, "Enter").is_empty(), "it is sent once");
    let done = Action::Ruled(RulesAnswer::Set(text.clone(), Ok(())));
    assert_eq!(update(&mut app, done), [Effect::Rule(RulesAsk::Look)]);
    assert_eq!(app.scope(), Scope::Rules);
    // The server has not read its file yet.
    assert_eq!(answer(&mut app, in_force(TEXT)), [Effect::Rule(RulesAsk::LookLater)]);
    assert!(dump(&drawn(&app, 80, 24)).contains("coming into force"));
    let lost = Action::Ruled(RulesAnswer::Rules(Err("lost".to_owned())));
    assert_eq!(update(&mut app, lost), [Effect::Rule(RulesAsk::LookLater)]);
    assert_eq!(answer(&mut app, in_force(&text)), [Effect::Rule(RulesAsk::LookNowAndThen)]);
    assert!(!book(&app).book().unwrap().draft.is_changed());
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Live);
}

#[test]
fn a_draft_outlives_a_refusal_and_the_changes_of_others() {
    let mut app = switched();
    let text = draft(&app);
    press(&mut app, "w");
    say(&mut app, "why");
    press(&mut app, "Enter");
    let reason = "the rules were changed meanwhile; look at them again".to_owned();
    let refused = RulesAnswer::Set(text.clone(), Err(Refusal { reason, forbidden: false }));
    assert_eq!(update(&mut app, Action::Ruled(refused)), [Effect::Rule(RulesAsk::Look)]);
    at_both_sizes("rules", "refused", &app);
    answer(&mut app, in_force(&TEXT.replace("score: 60", "score: 61")));
    assert_eq!(draft(&app), text);
    assert!(press(&mut app, "Enter").is_empty(), "not before the difference was seen");
    press(&mut app, "Esc");
    at_both_sizes("rules", "overtaken", &app);
    press(&mut app, "w");
    assert!(said(&app).contains("look at the difference first"));
    press(&mut app, "d");
    assert!(dump(&drawn(&app, 80, 24)).contains("score: 61"));
    press(&mut app, "w");
    assert_eq!(app.scope(), Scope::Reason);
    press(&mut app, "Esc");
    assert_eq!(draft(&app), text);
}

#[test]
fn what_was_written_while_rules_came_into_force_stays() {
    let mut app = switched();
    let first = draft(&app);
    update(&mut app, Action::Ruled(RulesAnswer::Set(first.clone(), Ok(()))));
    press(&mut app, "Up");
    press(&mut app, "x");
    let second = draft(&app);
    answer(&mut app, in_force(&first));
    assert_eq!(draft(&app), second);
    assert!(!book(&app).is_overtaken() && !book(&app).awaits());
}

#[test]
fn everybody_is_told_who_changed_what() {
    let mut app = shown();
    press(&mut app, "h");
    assert!(dump(&drawn(&app, 80, 24)).contains("Nobody has changed"));
    let change = |n: u8, why: &str| RulesChange {
        at: Timestamp { seconds: 1_763_035_200 + i64::from(n), nanoseconds: 0 },
        who: "ol\x1bga".into(),
        why: why.into(),
        from: format!("{n:02x}").repeat(32),
        to: format!("{:02x}", n + 1).repeat(32),
    };
    let long = "a reason that goes on and on ".repeat(8);
    let changes = vec![change(2, "too\u{202e} loud"), change(1, &long)];
    answer(&mut app, RulesInForce { changes, ..in_force(TEXT) });
    at_both_sizes("rules", "history", &app);
}

#[test]
fn what_a_role_forbids_is_not_offered_and_says_so() {
    let mut app = live(Some(Role::Viewer));
    assert!(press(&mut app, "E").is_empty());
    assert!(said(&app).contains("takes an auditor") && app.scope() == Scope::Live);
    let mut app = switched();
    assert!(dump(&drawn(&app, 200, 60)).contains("w in force"));
    app.role = Some(Role::Auditor);
    press(&mut app, "w");
    assert!(said(&app).contains("only an admin") && app.scope() == Scope::Rules);
    press(&mut app, "d");
    assert!(!dump(&drawn(&app, 200, 60)).contains("w in force"));
    let mut app = switched();
    answer(&mut app, RulesInForce { is_writable: false, ..in_force(TEXT) });
    press(&mut app, "w");
    assert!(said(&app).contains("server.toml"), "{}", said(&app));
}

#[test]
fn a_server_that_comes_back_is_asked_again() {
    let mut app = live(None);
    press(&mut app, "E");
    let down = LinkState::Down { reason: "it ended".to_owned() };
    update(&mut app, Action::Ruled(RulesAnswer::Rules(Err("it ended".to_owned()))));
    update(&mut app, Action::Live(News::Link(down)));
    at_both_sizes("rules", "away", &app);
    let up =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let asked = update(&mut app, Action::Live(News::Link(up)));
    assert_eq!(asked, [Effect::Rule(RulesAsk::Look)]);
    answer(&mut app, in_force(TEXT));
    assert!(!dump(&drawn(&app, 80, 24)).contains("could not be had"));
}
