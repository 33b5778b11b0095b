//! The console against a real server: lists, live view, replay, export.

use serde_json::Value;
use sudolog_core::term::SafeScreen;
use sudolog_tests::command::run;
use sudolog_tests::{Pty, World, wait};

#[test]
fn list_shows_every_field_of_the_contract() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command_as("alice", &["-u", "bob", "sh", "-c", "exit 3"])).unwrap();
    world.finished().unwrap();
    let row: Value = wait::until("the session to be listed as complete", wait::PATIENCE, || {
        let list = world.console(&["list", "--json"]).ok()?.success().ok()?.text();
        serde_json::from_str::<Value>(list.lines().next()?)
            .ok()
            .filter(|row| row["state"] == "complete")
    })
    .unwrap();
    for (key, want) in [
        ("tsid", "000001"),
        ("user", "alice"),
        ("host", "web1"),
        ("run_user", "bob"),
        ("command", "/usr/bin/sh -c exit 3"),
        ("state", "complete"),
    ] {
        assert_eq!(row[key], want, "{key} in {row}");
    }
    assert_eq!(row["exit_value"], 3);
    assert!(
        row["start"].as_str().unwrap().ends_with('Z')
            || row["start"].as_str().unwrap().contains('+'),
        "{row}"
    );
    for key in ["session_id", "tty", "duration_s", "signal", "risk", "anomalies", "verdict"] {
        assert!(row.as_object().unwrap().contains_key(key), "{key} is missing in {row}");
    }
}

#[test]
fn the_table_filters_and_replays_what_is_chosen() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command_as("alice", &["-u", "bob", "sh", "-c", "echo wanted; exit 3"]))
        .unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap();
    let list = |query: &[&str]| {
        let list = world.console(&[&["list", "--json"], query].concat()).unwrap().success();
        list.unwrap().text().lines().map(str::to_owned).collect::<Vec<_>>()
    };
    wait::until("both to be complete", wait::PATIENCE, || {
        (list(&["state:complete"]).len() == 2).then_some(())
    })
    .unwrap();
    assert_eq!(list(&["user:alice", "run:b*", "exit:!0", "-command:true"]).len(), 1);
    assert_eq!(list(&["user:alice", "exit:0"]).len(), 0);
    let longest = list(&["--sort", "tsid", "--reverse", "--limit", "1"]);
    assert!(longest[0].contains("000001"), "{longest:?}");

    let mut console = Pty::spawn(&world.console_command(&["browse"]).unwrap(), 24, 100).unwrap();
    let on_screen = |console: &Pty, text: &str| {
        wait::until(text, wait::PATIENCE, || {
            let mut screen = SafeScreen::new(24, 100);
            screen.feed(&console.shown());
            screen.text_lines().iter().any(|line| line.contains(text)).then_some(())
        })
        .unwrap();
    };
    on_screen(&console, "1 of 2");
    console.send(b"/user:alice\r").unwrap();
    on_screen(&console, "1 of 1");
    console.send(b"\r").unwrap();
    console.expect("wanted").unwrap();
    console.send(b"qq").unwrap();
    console.wait(wait::PATIENCE).unwrap();
    let access = std::fs::read_to_string(world.path("state/access.log")).unwrap();
    assert!(access.contains("user:alice"), "what was looked for is recorded: {access}");
}

#[test]
fn remote_and_local_export_agree() {
    let world = World::start().unwrap();
    let mut sudo = Pty::spawn(
        &world.sudo.command(&["sh", "-c", "echo hello; printf '\\033[31mred\\033[0m'"]),
        24,
        80,
    )
    .unwrap();
    sudo.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    for format in ["cast", "cast3", "txt", "raw", "json", "svg"] {
        let remote = world
            .console(&["export", &recording.tsid(), "--format", format])
            .unwrap()
            .success()
            .unwrap();
        let local = world
            .console(&["export", recording.dir().to_str().unwrap(), "--format", format])
            .unwrap()
            .success()
            .unwrap();
        assert!(!remote.stdout.is_empty(), "{format}");
        assert_eq!(remote.text(), local.text(), "{format}");
    }
    let screen = world
        .console(&["screen", &recording.tsid(), "--at", "99:00", "--format", "json"])
        .unwrap()
        .success()
        .unwrap();
    let screen: Value = serde_json::from_slice(&screen.stdout).unwrap();
    assert_eq!(screen["lines"][0], "hello");
    assert_eq!(screen["lines"][1], "red");
    assert_eq!((screen["rows"].as_u64(), screen["cols"].as_u64()), (Some(24), Some(80)));
}

#[test]
fn a_search_over_the_server_finds_what_was_overwritten_and_is_recorded() {
    let world = World::start().unwrap();
    let show = "printf 'the secret\\r          \\r'; echo plain";
    for command in [show, "echo nothing of it"] {
        let sudo = world.sudo.command(&["sh", "-c", command]);
        Pty::spawn(&sudo, 24, 80).unwrap().wait(wait::PATIENCE).unwrap();
        world.finished().unwrap();
    }
    let found = world.console(&["search", "the secret", "--json"]).unwrap().success().unwrap();
    let rows: Vec<Value> =
        found.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((&row["tsid"], &row["match"]), (&"000001".into(), &"the secret".into()));
    assert!(row["row"].is_null() && row["session_id"].is_string(), "{row}");
    let nothing = world.console(&["search", "no such text"]).unwrap();
    assert_eq!(nothing.code, Some(3));
    let access = std::fs::read_to_string(world.path("state/access.log")).unwrap();
    for tsid in ["000001", "000002"] {
        let words = ["\"search\"", tsid, "the secret"];
        let is_there = access.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(is_there, "{tsid} in {access}");
    }
}

#[test]
fn an_evidence_bundle_holds_without_the_server_and_is_the_same_from_anywhere() {
    let world = World::start().unwrap();
    let mut sudo =
        Pty::spawn(&world.sudo.command(&["sh", "-c", "echo hello; cat; exit 7"]), 24, 80).unwrap();
    sudo.expect("hello").unwrap();
    sudo.send(b"typed\r\x04").unwrap();
    sudo.wait(wait::PATIENCE).unwrap();
    let recording = world.finished().unwrap();
    let key = world.path("pki/ack-verify.pub");
    let (tsid, dir) = (recording.tsid(), recording.dir().to_str().unwrap().to_owned());
    let bundle = |what: &str, output: &str| {
        let output = world.path(output);
        let (key, output) = (key.to_str().unwrap(), output.to_str().unwrap());
        let args = ["export", what, "--format", "bundle", "--key", key, "-o", output];
        world.console(&args).unwrap().success().unwrap();
    };
    bundle(&tsid, "remote.tar");
    bundle(&dir, "local.tar");
    bundle(&dir, "case");
    let read = |name: &str| std::fs::read(world.path(name)).unwrap();
    assert!(read("remote.tar") == read("local.tar"), "the same bytes from the server and its disk");
    let kept = world.path("case/recording");
    let verify = || {
        let key = world.path("case/ack-verify.pub");
        let args = ["verify", kept.to_str().unwrap(), "--key", key.to_str().unwrap()];
        world.console(&args).unwrap().code
    };
    assert_eq!(verify(), Some(0));
    let case = world.path("case");
    let mut player = std::process::Command::new("sudoreplay");
    let played = run(player.args(["-n", "-m", "0", "-d", case.to_str().unwrap(), "recording"]));
    assert!(played.unwrap().text().contains("hello"), "sudo's own player plays it");
    let mut keys = read("case/recording/ttyin");
    keys[0] ^= 1;
    std::fs::remove_file(kept.join("ttyin")).unwrap();
    std::fs::write(kept.join("ttyin"), keys).unwrap();
    assert_eq!(verify(), Some(5), "a changed key is found");
}

#[test]
fn an_unknown_session_is_exit_3_and_a_strange_server_exit_4() {
    let world = World::start().unwrap();
    let missing = world.console(&["screen", "00ZZZZ", "--at", "0"]).unwrap();
    assert_eq!(missing.code, Some(3), "{}", missing.stderr);
    let config = std::fs::read_to_string(world.path("tui.toml")).unwrap();
    std::fs::write(world.path("tui.toml"), config.replace("sudolog.test", "other.test")).unwrap();
    let strange = world.console(&["list"]).unwrap();
    assert_eq!(strange.code, Some(4), "{}", strange.stderr);
    std::fs::write(world.path("tui.toml"), config.replace("olga.", "web1.")).unwrap();
    let host = world.console(&["list"]).unwrap();
    assert_eq!(host.code, Some(4), "a host is no operator: {}", host.stderr);
}

#[test]
fn live_shows_a_running_session_to_a_late_joiner() {
    let world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.send(b"echo early-$((1+1))\r").unwrap();
    shell.expect("early-2").unwrap();

    let mut console = Pty::spawn(&world.console_command(&["live"]).unwrap(), 50, 160).unwrap();
    console.expect("early-2").unwrap();
    let before = std::time::Instant::now();
    shell.send(b"echo later-$((2+3))\r").unwrap();
    console.expect("later-5").unwrap();
    let delay = before.elapsed();
    assert!(delay < wait::PATIENCE, "{delay:?}");
    console.send(b"q").unwrap();
    console.wait(wait::PATIENCE).unwrap();
    console.expect("\x1b[?1049l").unwrap();
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();

    let access = std::fs::read_to_string(world.path("state/access.log")).unwrap();
    assert!(access.contains("olga") && access.contains("watch"), "watching is recorded: {access}");
}

#[test]
fn who_looked_at_what_is_listed_for_those_who_may_know() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command(&["echo", "seen"])).unwrap();
    world.finished().unwrap();
    world.console(&["screen", "000001", "--at", "0"]).unwrap().success().unwrap();
    let listed = world.console(&["views", "000001", "--json"]).unwrap().success().unwrap().text();
    let views: Vec<Value> =
        listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(!views.is_empty() && views.iter().all(|view| view["tsid"] == "000001"), "{listed}");
    assert_eq!((&views[0]["operator"], &views[0]["role"]), (&"olga".into(), &"admin".into()));
    let text = world.console(&["views"]).unwrap().success().unwrap().text();
    assert!(text.contains("olga (admin) from 127.0.0.1"), "{text}");
    let refused = run(&mut world.viewer_command(&["views"]).unwrap()).unwrap();
    assert_ne!(refused.code, Some(0));
    assert!(refused.stderr.contains("auditor"), "{}", refused.stderr);
}
