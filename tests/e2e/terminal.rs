//! Sessions on a real terminal: keys, screens, sizes, job control.

use sudolog_tests::{Pty, Recording, World, wait};

#[test]
fn keys_and_output_are_stored_byte_for_byte() {
    let world = World::start().unwrap();
    let mut shell = shell(&world);
    shell.send(b"printf 'd\\303\\251j\\303\\240 %s\\n' vu; exit 5\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();

    let shown = shell.shown();
    let stored = recording.stream("ttyout");
    assert!(
        String::from_utf8_lossy(&stored).contains("déjà vu"),
        "{:?}",
        String::from_utf8_lossy(&stored)
    );
    assert!(ends_with_stored(&shown, &stored), "shown {shown:?}, stored {stored:?}");
    assert!(
        recording.stream("ttyin").ends_with(b"printf 'd\\303\\251j\\303\\240 %s\\n' vu; exit 5\r")
    );
    assert_eq!(recording.json().unwrap()["exit_value"], 5);
    assert_eq!(
        (
            recording.json().unwrap()["lines"].as_u64(),
            recording.json().unwrap()["columns"].as_u64()
        ),
        (Some(24), Some(80))
    );
}

#[test]
fn window_sizes_are_stored_in_order() {
    let world = World::start().unwrap();
    let mut shell = shell(&world);
    for (lines, columns) in [(30, 100), (50, 132), (10, 40)] {
        shell.resize(lines, columns).unwrap();
        // The size passes on by SIGWINCH, which keys may overtake.
        let size = format!("{lines} {columns}");
        let ask =
            format!("until [ \"$(stty size)\" = '{size}' ]; do sleep 0.01; done; stty size\r");
        shell.send(ask.as_bytes()).unwrap();
        shell.expect(&format!("{size}\r\n")).unwrap();
    }
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let sizes: Vec<String> = lines_of_kind(&world.finished().unwrap(), 5);
    assert_eq!(sizes, ["30 100", "50 132", "10 40"]);
}

#[test]
fn suspend_and_continue_are_stored() {
    let world = World::start().unwrap();
    // An outer shell with job control, in which sudo is a job that is suspended and resumed.
    let mut outer = Pty::spawn(&world.sudo.inside(&["bash", "--norc", "-i"]), 24, 80).unwrap();
    // What is typed before the shell reads keys may be lost.
    outer.expect("# ").unwrap();
    outer.send(b"PS1=\"o$((7*6))t> \"\r").unwrap();
    outer.expect("o42t> ").unwrap();
    outer.send(b"sudo sh -c 'echo ready; cat'\r").unwrap();
    outer.expect("ready\r\n").unwrap();
    outer.send(b"\x1a").unwrap();
    outer.expect("Stopped").unwrap();
    outer.send(b"fg\r").unwrap();
    let recording = wait::until("the continue record", wait::PATIENCE, || {
        let recording = world.recordings().ok()?.pop()?;
        lines_of_kind(&recording, 7).contains(&"CONT".to_owned()).then_some(recording)
    })
    .unwrap_or_else(|e| panic!("{e}; shown: {}", String::from_utf8_lossy(&outer.shown())));
    outer.send(b"\x04").unwrap();
    wait::until("the end", wait::PATIENCE, || recording.is_finished().then_some(())).unwrap();
    outer.send(b"exit\r").unwrap();
    outer.wait(wait::PATIENCE).unwrap();
    let suspends = lines_of_kind(&recording, 7);
    assert_eq!(suspends, ["TSTP", "CONT"]);
}

#[test]
fn an_interrupt_ends_the_command_and_is_stored() {
    let world = World::start().unwrap();
    let mut sudo =
        Pty::spawn(&world.sudo.command(&["sh", "-c", "echo ready; sleep 1000"]), 24, 80).unwrap();
    sudo.expect("ready").unwrap();
    sudo.send(b"\x03").unwrap();
    sudo.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    assert_eq!(recording.stream("ttyin"), b"\x03");
    assert_eq!(recording.json().unwrap()["signal"], "INT");
}

#[test]
fn delays_add_up_to_the_time_that_passed() {
    let world = World::start().unwrap();
    let before = std::time::Instant::now();
    let mut sudo =
        Pty::spawn(&world.sudo.command(&["sh", "-c", "echo a; sleep 0.3; echo b"]), 24, 80)
            .unwrap();
    sudo.wait(wait::PATIENCE).unwrap();
    let passed = before.elapsed();
    let recording = world.finished().unwrap();
    let timing = recording.timing().unwrap();
    let total: u64 = timing.iter().map(|t| t.delay_ns).sum();
    assert!(
        (300_000_000..u64::try_from(passed.as_nanos()).unwrap()).contains(&total),
        "{total} of {passed:?}"
    );
    let last = timing.last().unwrap();
    assert!(last.delay_ns >= 290_000_000, "the pause is where it was: {timing:?}");
}

/// `sudo sh` with a prompt that cannot be mistaken.
fn shell(world: &World) -> Pty {
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    shell.send(b"PS1=\"i$((7*6))n> \"\r").unwrap();
    shell.expect("i42n> ").unwrap();
    shell
}

fn lines_of_kind(recording: &Recording, kind: u8) -> Vec<String> {
    let timing = recording.timing().unwrap_or_default();
    timing.into_iter().filter(|t| t.kind == kind).map(|t| t.rest).collect()
}

/// What the user saw ends with what was stored; before it came what sudo itself echoed while the
/// terminal was not yet its own.
fn ends_with_stored(shown: &[u8], stored: &[u8]) -> bool {
    !stored.is_empty() && shown.ends_with(stored)
}
