//! The check of a recording: from every screen to the event where it breaks, and as it looks.

use sudolog_core::session::{Incident, IncidentKind, SessionState};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::Listing;

use crate::app::{Action, App, Effect, Route, update};
use crate::keymap::Scope;
use crate::screens::live::Live;
use crate::screens::live::sample::row;
use crate::screens::replay::sample::{about, read};
use crate::screens::replay::view_tests::press;
use crate::screens::replay::{Replay, Start};
use crate::screens::snapshot::{at_both_sizes, drawn, dump, matches};
use crate::source::server::{LinkState, News as Told};
use crate::source::{About, Standing};
use crate::theme::{Depth, Theme};
use crate::verification::sample::Stored;
use crate::verification::{News, Report};

fn app(first: Route) -> App {
    App::new(first, Theme::named(Theme::DEFAULT).unwrap(), Depth::True, Timestamp::default())
}

/// The live screen with two sessions, the first chosen.
fn live() -> App {
    let mut live = Live::new(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: None,
        warning: String::new(),
    });
    let rows = vec![row(2, SessionState::Live), row(1, SessionState::Live)];
    live.learn(Told::Listed(live.wanted().query, Listing { total: 2, rows }));
    app(Route::Live(Box::new(live)))
}

/// A recording of nine events of a directory, played.
fn replay() -> App {
    let mut app = app(Route::Replay(Box::new(Replay::new(about(), Start::default()))));
    let seconds: Vec<u64> = (1..=9).collect();
    update(&mut app, Action::Deck(read(1, &seconds, Some(Standing::Whole))));
    app
}

fn tell(app: &mut App, report: Report) {
    let done = News::Done(Box::new(report), "/etc/sudolog/ack-verify.pub".to_owned());
    assert!(update(app, Action::Verified(done)).is_empty());
}

/// Six events, the fourth of which was changed, between checkpoints at 2 and 5.
fn broken() -> Report {
    let stored = Stored::with(6, &[2, 5], true);
    stored.put("ttyout", b"hellohellohellohallohellohello");
    stored.verify()
}

#[test]
fn the_chosen_session_is_checked_and_what_breaks_is_shown_in_the_player() {
    let mut app = live();
    let tsid = row(2, SessionState::Live).tsid;
    assert_eq!(press(&mut app, "V"), [Effect::Verify(Some(tsid))]);
    assert_eq!(app.scope(), Scope::Verify);
    press(&mut app, "Enter");
    assert!(app.notice.is_some(), "it is not checked yet");
    let mut report = broken();
    report.about = About::from(row(2, SessionState::Complete));
    tell(&mut app, report);
    assert_eq!(press(&mut app, "Enter"), [Effect::Open(tsid)]);
    let opened = Action::Opened(Box::new(About::from(row(2, SessionState::Complete))));
    assert_eq!(update(&mut app, opened), [Effect::EndVerify, Effect::Review(Some(tsid))]);
    let few = Action::Deck(read(1, &[1, 2], None));
    let effects = update(&mut app, few);
    assert!(!effects.iter().any(|e| matches!(e, Effect::Show(_))), "the event is not read yet");
    let more = Action::Deck(read(3, &[3, 4, 5, 6], Some(Standing::Whole)));
    assert_eq!(update(&mut app, more), [Effect::Show(3)]);
    assert_eq!(app.deadline(), None, "it stands still there");
    press(&mut app, "q");
    assert_eq!(app.scope(), Scope::Live);
}

#[test]
fn the_player_goes_on_being_told_under_the_check_and_then_stands_at_the_break() {
    let mut app = app(Route::Replay(Box::new(Replay::new(about(), Start::default()))));
    assert_eq!(press(&mut app, "V"), [Effect::Verify(None)]);
    let seconds: Vec<u64> = (1..=9).collect();
    update(&mut app, Action::Deck(read(1, &seconds, Some(Standing::Whole))));
    tell(&mut app, broken());
    assert_eq!(press(&mut app, "Enter"), [Effect::EndVerify, Effect::Show(3)]);
    assert_eq!(app.scope(), Scope::Replay);
}

#[test]
fn a_check_is_left_and_done_once_more() {
    let mut app = replay();
    press(&mut app, "V");
    tell(&mut app, Stored::new().verify());
    assert!(!dump(&drawn(&app, 80, 24)).contains("look at it"));
    press(&mut app, "Enter");
    assert!(app.notice.as_ref().unwrap().to_string().contains("breaks nowhere"));
    assert_eq!(press(&mut app, "r"), [Effect::Verify(None)]);
    assert!(dump(&drawn(&app, 80, 24)).contains("… checking"));
    assert_eq!(press(&mut app, "Esc"), [Effect::EndVerify]);
    let Some(Route::Replay(replay)) = app.route() else { panic!("no player") };
    assert!(!replay.is_playing());
    let late = News::Progress(Some((1, 2)));
    assert!(update(&mut app, Action::Verified(late)).is_empty(), "news of what was put away");
}

#[test]
fn without_a_session_there_is_nothing_to_check() {
    let live = Live::new(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: None,
        warning: String::new(),
    });
    let mut app = app(Route::Live(Box::new(live)));
    assert!(press(&mut app, "V").is_empty());
    assert!(app.notice.is_some() && app.scope() == Scope::Live);
}

/// What the pane shows of a recording.
fn shown(report: Report, columns: u16, lines: u16) -> String {
    dump(&drawn(&told(report), columns, lines))
}

fn told(report: Report) -> App {
    let mut app = replay();
    press(&mut app, "V");
    tell(&mut app, report);
    app
}

#[test]
fn a_broken_recording_in_every_terminal() {
    let broken = || {
        let mut report = broken();
        report.incidents = Ok(vec![
            incident(IncidentKind::Resumed, ""),
            incident(IncidentKind::BadAck, "signed by\x1b[2J nobody"),
        ]);
        report
    };
    at_both_sizes("verify", "broken", &told(broken()));
    matches("verify", "broken-40x10.txt", &shown(broken(), 40, 10));
    for (columns, lines) in [(0, 0), (1, 1), (2, 3), (5, 4), (300, 100)] {
        shown(broken(), columns, lines);
    }
}

fn incident(kind: IncidentKind, text: &str) -> Incident {
    Incident { at: Timestamp::default(), after_seq: 4, kind, who: None, text: text.into() }
}

#[test]
fn a_whole_and_a_running_recording() {
    at_both_sizes("verify", "verified", &told(Stored::with(6, &[2, 5], true).verify()));
    at_both_sizes("verify", "running", &told(Stored::with(6, &[4], false).verify()));
    let nothing = shown(Stored::with(6, &[], false).verify(), 80, 24);
    assert!(nothing.contains("Nothing is proven yet: the recording still runs."), "{nothing}");
}

#[test]
fn what_cannot_be_proven_says_why() {
    let cut_off = Stored::with(6, &[4], false);
    cut_off.put("INCOMPLETE", b"the host was lost");
    let text = shown(cut_off.verify(), 80, 24);
    for words in
        ["! INCOMPLETE", "the host was lost", "events 1 to 4", "events 5 to 6", "line 5 of timing"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let one_checkpoint = Stored::with(3, &[], true);
    one_checkpoint.put("ttyout", b"hellohellohallo");
    let text = shown(one_checkpoint.verify(), 200, 24);
    let said =
        "Who and what it was, or something in events 1 to 3, or how it ended was changed after";
    assert!(text.contains(said) && text.contains("fe812c12 of "), "{text}");
    let gone = Stored::with(6, &[2, 4, 6], true);
    gone.put("timing", &b"4 0.000000005 5\n".repeat(2));
    let text = shown(gone.verify(), 80, 24);
    assert!(text.contains("! events 3 to 6 were signed and are not here"), "{text}");
    let stock = Stored::new();
    stock.remove("uuid");
    let text = shown(stock.verify(), 80, 24);
    assert!(text.contains("? NOT SIGNED. Recorded without Sudolog"), "{text}");
}

#[test]
fn how_far_it_is_and_that_it_cannot_be_done_is_said() {
    let mut app = replay();
    press(&mut app, "V");
    update(&mut app, Action::Verified(News::Progress(Some((42, 100)))));
    at_both_sizes("verify", "checking", &app);
    update(&mut app, Action::Verified(News::Failed("there is no key file /x".to_owned())));
    let text = dump(&drawn(&app, 80, 24));
    assert!(text.contains("! not checked") && text.contains("there is no key file /x"), "{text}");
}

#[test]
fn a_long_report_is_scrolled() {
    let mut app = replay();
    press(&mut app, "V");
    tell(&mut app, broken());
    assert!(dump(&drawn(&app, 40, 10)).contains("more"));
    (0..90).for_each(|_| drop(press(&mut app, "Down")));
    let text = dump(&drawn(&app, 40, 10));
    assert!(text.contains("Incidents: none that touches trust"), "{text}");
}
