//! What is found, when, and how often.

use std::time::Duration;

use bytes::Bytes;

use std::sync::Arc;

use super::super::Index;
use super::{Found, Harvest, Hit, Page, Pattern, Place, Scan};
use crate::session::{Event, EventKind};

/// One event of terminal output each, a second after the other.
pub(super) fn events(output: &[&str]) -> Vec<Event> {
    let event = |(seq, text): (u64, &&str)| {
        let data = Bytes::copy_from_slice(text.as_bytes());
        Event::new(seq, 1_000_000_000, EventKind::Ttyout, data).unwrap()
    };
    (1..).zip(output).map(event).collect()
}

pub(super) fn index(size: (u16, u16), events: &[Event]) -> Index {
    let mut index = Index::new(size.0, size.1).with_text();
    events.iter().for_each(|event| index.push(event));
    index.settle();
    index
}

pub(super) fn hits_in(index: &Index, pattern: &Pattern) -> Vec<Hit> {
    let text = index.text().unwrap();
    let found = text.find(pattern, Place::default(), usize::MAX, usize::MAX);
    assert!(found.caught_up);
    found.hits
}

/// A search for all hits.
pub(super) fn harvest(pattern: &Pattern) -> Harvest {
    Harvest::new(Arc::new(pattern.clone()), Page::default(), usize::MAX)
}

/// When a text is found: numbers of events, and whether the screen shows it then.
fn when(pattern: &str, output: &[&str]) -> Vec<(u64, bool)> {
    let pattern = Pattern::literal(pattern).unwrap();
    let hits = hits_in(&index((4, 20), &events(output)), &pattern);
    hits.iter().map(|hit| (hit.seq, hit.row.is_some())).collect()
}

fn seqs(pattern: &str, output: &[&str]) -> Vec<u64> {
    when(pattern, output).into_iter().map(|(seq, _)| seq).collect()
}

#[test]
fn typed_text_is_found_once_when_its_last_character_comes() {
    let typed = ["$ ", "c", "a", "t", " ", "x", "\r\n"];
    assert_eq!(seqs("cat", &typed), [4]);
    assert_eq!(seqs("cat x", &typed), [6]);
    assert_eq!(seqs("$ c", &typed), [2]);
}

#[test]
fn what_is_corrected_is_found_before_and_after() {
    let typed = ["$ rm -r", "\x08f", "\x08 \x08", "\x08\x08\x08ls"];
    assert_eq!(seqs("rm -r", &typed), [1]);
    assert_eq!(seqs("rm -f", &typed), [2]);
    assert_eq!(seqs("rls", &typed), [4]);
}

#[test]
fn what_is_overwritten_concealed_or_gone_at_once_is_found() {
    assert_eq!(when("secret", &["secret\rxxxxxx"]), [(1, false)]);
    assert_eq!(when("secret", &["a secret\x1b[2J\x1b[H"]), [(1, false)]);
    assert_eq!(when("secret", &["sec", "ret\r\x1b[K"]), [(2, false)]);
    assert_eq!(when("secret", &["\x1b[8msecret\x1b[m"]), [(1, true)]);
    assert_eq!(when("secret", &["\x1b[30;40msecret\x1b[m"]), [(1, true)]);
    assert_eq!(when("secret", &["\x1b[?1049hsecret\x1b[?1049l"]), [(1, false)]);
    assert_eq!(when("secret", &["\x1b[?1049h", "secret", "\x1b[?1049l"]), [(2, true)]);
    let scrolled = "secret\r\n\r\n\r\n\r\n\r\n\r\n";
    assert_eq!(when("secret", &[scrolled]), [(1, true)]);
}

#[test]
fn what_stays_moves_or_scrolls_is_one_hit() {
    assert_eq!(seqs("stay", &["stay\r\n", "a\r\n", "b\r\n", "c\r\n", "d\r\n", "e\r\n"]), [1]);
    assert_eq!(seqs("move", &["\x1b[3;1Hmove", "\x1b[1;1H\x1b[L", "\x1b[M", "\x1bM"]), [1]);
    assert_eq!(seqs("same", &["same", "\rsame", "\x1b[1;1Hsame\x1b[K"]), [1]);
    assert_eq!(seqs("same", &["same", "\x1b[?1049h", "x", "\x1b[?1049l"]), [1]);
}

#[test]
fn what_is_shown_anew_is_another_hit() {
    assert_eq!(seqs("ls", &["$ ls\r\n", "$ ls\r\n"]), [1, 2]);
    assert_eq!(seqs("top", &["top", "\x1b[2J\x1b[H", "top"]), [1, 3]);
    let twice = ["\x1b[?1049h", "vi", "\x1b[?1049l", "\x1b[?1049h", "vi"];
    assert_eq!(seqs("vi", &twice), [2, 5]);
}

#[test]
fn a_line_that_was_wrapped_is_one() {
    let long = "0123456789abcdef-secret-text";
    assert_eq!(seqs("secret", &[long]), [1]);
    assert_eq!(seqs("secret", &["\r\n\r\n\r\n0123456789abcdef-secret-text"]), [1]);
    assert_eq!(seqs("secret", &["0123456789abcdef-se", "cret-text"]), [2]);
    let scrolls = format!("{}{long}\r\n", "x\r\n".repeat(9));
    assert_eq!(seqs("secret", &[&scrolls, "y\r\n"]), [1]);
    let over_the_edge = format!("\r\n\r\n\r\n{}needle{}", "-".repeat(77), "-".repeat(77));
    assert_eq!(seqs("needle", &[&over_the_edge]), [1]);
}

#[test]
fn a_region_that_scrolls_hides_nothing() {
    let lines = ["\x1b[2;3r\x1b[3;1H", "one\r\ntwo\r\nthree\r\n", "four\r\nfive\r\nsix"];
    for (text, seq) in [("one", 2), ("two", 2), ("three", 2), ("four", 3), ("five", 3)] {
        assert_eq!(seqs(text, &lines), [seq], "{text}");
    }
}

#[test]
fn a_regular_expression_is_matched_line_by_line() {
    let index = index((4, 40), &events(&["uid=0(root)\r\ngid=7\r\n", "uid=1000(al)\r\n"]));
    let find = |text: &str| -> Vec<String> {
        let hits = hits_in(&index, &Pattern::regex(text).unwrap());
        hits.into_iter().map(|hit| hit.line[hit.range].to_owned()).collect()
    };
    assert_eq!(find(r"uid=\d+"), ["uid=0", "uid=1000"]);
    assert_eq!(find(r"^gid=\d$"), ["gid=7"]);
    assert_eq!(find(r"[^x]+"), ["uid=0(root)", "gid=7", "uid=1000(al)"]);
    assert!(find(r"root\)\s+gid").is_empty());
}

#[test]
fn a_hit_says_when_and_what_stands_around_it() {
    let long = format!("{}needle{}", "é".repeat(1000), "日".repeat(1000));
    let found =
        hits_in(&index((100, 80), &events(&["\r", &long])), &Pattern::literal("needle").unwrap());
    let [hit] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((hit.seq, hit.elapsed, hit.row), (2, Duration::from_secs(2), Some(0)));
    assert_eq!(&hit.line[hit.range.clone()], "needle");
    assert!(hit.line.len() <= crate::limits::SEARCH_CONTEXT_BYTES_MAX);
    assert!(hit.line.starts_with('é') && hit.line.ends_with('日'));
}

#[test]
fn a_search_goes_on_where_it_was() {
    let lines: Vec<String> = (0..500).map(|n| format!("line {n}\r\n")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let events = events(&lines);
    let pattern = Pattern::literal("line").unwrap();
    let mut index = Index::new(4, 20).with_text();
    let (mut place, mut seqs) = (Place::default(), Vec::new());
    for event in &events {
        index.push(event);
        let text = index.text().unwrap();
        let Found { hits, place: next, caught_up } = text.find(&pattern, place, 1, 1);
        assert!(caught_up || !hits.is_empty());
        seqs.extend(hits.iter().map(|hit| hit.seq));
        place = next;
    }
    assert_eq!(seqs, (1..=500).collect::<Vec<_>>());
}

#[test]
fn a_scan_in_small_memory_finds_the_same() {
    let filler = "some text that fills memory and nothing else\r\n".repeat(1000);
    let lines: Vec<String> = (0..300).map(|n| format!("{filler}needle {n}\r\n")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let events = events(&lines);
    let pattern = Pattern::literal("needle").unwrap();
    let mut scan = Scan::new(harvest(&pattern), 24, 80);
    events.iter().for_each(|event| scan.push(event));
    let mut found = scan.harvest().take().into_hits();
    assert!(!found.is_empty(), "some come before the end");
    scan.settle();
    found.extend(scan.harvest().take().into_hits());
    assert_eq!(found.len(), 300);
    assert_eq!(found, hits_in(&index((24, 80), &events), &pattern));
}

#[test]
fn the_best_lines_are_the_same_wherever_they_are_looked_for() {
    let filler = "some text that fills memory and nothing else\r\n".repeat(300);
    let lines: Vec<String> = (0..60).map(|n| format!("{filler}# rm -rf /srv/{n}\r\n")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let events = events(&lines);
    let pattern = Pattern::fuzzy("rmsrv 42").unwrap();
    let mut scan = Scan::new(harvest(&pattern), 24, 80);
    events.iter().for_each(|event| scan.push(event));
    scan.settle();
    let best = scan.harvest().take().into_hits();
    assert_eq!(best.first().map(|hit| hit.line.as_str()), Some("# rm -rf /srv/42"));
    let index = index((24, 80), &events);
    let (mut harvest, mut place, mut is_done) = (harvest(&pattern), Place::default(), false);
    while !is_done {
        (place, is_done) = harvest.search(index.text().unwrap(), place);
    }
    assert_eq!(harvest.take().into_hits(), best);
}

#[test]
fn a_flood_on_a_huge_screen_costs_a_bounded_amount_and_hides_no_text() {
    let mut index = Index::new(500, 1000).with_text();
    for seq in 1..=30_000_u64 {
        // Where a part of the screen scrolls by itself, all of it has to be looked at.
        let text = format!("\x1b[2;499r\x1b[{};1H{seq} is here", seq % 499 + 1);
        let event = Event::new(seq, 1_000, EventKind::Ttyout, text.into()).unwrap();
        index.push(&event);
    }
    index.settle();
    let text = index.text().unwrap();
    assert!(text.coverage().missed > 20_000, "{:?}", text.coverage());
    for seq in [1, 12_345, 29_999] {
        let pattern = Pattern::literal(&format!("{seq} is here")).unwrap();
        assert!(!hits_in(&index, &pattern).is_empty(), "{seq}");
    }
}

#[test]
fn what_is_written_all_over_the_screen_is_found() {
    let up_and_down =
        ["a\r\nb\r\nc\r\nd", "\x1b[1;3Hone\x1b[2;2Htwo\x1b[Bthree", "\x1b[2Afour\x1b[K"];
    for (text, seq) in [("a one", 2), ("btwo", 2), ("c   three", 2), ("a one    four", 3)] {
        assert_eq!(seqs(text, &up_and_down), [seq], "{text}");
    }
    let wrapped = "\x1b[2;18Hneedle\x1b[1;1Hx";
    assert_eq!(seqs("needle", &[wrapped]), [1]);
    assert_eq!(seqs("secret", &["\x1b[3;1Hsecret", "\x1b[1;1H\x1b[J"]), [1]);
}

#[test]
fn what_comes_out_is_printable() {
    let hostile = ["a\u{202e}b\u{200b}c \x1b]0;title\x07\u{feff}d", "\u{e000}x\u{9b}31m", "\u{ad}"];
    let index = index((4, 20), &events(&hostile));
    for hit in hits_in(&index, &Pattern::regex(".+").unwrap()) {
        assert!(!hit.line.chars().any(crate::untrusted::is_misleading), "{hit:?}");
    }
}
