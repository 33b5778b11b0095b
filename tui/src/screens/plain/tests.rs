//! Plain mode as it looks.

use ratatui::style::{Color, Modifier};

use crate::app::{App, Effect};
use crate::keymap::Scope;
use crate::screens::replay::view_tests::{paused, press};
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::Standing;

fn rows(app: &App, columns: u16, lines: u16) -> Vec<String> {
    let text = dump(&drawn(app, columns, lines));
    text.lines().take_while(|line| *line != "---").map(str::to_owned).collect()
}

#[test]
fn only_the_recorded_text_is_left_and_the_mouse_is_the_terminals() {
    let mut app = paused(Standing::Whole);
    assert_eq!(press(&mut app, "Ctrl-l"), [Effect::Mouse(false), Effect::Redraw]);
    at_both_sizes("plain", "screen", &app);
    let buffer = drawn(&app, 80, 24);
    let is_plain = |cell: &ratatui::buffer::Cell| {
        (cell.fg, cell.bg, cell.modifier) == (Color::Reset, Color::Reset, Modifier::empty())
    };
    assert!(buffer.content.iter().all(is_plain));
    let lines = rows(&app, 80, 24);
    assert_eq!(lines[0], "root@web1:~# cat /etc/motd");
    assert_eq!(lines[22], "line 23");
    assert!(lines[23].contains("leaves plain text"), "{}", lines[23]);
    assert_eq!(press(&mut app, "Ctrl-l"), [Effect::Mouse(true), Effect::Redraw]);
    assert_eq!(app.scope(), Scope::Replay);
}

#[test]
fn what_does_not_fit_is_scrolled_to() {
    let mut app = paused(Standing::Whole);
    press(&mut app, "Ctrl-l");
    assert!(rows(&app, 40, 10)[9].contains("shows more"));
    press(&mut app, "PgDn");
    press(&mut app, "j");
    assert_eq!(rows(&app, 40, 10)[0], "line 12");
    (0..9).for_each(|_| drop(press(&mut app, "PgDn")));
    assert_eq!(rows(&app, 40, 10)[0], "line 23");
    press(&mut app, "Esc");
    assert_eq!(app.scope(), Scope::Replay);
}

#[test]
fn without_a_mouse_of_the_consoles_it_is_left_alone() {
    let mut app = paused(Standing::Whole);
    app.mouse = false;
    assert_eq!(press(&mut app, "Ctrl-l"), [Effect::Redraw]);
    assert_eq!(press(&mut app, "q"), [Effect::Redraw]);
}
