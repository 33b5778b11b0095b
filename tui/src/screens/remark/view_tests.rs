//! The dialog as it looks, and what is said with it by keys alone.

use sudolog_core::time::Timestamp;
use sudolog_core::triage::{Remark, RemarkKind, Verdict};
use sudolog_core::wire::message::{Change, Judgement, Listing, Query};

use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::{Key, Scope};
use crate::screens::order::Refusal;
use crate::screens::replay::sample::about;
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::screens::triage::Triage;
use crate::screens::triage::sample::{queue, risky};
use crate::source::About;
use crate::source::server::{Ask, LinkState, PageNews};
use crate::theme::{Depth, Theme};

fn app() -> App {
    let link =
        LinkState::Up { server_id: "logs.test".to_owned(), role: None, warning: String::new() };
    let mut triage = Triage::new(link, Query::default(), "");
    let Some(Ask::Queue(query)) = triage.wanted().first().cloned() else { panic!() };
    let Listing { total, mut rows } = queue();
    rows[0].standing.tags = vec!["a".into(), "b\x1b".into()];
    triage.learn(PageNews::Queue(query, Listing { total, rows }));
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    App::new(Route::Triage(Box::new(triage)), theme, Depth::True, Timestamp::default())
}

fn press(app: &mut App, key: &str) -> Vec<Effect> {
    update(app, Action::Press(key.parse::<Key>().unwrap()))
}

fn say(app: &mut App, text: &str) {
    text.chars().for_each(|c| drop(update(app, Action::Press(Key::char(c)))));
}

/// The server's answer to what these effects asked it.
fn answer(app: &mut App, effects: Vec<Effect>, act: u64, answer: Result<(), Refusal>) {
    let Some(Effect::Judge(tsids, kind)) = effects.into_iter().next() else { panic!("not said") };
    update(app, Action::Judged(Judgement { tsids, act, kind }, answer));
}

fn shown(app: &App) -> String {
    dump(&drawn(app, 80, 24))
}

#[test]
fn a_verdict_on_marked_sessions_says_how_many() {
    let mut app = app();
    press(&mut app, "Space");
    press(&mut app, "Space");
    press(&mut app, "v");
    assert_eq!(app.scope(), Scope::Remark);
    at_both_sizes("remark", "verdict", &app);
    say(&mut app, "iexfiltration");
    at_both_sizes("remark", "why", &app);
    let effects = press(&mut app, "Enter");
    let verdict =
        RemarkKind::Verdict { verdict: Some(Verdict::Incident), why: "exfiltration".into() };
    assert!(
        matches!(&effects[..], [Effect::Judge(tsids, kind)] if tsids.len() == 2 && *kind == verdict)
    );
    answer(&mut app, effects, 7, Ok(()));
    assert!(shown(&app).contains("✓ 2 sessions: incident, recorded"));
    let Some(Route::Triage(triage)) = app.route() else { panic!() };
    assert_eq!((triage.marked(), app.scope()), (0, Scope::Triage));
}

#[test]
fn marks_stay_for_what_is_to_be_said_next_until_there_is_a_verdict() {
    let mut app = app();
    press(&mut app, "Space");
    press(&mut app, "Space");
    let marked = |app: &App| match app.route() {
        Some(Route::Triage(triage)) => triage.marked(),
        _ => panic!("no queue"),
    };
    for (act, key, words, left) in
        [(7, "#", "case-7", 2), (8, "@", "vic", 2), (9, "A", "look", 2), (10, "v", "i", 0)]
    {
        press(&mut app, key);
        say(&mut app, words);
        let effects = press(&mut app, "Enter");
        answer(&mut app, effects, act, Ok(()));
        assert_eq!(marked(&app), left, "{key}");
    }
}

#[test]
fn what_was_said_last_is_taken_back_first() {
    let mut app = app();
    assert!(press(&mut app, "u").is_empty() && shown(&app).contains("nothing was said"));
    for (act, tag) in [(7, "one"), (8, "two")] {
        press(&mut app, "#");
        say(&mut app, tag);
        let effects = press(&mut app, "Enter");
        answer(&mut app, effects, act, Ok(()));
    }
    for (taken, word) in [(8, "tag two taken back"), (7, "tag one taken back")] {
        let effects = press(&mut app, "u");
        let back = RemarkKind::TakeBack { taken };
        assert!(matches!(&effects[..], [Effect::Judge(_, kind)] if *kind == back), "{effects:?}");
        answer(&mut app, effects, 99, Ok(()));
        assert!(shown(&app).contains(word), "{word}");
    }
    assert!(press(&mut app, "u").is_empty());
}

#[test]
fn a_refusal_stays_in_the_dialog_with_the_words() {
    let mut app = app();
    press(&mut app, "#");
    at_both_sizes("remark", "tag", &app);
    say(&mut app, "case-7");
    let effects = press(&mut app, "Enter");
    let refusal = Refusal { reason: "another operator's session".to_owned(), forbidden: true };
    answer(&mut app, effects, 7, Err(refusal));
    at_both_sizes("remark", "refused", &app);
    press(&mut app, "Esc");
    assert_eq!((app.scope(), app.said.len()), (Scope::Triage, 0));
}

#[test]
fn ones_own_name_is_learnt_and_offered_for_the_next_session() {
    let mut app = app();
    press(&mut app, "@");
    say(&mut app, "vic");
    let effects = press(&mut app, "Enter");
    answer(&mut app, effects, 7, Ok(()));
    let remark = Remark {
        act: 7,
        at: Timestamp::default(),
        who: "olga".into(),
        kind: RemarkKind::Assign { to: Some("vic".into()) },
    };
    let row = risky(46, sudolog_core::session::SessionState::Live, 100);
    let change = Change { row, findings: Vec::new(), remark: Some(remark) };
    update(&mut app, Action::Changed(Box::new(change)));
    press(&mut app, "@");
    at_both_sizes("remark", "assign", &app);
    let effects = press(&mut app, "Enter");
    let me = RemarkKind::Assign { to: Some("olga".into()) };
    assert!(matches!(&effects[..], [Effect::Judge(_, kind)] if *kind == me), "{effects:?}");
}

#[test]
fn the_session_that_is_played_is_noted_at_its_moment() {
    let mut app = app();
    let tsid = risky(46, sudolog_core::session::SessionState::Live, 1).tsid;
    let about = || About { tsid: Some(tsid), ..about() };
    update(&mut app, Action::Opened(Box::new(about())));
    let read = crate::screens::replay::sample::read(1, &[2, 4, 65], None);
    update(&mut app, Action::Deck(read));
    update(&mut app, Action::Tick(std::time::Duration::from_secs(4)));
    // The news of a deck that plays from a directory has no number; this one has.
    if let Some(Route::Replay(replay)) = app.routes.last_mut() {
        **replay = crate::screens::replay::Replay::new(about(), Default::default());
    }
    press(&mut app, "A");
    at_both_sizes("remark", "note", &app);
    say(&mut app, "here");
    let effects = press(&mut app, "Enter");
    assert!(
        matches!(&effects[..], [Effect::Judge(of, RemarkKind::Note { .. })] if of[..] == [tsid])
    );
}
