//! Outages in all the ways that sudo runs commands, and those that last too long.

use rustix::process::{Pid, Signal, kill_process};
use sudolog_tests::{Pty, World, wait};

/// A world whose shipper has this line more in its configuration.
fn world_with(line: &str) -> World {
    let mut world = World::prepare().unwrap();
    let config = std::fs::read_to_string(world.path("shipper.toml")).unwrap();
    std::fs::write(world.path("shipper.toml"), format!("{line}\n{config}")).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    world
}

fn kill_server(world: &mut World) {
    world.server.as_mut().unwrap().kill().unwrap();
}

#[test]
fn a_session_that_is_frozen_for_too_long_is_ended() {
    let mut world = world_with("freeze_timeout_s = 2");
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    kill_server(&mut world);
    cgroup.wait_frozen(true).unwrap();
    shell.expect("the command is ended: frozen for too long").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    assert!(cgroup.processes().is_empty());
    world.start_server().unwrap();
    let recording = world.finished().unwrap();
    assert_eq!(recording.json().unwrap()["signal"], "KILL");
    assert_eq!(recording.json().unwrap()["sudolog"]["reason"], "freeze_timeout");
    world.no_cgroups().unwrap();
}

#[test]
fn what_outlives_sudo_is_ended_where_a_limit_says_so() {
    let world = world_with("linger_s = 1");
    let (pid, left) = (world.path("pid"), world.path("left"));
    let script = format!(
        "setsid sh -c 'echo $$ > {pid}; exec sleep 1000' </dev/null >/dev/null 2>&1 & \
         while ! [ -s {pid} ]; do sleep 0.01; done; touch {left}",
        pid = pid.display(),
        left = left.display(),
    );
    assert!(world.sudo.command(&["sh", "-c", &script]).status().unwrap().success());
    assert!(left.exists());
    let lives = || {
        let pid = std::fs::read_to_string(&pid).unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).ok()?;
        (!stat.contains(") Z ")).then_some(())
    };
    assert!(lives().is_some(), "it goes on when sudo has ended");
    wait::until("it to be ended", wait::PATIENCE, || lives().is_none().then_some(())).unwrap();
    world.no_cgroups().unwrap();
}

#[test]
fn a_pipeline_without_a_terminal_is_frozen_and_goes_on() {
    let mut world = World::start().unwrap();
    let out = world.path("out");
    let script = format!(
        "for i in $(seq 400); do echo $i; sleep 0.01; done | tee {}; exit 7",
        out.display()
    );
    let mut sudo = world.sudo.command(&["sh", "-c", &script]);
    let mut child = sudo
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait::until("some output", wait::PATIENCE, || {
        std::fs::metadata(&out).is_ok_and(|out| out.len() > 20).then_some(())
    })
    .unwrap();
    let cgroup = world.session_cgroup().unwrap();
    kill_server(&mut world);
    cgroup.wait_frozen(true).unwrap();
    let before = std::fs::metadata(&out).unwrap().len();
    world.start_server().unwrap();
    let status =
        wait::until("the end", wait::PATIENCE, || child.try_wait().ok().flatten()).unwrap();
    assert_eq!(status.code(), Some(7));
    assert!(std::fs::metadata(&out).unwrap().len() > before);
    let want: String = (1..=400).map(|i| format!("{i}\n")).collect();
    let recording = world.finished().unwrap();
    assert_eq!(String::from_utf8_lossy(&recording.stream("stdout")), want);
    world.no_cgroups().unwrap();
}

#[test]
fn a_background_command_is_frozen_and_goes_on() {
    let mut world = World::start().unwrap();
    let ticks = world.path("ticks");
    let script = format!(
        "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i >> {}; sleep 0.01; done",
        ticks.display()
    );
    let mut sudo = world.sudo.command(&["-b", "sh", "-c", &script]);
    let null = std::process::Stdio::null;
    assert!(sudo.stdin(null()).stdout(null()).stderr(null()).status().unwrap().success());
    let cgroup = world.session_cgroup().unwrap();
    kill_server(&mut world);
    cgroup.wait_frozen(true).unwrap();
    let before = std::fs::metadata(&ticks).unwrap().len();
    world.start_server().unwrap();
    world.finished().unwrap();
    assert!(std::fs::metadata(&ticks).unwrap().len() > before);
    assert_eq!(std::fs::read_to_string(&ticks).unwrap().lines().count(), 300);
    world.no_cgroups().unwrap();
}

#[test]
fn an_inner_sudo_is_frozen_with_the_outer_one() {
    let mut world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    shell.send(b"sudo sh -c 'while :; do echo inner-tick; sleep 0.05; done'\r").unwrap();
    shell.expect("inner-tick\r\n").unwrap();
    let groups = sudolog_tests::SessionCgroup::all(world.cgroup_root());
    assert_eq!(groups.len(), 2);
    kill_server(&mut world);
    groups.iter().for_each(|group| group.wait_frozen(true).unwrap());
    world.start_server().unwrap();
    groups.iter().for_each(|group| group.wait_frozen(false).unwrap());
    shell.expect("proven again").unwrap();
    shell.send(b"\x03").unwrap();
    // What is typed before the outer shell reads again goes to the inner sudo.
    wait::until("the inner session to end", wait::PATIENCE, || {
        (sudolog_tests::SessionCgroup::all(world.cgroup_root()).len() == 1).then_some(())
    })
    .unwrap();
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    world.no_cgroups().unwrap();
}

#[test]
fn a_session_outlives_a_change_of_the_acknowledgement_key() {
    let mut world = World::prepare().unwrap();
    // The next key: its public half is handed out first.
    let next = sudolog_core::ack::AckSigner::from_seed(&[9; 32]);
    let key = world.path("pki/ack-verify.pub");
    let both = format!("{}{}\n", std::fs::read_to_string(&key).unwrap(), next.verifier().to_line());
    std::fs::write(&key, both).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.send(b"echo before-$((1+1))\r").unwrap();
    shell.expect("before-2").unwrap();
    kill_server(&mut world);
    let secret = sudolog_core::untrusted::encode_hex(&[9; 32]);
    std::fs::write(world.path("pki/ack-sign.key"), format!("sudolog-ack-sign-1 {secret}\n"))
        .unwrap();
    world.start_server().unwrap();
    shell.send(b"echo after-$((2+2)); exit 7\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    assert_eq!(recording.json().unwrap()["exit_value"], 7);
    let args = ["verify", recording.dir().to_str().unwrap(), "--key", key.to_str().unwrap()];
    world.console(&args).unwrap().success().unwrap();
}

#[test]
fn a_frozen_command_without_a_terminal_can_be_ended_by_its_user() {
    let mut world = World::start().unwrap();
    let mut sudo =
        world.sudo.command(&["sh", "-c", "trap 'exit 3' TERM; while :; do sleep 0.1; done"]);
    let mut child = sudo
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let cgroup = world.session_cgroup().unwrap();
    // The recording's directory follows the journal: a server that is killed may not have made it.
    let sudo = i32::try_from(world.sudo_pid().unwrap()).unwrap();
    kill_server(&mut world);
    cgroup.wait_frozen(true).unwrap();
    kill_process(Pid::from_raw(sudo).unwrap(), Signal::KILL).unwrap();
    wait::until("sudo to be gone", wait::PATIENCE, || child.try_wait().ok().flatten()).unwrap();
    wait::until("the command to be gone", wait::PATIENCE, || {
        cgroup.processes().is_empty().then_some(())
    })
    .unwrap();
    world.start_server().unwrap();
    world.no_cgroups().unwrap();
}

#[test]
fn without_cgroups_processes_are_stopped_one_by_one() {
    let mut world = world_with("freeze = \"signal\"");
    let ticks = world.path("ticks");
    let script =
        format!("for i in $(seq 2000); do echo tick >> {}; sleep 0.02; done", ticks.display());
    let mut child = world
        .sudo
        .command(&["sh", "-c", &script])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let length = || std::fs::metadata(&ticks).map_or(0, |file| file.len());
    wait::until("some ticks", wait::PATIENCE, || (length() > 20).then_some(())).unwrap();
    kill_server(&mut world);
    wait::until("the ticks to stop", wait::PATIENCE, || {
        let before = length();
        std::thread::sleep(std::time::Duration::from_millis(500));
        (length() == before).then_some(())
    })
    .unwrap();
    let before = length();
    world.start_server().unwrap();
    wait::until("the ticks to go on", wait::PATIENCE, || (length() > before).then_some(()))
        .unwrap();
    world.shipper.as_mut().unwrap().kill().unwrap();
    wait::until("sudo to end", wait::PATIENCE, || child.try_wait().ok().flatten()).unwrap();
}
