//! A few bytes that ask for much work: what they cost is bounded, counted in the emulator's units of
//! work; what had to be left out is marked; and everybody leaves out the same.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::SafeScreen;
use super::filter::Cover;
use super::properties::{Act, acts, perform, picture, size};
use super::purse::Purse;
use crate::limits::{
    EVENT_DATA_BYTES_MAX, SCREEN_COLUMNS_MAX, SCREEN_LINES_MAX, TERM_CREDIT_MAX,
    TERM_CREDIT_PER_BYTE, TERM_CREDIT_PER_MS,
};
use crate::session::{Event, EventKind};

/// Each alone and in mixtures that keep it from being collapsed.
const FLOODS: [(&str, &str); 34] = [
    ("DECALN", "\x1b#8"),
    ("DECALN in two styles", "\x1b#8\x1b[1m\x1b#8\x1b[m"),
    ("ED 2", "\x1b[2J"),
    ("ED 2 and text", "\x1b[2Jx"),
    ("ED 2 in two colours", "\x1b[41m\x1b[2J\x1b[42m\x1b[2J"),
    ("DECSED", "\x1b[?2Jx"),
    ("ED 0", "\x1b[J"),
    ("ED 0 and text", "\x1b[H\x1b[Jx"),
    ("ED 1", "x\x1b[999H\x1b[1J"),
    ("IL", "\x1b[H\x1b[999L"),
    ("IL and text", "\x1b[H\x1b[999Lx"),
    ("DL", "x\x1b[H\x1b[999M"),
    ("SU", "\x1b[999S"),
    ("SD", "x\x1b[999T"),
    ("SU and SD in regions", "\x1b[2;499r\x1b[999S\x1b[3;9r\x1b[99T"),
    ("LF", "\n"),
    ("LF and text", "a\n"),
    ("IND, NEL", "\x1bD\x1bE"),
    ("RI", "\x1bM"),
    ("REP", "x\x1b[65535b"),
    ("REP of a wide character", "日\x1b[65535b"),
    ("REP in insert mode", "\x1b[4hx\x1b[65535b"),
    ("text in insert mode", "\x1b[4h\rabcdefghijklmnopqrstuvwxyz"),
    ("EL", "\r\x1b[K"),
    ("EL 1, EL 2", "\x1b[999G\x1b[1K\x1b[2K"),
    ("ECH", "\x1b[999X"),
    ("ICH, DCH", "\x1b[@\x1b[P"),
    ("CHT, CBT", "\x1b[999I\x1b[999Z"),
    ("RIS", "\x1bc"),
    ("RIS and the alternate screen", "\x1bc\x1b[?47h"),
    ("1049", "\x1b[?1049h"),
    ("1049 many times", "\x1b[?1049;1049;1049;1049;1049hx"),
    ("1047", "\x1b[?1047hx\x1b[?1047l"),
    ("DECSTR", "\x1b[!p"),
];

/// 50 ms at 10 ns a unit: what the threat model allows for 64 KiB.
const WORK_MAX: u64 = 5_000_000;

fn flood(sequence: &str) -> Vec<u8> {
    sequence.bytes().cycle().take(EVENT_DATA_BYTES_MAX).collect()
}

fn work_of((lines, columns): (u16, u16), output: &[u8]) -> u64 {
    let mut screen = SafeScreen::new(lines, columns);
    screen.feed(b"something is there\x1b[999;1H");
    let before = screen.emulator.work();
    screen.feed(output);
    screen.emulator.work() - before
}

const LARGEST: (u16, u16) = (SCREEN_LINES_MAX, SCREEN_COLUMNS_MAX);

#[test]
fn a_flood_of_any_sequence_costs_a_bounded_amount_of_work() {
    for (name, sequence) in FLOODS {
        for size in [LARGEST, (SCREEN_LINES_MAX, 2), (2, SCREEN_COLUMNS_MAX), (24, 80)] {
            let work = work_of(size, &flood(sequence));
            assert!(work <= WORK_MAX, "{name} at {size:?}: {work} units");
        }
    }
}

#[test]
fn a_flood_of_all_sequences_costs_no_more() {
    let all: String = FLOODS.iter().map(|(_, sequence)| *sequence).collect();
    let work = work_of(LARGEST, &flood(&all));
    assert!(work <= WORK_MAX, "{work} units");
}

#[test]
fn what_changes_nothing_costs_next_to_nothing() {
    for (name, sequence) in [
        ("DECALN", "\x1b#8"),
        ("ED 2", "\x1b[2J"),
        ("ED 0, 1, 2 and the cursor", "\x1b[H\x1b[J\x1b[9;9H\x1b[1J\x1b[2J"),
        ("IL, DL, SD where all is empty", "\x1b[2J\x1b[99L\x1b[99M\x1b[99T"),
        ("RIS", "\x1bc"),
        ("1049", "\x1b[?1049h"),
    ] {
        let output = flood(sequence);
        let work = work_of(LARGEST, &output);
        let once = u64::from(2 * TERM_CREDIT_MAX / 3);
        assert!(work < once + 8 * output.len() as u64, "{name}: {work} units");
    }
}

#[test]
fn the_mark_comes_with_the_first_sequence_left_out_and_goes_with_a_full_clear() {
    for clear in ["\x1b[2J", "\x1b[H\x1b[J", "\x1bc", "\x1b#8"] {
        let mut screen = SafeScreen::new(LARGEST.0, LARGEST.1);
        let mut floods = 0;
        while !screen.is_approximate() {
            screen.feed(b"\x1b[2Jx");
            floods += 1;
        }
        assert!(floods >= 20, "only {floods} screens in a row");
        screen.feed(clear.as_bytes());
        assert!(screen.is_approximate(), "there is nothing to pay with");
        screen.pass(1_000_000_000);
        screen.feed(b"\x1b[2;2Hx\x1b[2;2H\x1b[J");
        assert!(screen.is_approximate(), "a part was cleared");
        screen.feed(clear.as_bytes());
        assert!(!screen.is_approximate(), "{}", clear.escape_debug());
    }
}

#[test]
fn the_mark_belongs_to_one_of_the_two_screens() {
    let mut screen = poor(LARGEST.0, LARGEST.1, 0);
    screen.feed(b"x\x1b[2J");
    assert!(screen.is_approximate());
    screen.pass(1_000_000_000);
    screen.feed(b"\x1b[?1049h");
    assert!(!screen.is_approximate(), "the alternate screen is new");
    screen.feed(b"\x1b[?1049l");
    assert!(screen.is_approximate(), "the main screen is not");
}

#[test]
fn without_credit_text_is_still_seen_and_the_cursor_goes_where_it_should() {
    let mut screen = SafeScreen::new(LARGEST.0, LARGEST.1);
    screen.feed(b"old\r\n");
    for sequence in ["\x1b[2J", "\x1bD", "\x1b[9S", "\x1bM", "\x1b[?1049h", "\x1b[?1049l"] {
        screen.filter.purse = Purse::with(0);
        screen.feed(sequence.as_bytes());
    }
    screen.feed(b"new");
    assert_eq!(screen.text_lines()[..2], ["old", "new"]);
    screen.filter.purse = Purse::with(0);
    screen.feed(b"\x1bcreset");
    assert_eq!((screen.row_text(0).as_str(), screen.cursor().column), ("reset", 5));
}

/// What programs really write, on terminals up to the size of a large monitor, without any time
/// between: redrawn screens, scrolling text, blank lines, progress bars.
#[test]
fn honest_output_is_never_approximate() {
    let rows = |columns: usize, lines: usize| -> String {
        let row = |row| format!("\x1b[{row};1H\x1b[7m{}\x1b[m\x1b[K", "x".repeat(columns / 4));
        (1..=lines).map(row).collect()
    };
    for (lines, columns) in [(24, 80), (60, 200), (120, 320)] {
        let scenes = [
            format!("\x1b[H\x1b[2J{}", rows(columns.into(), lines.into())),
            format!("\x1b[?1049h{}\x1b[?1049l", rows(columns.into(), lines.into())),
            "y\r\n".to_owned(),
            "\r\n".to_owned(),
            "\n".to_owned(),
            "\r\x1b[K 50% [=====>     ]".to_owned(),
            "\x1b[999H\x1b[A\x1b[2K\x1b[B\rwarning\x1b[J".to_owned(),
            "\x1b[2;20r\x1b[H\x1b[L new line of a pager\x1b[r".to_owned(),
            "text \x1b[4h\x1b[5Dinserted\x1b[4l\x1b[3P\r\n".to_owned(),
        ];
        for scene in scenes {
            let mut screen = SafeScreen::new(lines, columns);
            for _ in 0..200_000 / scene.len() {
                screen.feed(scene.as_bytes());
            }
            assert!(!screen.is_approximate(), "{lines}x{columns}: {}", scene.escape_debug());
        }
    }
}

/// `watch` and the like at the largest size: few bytes, but time between them.
#[test]
fn a_full_clear_now_and_then_is_paid_for_by_time() {
    let mut screen = SafeScreen::new(LARGEST.0, LARGEST.1);
    for second in 0..200 {
        let output = Bytes::from(format!("\x1b[H\x1b[2J{second}"));
        screen.apply(&Event::new(second + 1, 100_000_000, EventKind::Ttyout, output).unwrap());
    }
    assert!(!screen.is_approximate());
    assert_eq!(screen.row_text(0), "199");
}

fn events(acts: Vec<Act>) -> impl Iterator<Item = Event> {
    acts.into_iter().zip(1..).map(|(act, seq)| {
        let (kind, data) = match act {
            Act::Output(bytes) if seq % 5 == 0 => (EventKind::Stdout, bytes.into()),
            Act::Output(bytes) => (EventKind::Ttyout, bytes.into()),
            Act::Resize(lines, columns) => {
                (EventKind::Winsize, Event::winsize_data(lines, columns))
            }
        };
        let delay_ns = seq * 7_919 % 20_000;
        Event::new(seq, delay_ns, kind, data).unwrap()
    })
}

fn poor(lines: u16, columns: u16, credit: u32) -> SafeScreen {
    let mut screen = SafeScreen::new(lines, columns);
    screen.filter.purse = Purse::with(credit);
    screen
}

proptest! {
    /// Live view in slices, replay in one go, a seek through a snapshot and a late joiner: all
    /// leave out the same when credit is short.
    #[test]
    fn all_views_agree_on_what_is_left_out(
        (lines, columns) in size(),
        acts in acts(60),
        credit in 0..400_u32,
        joined in 0..60_usize,
        slice in 1..40_u64,
    ) {
        let mut replayed = poor(lines, columns, credit);
        let mut live = replayed.clone();
        let mut others = Vec::new();
        for (event, at) in events(acts).zip(0..) {
            if at == joined {
                let dump = replayed.to_wire(event.seq(), Duration::ZERO);
                others = vec![replayed.clone(), SafeScreen::from_wire(&dump).unwrap()];
            }
            replayed.apply(&event);
            others.iter_mut().for_each(|screen| screen.apply(&event));
            let mut taken = 0;
            while !live.apply_within(&event, &mut taken, slice) {}
        }
        for other in others.iter_mut().chain([&mut live]) {
            replayed.take_facts();
            other.take_facts();
            prop_assert_eq!(&replayed.filter, &other.filter);
            prop_assert_eq!(picture(&replayed), picture(other));
        }
    }

    /// Leaving out what changes nothing shows what carrying it out shows.
    #[test]
    fn collapsing_changes_nothing((lines, columns) in size(), acts in acts(60)) {
        let mut collapsed = SafeScreen::new(lines, columns);
        let mut plain = SafeScreen::new(lines, columns);
        for act in repeated(acts) {
            plain.filter.cover = Cover::Unknown;
            perform(&mut collapsed, &act);
            perform(&mut plain, &act);
            prop_assert_eq!(picture(&collapsed), picture(&plain), "after {:?}", act);
        }
        // What is hidden is in the dump.
        for screen in [&mut collapsed, &mut plain] {
            screen.filter.cover = Cover::Unknown;
            screen.filter.purse = Purse::default();
        }
        let dump = |screen: &SafeScreen| screen.to_wire(0, Duration::ZERO);
        prop_assert_eq!(dump(&collapsed), dump(&plain));
        prop_assert!(!plain.is_approximate());
    }

    /// Whatever the output, work is bounded by its bytes and what was saved up.
    #[test]
    fn work_is_bounded_by_bytes((lines, columns) in size(), acts in acts(80)) {
        let mut screen = SafeScreen::new(lines, columns);
        for act in acts {
            let Act::Output(bytes) = act else { continue };
            let (credit, before) = (screen.filter.purse.credit(), screen.emulator.work());
            screen.feed(&bytes);
            let earned = bytes.len() as u64 * u64::from(TERM_CREDIT_PER_BYTE);
            let spent = u64::from(credit.saturating_sub(screen.filter.purse.credit())) + earned;
            // Each byte may be written as a few, and what is paid for as sequences of its own.
            let free = bytes.len() as u64 * 40 + 400;
            let work = screen.emulator.work() - before;
            prop_assert!(work <= 2 * spent + free, "{work} for {bytes:?}");
        }
    }
}

/// Every third act is done again, most of them without anything between.
fn repeated(acts: Vec<Act>) -> impl Iterator<Item = Act> {
    let common = ["\x1b[2J", "\x1b#8", "\x1bc", "\x1b[?1049h", "\x1b[H\x1b[J"];
    acts.into_iter().zip(0..).flat_map(move |(act, at)| {
        let clear = common.get(at % 11).map(|clear| Act::Output(clear.as_bytes().to_vec()));
        let again = (at % 3 == 0).then(|| act.clone());
        let twice = clear.clone().filter(|_| at % 2 == 0);
        clear.into_iter().chain(twice).chain([act]).chain(again)
    })
}

#[test]
fn time_brings_what_the_limits_say() {
    let mut screen = poor(24, 80, 0);
    screen.pass(1_000_000);
    assert_eq!(screen.filter.purse.credit(), TERM_CREDIT_PER_MS);
}
