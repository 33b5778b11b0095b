//! The promise of search: whatever stood on the screen after any event is found, no later than that.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::super::properties::{Act, acts, cases, picture, size};
use super::super::recordings::RECORDINGS;
use super::super::{Index, SafeScreen};
use super::ink::ALWAYS_LOOK;
use super::tests::{harvest, hits_in};
use super::{Hit, Pattern, Scan};
use crate::session::{Event, EventKind};
use crate::untrusted::is_misleading;

fn event(seq: u64, act: &Act) -> Event {
    let (kind, data) = match act {
        Act::Output(bytes) => (EventKind::Ttyout, Bytes::from(bytes.clone())),
        Act::Resize(lines, columns) => (EventKind::Winsize, Event::winsize_data(*lines, *columns)),
    };
    Event::new(seq, 1_000_000, kind, data).unwrap()
}

/// Every text that a row ever showed, and when it did first.
fn shown(size: (u16, u16), events: &[Event]) -> Vec<(String, u64)> {
    let mut screen = SafeScreen::new(size.0, size.1);
    let (mut known, mut all) = (HashSet::new(), Vec::new());
    for event in events {
        screen.apply(event);
        for text in screen.text_lines() {
            if !text.is_empty() && known.insert(text.clone()) {
                all.push((text, event.seq()));
            }
        }
    }
    all
}

/// Everything that an index keeps.
fn kept(size: (u16, u16), events: &[Event], always_look: bool) -> Vec<Hit> {
    ALWAYS_LOOK.set(always_look);
    let mut index = Index::new(size.0, size.1).with_text();
    events.iter().for_each(|event| index.push(event));
    index.settle();
    ALWAYS_LOOK.set(false);
    hits_in(&index, &Pattern::regex(".+").unwrap())
}

/// Output as of commands that write line by line, with now and then something else.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "word",
        "\r\n",
        "\r\n",
        "\x1b[1;31m",
        "\x1b[0;44m",
        "\x1b[m",
        "\x1b[39m",
        "\x1b[?25l",
        "\t",
        " ",
        "日本",
        "é",
        "\x1b[K",
        "\n",
        "\r",
    ];
    let few = ["\x1b[A", "\x08", "\x1b[2J", "\x1b[1;2r", "\x1b[r", "long words in it", "\u{202e}"];
    let word = prop_oneof![
        30 => prop::sample::select(words.to_vec()),
        1 => prop::sample::select(few.to_vec()),
    ];
    prop::collection::vec(word, 1..40).prop_map(|words| words.concat().into_bytes())
}

fn check(size: (u16, u16), events: &[Event]) {
    let mut index = Index::new(size.0, size.1).with_text();
    events.iter().for_each(|event| index.push(event));
    index.settle();
    assert_eq!(index.text().unwrap().coverage(), Default::default());
    for (text, seq) in shown(size, events) {
        let Ok(pattern) = Pattern::literal(&text) else { continue };
        let hits = hits_in(&index, &pattern);
        let first = hits.first().map(|hit| hit.seq);
        assert!(first.is_some_and(|first| first <= seq), "{text:?} at {seq}: {hits:?}");
        for hit in &hits {
            assert!(hit.line.get(hit.range.clone()).is_some(), "{hit:?}");
            assert!(!hit.line.chars().any(is_misleading), "{hit:?}");
        }
    }
}

#[test]
fn what_any_frame_of_a_recording_shows_is_found() {
    for recording in &RECORDINGS {
        check(recording.size(), &recording.events());
    }
}

#[test]
fn searching_changes_nothing_that_is_shown() {
    for recording in &RECORDINGS {
        let (lines, columns) = recording.size();
        let mut plain = Index::new(lines, columns);
        let mut with_text = Index::new(lines, columns).with_text();
        for event in recording.events() {
            plain.push(&event);
            with_text.push(&event);
            assert_eq!(plain.screen().text_lines(), with_text.screen().text_lines());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn what_any_frame_shows_is_found((lines, columns) in size(), acts in acts(60)) {
        let events: Vec<Event> = (1..).zip(&acts).map(|(seq, act)| event(seq, act)).collect();
        check((lines, columns), &events);
    }

    #[test]
    fn a_part_of_a_row_is_found_too(
        (lines, columns) in size(),
        acts in acts(60),
        (from, length) in (0..20_usize, 1..8_usize),
    ) {
        let events: Vec<Event> = (1..).zip(&acts).map(|(seq, act)| event(seq, act)).collect();
        let mut index = Index::new(lines, columns).with_text();
        events.iter().for_each(|event| index.push(event));
        for (text, seq) in shown((lines, columns), &events) {
            let part: String = text.chars().skip(from).take(length).collect();
            let Ok(pattern) = Pattern::literal(&part) else { continue };
            let hits = hits_in(&index, &pattern);
            prop_assert!(hits.first().is_some_and(|hit| hit.seq <= seq), "{part:?} of {text:?}");
        }
    }

    #[test]
    fn a_scan_finds_what_an_index_finds((lines, columns) in size(), acts in acts(40)) {
        let events: Vec<Event> = (1..).zip(&acts).map(|(seq, act)| event(seq, act)).collect();
        let pattern = Pattern::regex("[a-o]").unwrap();
        let mut index = Index::new(lines, columns).with_text();
        let mut scan = Scan::new(harvest(&pattern), lines, columns);
        for event in &events {
            index.push(event);
            scan.push(event);
        }
        index.settle();
        scan.settle();
        prop_assert_eq!(scan.harvest().take().into_hits(), hits_in(&index, &pattern));
    }

    #[test]
    fn what_there_is_no_room_for_is_found_behind_it(
        (lines, columns) in size(),
        acts in acts(40),
        output in prop::collection::vec(lines(), 0..20),
        bytes_max in 1..2000_usize,
    ) {
        let acts: Vec<Act> = acts.into_iter().chain(output.into_iter().map(Act::Output)).collect();
        let events: Vec<Event> = (1..).zip(&acts).map(|(seq, act)| event(seq, act)).collect();
        let pattern = Pattern::regex("[a-o]").unwrap();
        let mut whole = Index::new(lines, columns).with_text();
        let mut index = Index::new(lines, columns).with_text().with_text_bytes_max(bytes_max);
        for event in &events {
            whole.push(event);
            index.push(event);
        }
        whole.settle();
        index.settle();
        let mut found = hits_in(&index, &pattern);
        for _ in 0..2 {
            let Some(mut scan) = index.scan_beyond(harvest(&pattern)) else { break };
            let from = usize::try_from(scan.seq()).unwrap();
            events[from..].iter().for_each(|event| scan.push(event));
            scan.settle();
            found.retain(|hit| hit.seq <= from as u64);
            found.extend(scan.harvest().take().into_hits());
        }
        // A line that is gone on with is told at the row at which it began to be kept.
        let what = |hits: Vec<Hit>| -> Vec<_> {
            hits.into_iter().map(|hit| (hit.seq, hit.row.is_some(), hit.line, hit.range)).collect()
        };
        prop_assert_eq!(what(found), what(hits_in(&whole, &pattern)));
    }

    #[test]
    fn what_is_known_from_writing_is_what_a_look_shows(
        size in (2..8_u16, 8..60_u16),
        output in prop::collection::vec(lines(), 1..30),
    ) {
        let acts: Vec<Act> = output.into_iter().map(Act::Output).collect();
        let events: Vec<Event> = (1..).zip(&acts).map(|(seq, act)| event(seq, act)).collect();
        prop_assert_eq!(kept(size, &events, false), kept(size, &events, true));
    }

    #[test]
    fn what_is_put_off_shows_the_same_when_it_is_looked_at(
        (lines, columns) in (2..8_u16, 8..60_u16),
        output in prop::collection::vec((lines(), any::<bool>()), 1..40),
    ) {
        let mut plain = SafeScreen::new(lines, columns);
        let mut index = Index::new(lines, columns).with_text();
        for (seq, (output, is_looked_at)) in (1..).zip(output) {
            let event = event(seq, &Act::Output(output));
            plain.apply(&event);
            index.push(&event);
            if is_looked_at {
                let screen = index.screen();
                prop_assert_eq!(picture(screen), picture(&plain));
                let state = |screen: &SafeScreen| screen.to_wire_exact(0, Duration::ZERO).map(|dump| dump.state);
                prop_assert_eq!(state(screen), state(&plain));
            }
        }
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(
        output in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..20),
        pattern in "\\PC{1,8}",
    ) {
        let acts: Vec<Act> = output.into_iter().map(Act::Output).collect();
        let events: Vec<Event> = (1..).zip(&acts).map(|(seq, act)| event(seq, act)).collect();
        let mut index = Index::new(4, 12).with_text();
        events.iter().for_each(|event| index.push(event));
        if let Ok(pattern) = Pattern::literal(&pattern) {
            hits_in(&index, &pattern);
        }
        if let Ok(pattern) = Pattern::regex(&pattern) {
            hits_in(&index, &pattern);
            pattern.on_screen(index.screen());
        }
    }
}
