//! What holds for every recording: chunk borders do not matter, a dump continues like the
//! original, nothing panics, nothing unsafe comes out. Driven by random scripts of the sequences
//! that terminals get, and by real recordings.

use proptest::prelude::*;

use super::SafeScreen;
use super::fuzz::{check, fuzz};
use super::purse::Purse;

/// One thing that happens to a terminal.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Output(Vec<u8>),
    Resize(u16, u16),
}

pub(super) fn perform(screen: &mut SafeScreen, act: &Act) {
    match act {
        Act::Output(bytes) => screen.feed(bytes),
        Act::Resize(lines, columns) => screen.resize(*lines, *columns),
    }
}

fn numbers() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        4 => (0..12_u32).prop_map(|n| n.to_string()),
        1 => Just(String::new()),
        1 => prop_oneof![Just("65535"), Just("999999999999"), Just("200"), Just("80")]
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(number, 0..4).prop_map(|fields| fields.join(";"))
}

fn sequence() -> impl Strategy<Value = Vec<u8>> {
    let csi = (numbers(), prop::sample::select(b"@ABCDEFGHIJKLMPSTXZ`abdefhlmrsu".to_vec()))
        .prop_map(|(numbers, last)| format!("\x1b[{numbers}{}", char::from(last)).into_bytes());
    let modes = (
        prop::sample::select(vec![1, 4, 5, 6, 7, 25, 47, 1047, 1048, 1049, 2004]),
        prop::sample::select(vec!["h", "l"]),
    )
        .prop_map(|(mode, set)| format!("\x1b[?{mode}{set}").into_bytes());
    let fixed: Vec<&[u8]> = vec![
        b"\x1b7",
        b"\x1b8",
        b"\x1bD",
        b"\x1bE",
        b"\x1bM",
        b"\x1b(0",
        b"\x1b(B",
        b"\x1b)0",
        b"\x0e",
        b"\x0f",
        b"\x1b[4h",
        b"\x1b[4l",
        b"\x1b[?6h",
        b"\x1b[2;5r",
        b"\x1b[3;4r",
        b"\x1b[1;31m",
        b"\x1b[38:2::1:2:3m",
        b"\x1b[48;5;9m",
        b"\x1b[m",
        b"\x1b#8",
        b"\x1bc",
        b"\x1b[!p",
        b"\x1b]0;title\x07",
        b"\x1b]8;;http://x\x1b\\",
        b"\x1bP+q544e\x1b\\",
        b"\x1b_Gx\x1b\\",
        b"\x1b[200C",
        b"\x1b[200;200H",
        b"\x1b[6n",
        b"\x1b[c",
        b"\x9b31m",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[K",
        b"\x1b[1K",
        b"\x1b[2J",
        b"\x1b[",
        b"\x1b]52;c;",
        b"\x1bP",
    ];
    let fixed = prop::sample::select(fixed).prop_map(<[u8]>::to_vec);
    prop_oneof![3 => csi, 1 => modes, 3 => fixed]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let words = vec![
        "a",
        "hello ",
        "0123456789",
        "\r\n",
        "\n",
        "\r",
        "\t",
        "\x08",
        "日本",
        "\u{1f469}",
        "\u{200d}",
        "\u{2764}\u{fe0f}",
        "\u{fe0f}",
        "e\u{301}",
        "\u{301}",
        "\u{202e}",
        "\u{feff}",
        "\u{e0b0}",
        "\u{9b}",
        "\u{fffd}",
        "\u{17d8}",
        "\u{1100}\u{1161}",
        "lqqqk",
        " ",
        "\u{ad}",
        "\u{1f1e6}",
        "\u{1f3fb}",
        "\x07",
        "\x05",
    ];
    let word = prop::sample::select(words).prop_map(|word| word.as_bytes().to_vec());
    let bytes = prop::collection::vec(any::<u8>(), 1..4);
    prop_oneof![8 => word, 1 => bytes]
}

pub(super) fn acts(length: usize) -> impl Strategy<Value = Vec<Act>> {
    let output = prop_oneof![1 => sequence(), 1 => text()].prop_map(Act::Output);
    let resize = (1..12_u16, 1..24_u16).prop_map(|(lines, columns)| Act::Resize(lines, columns));
    prop::collection::vec(prop_oneof![25 => output, 1 => resize], 0..length)
}

pub(super) fn size() -> impl Strategy<Value = (u16, u16)> {
    (2..10_u16, 2..20_u16)
}

/// Everything that can be seen, cell by cell, with what is hidden inside cells.
pub(super) fn picture(screen: &SafeScreen) -> Vec<String> {
    let mut rows: Vec<String> = (0..screen.lines())
        .map(|row| {
            let cells = screen
                .row(row)
                .map(|cell| format!("{:?}{}{:?};", cell.0.contents(), cell.width(), cell.style()));
            cells.collect()
        })
        .collect();
    let cursor = screen.emulator.cursor();
    rows.push(format!("{:?} {cursor:?} {}", screen.cursor(), screen.alternate_screen()));
    rows
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn nothing_panics_and_cells_are_safe((lines, columns) in size(), acts in acts(80)) {
        let mut screen = SafeScreen::new(lines, columns);
        for act in &acts {
            perform(&mut screen, act);
        }
        check(&screen);
    }

    #[test]
    fn the_fuzz_target_holds(size in (0..30_u8, 0..60_u8), acts in acts(60), bytes: Vec<u8>) {
        let output = acts.iter().map(|act| match act {
            Act::Output(bytes) => bytes.clone(),
            Act::Resize(lines, columns) => vec![0xff, *lines as u8, *columns as u8],
        });
        fuzz(&[&[size.0, size.1], output.collect::<Vec<_>>().concat().as_slice(), &bytes].concat());
    }

    #[test]
    fn chunk_borders_do_not_matter(
        (lines, columns) in size(),
        acts in acts(60),
        cuts in prop::collection::vec(1..7_usize, 1..20),
        credit in prop_oneof![Just(u32::MAX), 0..400_u32],
    ) {
        let mut whole = SafeScreen::new(lines, columns);
        whole.filter.purse = Purse::with(credit);
        let mut cut = whole.clone();
        let output: Vec<u8> = acts
            .into_iter()
            .filter_map(|act| match act { Act::Output(bytes) => Some(bytes), Act::Resize(..) => None })
            .flatten()
            .collect();
        whole.feed(&output);
        let mut rest = output.as_slice();
        for length in cuts.iter().cycle() {
            let (chunk, tail) = rest.split_at((*length).min(rest.len()));
            cut.feed(chunk);
            rest = tail;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!(&whole.filter, &cut.filter);
        prop_assert_eq!(picture(&whole), picture(&cut));
    }

    #[test]
    fn a_dump_continues_like_the_original(
        (lines, columns) in size(),
        before in acts(60),
        tail in acts(60),
    ) {
        let mut original = SafeScreen::new(lines, columns);
        before.iter().for_each(|act| perform(&mut original, act));
        let dump = original.to_wire(1, Default::default());
        let mut joined = SafeScreen::from_wire(&dump).unwrap();
        original.take_facts();
        prop_assert_eq!(&original.filter, &joined.filter);
        prop_assert_eq!(picture(&original), picture(&joined));
        prop_assert_eq!(&dump, &joined.to_wire(1, Default::default()));
        for act in &tail {
            perform(&mut original, act);
            perform(&mut joined, act);
            prop_assert_eq!(picture(&original), picture(&joined), "after {:?}", act);
        }
    }

    #[test]
    fn a_snapshot_continues_like_the_original(
        (lines, columns) in size(),
        before in acts(40),
        tail in acts(40),
    ) {
        let mut original = SafeScreen::new(lines, columns);
        before.iter().for_each(|act| perform(&mut original, act));
        let mut copy = SafeScreen::from_snapshot(&original.snapshot());
        for act in &tail {
            perform(&mut original, act);
            perform(&mut copy, act);
        }
        prop_assert_eq!(picture(&original), picture(&copy));
    }

    #[test]
    fn a_damaged_dump_is_refused_or_harmless(bytes: Vec<u8>, tail in acts(20)) {
        let state = [&[1_u8], bytes.as_slice()].concat().into();
        let dump = crate::wire::message::ScreenDump { seq: 0, elapsed_ns: 0, lines: 5, columns: 9, state };
        if let Ok(mut screen) = SafeScreen::from_wire(&dump) {
            tail.iter().for_each(|act| perform(&mut screen, act));
            check(&screen);
        }
    }
}

/// `PROPTEST_CASES` overrides it for a longer hunt.
pub(super) fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(256)
}
