//! The dialog as it looks, whole: in a usual and in a tiny terminal, with and without colours.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use sudolog_core::session::SessionState::{Frozen, Live as Running};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Listing, Role};

use super::{Order, Refusal};
use crate::app::{Action, App, Route, update};
use crate::keymap::{Intent, Key};
use crate::screens;
use crate::screens::live::Live;
use crate::screens::live::sample::{picture, row};
use crate::screens::snapshot::{self, at_both_sizes, dump, matches};
use crate::source::server::{LinkState, News};
use crate::theme::{Depth, Theme};

/// Two sessions, the first one hostile and shown.
fn app(theme: &str, depth: Depth) -> App {
    let mut live = Live::new(LinkState::Up {
        server_id: "logs.test".to_owned(),
        role: None,
        warning: String::new(),
    });
    let mut rows = vec![row(46, Running), row(45, Frozen)];
    rows[0].user = "mal\x1b[31mlory".into();
    rows[0].command = "/usr/bin/find / -xdev -newer /etc/passwd -name '*.conf' -size +1k \
                       -exec sed -i s/^PermitRootLogin.*/PermitRootLogin\\ yes/ {} \u{202e} ;"
        .into();
    live.learn(News::Listed(live.wanted().query, Listing { total: 2, rows }));
    live.learn(News::Picture(picture(46, "$ find / -xdev\r\n/etc/ssh/sshd_config\r\n")));
    let began = Timestamp { seconds: 1_763_035_200 + 400, nanoseconds: 0 };
    App::new(Route::Live(Box::new(live)), Theme::named(theme).unwrap(), depth, began)
}

fn press(app: &mut App, keys: &[&str]) {
    for key in keys {
        update(app, Action::Press(key.parse::<Key>().unwrap()));
    }
}

fn say(app: &mut App, text: &str) {
    update(app, Action::Paste(text.to_owned()));
}

fn refused(reason: String) -> Refusal {
    Refusal { reason, forbidden: true }
}

fn drawn(app: &App, columns: u16, lines: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
    terminal.draw(|frame| drop(screens::view(app, frame.area(), frame.buffer_mut()))).unwrap();
    let text = terminal.backend().to_string();
    let lines = text.lines().map(|line| line.trim_matches('"').trim_end());
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

fn tiny(app: &App) -> String {
    dump(&snapshot::drawn(app, 40, 10))
}

#[test]
fn freeze_and_thaw() {
    let mut app = app(Theme::DEFAULT, Depth::True);
    press(&mut app, &["F"]);
    say(&mut app, "edits sshd_config, ask alice first");
    at_both_sizes("order", "freeze", &app);
    press(&mut app, &["Esc", "T"]);
    say(&mut app, "it was alice");
    at_both_sizes("order", "thaw", &app);
}

#[test]
fn terminate_asks_for_the_number_in_a_usual_and_in_a_tiny_terminal() {
    let mut app = app(Theme::DEFAULT, Depth::True);
    press(&mut app, &["K"]);
    say(&mut app, "opens the door for root logins");
    at_both_sizes("order", "terminate", &app);
    matches("order", "terminate-40x10.txt", &tiny(&app));
    press(&mut app, &["Enter"]);
    say(&mut app, "00001");
    at_both_sizes("order", "terminate-proof", &app);
    matches("order", "terminate-proof-40x10.txt", &tiny(&app));
}

#[test]
fn a_refusal_stands_in_the_dialog_escaped() {
    let mut app = app(Theme::DEFAULT, Depth::True);
    press(&mut app, &["M"]);
    say(&mut app, "please stop");
    at_both_sizes("order", "message", &app);
    let Some(request) = app.dialog.as_mut().unwrap().send() else { panic!("not sent") };
    assert!(drawn(&app, 80, 24).contains("… ordering"));
    let refusal = r"only an admin may give orders \u{1b}[2J ".repeat(40);
    update(&mut app, Action::Ordered(request, Err(refused(refusal))));
    let text = drawn(&app, 80, 24);
    assert!(text.contains(r"! only an admin may give orders \u{1b}[2J"), "{text}");
    at_both_sizes("order", "refused", &app);
    matches("order", "refused-40x10.txt", &tiny(&app));
}

#[test]
fn without_colours_everything_is_still_told() {
    let mut app = app("dark", Depth::Mono);
    press(&mut app, &["K"]);
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| drop(screens::view(&app, frame.area(), frame.buffer_mut()))).unwrap();
    let buffer = terminal.backend().buffer();
    assert!(buffer.content.iter().all(|cell| (cell.fg, cell.bg) == (Color::Reset, Color::Reset)));
    let text = drawn(&app, 80, 24);
    for words in ["Terminate 00001A", "● live", "cannot be undone", "Reason:", "■ FROZEN"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn no_size_is_too_small_to_draw() {
    for order in [Order::Freeze, Order::Terminate, Order::Message] {
        let mut app = app(Theme::DEFAULT, Depth::True);
        update(&mut app, Action::Do(Intent::Order(order)));
        say(&mut app, "日本語 ".repeat(50).as_str());
        for (columns, lines) in [(0, 0), (1, 1), (2, 3), (5, 4), (12, 9), (500, 200)] {
            let mut buffer =
                ratatui::buffer::Buffer::empty(ratatui::layout::Rect::new(0, 0, columns, lines));
            let area = buffer.area;
            screens::view(&app, area, &mut buffer);
        }
    }
}

#[test]
fn who_may_give_no_orders_reads_so_in_place_of_the_dialog() {
    let mut app = app(Theme::DEFAULT, Depth::True);
    app.role = Some(Role::Viewer);
    press(&mut app, &["K"]);
    say(&mut app, "malware");
    at_both_sizes("order", "forbidden", &app);
    matches("order", "forbidden-40x10.txt", &dump(&snapshot::drawn(&app, 40, 10)));
}
