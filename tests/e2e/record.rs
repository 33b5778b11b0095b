//! What sudo runs is what is stored, byte for byte, in every way that sudo runs commands.

use sudolog_tests::command::{run, run_with_input};
use sudolog_tests::{Recording, World, sample, wait};

#[test]
fn a_pipeline_is_stored_byte_for_byte() {
    let world = World::start().unwrap();
    let input = sample::noise(7, 1 << 20);
    let script = "tee /dev/stderr | tr a b";
    let output = run_with_input(&mut world.sudo.command(&["sh", "-c", script]), &input).unwrap();
    assert_eq!(output.code, Some(0), "{}", output.stderr);

    let recording = world.finished().unwrap();
    let swapped: Vec<u8> = input.iter().map(|b| if *b == b'a' { b'b' } else { *b }).collect();
    assert!(output.stdout == swapped, "sudo passed on other bytes");
    assert!(recording.stream("stdin") == input, "stdin differs");
    assert!(recording.stream("stdout") == swapped, "stdout differs");
    assert!(recording.stream("stderr") == input, "stderr differs");
    assert_lengths_agree(&recording);
    assert_eq!(recording.json().unwrap()["exit_value"], 0);
}

#[test]
fn without_a_terminal_the_log_says_so() {
    let world = World::start().unwrap();
    run(world.sudo.command_as("alice", &["-u", "bob", "id", "-un"]).env("SUDOLOG_TEST", "1"))
        .unwrap()
        .success()
        .unwrap();
    let json = world.finished().unwrap().json().unwrap();
    assert_eq!(json["ttyname"], "unknown");
    assert_eq!(json["submituser"], "alice");
    assert_eq!(json["runuser"], "bob");
    assert_eq!(json["submithost"], "web1");
    assert_eq!(json["command"], "/usr/bin/id");
    assert_eq!(json["runargv"], serde_json::json!(["id", "-un"]));
}

#[test]
fn exit_values_and_signals_are_stored() {
    let world = World::start().unwrap();
    let exit = run(&mut world.sudo.command(&["sh", "-c", "exit 42"])).unwrap();
    assert_eq!(exit.code, Some(42));
    assert_eq!(world.finished().unwrap().json().unwrap()["exit_value"], 42);

    let _killed = run(&mut world.sudo.command(&["sh", "-c", "kill -KILL $$"])).unwrap();
    let recording = nth_finished(&world, 2);
    let json = recording.json().unwrap();
    assert_eq!(json["signal"], "KILL", "{json}");

    let script = world.path("not-a-program");
    std::fs::write(&script, "#!/nonexistent/interpreter\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let failed = run(&mut world.sudo.command(&[script.to_str().unwrap()])).unwrap();
    assert_ne!(failed.code, Some(0));
    let json = nth_finished(&world, 3).json().unwrap();
    assert!(json.to_string().contains("xec"), "the exec error is kept: {json}");
}

#[test]
fn a_background_command_is_recorded_to_its_end() {
    let world = World::start().unwrap();
    let script = "echo started; while ! [ -e \"$0\" ]; do :; done; echo finished; exit 3";
    let flag = world.path("flag");
    let mut sudo = world.sudo.command(&["-b", "sh", "-c", script, flag.to_str().unwrap()]);
    let out = std::fs::File::create(world.path("out")).unwrap();
    let status = sudo
        .stdin(std::process::Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(out)
        .status()
        .unwrap();
    assert!(status.success());
    std::fs::write(&flag, "").unwrap();
    let recording = world.finished().unwrap();
    assert_eq!(String::from_utf8_lossy(&recording.stream("stdout")), "started\nfinished\n");
    assert_eq!(recording.json().unwrap()["exit_value"], 3);
}

#[test]
fn a_nested_sudo_is_linked_to_its_parent() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command_as("alice", &["sudo", "-u", "bob", "echo", "inner"]))
        .unwrap()
        .success()
        .unwrap();
    let inner = nth_finished(&world, 2);
    let outer = world.recordings().unwrap().remove(0);
    assert_eq!(inner.stream("stdout"), b"inner\n");
    let uuid = String::from_utf8(outer.stream("uuid")).unwrap();
    assert!(inner.json().unwrap().to_string().contains(uuid.trim()), "{}", inner.json().unwrap());
    assert_eq!(inner.json().unwrap()["submituser"], "root");
}

#[test]
fn sudoedit_is_recorded() {
    let world = World::start().unwrap();
    let target = world.path("edited");
    std::fs::write(&target, "before\n").unwrap();
    let editor = world.path("editor");
    std::fs::write(&editor, "#!/bin/sh\necho editing\necho after > \"$1\"\n").unwrap();
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut sudo = world.sudo.command(&["-e", target.to_str().unwrap()]);
    run(sudo.env("EDITOR", &editor)).unwrap().success().unwrap();
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "after\n");
    assert_eq!(world.finished().unwrap().stream("stdout"), b"editing\n");
}

#[test]
fn hostile_arguments_are_kept_and_stay_harmless() {
    use std::os::unix::ffi::OsStrExt as _;
    let world = World::start().unwrap();
    let hostile = b"../../../etc\n\x1b]0;pwned\x07\xff\"\\";
    let mut sudo = world.sudo.command(&["true"]);
    sudo.arg(std::ffi::OsStr::from_bytes(hostile));
    run(&mut sudo).unwrap().success().unwrap();
    let recording = world.finished().unwrap();
    assert!(recording.dir().starts_with(world.log_dir()));

    let list = world.console(&["list", "--json"]).unwrap().success().unwrap();
    assert!(!list.stdout.contains(&0x1b), "{}", list.text());
    let plain = world.console(&["list"]).unwrap().success().unwrap();
    assert!(
        plain.stdout.iter().all(|b| *b == b'\n' || (0x20..0x7f).contains(b) || *b >= 0x80),
        "{}",
        plain.text()
    );
    let verified = verify(&world, &recording);
    assert!(verified.contains("\"ok\":true"), "{verified}");
}

#[test]
fn what_records_nothing_in_sudo_records_nothing_here() {
    let world = World::start().unwrap();
    for args in [["-l"], ["-v"], ["-k"], ["-V"]] {
        run(&mut world.sudo.command(&args)).unwrap().success().unwrap();
    }
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    assert_eq!(world.recordings().unwrap().len(), 1);
}

/// The number of sessions one after another in one world: no leak of streams, sockets, cgroups.
#[test]
fn two_hundred_sessions_leave_nothing_behind() {
    let world = World::start().unwrap();
    for _ in 0..200 {
        run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    }
    nth_finished(&world, 200);
    wait::until("the cgroups to be gone", wait::PATIENCE, || {
        let left = std::fs::read_dir(world.cgroup_root())
            .ok()?
            .flatten()
            .filter(|e| e.path().is_dir())
            .count();
        (left == 0).then_some(())
    })
    .unwrap();
}

fn verify(world: &World, recording: &Recording) -> String {
    let key = world.path("pki/ack-verify.pub");
    world
        .console(&[
            "verify",
            recording.dir().to_str().unwrap(),
            "--key",
            key.to_str().unwrap(),
            "--json",
        ])
        .unwrap()
        .success()
        .unwrap()
        .text()
}

fn nth_finished(world: &World, count: usize) -> Recording {
    wait::until("recordings to be finished", wait::PATIENCE, || {
        let all = world.recordings().ok()?;
        let done = all.iter().filter(|r| r.is_finished()).count();
        (all.len() == count && done == count).then(|| all[count - 1].clone())
    })
    .unwrap_or_else(|e| panic!("{e}: {}", world.logs()))
}

/// The sums of the timing lines are the sizes of the files.
fn assert_lengths_agree(recording: &Recording) {
    let names = ["stdin", "stdout", "stderr", "ttyin", "ttyout"];
    let timing = recording.timing().unwrap();
    for (kind, name) in names.into_iter().enumerate() {
        let lines = timing.iter().filter(|t| usize::from(t.kind) == kind);
        let sum: usize = lines.map(|t| t.rest.parse::<usize>().unwrap()).sum();
        assert_eq!(sum, recording.stream(name).len(), "{name}");
    }
}
