//! What root inside a session does to get out of a freeze.

use sudolog_tests::{Pty, World, cgroup, wait};

/// The state of a process, as `/proc/PID/stat` has it; a space when it is gone.
fn state(pid: u32) -> char {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next()).unwrap_or(' ')
}

fn until(what: &str, probe: impl FnMut() -> bool) {
    let mut probe = probe;
    wait::until(what, wait::PATIENCE, || probe().then_some(())).unwrap();
}

#[test]
fn a_thaw_by_somebody_else_is_undone_and_reported() {
    let mut world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let group = world.session_cgroup().unwrap();
    world.server.as_mut().unwrap().kill().unwrap();
    shell.expect("sudolog: FROZEN:").unwrap();
    for _ in 0..3 {
        std::fs::write(group.dir().join("cgroup.freeze"), "0").unwrap();
        until("the session to be frozen again", || {
            let order = std::fs::read_to_string(group.dir().join("cgroup.freeze")).unwrap();
            order.trim() == "1" && group.is_frozen()
        });
    }
    world.start_server().unwrap();
    group.wait_frozen(false).unwrap();
    until("the server to hear of it", || {
        world.server.as_ref().unwrap().logged().contains("thawed by somebody else")
    });
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
}

#[test]
fn a_process_that_moves_away_is_reported_and_stopped_with_the_session() {
    let mut world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let outside = cgroup::mount().unwrap().join("cgroup.procs");
    let (pid, ticks) = (world.path("pid"), world.path("ticks"));
    // Without a terminal of the session, as what a desktop or systemd starts.
    let script = format!(
        "echo $$ > {outside}; echo $$ > {pid}; while :; do echo tick >> {ticks}; sleep 0.02; done",
        outside = outside.display(),
        pid = pid.display(),
        ticks = ticks.display(),
    );
    std::fs::write(world.path("away"), script).unwrap();
    let line = format!("setsid sh {} &\r", world.path("away").display());
    shell.send(line.as_bytes()).unwrap();
    until("the escape to be reported", || {
        world.server.as_ref().unwrap().logged().contains("has left the session's cgroup")
    });
    let away: u32 = std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap();
    let group = world.session_cgroup().unwrap();
    assert!(!group.processes().contains(&away), "it has no terminal, so it stays where it is");
    world.server.as_mut().unwrap().kill().unwrap();
    group.wait_frozen(true).unwrap();
    until("the one outside to be stopped", || state(away) == 'T');
    // Its child may have been between two looks.
    until("nothing to tick", || {
        let before = std::fs::metadata(&ticks).unwrap().len();
        std::thread::sleep(std::time::Duration::from_millis(300));
        std::fs::metadata(&ticks).unwrap().len() == before
    });
    world.start_server().unwrap();
    until("it to go on", || state(away) != 'T');
    // What is outside goes on first: the session itself may be frozen still.
    group.wait_frozen(false).unwrap();
    world.server.as_mut().unwrap().kill().unwrap();
    group.wait_frozen(true).unwrap();
    shell.send(b"\x03").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    until("the one outside to die with the session", || matches!(state(away), ' ' | 'Z'));
}

/// A process without a terminal that goes where `place` says, and ticks; gives its process id.
fn runaway(world: &World, shell: &mut Pty, place: &str) -> u32 {
    let (pid, ticks) = (world.path("pid"), world.path("ticks"));
    let script = format!(
        "{place}; echo $$ > {pid}; while :; do echo tick >> {ticks}; sleep 0.02; done",
        pid = pid.display(),
        ticks = ticks.display(),
    );
    std::fs::write(world.path("away"), script).unwrap();
    let line = format!("setsid sh {} &\r", world.path("away").display());
    shell.send(line.as_bytes()).unwrap();
    until("the escape to be reported", || {
        world.server.as_ref().unwrap().logged().contains("has left the session's cgroup")
    });
    std::fs::read_to_string(&pid).unwrap().trim().parse().unwrap()
}

fn stands_still(world: &World) {
    until("nothing to tick", || {
        let length = || std::fs::metadata(world.path("ticks")).unwrap().len();
        let before = length();
        std::thread::sleep(std::time::Duration::from_millis(300));
        length() == before
    });
}

#[test]
fn a_place_that_only_looks_like_a_sessions_is_none() {
    let mut world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let group = world.session_cgroup().unwrap();
    let made_up = world.cgroup_root().join("01930000-0000-7000-8000-000000000abc");
    let place = format!("mkdir {0}; echo $$ > {0}/cgroup.procs", made_up.display());
    let away = runaway(&world, &mut shell, &place);
    world.server.as_mut().unwrap().kill().unwrap();
    group.wait_frozen(true).unwrap();
    until("the one outside to be stopped", || state(away) == 'T');
    stands_still(&world);
    shell.send(b"\x03").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    until("the one outside to die with the session", || matches!(state(away), ' ' | 'Z'));
    until("the place to be empty", || std::fs::remove_dir(&made_up).is_ok());
}

#[test]
fn one_outside_that_is_continued_is_put_back_inside() {
    use rustix::process::{Pid, Signal, kill_process};
    let mut world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let group = world.session_cgroup().unwrap();
    let outside = cgroup::mount().unwrap().join("cgroup.procs");
    let away = runaway(&world, &mut shell, &format!("echo $$ > {}", outside.display()));
    world.server.as_mut().unwrap().kill().unwrap();
    group.wait_frozen(true).unwrap();
    until("the one outside to be stopped", || state(away) == 'T');
    let pid = Pid::from_raw(i32::try_from(away).unwrap()).unwrap();
    until("it to be inside", || {
        kill_process(pid, Signal::CONT).unwrap();
        group.processes().contains(&away)
    });
    stands_still(&world);
    world.start_server().unwrap();
    group.wait_frozen(false).unwrap();
    until("it to go on", || state(away) != 'T');
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
}

#[test]
fn a_shell_that_moves_away_is_moved_back() {
    let world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let group = world.session_cgroup().unwrap();
    let shell_pid = *group.processes().first().unwrap();
    let outside = cgroup::mount().unwrap().join("cgroup.procs");
    shell.send(format!("echo $$ > {}\r", outside.display()).as_bytes()).unwrap();
    until("the move to be reported", || {
        world.server.as_ref().unwrap().logged().contains("was moved back")
    });
    until("the shell to be back", || group.processes().contains(&shell_pid));
    shell.send(b"echo still-$((1+1))-here; exit\r").unwrap();
    shell.expect("still-2-here").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
}

#[test]
fn two_hundred_children_and_orphans_stand_still_together() {
    let mut world = World::start().unwrap();
    let script = "trap '' HUP; for i in $(seq 200); do (setsid sh -c \
                  'nohup sh -c \"while :; do sleep 0.05; done\" >/dev/null 2>&1 &' &) ; done; echo ready; read x";
    let mut shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 80).unwrap();
    shell.expect("ready").unwrap();
    let group = world.session_cgroup().unwrap();
    until("all of them", || group.processes().len() > 200);
    world.server.as_mut().unwrap().kill().unwrap();
    group.wait_frozen(true).unwrap();
    let frozen = group.processes();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(group.processes(), frozen, "nothing is born and nothing dies");
    shell.expect("sudolog: FROZEN:").unwrap();
    shell.send(b"\x03").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    until("all of them to be killed", || group.processes().is_empty());
}

#[test]
fn no_other_session_is_taken_for_an_escape() {
    let world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    shell.send(b"sudo sh -c 'sleep 1; echo inner-$((3+4))'; (sleep 1; :) & wait; exit\r").unwrap();
    shell.expect("inner-7").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    assert!(!world.logs().contains("has left"), "{}", world.logs());
}
