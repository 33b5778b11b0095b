//! Real recordings through the whole of it: screen, index, seeking, dumps.

use std::time::Duration;

use bytes::Bytes;

use super::properties::picture;
use super::{Index, Keyframe, MarkKind, SafeScreen};
use crate::session::{Event, EventKind};

/// A recording of stock sudo: window size at the start, `timing`, `ttyin`, `ttyout`.
pub(super) struct Recording {
    size: (u16, u16),
    timing: &'static str,
    ttyin: &'static [u8],
    ttyout: &'static [u8],
}

macro_rules! recording {
    ($name:literal, $size:expr) => {
        Recording {
            size: $size,
            timing: include_str!(concat!("../../../tests/fixtures/iolog/", $name, "/timing")),
            ttyin: include_bytes!(concat!("../../../tests/fixtures/iolog/", $name, "/ttyin")),
            ttyout: include_bytes!(concat!("../../../tests/fixtures/iolog/", $name, "/ttyout")),
        }
    };
}

pub(super) const RECORDINGS: [Recording; 3] = [
    recording!("bash-resize", (24, 80)),
    recording!("vim-unicode", (30, 90)),
    recording!("suspend-resume", (24, 80)),
];

impl Recording {
    pub(super) fn size(&self) -> (u16, u16) {
        self.size
    }

    pub(super) fn events(&self) -> Vec<Event> {
        let (mut ttyin, mut ttyout) = (self.ttyin, self.ttyout);
        let events = self.timing.lines().zip(1..).map(|(line, seq)| {
            let fields: Vec<&str> = line.split(' ').collect();
            let kind = EventKind::from_code(fields[0].parse().unwrap()).unwrap();
            let data = match kind {
                EventKind::Ttyin => take(&mut ttyin, fields[2]),
                EventKind::Ttyout => take(&mut ttyout, fields[2]),
                EventKind::Winsize => {
                    Event::winsize_data(fields[2].parse().unwrap(), fields[3].parse().unwrap())
                }
                _ => Bytes::copy_from_slice(fields[2].as_bytes()),
            };
            let delay: f64 = fields[1].parse().unwrap();
            Event::new(seq, (delay * 1e9) as u64, kind, data).unwrap()
        });
        events.collect()
    }
}

fn take(stream: &mut &'static [u8], length: &str) -> Bytes {
    let (data, rest) = stream.split_at(length.parse().unwrap());
    *stream = rest;
    Bytes::from_static(data)
}

fn screen_after(size: (u16, u16), events: &[Event]) -> SafeScreen {
    let mut screen = SafeScreen::new(size.0, size.1);
    events.iter().for_each(|event| screen.apply(event));
    screen
}

fn index_of(size: (u16, u16), events: &[Event]) -> Index {
    let mut index = Index::new(size.0, size.1);
    events.iter().for_each(|event| index.push(event));
    index
}

/// The player's one property: seeking through a keyframe shows what playing shows.
fn check_seeking(size: (u16, u16), events: &[Event], step: usize) {
    let mut index = index_of(size, events);
    let mut played = SafeScreen::new(size.0, size.1);
    for (event, at) in events.iter().zip(1..) {
        played.apply(event);
        if at % step != 0 {
            continue;
        }
        let keyframe = index.keyframe_before(event.seq()).unwrap();
        assert!(keyframe.seq <= event.seq());
        let mut sought = keyframe.to_screen();
        events[keyframe.seq as usize..at].iter().for_each(|event| sought.apply(event));
        assert_eq!(picture(&played), picture(&sought), "at event {}", event.seq());
    }
    assert_eq!(picture(&played), picture(index.screen()));
    assert_eq!(index.seq(), events.len() as u64);
}

#[test]
fn seeking_shows_what_playing_shows() {
    for recording in &RECORDINGS {
        check_seeking(recording.size, &recording.events(), 1);
    }
    check_seeking((24, 80), &long_recording(), 97);
    check_seeking((60, 200), &hostile_recording(), 19);
}

/// Asks for more clearing and scrolling than is carried out.
fn hostile_recording() -> Vec<Event> {
    let output = |n: u64| match n % 3 {
        0 => "\x1b[41m\x1b[2J\x1b[42m\x1b[2J".repeat(200),
        1 => format!("{n}\x1b[9999bx\x1b[H\x1b[99L").repeat(100),
        _ => format!("\x1b#8\x1b[{}mx\x1bc{n}", n % 8).repeat(50),
    };
    let event = |n| Event::new(n, n * 1_000, EventKind::Ttyout, output(n).into()).unwrap();
    let events: Vec<Event> = (1..=600).map(event).collect();
    let mut screen = SafeScreen::new(60, 200);
    let left_out = events.iter().any(|event| {
        screen.apply(event);
        screen.is_approximate()
    });
    assert!(left_out, "all of it was carried out");
    let index = index_of((60, 200), &events);
    let marks = index.timeline().marks().iter();
    assert!(marks.filter(|mark| mark.kind == MarkKind::Approximate).count() > 0);
    events
}

#[test]
fn a_late_joiner_of_a_real_recording_sees_the_same() {
    for recording in &RECORDINGS {
        let events = recording.events();
        let last = picture(&screen_after(recording.size, &events));
        for joined_at in 0..=events.len() {
            let (before, tail) = events.split_at(joined_at);
            let dump = screen_after(recording.size, before).to_wire(0, Duration::ZERO);
            let mut joined = SafeScreen::from_wire(&dump).unwrap();
            tail.iter().for_each(|event| joined.apply(event));
            assert_eq!(picture(&joined), last, "joined after event {joined_at}");
        }
    }
}

#[test]
fn a_shell_and_an_editor_look_right() {
    let [shell, editor, suspended] = RECORDINGS;
    let text = |recording: &Recording, seq: usize| {
        screen_after(recording.size, &recording.events()[..seq]).text_lines()
    };
    let shell_end = screen_after(shell.size, &shell.events());
    assert_eq!((shell_end.lines(), shell_end.columns()), (20, 60));
    assert!(!shell_end.alternate_screen());

    let lines = text(&editor, 16);
    assert_eq!(lines[0], "  1 Hello é è 日本語 😀 text");
    assert_eq!(lines[1], "  2 second line");
    assert_eq!(lines.last().unwrap(), ":set number");

    assert_eq!(text(&suspended, 8)[..3], ["before", "before", "^Z"]);
}

#[test]
fn the_timeline_has_the_recordings_marks() {
    let [shell, _, suspended] = RECORDINGS;
    let kinds = |recording: &Recording| -> Vec<MarkKind> {
        let index = index_of(recording.size, &recording.events());
        index.timeline().marks().iter().map(|mark| mark.kind.clone()).collect()
    };
    let resize = |lines, columns| MarkKind::Resize { lines, columns };
    let sizes = [MarkKind::Start, resize(30, 100), resize(50, 160), resize(20, 60)];
    // `read -s` asks for a password.
    assert_eq!(kinds(&shell), [&sizes[..], &[MarkKind::HiddenLine]].concat());
    let suspends: Vec<_> = kinds(&suspended)
        .into_iter()
        .filter_map(|kind| match kind {
            MarkKind::Suspend(signal) => Some(signal),
            _ => None,
        })
        .collect();
    assert_eq!(suspends, ["TSTP", "CONT"]);
}

/// Over 256 KiB of output with pauses, resizes, and a parser state that spans events.
fn long_recording() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 1..=4000_u64 {
        let delay = if n % 500 == 0 { 40_000_000_000 } else { 3_000_000 };
        let (kind, data) = match n % 700 {
            0 => (EventKind::Winsize, Event::winsize_data(20 + (n / 700) as u16, 70)),
            1 => (EventKind::Ttyout, Bytes::from_static(b"\x1b[2;15r\x1b[?6h\x1b7\x1b[3")),
            2 => (EventKind::Ttyout, Bytes::from_static(b"1mred\x1b[?1049h\x1b(0lqqk\xe2\x94")),
            9 => (EventKind::Ttyout, Bytes::from_static(b"\x1b[?1049l\x1b[r\x1b(B")),
            at => (
                EventKind::Ttyout,
                format!("{n} \x1b[3{}m{}\x1b[m\r\n", at % 8, "word ".repeat(30)).into(),
            ),
        };
        events.push(Event::new(n, delay, kind, data).unwrap());
    }
    events
}

#[test]
fn keyframes_come_by_output_by_time_and_by_size() {
    let events = long_recording();
    let output: usize = events.iter().map(|event| event.data().len()).sum();
    assert!(output > 2 * crate::limits::KEYFRAME_DATA_BYTES);
    let index = index_of((24, 80), &events);
    let at = |seq: u64| index.keyframe_before(seq).unwrap().seq;
    assert_eq!(at(0), 0);
    assert_eq!(at(499), 0);
    assert_eq!(at(500), 500, "40 s have passed");
    assert_eq!(at(750), 700, "a new size");
    assert_eq!(at(1000), 1000);
    let half = index.elapsed() / 2;
    let keyframe = index.keyframe_before_time(half).unwrap();
    assert!(keyframe.elapsed <= half && keyframe.seq > 1000);
}

#[test]
fn an_index_goes_on_from_a_keyframe_of_the_wire() {
    let events = long_recording();
    let mut first = index_of((24, 80), &events[..1404]);
    let (seq, elapsed) = (first.seq(), first.elapsed());
    let dump = first.screen().to_wire(seq, elapsed);
    let mut second = Index::from_keyframe(Keyframe::from_wire(dump).unwrap());
    events.iter().for_each(|event| second.push(event));
    let mut whole = index_of((24, 80), &events);
    assert_eq!(picture(second.screen()), picture(whole.screen()));
    assert_eq!(second.timeline().total(), whole.timeline().total());
    assert_eq!(second.keyframe_before(10).unwrap().seq, 1404, "nothing older is known");
}

#[test]
fn a_screen_too_big_for_a_frame_loses_its_styles_and_says_so() {
    let mut screen = SafeScreen::new(200, 500);
    for n in 0..100_000_u32 {
        let [_, r, g, b] = (n * 97).to_be_bytes();
        screen.feed(format!("\x1b[38;2;{r};{g};{b};48;2;{b};{r};{g}mX").as_bytes());
    }
    let dump = screen.to_wire(1, Duration::ZERO);
    assert!(dump.state.len() < crate::limits::FRAME_PAYLOAD_BYTES_MAX);
    let joined = SafeScreen::from_wire(&dump).unwrap();
    assert!(joined.is_inexact() && !screen.is_inexact());
    assert_eq!(joined.text_lines(), screen.text_lines());
}
