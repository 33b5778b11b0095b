//! `sudoreplay` of stock sudo on a log directory that our server wrote.

use std::process::Command;

use sudolog_tests::command::run;
use sudolog_tests::{Pty, World, wait};

#[test]
fn sudoreplay_lists_and_plays_what_we_store() {
    let world = World::start().unwrap();
    run(&mut world
        .sudo
        .command_as("alice", &["sh", "-c", "printf 'to stdout\\n'; printf 'to stderr\\n' >&2"]))
    .unwrap()
    .success()
    .unwrap();
    let recording = world.finished().unwrap();

    let list = sudoreplay(&world, &["-l"]);
    assert!(list.contains(&format!("TSID={}", recording.tsid())), "{list}");
    assert!(list.contains("alice : HOST=web1 ;"), "{list}");
    assert!(list.contains("USER=root"), "{list}");
    assert!(list.contains("COMMAND=/usr/bin/sh -c"), "{list}");

    let played = sudoreplay(&world, &["-n", "-m", "0", &recording.tsid()]);
    assert!(played.contains("to stdout") && played.contains("to stderr"), "{played}");
}

#[test]
fn sudoreplay_finds_sessions_by_their_fields() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command_as("alice", &["-u", "bob", "id", "-u"]))
        .unwrap()
        .success()
        .unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    wait::until("two recordings", wait::PATIENCE, || {
        (world.recordings().ok()?.len() == 2).then_some(())
    })
    .unwrap();

    let bobs = sudoreplay(&world, &["-l", "user", "alice", "runas", "bob"]);
    assert_eq!(bobs.lines().count(), 1, "{bobs}");
    assert!(bobs.contains("COMMAND=/usr/bin/id -u"), "{bobs}");
    assert_eq!(sudoreplay(&world, &["-l", "host", "elsewhere"]), "");
}

#[test]
fn sudoreplay_follows_a_running_session() {
    let world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.send(b"echo early-$((1+1))\n").unwrap();
    shell.expect("early-2").unwrap();
    let recording = wait::until("the recording", wait::PATIENCE, || {
        let recording = world.recordings().ok()?.pop()?;
        String::from_utf8_lossy(&recording.stream("ttyout"))
            .contains("early-2")
            .then_some(recording)
    })
    .unwrap();

    let mut follow = Command::new("sudoreplay");
    follow.arg("-d").arg(world.log_dir()).args(["-F", "-n", "-m", "0", &recording.tsid()]);
    let mut follow = Pty::spawn(&follow, 24, 80).unwrap();
    follow.expect("early-2").unwrap();
    shell.send(b"echo later-$((2+3))\nexit\n").unwrap();
    follow.expect("later-5").unwrap();
    let status = follow.wait(wait::PATIENCE).unwrap();
    assert!(status.success(), "the end of the session ends sudoreplay -F: {status}");
}

fn sudoreplay(world: &World, args: &[&str]) -> String {
    let mut command = Command::new("sudoreplay");
    command.arg("-d").arg(world.log_dir()).args(args);
    run(&mut command).unwrap().success().unwrap().text()
}
