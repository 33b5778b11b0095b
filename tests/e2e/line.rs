//! A console at the end of a bad line, and how much it writes for its own terminal.

use sudolog_tests::busy::number_in;
use sudolog_tests::{Busy, Cable, End, Watched, Weather, World, wait};

const LINES: u16 = 24;
const COLUMNS: u16 = 80;

/// 100 ms there and back, 1 Mbit/s each way.
fn bad_line() -> Cable {
    let weather = Weather { delay_ms: 50, ..Weather::default() };
    let cable = Cable::plug_under(weather, 11).unwrap();
    [End::Server, End::Host].iter().for_each(|end| cable.narrow(*end, 1).unwrap());
    cable
}

/// Waits until the console shows a number that was said, this one or a later one.
fn shows_said(console: &mut Watched, said: u64) -> u64 {
    let reached = |lines: &[String]| number_in(&lines.join("\n")).filter(|shown| *shown >= said);
    console.until(&format!("{said} on the console"), reached).unwrap()
}

/// Keys are answered, whatever comes over the line, and one gets out.
fn answers(mut console: Watched) {
    console.send(b"?").unwrap();
    console.shows("┌ Keys").unwrap();
    console.send(b"?").unwrap();
    console.lacks("┌ Keys").unwrap();
    console.send(b"w").unwrap();
    console.shows(">● live 000001").unwrap();
    console.send(b"qq").unwrap();
    assert!(console.console.wait(wait::PATIENCE).unwrap().success());
}

/// Starts the console and sees it go on with the session twice.
fn at_the_end_of_a_bad_line(noise_bytes: usize, next: fn(&Busy, u64) -> u64) {
    let world = World::start_watched_over(bad_line()).unwrap();
    let busy = Busy::start(&world, noise_bytes).unwrap();
    for flags in [&[] as &[&str], &["--low-bandwidth"]] {
        let command = world.far_console(&[&["live"], flags].concat()).unwrap();
        let mut console = Watched::start(&command, LINES, COLUMNS).unwrap();
        console.shows("● live 000001").unwrap();
        let mut shown = shows_said(&mut console, busy.said());
        for _ in 0..2 {
            busy.reach(50).unwrap();
            shown = shows_said(&mut console, next(&busy, shown));
        }
        answers(console);
    }
    assert_eq!(world.logs().matches("freezing").count(), 0, "{}", world.logs());
}

#[test]
fn a_console_at_the_end_of_a_bad_line_follows_and_answers() {
    // 0.3 Mbit/s.
    at_the_end_of_a_bad_line(700, |busy, _| busy.said());
}

#[test]
fn a_session_that_says_more_than_the_line_carries_goes_on_and_keys_are_answered() {
    // 2.4 Mbit/s: what is shown may be old, but never stands still.
    at_the_end_of_a_bad_line(6000, |_, shown| shown + 1);
}

#[test]
fn what_a_busy_session_costs_the_operators_line_is_bounded() {
    let world = World::start().unwrap();
    let busy = Busy::start(&world, 6000).unwrap();
    for (flags, frames_a_second) in [(&[] as &[&str], 31), (&["--low-bandwidth"], 4)] {
        let command = world.console_command(&[&["live"], flags].concat()).unwrap();
        let mut console = Watched::start(&command, LINES, COLUMNS).unwrap();
        shows_said(&mut console, busy.said());
        let written = console.written(|| busy.reach(200)).unwrap();
        let frames = written.frames as u128;
        // One more at each end of the time.
        let most = written.took.as_millis() * frames_a_second / 1000 + 2;
        assert!((1..=most).contains(&frames), "{flags:?}: {written:?}");
        // Every cell of every frame in a colour of its own would be more.
        let cells = usize::from(LINES) * usize::from(COLUMNS);
        assert!(written.bytes <= (written.frames + 1) * cells * BYTES_A_CELL, "{written:?}");
        shows_said(&mut console, busy.said());
        console.send(b"q").unwrap();
        assert!(console.console.wait(wait::PATIENCE).unwrap().success(), "{flags:?}");
    }
}

/// A character of four bytes and a change of colour are more.
const BYTES_A_CELL: usize = 8;
