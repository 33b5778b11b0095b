//! From a key typed in a recorded shell to its echo on an operator's screen.

use sudolog_tests::{Pty, World};

use crate::figures::{report, time};

pub fn keystroke_to_screen() -> anyhow::Result<()> {
    let world = World::start()?;
    let mut shell = Pty::spawn(&world.sudo.command(&["cat"]), 24, 80)?;
    shell.send(b"ready\r")?;
    shell.expect("ready")?;
    let console = Pty::spawn(&world.console_command(&["live"])?, 40, 140)?;
    console.expect("ready")?;

    let (mut echoed, mut shown) = (Vec::new(), Vec::new());
    for number in 0..RUNS {
        // One word at a time, never seen before, so that it cannot be found too early.
        let word = format!("w{number:03}w");
        let (here, ()) = time(|| {
            shell.send(word.as_bytes())?;
            shell.expect(&word)
        })?;
        let (there, ()) = time(|| console.expect(&word))?;
        echoed.push(here);
        shown.push(here + there);
        shell.send(b"\r")?;
    }
    report("key to echo on the user's terminal", &mut echoed);
    report("key to the operator's screen", &mut shown);
    shell.send(b"\x04")?;
    Ok(())
}

const RUNS: usize = 40;
