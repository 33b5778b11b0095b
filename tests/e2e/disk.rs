//! A server whose disk is full, fails or hangs: what runs waits, nothing is lost, nobody new may
//! start.

use sudolog_tests::command::run;
use sudolog_tests::disk::{Disk, SmallDisk};
use sudolog_tests::{Pty, SessionCgroup, World, wait};

const RED: &str = "sudolog: FROZEN: the log server does not acknowledge";
const GREEN: &str = "sudolog: the recording is proven again";

/// A command that counts, on a terminal.
fn ticking(world: &World) -> (Pty, SessionCgroup) {
    let script = "i=0; while :; do i=$((i+1)); echo tick-$i; sleep 0.01; done";
    let shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 80).unwrap();
    shell.expect("tick-5").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    (shell, cgroup)
}

/// Ends it: every tick was recorded, once.
fn ends_whole(world: &World, shell: &mut Pty) {
    shell.send(b"\x03").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    let stored = String::from_utf8(recording.stream("ttyout")).unwrap();
    let ticks = stored.lines().filter(|line| line.starts_with("tick-"));
    let want = (1..).map(|i| format!("tick-{i}"));
    assert!(ticks.clone().count() > 5);
    assert!(ticks.zip(want).all(|(got, want)| got == want), "nothing lost, nothing twice");
}

/// A command is refused, in words about the disk.
fn refused(world: &World) {
    let refused = run(&mut world.sudo.command(&["true"])).unwrap();
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("disk"), "says why: {}", refused.stderr);
}

#[test]
fn a_full_disk_freezes_what_runs_refuses_what_starts_and_loses_nothing() {
    let mut world = World::prepare().unwrap();
    let disk = SmallDisk::mount(&world.log_dir(), "16m").unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    let (mut shell, cgroup) = ticking(&world);
    disk.fill().unwrap();
    shell.expect(RED).unwrap();
    cgroup.wait_frozen(true).unwrap();
    refused(&world);
    disk.free().unwrap();
    shell.expect(GREEN).unwrap();
    ends_whole(&world, &mut shell);
    wait::until("new sessions to start again", wait::PATIENCE, || {
        run(&mut world.sudo.command(&["true"])).ok()?.success().ok()
    })
    .unwrap();
}

#[test]
fn a_disk_that_fails_freezes_what_runs_and_has_all_that_was_acknowledged_when_it_is_mended() {
    let mut world = World::prepare().unwrap();
    let mut disk = Disk::mount(&world.path("state"), &world.path("medium")).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    let (mut shell, cgroup) = ticking(&world);
    disk.fail().unwrap();
    shell.expect(RED).unwrap();
    cgroup.wait_frozen(true).unwrap();
    let logged = world.server.as_ref().unwrap().logged();
    assert!(logged.contains("ALARM: the journal cannot be written"), "{logged}");
    refused(&world);
    world.server.take().unwrap().kill().unwrap();
    disk.mend().unwrap();
    world.start_server().unwrap();
    shell.expect(GREEN).unwrap();
    ends_whole(&world, &mut shell);
}

#[test]
fn a_disk_that_hangs_freezes_what_runs_though_heartbeats_go_on() {
    let mut world = World::prepare().unwrap();
    let disk = Disk::mount(&world.path("state"), &world.path("medium")).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    let (mut shell, cgroup) = ticking(&world);
    let hung = disk.hang().unwrap();
    shell.expect(RED).unwrap();
    cgroup.wait_frozen(true).unwrap();
    drop(hung);
    shell.expect(GREEN).unwrap();
    ends_whole(&world, &mut shell);
}
