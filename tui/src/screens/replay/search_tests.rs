//! The search of the replay screen: from hit to hit, and as it looks in a small terminal.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::term::{Coverage, Gathered, Hit, Page, Pattern, SafeScreen};

use super::sample::{about, read};
use super::view_tests::press;
use super::{Replay, Start};
use crate::app::{Action, App, Effect, Route, update};
use crate::deck::{Finding, Frame, News, Sought};
use crate::keymap::Scope;
use crate::screens::snapshot::{at_both_sizes, drawn, dump};
use crate::source::Standing;
use crate::theme::{Depth, Theme};

/// A recording with an event every ten seconds, paused at the beginning.
fn app(end: Option<Standing>) -> App {
    let theme = Theme::named(Theme::DEFAULT).unwrap();
    let replay = Replay::new(about(), Start::default());
    let route = Route::Replay(Box::new(replay));
    let mut app = App::new(route, theme, Depth::True, Default::default());
    let seconds: Vec<u64> = (0..=9).map(|n| n * 10).collect();
    update(&mut app, Action::Deck(read(1, &seconds, end)));
    press(&mut app, "Space");
    press(&mut app, "R");
    app
}

fn typed(app: &mut App, text: &str) -> Vec<Effect> {
    press(app, "/");
    text.chars().for_each(|c| {
        update(app, Action::Press(crate::keymap::Key::char(c)));
    });
    press(app, "Enter")
}

fn hit(seq: u64, line: &str, needle: &str, on_screen: bool) -> Hit {
    let at = line.find(needle).unwrap();
    Hit {
        seq,
        elapsed: std::time::Duration::from_secs((seq - 1) * 10),
        row: on_screen.then_some(3),
        line: line.to_owned(),
        range: at..at + needle.len(),
    }
}

fn found(app: &mut App, hits: Vec<Hit>, caught_up: bool) -> Vec<Effect> {
    let Some(Route::Replay(replay)) = app.route() else { panic!("no replay") };
    let number = replay.sought().number;
    let finding = Finding { number, caught_up, ..finding(hits) };
    update(app, Action::Deck(News::Found(Box::new(finding))))
}

fn finding(hits: Vec<Hit>) -> Finding {
    Finding {
        number: 0,
        hits: Gathered::Further(hits),
        caught_up: true,
        is_full: false,
        skipped: 0,
        searched: None,
        coverage: Coverage::default(),
    }
}

/// After a search for `pass` that has four hits at three moments.
fn searched() -> App {
    let mut app = app(Some(Standing::Whole));
    typed(&mut app, "pass");
    let hits = vec![
        hit(3, "$ grep -i pass /etc/login.defs", "pass", true),
        hit(5, "PASS_MAX_DAYS   99999", "PASS", true),
        hit(5, "PASS_MIN_DAYS   0", "PASS", true),
        hit(8, "mysql -u root --password=hunter2", "pass", false),
    ];
    found(&mut app, hits, true);
    app
}

fn bottom(app: &App) -> String {
    let text = dump(&drawn(app, 80, 24));
    text.lines().nth(23).unwrap().to_owned()
}

#[test]
fn a_search_goes_to_the_first_hit_and_on_from_moment_to_moment() {
    let mut app = app(Some(Standing::Whole));
    let pattern = Some(Arc::new(Pattern::literal("pass").unwrap()));
    assert_eq!(
        typed(&mut app, "pass"),
        [Effect::Search(Sought { number: 1, pattern, page: Page::default() })]
    );
    assert!(bottom(&app).starts_with(" /pass  searching …"), "{}", bottom(&app));
    let mut app = searched();
    assert!(bottom(&app).starts_with(" /pass  1/4 "), "{}", bottom(&app));
    assert_eq!(press(&mut app, "n"), [Effect::Show(5)]);
    assert!(bottom(&app).starts_with(" /pass  2-3/4 "), "{}", bottom(&app));
    assert_eq!(press(&mut app, "n"), [Effect::Show(8)]);
    assert!(bottom(&app).contains("gone at once: mysql -u root"), "{}", bottom(&app));
    assert_eq!(press(&mut app, "n"), [Effect::Show(3)]);
    assert!(bottom(&app).contains("1/4, around the end"), "{}", bottom(&app));
    assert_eq!(press(&mut app, "N"), [Effect::Show(8)]);
    assert_eq!(press(&mut app, "N"), [Effect::Show(5)]);
    press(&mut app, ".");
    assert!(bottom(&app).starts_with(" /pass  4 hits "), "{}", bottom(&app));
}

#[test]
fn what_is_found_later_is_gone_to_then_unless_one_goes_elsewhere() {
    let mut app = app(None);
    typed(&mut app, "x");
    assert!(found(&mut app, vec![], true).is_empty());
    assert!(bottom(&app).contains("searching …"), "the end is not read yet");
    assert_eq!(found(&mut app, vec![hit(4, "x", "x", true)], true), [Effect::Show(4)]);
    assert!(bottom(&app).contains("1/1 so far"), "{}", bottom(&app));
    assert!(press(&mut app, "n").is_empty(), "there may be another one");
    press(&mut app, ",");
    assert!(found(&mut app, vec![hit(9, "x", "x", true)], true).is_empty());
    assert_eq!(press(&mut app, "n"), [Effect::Show(4)]);
}

#[test]
fn what_is_not_there_is_said() {
    let mut app = app(Some(Standing::Whole));
    typed(&mut app, "nothing");
    found(&mut app, vec![], true);
    assert!(bottom(&app).starts_with(" /nothing  not found "), "{}", bottom(&app));
    assert!(press(&mut app, "n").is_empty());
}

#[test]
fn escape_ends_the_search_and_leaves_nothing_else() {
    let mut app = searched();
    assert!(matches!(press(&mut app, "Esc").as_slice(), [Effect::Search(_)]));
    assert!(!bottom(&app).contains("/pass"), "{}", bottom(&app));
    press(&mut app, "/");
    assert!(press(&mut app, "Esc").is_empty());
    assert_eq!(app.scope(), Scope::Replay);
    press(&mut app, "/");
    let again = press(&mut app, "Enter");
    assert!(matches!(again.as_slice(), [Effect::Search(_)]), "nothing typed: as before");
    press(&mut app, "Esc");
    assert!(press(&mut app, "Esc").is_empty(), "one presses it once too often");
    assert!(bottom(&app).contains("q leaves"), "{}", bottom(&app));
    assert_eq!(press(&mut app, "q"), [Effect::Quit(crate::exit::Exit::Done)]);
}

#[test]
fn a_hit_that_is_told_before_its_event_is_read_is_waited_for() {
    let mut app = app(None);
    let Some(Route::Replay(shown)) = app.routes.last_mut() else { panic!("no replay") };
    let from = Duration::from_secs(60);
    **shown = Replay::new(about(), Start { from: Some(from), ..Start::default() });
    shown.go_to(Duration::ZERO, Arc::new(Pattern::literal("x").unwrap()), 7);
    assert!(!found(&mut app, vec![hit(7, "x", "x", true)], true).contains(&Effect::Show(7)));
    let seconds: Vec<u64> = (0..=9).map(|n| n * 10).collect();
    let read = read(1, &seconds, Some(Standing::Whole));
    assert!(update(&mut app, Action::Deck(read)).contains(&Effect::Show(7)));
    let Some(Route::Replay(replay)) = app.route() else { panic!("no replay") };
    assert!(!replay.is_playing() && replay.position(Duration::ZERO) == from);
}

#[test]
fn an_expression_that_is_none_is_said_and_can_be_mended() {
    let mut app = app(Some(Standing::Whole));
    press(&mut app, "/");
    press(&mut app, "Ctrl-r");
    update(&mut app, Action::Paste("a(b\n".to_owned()));
    assert!(press(&mut app, "Enter").is_empty());
    assert!(bottom(&app).contains("! not a regex: unclosed group"));
    press(&mut app, ")");
    assert!(matches!(press(&mut app, "Enter").as_slice(), [Effect::Search(_)]));
    assert!(bottom(&app).starts_with(" regex /a(b)  searching …"), "{}", bottom(&app));
}

#[test]
fn the_list_goes_to_the_chosen_hit() {
    let mut app = searched();
    press(&mut app, "H");
    assert_eq!(app.scope(), Scope::Hits);
    press(&mut app, "G");
    assert_eq!(press(&mut app, "Enter"), [Effect::Show(8)]);
    assert_eq!(app.scope(), Scope::Replay);
    press(&mut app, "H");
    press(&mut app, "Esc");
    assert!(bottom(&app).starts_with(" /pass "), "the list is closed, the search goes on");
}

#[test]
fn old_news_are_not_of_this_search() {
    let mut app = searched();
    typed(&mut app, "other");
    let Some(Route::Replay(replay)) = app.route() else { panic!("no replay") };
    let number = replay.sought().number - 1;
    let hits = vec![hit(4, "x", "x", true)];
    let late = Finding { number, ..finding(hits) };
    assert!(update(&mut app, Action::Deck(News::Found(Box::new(late)))).is_empty());
    assert!(bottom(&app).contains("searching"));
}

/// Hits of a page, of which so many lie before, and whether more follow.
fn turned(app: &mut App, hits: Vec<Hit>, skipped: u64, is_full: bool) -> Vec<Effect> {
    let Some(Route::Replay(replay)) = app.route() else { panic!("no replay") };
    let number = replay.sought().number;
    let finding = Finding { number, skipped, is_full, ..finding(hits) };
    update(app, Action::Deck(News::Found(Box::new(finding))))
}

fn page(effects: &[Effect]) -> Option<Page> {
    effects.iter().find_map(|effect| match effect {
        Effect::Search(sought) => Some(sought.page),
        _ => None,
    })
}

#[test]
fn behind_the_last_hit_that_is_known_it_goes_on_and_back_again() {
    let mut app = app(Some(Standing::Whole));
    typed(&mut app, "x");
    let x = |seq| hit(seq, "x", "x", true);
    assert_eq!(turned(&mut app, vec![x(2), x(4)], 0, true), [Effect::Show(2)]);
    assert!(bottom(&app).starts_with(" /x  1/2+ "), "{}", bottom(&app));
    press(&mut app, "n");
    assert_eq!(page(&press(&mut app, "n")), Some(Page::After(4)));
    assert!(bottom(&app).starts_with(" /x  searching … "), "{}", bottom(&app));
    assert_eq!(turned(&mut app, vec![x(6), x(7)], 2, true), [Effect::Show(6)]);
    assert!(bottom(&app).starts_with(" /x  3/4+ "), "{}", bottom(&app));
    assert_eq!(page(&press(&mut app, "N")), Some(Page::Before(6)));
    assert_eq!(turned(&mut app, vec![x(2), x(4)], 0, true), [Effect::Show(4)]);
    press(&mut app, "N");
    assert_eq!(page(&press(&mut app, "N")), Some(Page::Before(u64::MAX)));
    assert_eq!(turned(&mut app, vec![x(8), x(9)], 4, false), [Effect::Show(9)]);
    assert!(bottom(&app).contains("6/6, around the end"), "{}", bottom(&app));
    assert_eq!(page(&press(&mut app, "n")), Some(Page::After(0)));
    assert_eq!(turned(&mut app, vec![x(2), x(4)], 0, true), [Effect::Show(2)]);
    press(&mut app, "G");
    assert_eq!(page(&press(&mut app, "N")), Some(Page::Before(10)));
    assert_eq!(turned(&mut app, vec![x(8), x(9)], 4, true), [Effect::Show(9)]);
}

#[test]
fn the_list_says_which_hits_it_holds_and_goes_on_at_its_ends() {
    let mut app = app(Some(Standing::Whole));
    typed(&mut app, "x");
    let x = |seq| hit(seq, "x", "x", true);
    turned(&mut app, vec![x(2), x(4)], 0, true);
    press(&mut app, "H");
    let says = |app: &App, what: &str| {
        let text = dump(&drawn(app, 80, 24));
        assert!(text.contains(what), "{what}: {text}");
    };
    says(&app, "1 of the first 2 for /x, more below the last");
    press(&mut app, "Down");
    assert_eq!(page(&press(&mut app, "Down")), Some(Page::After(4)));
    says(&app, "Nothing yet for /x");
    turned(&mut app, vec![x(6), x(7)], 2, true);
    says(&app, "3 of 3 to 4 for /x, more above and below");
    assert_eq!(page(&press(&mut app, "Up")), Some(Page::Before(6)));
    turned(&mut app, vec![x(2), x(4)], 0, true);
    says(&app, "2 of the first 2 for /x, more below the last");
    assert_eq!(press(&mut app, "Enter"), [Effect::Show(4)]);
}

#[test]
fn what_is_not_searched_yet_is_waited_for() {
    let mut app = app(Some(Standing::Whole));
    press(&mut app, "5");
    typed(&mut app, "x");
    let x = |seq| hit(seq, "x", "x", true);
    let told = |app: &mut App, hits: Vec<Hit>, searched, caught_up| {
        let Some(Route::Replay(replay)) = app.route() else { panic!("no replay") };
        let (number, searched) = (replay.sought().number, Some(searched));
        let finding = Finding { number, searched, caught_up, ..finding(hits) };
        update(app, Action::Deck(News::Found(Box::new(finding))))
    };
    assert!(told(&mut app, vec![x(2)], 3, false).is_empty());
    assert!(
        bottom(&app).contains("1 hit so far, 22% searched, goes to the next"),
        "{}",
        bottom(&app)
    );
    assert!(press(&mut app, "N").is_empty(), "nearer ones may come");
    assert_eq!(told(&mut app, vec![x(4)], 8, false), [Effect::Show(4)]);
    assert!(press(&mut app, "n").is_empty());
    assert_eq!(told(&mut app, vec![], 10, true), [Effect::Show(2)]);
    assert!(bottom(&app).contains("1/2, around the end"), "{}", bottom(&app));
}

#[test]
fn the_best_lines_are_listed_while_they_are_found() {
    let mut app = app(Some(Standing::Whole));
    press(&mut app, "/");
    press(&mut app, "Ctrl-r");
    press(&mut app, "Ctrl-r");
    assert!(bottom(&app).starts_with(" fuzzy /"), "{}", bottom(&app));
    "grpw".chars().for_each(|c| {
        update(&mut app, Action::Press(crate::keymap::Key::char(c)));
    });
    press(&mut app, "Enter");
    assert_eq!(app.scope(), Scope::Hits);
    let best = |app: &mut App, hits: Vec<Hit>, caught_up| {
        let Some(Route::Replay(replay)) = app.route() else { panic!("no replay") };
        let (number, hits) = (replay.sought().number, Gathered::Best(Some(hits)));
        let finding = Finding { number, hits, caught_up, ..finding(Vec::new()) };
        update(app, Action::Deck(News::Found(Box::new(finding))))
    };
    let (late, early) = (hit(8, "$ grep pw", "grep pw", true), hit(2, "$ gr passwd", "gr p", true));
    assert!(best(&mut app, vec![early.clone()], false).is_empty());
    assert!(best(&mut app, vec![late.clone(), early.clone()], true).is_empty());
    at_both_sizes("replay", "search-fuzzy", &app);
    press(&mut app, "Down");
    let better = hit(5, "$ grpw", "grpw", true);
    best(&mut app, vec![better, late, early], true);
    assert_eq!(press(&mut app, "Enter"), [Effect::Show(2)], "the one that was chosen");
    assert!(bottom(&app).starts_with(" fuzzy /grpw  1/3 "), "{}", bottom(&app));
    assert_eq!(press(&mut app, "n"), [Effect::Show(5)], "in the order of time");
}

#[test]
fn as_it_looks() {
    let mut app = searched();
    let mut screen = SafeScreen::new(22, 78);
    screen
        .feed(b"$ grep -i pass /etc/login.defs\r\nPASS_MAX_DAYS   99999\r\nPASS_MIN_DAYS   0\r\n");
    let frame = Frame { seq: 5, screen };
    update(&mut app, Action::Deck(News::Frame(Arc::new(frame))));
    press(&mut app, "n");
    at_both_sizes("replay", "search-hits", &app);
    press(&mut app, "H");
    at_both_sizes("replay", "search-list", &app);
    press(&mut app, "Esc");
    press(&mut app, "/");
    "sudo -u".chars().for_each(|c| {
        update(&mut app, Action::Press(crate::keymap::Key::char(c)));
    });
    at_both_sizes("replay", "search-prompt", &app);
}

#[test]
fn no_size_of_terminal_is_too_small() {
    let mut app = searched();
    for keys in ["", "H", "Esc /"] {
        keys.split_whitespace().for_each(|key| {
            press(&mut app, key);
        });
        for (columns, lines) in [(0, 0), (1, 1), (2, 3), (3, 2), (20, 5), (79, 23), (300, 100)] {
            drawn(&app, columns, lines);
        }
    }
}
