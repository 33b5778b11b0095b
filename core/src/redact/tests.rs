//! What is hidden never comes out, however it was written; what is not comes out as it was.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::session::Event;
use crate::term::SafeScreen;

fn output(pieces: &[&[u8]]) -> Vec<Event> {
    let event = |(seq, piece): (u64, &&[u8])| {
        Event::new(seq, 1000, EventKind::Ttyout, Bytes::copy_from_slice(piece)).unwrap()
    };
    (1..).zip(pieces.iter().filter(|piece| !piece.is_empty())).map(event).collect()
}

fn redaction(rules: &[&str], size: (u16, u16), events: &[Event]) -> Redaction {
    let mut survey = Survey::new(Rules::parse(rules).unwrap(), size.0, size.1).unwrap();
    loop {
        for event in events {
            survey.look(event).unwrap();
        }
        match survey.finish().unwrap() {
            Surveyed::Again(again) => survey = *again,
            Surveyed::Done(redaction) => return *redaction,
        }
    }
}

/// The screens of a recording after each event, hidden, and all that a player is told.
fn played(rules: &[&str], size: (u16, u16), events: &[Event]) -> (Vec<Vec<String>>, String) {
    let mut redactor = redaction(rules, size, events).redactor();
    let mut screen = SafeScreen::new(size.0, size.1);
    let (mut screens, mut told) = (Vec::new(), Vec::new());
    for event in events {
        for event in redactor.redact(event) {
            screen.apply(&event);
            if event.kind() == EventKind::Ttyout {
                told.extend_from_slice(event.data());
            }
        }
        screens.push(screen.text_lines());
    }
    (screens, String::from_utf8(told).unwrap())
}

/// Without sequences: what is written, whatever the place.
fn written(told: &str) -> String {
    let mut text = String::new();
    let mut rest = told;
    while let Some((plain, sequence)) = rest.split_once('\x1b') {
        text.push_str(plain);
        let end = sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        rest = &sequence[end + 1..];
    }
    text + rest
}

#[test]
fn a_secret_that_is_typed_is_hidden_from_its_first_letter_on() {
    let pieces: Vec<Vec<u8>> = b"$ hunter2\r\n$ ls".iter().map(|byte| vec![*byte]).collect();
    let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
    let events = output(&pieces);
    let (screens, told) = played(&["hunter[0-9]"], (3, 20), &events);
    assert_eq!(screens[4][0], "$ ███");
    assert_eq!(screens.last().unwrap()[..2], ["$ ███████", "$ ls"]);
    assert!(!told.contains(['h', 'u', 'n', 't', 'e', 'r']), "{told:?}");
}

#[test]
fn what_a_rule_found_once_is_hidden_everywhere_before_and_after() {
    let events = output(&[
        b"hunt",
        b"er2\r\n",
        b"password: hunter2\r\n",
        b"x\x1b[1;20Hhun\x1b[2;1Hter2z",
        b"\x1b[2J\x1b[Hter2 end",
    ]);
    let rule = r"password[:=] *(\S+)";
    let (screens, told) = played(&[rule], (4, 22), &events);
    assert_eq!(screens[0][0], "████");
    assert_eq!(screens[2][1], "password: ███████");
    assert!(screens[3][1].starts_with("████z"), "{:?}", screens[3]);
    assert_eq!(screens[4][0], "████ end");
    assert!(!written(&told).contains("unt") && !written(&told).contains("ter2"), "{told:?}");
    let redaction = redaction(&[rule], (4, 22), &events);
    assert_eq!(redaction.hide("login hunter2"), "login ███████");
}

#[test]
fn a_secret_that_wraps_and_scrolls_is_hidden_from_the_start() {
    let text = b"\r\n\r\nseven = hunter2-long-one";
    let pieces: Vec<&[u8]> = text.chunks(1).collect();
    let (screens, told) = played(&["hunter2-long-one"], (3, 16), &output(&pieces));
    assert_eq!(screens.last().unwrap()[1..], ["seven = ████████", "████████"]);
    assert!(!told.contains("h") || !written(&told).contains("unt"), "{told:?}");
    assert!(!written(&told).contains('2'), "{told:?}");
}

#[test]
fn names_teach_and_lines_that_scrolled_by_do_too() {
    let many = "\r\n".repeat(9);
    let flash = format!("key=topsecret{many}");
    let events = output(&[b"topsecret", flash.as_bytes()]);
    let (screens, _) = played(&[r"key=(\w+)"], (3, 20), &events);
    assert_eq!(screens[0][0], "█████████");
    let mut survey = Survey::new(Rules::parse(&[r"key=(\w+)"]).unwrap(), 3, 20).unwrap();
    survey.name("/bin/x --key=abcdef").unwrap();
    let Surveyed::Again(survey) = survey.finish().unwrap() else { panic!("a text was found") };
    let Surveyed::Done(redaction) = survey.finish().unwrap() else { panic!("nothing more is") };
    assert_eq!(redaction.hide("abcdef"), "██████");
}

#[test]
fn typed_input_is_left_out_and_time_is_kept() {
    let event = |seq, kind, data: &'static [u8]| {
        Event::new(seq, 1000, kind, Bytes::from_static(data)).unwrap()
    };
    let events = [
        event(1, EventKind::Ttyin, b"secret"),
        event(2, EventKind::Stdin, b"secret"),
        event(3, EventKind::Stdout, b"a\nb"),
        event(4, EventKind::Suspend, b"TSTP"),
        event(5, EventKind::Winsize, b"\0\x05\0\x0a"),
    ];
    let mut redactor = redaction(&["nothing"], (4, 20), &events).redactor();
    let given: Vec<Event> = events.iter().flat_map(|event| redactor.redact(event)).collect();
    let seen: Vec<_> = given.iter().map(|e| (e.seq(), e.delay_ns(), e.kind())).collect();
    let (out, size) = (EventKind::Ttyout, EventKind::Winsize);
    let want = [(3, 3000, out), (4, 1000, EventKind::Suspend), (5, 1000, size), (5, 0, out)];
    assert_eq!(seen, want);
    let mut screen = SafeScreen::new(4, 20);
    given.iter().for_each(|event| screen.apply(event));
    assert_eq!((screen.text_lines()[..2].concat(), screen.lines()), ("ab".to_owned(), 5));
}

#[test]
fn a_line_ends_where_its_text_ends() {
    let (screens, _) = played(&["end$"], (2, 20), &output(&[b"the end", b"\r\nthe end of it"]));
    assert_eq!(screens.last().unwrap()[..], ["the ███", "the end of it"]);
}

#[test]
fn events_of_which_nothing_is_known_are_told() {
    let events = output(&[b"key=abcdef", b"more"]);
    let mut survey = Survey::new(Rules::parse(&[r"key=(\w+)"]).unwrap(), 3, 20).unwrap();
    assert_eq!(survey.look(&events[0]), Ok(true));
    let Surveyed::Again(mut survey) = survey.finish().unwrap() else { panic!() };
    assert_eq!((survey.look(&events[0]), survey.look(&events[1])), (Ok(true), Ok(false)));
    let Surveyed::Done(redaction) = survey.finish().unwrap() else { panic!() };
    assert_eq!(redaction.last(), 1);
}

const SECRET: &str = "hunter2";

/// The secret with things between its letters that no screen shows, among other text.
fn recorded() -> impl Strategy<Value = Vec<u8>> {
    let between = prop::sample::select(vec![
        "",
        "",
        "\x1b[1m",
        "\x1b[31;4m",
        "\x1b]0;t\x07",
        "\x1b[?25l",
        "\x07",
        "\x1b[m",
        "x\x08",
        "\x1b[C\x1b[D",
    ]);
    let secret = prop::collection::vec(between, SECRET.len()).prop_map(|between| {
        SECRET.chars().zip(between).map(|(c, noise)| format!("{noise}{c}")).collect::<String>()
    });
    let other = prop::sample::select(vec![
        "abc ",
        "\r\n",
        "日本",
        "\x1b[2J",
        "\x1b[H",
        "\x1b[5;9H",
        "e\u{301}",
        "\x1b[K",
        "\x1bM",
        "\x1b[2L",
        "\x1b[?1049h",
        "\x1b[?1049l",
        "-hun",
        "ter2 ",
    ]);
    let part = prop_oneof![secret, other.prop_map(str::to_owned)];
    prop::collection::vec(part, 1..14).prop_map(|parts| parts.concat().into_bytes())
}

fn cut(bytes: &[u8], mut cuts: Vec<usize>) -> Vec<Event> {
    cuts.iter_mut().for_each(|cut| *cut %= bytes.len() + 1);
    cuts.sort_unstable();
    let starts = [0].into_iter().chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let pieces: Vec<&[u8]> = starts.zip(ends).map(|(start, end)| &bytes[start..end]).collect();
    output(&pieces)
}

proptest! {
    #[test]
    fn no_cut_lets_a_secret_out(
        bytes in recorded(), cuts in prop::collection::vec(any::<usize>(), 0..40),
    ) {
        let events = cut(&bytes, cuts);
        let (screens, told) = played(&[SECRET], (6, 24), &events);
        for lines in &screens {
            prop_assert!(!lines.concat().contains(SECRET), "{:?}", lines);
        }
        prop_assert!(!told.contains(SECRET), "{:?}", told);
    }

    #[test]
    fn what_is_not_hidden_looks_as_it_did(
        bytes in recorded(), cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let events = cut(&bytes, cuts);
        let (screens, _) = played(&["no such text"], (6, 24), &events);
        let mut screen = SafeScreen::new(6, 24);
        for (event, lines) in events.iter().zip(screens) {
            screen.apply(event);
            prop_assert_eq!(screen.text_lines(), lines);
        }
    }

    #[test]
    fn no_cut_lets_a_secret_out_of_lines(
        words in prop::collection::vec(prop::sample::select(vec!["hunter2", "\n", "a ", "hun", "ü"]), 0..20),
        cuts in prop::collection::vec(any::<usize>(), 0..20),
    ) {
        let text = words.concat();
        let mut lines = redaction(&["hunter2"], (6, 24), &output(&[b"hunter2"])).lines();
        let mut out = String::new();
        for event in cut(text.as_bytes(), cuts) {
            out += &lines.push(&String::from_utf8_lossy(event.data()));
        }
        out += &lines.finish();
        prop_assert!(!out.contains("hunter2"), "{}", out);
        prop_assert_eq!(out.matches('\n').count(), text.matches('\n').count());
    }
}
