//! Two moments compared, as it looks.

use std::sync::Arc;

use ratatui::style::Modifier;
use sudolog_core::term::SafeScreen;

use super::view_tests::{paused, press};
use crate::app::{Action, App, Route, update};
use crate::deck::{Frame, News};
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::Standing;

/// Goes to another moment, at which this is on the screen.
fn elsewhere(app: &mut App, seq: u64, output: &str) {
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(output.as_bytes());
    update(app, Action::Deck(News::Frame(Arc::new(Frame { seq, screen }))));
}

fn compared() -> App {
    let mut app = paused(Standing::Whole);
    elsewhere(&mut app, 3, "one line\r\nuser alice\r\n");
    press(&mut app, "D");
    elsewhere(&mut app, 7, "one line\r\nuser mallory\r\n# ");
    app
}

#[test]
fn both_moments_are_named_and_what_differs_stands_out_without_colours() {
    let mut app = compared();
    at_both_sizes("replay", "compared", &app);
    let buffer = drawn(&app, 80, 24);
    let text = dump(&buffer);
    assert!(
        text.contains("B 01:00.0 event 7 with A 00:20.0 event 3: 8 cells differ (Tab flips"),
        "{text}"
    );
    let marked = Modifier::REVERSED | Modifier::UNDERLINED;
    let is_marked = |x: u16, y: u16| buffer[(x, y)].modifier.contains(marked);
    assert!(is_marked(5, 3), "the m of mallory:\n{text}");
    assert!(!is_marked(0, 2) && !is_marked(0, 3), "what is the same:\n{text}");
    press(&mut app, "Tab");
    let text = dump(&drawn(&app, 80, 24));
    assert!(text.contains("A 00:20.0 event 3 with B") && text.contains("user alice"), "{text}");
    let wide = dump(&drawn(&app, 200, 40));
    assert!(wide.contains("user alice") && wide.contains("user mallory"), "{wide}");
}

#[test]
fn escape_ends_it_and_leaves_the_player_where_it_is() {
    let mut app = compared();
    press(&mut app, "Esc");
    assert!(matches!(app.route(), Some(Route::Replay(replay)) if !replay.compares()));
    press(&mut app, "D");
    press(&mut app, "D");
    assert!(matches!(app.route(), Some(Route::Replay(replay)) if !replay.compares()));
    press(&mut app, "Tab");
    let hint = app.notice.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(hint.contains("D keeps this moment"), "{hint}");
}
