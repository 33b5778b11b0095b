//! From a key typed in a recorded shell to its echo on an operator's screen.

use anyhow::Context as _;
use sudolog_core::term::SafeScreen;
use sudolog_tests::{Pty, World, wait};

use sudolog_tests::figures::{report, time};

pub fn keystroke_to_screen() -> anyhow::Result<()> {
    let world = World::start()?;
    // Each line clears the screen, so that a word stands alone.
    let script = "n=0; while read -r line; do printf '\\033[H\\033[2J<%s>' $n; n=$((n+1)); done";
    let mut shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 80)?;
    shell.send(b"ready")?;
    shell.expect("ready")?;
    let console = Pty::spawn(&world.console_command(&["live"])?, LINES, COLUMNS)?;
    console.expect("ready")?;

    let (mut echoed, mut shown) = (Vec::new(), Vec::new());
    for number in 0..RUNS {
        shell.send(b"\r")?;
        shell.expect(&format!("<{number}>"))?;
        // Never seen before, and in no place the letter of the word before.
        let letter = |place: usize| {
            LETTERS.get((number + place * 11) % LETTERS.len()).copied().map(char::from)
        };
        let word: String = (0..4).filter_map(letter).collect();
        let (here, ()) = time(|| {
            shell.send(word.as_bytes())?;
            shell.expect(&word)
        })?;
        let (there, ()) = time(|| on_screen(&console, &word))?;
        echoed.push(here);
        shown.push(here + there);
    }
    report("key to echo on the user's terminal", &mut echoed);
    report("key to the operator's screen", &mut shown);
    shell.send(b"\x04")?;
    Ok(())
}

/// Waits until the word stands on the console's own screen, however many pieces it was drawn in.
fn on_screen(console: &Pty, word: &str) -> anyhow::Result<()> {
    let lines = || {
        let mut screen = SafeScreen::new(LINES, COLUMNS);
        screen.feed(&console.shown());
        screen.text_lines()
    };
    let shown = || lines().iter().any(|line| line.contains(word)).then_some(());
    wait::until(word, wait::PATIENCE, shown).with_context(|| lines().join("\n"))
}

const LINES: u16 = 40;
const COLUMNS: u16 = 140;
const RUNS: usize = 40;
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
