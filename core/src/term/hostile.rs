//! Bytes meant for the operator's terminal, floods, and what the emulator lacks: what is seen of them.

use bytes::Bytes;

use super::SafeScreen;
use crate::limits::{TERM_PICTURE_BYTES_MAX, TERM_STRING_BYTES_MAX};
use crate::session::{Event, EventKind};

/// Sequences meant for the operator's terminal, and what may be seen of them.
#[test]
fn hostile_sequences_leave_only_text() {
    let corpus: [(&[u8], &str); 24] = [
        (b"\x1b]0;owned\x07\x1b[21tA", "A"),
        (b"\x1b]52;c;cm0gLXJmIC8=\x07A", "A"),
        (b"\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b]4;1;?\x07\x1b]10;?\x07\x1b]11;?\x1b\\A", "A"),
        (b"\x1b]1337;File=inline=1:AAAA\x07\x1b]777;notify;a;b\x07A", "A"),
        (b"\x1bP$qm\x1b\\\x1bP+q544e\x1b\\A", "A"),
        (b"\x1bPtmux;\x1b\x1b]0;x\x07\x1b\\A", "A"),
        (b"\x1b_Gf=24;AAAA\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\A", "A"),
        (b"\x1bPq#0;2;0;0;0~~\x1b\\A", "A"),
        (b"\x1b[6n\x1b[c\x1b[>q\x1b[0x\x1bZA", "A"),
        (b"\x1b[?1000h\x1b[?2004h\x1b[?1004h\x1b[>1u\x1b[?5hA", "A"),
        (b"old\x1bcA", "A"),
        (b"\x1b[2J\x1b[H# fake prompt", "# fake prompt"),
        (b"\x9b31mA", "\u{fffd}31mA"),
        (b"\x9d0;t\x07A\x90q", "\u{fffd}0;tA\u{fffd}q"),
        (b"\xc2\x9b31mA", "\u{fffd}31mA"),
        (b"\x07\x07\x05A", "A"),
        (b"\xc0\xaf\xed\xa0\x80\xf8A", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}A"),
        ("user\u{202e}txt.exe".as_bytes(), "usertxt.exe"),
        ("a\u{feff}b\u{200b}c".as_bytes(), "abc"),
        ("\u{e0b0}\u{f8ff}".as_bytes(), "\u{fffd}\u{fffd}"),
        (b"x\x1b[8mhidden\x1b[m", "xhidden"),
        (b"\x1b]P0000000A\x1b]RB", "AB"),
        (b"a\x1b[3\xc3\xa9b", "aéb"),
    ];
    for (bytes, seen) in corpus {
        let mut screen = SafeScreen::new(24, 80);
        screen.feed(bytes);
        assert_eq!(screen.row_text(0), seen, "{:?}", bytes.escape_ascii().to_string());
        assert_eq!(screen.resets(), 0);
    }
}

#[test]
fn deceptive_cells_are_told() {
    let mut screen = SafeScreen::new(2, 40);
    screen.feed("a\u{202e}b\u{1f469}\u{200d}\u{1f680}\u{e000}c".as_bytes());
    let deceptive: Vec<bool> = screen.row(0).take(8).map(|cell| cell.is_deceptive()).collect();
    assert_eq!(deceptive, [true, false, false, false, false, false, true, false]);
}

#[test]
fn unfinished_strings_are_cut_and_told() {
    for (start, limit) in [
        (&b"\x1b]0;"[..], TERM_STRING_BYTES_MAX),
        (b"\x1bX", TERM_STRING_BYTES_MAX),
        (b"\x1bP", TERM_PICTURE_BYTES_MAX),
        (b"\x1b_", TERM_PICTURE_BYTES_MAX),
    ] {
        let mut screen = SafeScreen::new(24, 80);
        screen.feed(start);
        (0..limit / 64).for_each(|_| screen.feed(&[b'x'; 64]));
        screen.feed(b"\r\nsecret work");
        assert!(screen.text_lines().iter().any(|line| line == "secret work"));
        assert_eq!(screen.take_facts().strings_cut, 1);
        assert_eq!(screen.take_facts().strings_cut, 0, "told once");
    }
}

#[test]
fn floods_stay_within_bounds() {
    let mut screen = SafeScreen::new(24, 80);
    screen.feed("e".as_bytes());
    (0..1000).for_each(|_| screen.feed("\u{301}".as_bytes()));
    assert!(screen.cell(0, 0).unwrap().symbol().len() < 32);
    screen.feed(b"\rz\x1b[999999999b");
    assert!(screen.text_lines().iter().all(|line| line.starts_with('z')));
    screen.feed(b"\x1b[");
    screen.feed(&[b'1'; 10_000]);
    screen.feed(b"\r\n\x1b[mstill here");
    assert!(screen.text_lines().iter().any(|line| line == "still here"));
}

#[test]
fn expensive_sequences_can_be_interrupted() {
    let mut screen = SafeScreen::new(500, 1000);
    let flood = b"\x1b[2Jx\x1b[L\x1b[T".repeat(1000);
    let taken = screen.feed_within(&flood, 1_000_000);
    assert!(taken > 0 && taken < 300, "{taken} bytes were taken");
    let rest = screen.feed_within(b"plain text", 1_000_000);
    assert_eq!(rest, 10);
}

#[test]
fn what_the_emulator_lacks_is_made_up() {
    let cases: [(&str, &[&str]); 16] = [
        ("\x1b(0lqk\x1b(Bq", &["┌─┐q"]),
        ("\x1b)0\x0ex\x0fx", &["│x"]),
        ("ab\x1bDc\x1bEd", &["ab", "  c", "d"]),
        ("ab\x1b[sxx\x1b[uc", &["abcx"]),
        ("a\x1b[3ab\x1b[2ec", &["a   b", "", "     c"]),
        ("-\x1b[9b", &["----------"]),
        ("abc\r\x1b[4hX\x1b[4lY", &["XYbc"]),
        ("\x1b[?7l123456789012345678901234567890xy", &["12345678901234567890123456789y"]),
        ("abcdefghijkl\x1b[Zx\x1b[2Zy", &["ybcdefghxjkl"]),
        ("\x1b[2Ix", &["                x"]),
        ("ab\x1b[2;5r\x1b[?6h\x1b[4h\x1b[!p\x1b[1;1Hx", &["xb"]),
        ("12345\x1b[?1047hx\x1b[?1047l6", &["12345 6"]),
        ("main\x1b[?1049hother\x1b[?1049l+", &["main+"]),
        ("a\u{2764}\u{fe0f}b", &["a❤b"]),
        ("x\x1b[3;3r\x1b[2;1Hy", &["x", "y"]),
        ("\x1b[1;20H1\x1b[1;30H2\x1b[1;30H\x1b[2K3", &["                             3"]),
    ];
    for (bytes, seen) in cases {
        let mut screen = SafeScreen::new(10, 30);
        screen.feed(bytes.as_bytes());
        let lines = screen.text_lines();
        assert_eq!(&lines[..seen.len()], seen, "{bytes:?}");
    }
}

#[test]
fn output_to_a_pipe_gets_its_line_ends() {
    let mut screen = SafeScreen::new(5, 20);
    let data = Bytes::from_static(b"one\ntwo\n");
    screen.apply(&Event::new(1, 0, EventKind::Stdout, data).unwrap());
    let data = Bytes::from_static(b"oops\n");
    screen.apply(&Event::new(2, 0, EventKind::Stderr, data).unwrap());
    assert_eq!(screen.text_lines()[..3], ["one", "two", "oops"]);
}
