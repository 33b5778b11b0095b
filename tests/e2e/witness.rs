//! What the kernel saw, beside what was recorded.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;
use sudolog_core::eventlog::{Entry, Kind};
use sudolog_tests::auditd::Auditd;
use sudolog_tests::command::run;
use sudolog_tests::events::stored;
use sudolog_tests::{Pty, World, wait};

/// Entries of that kind whose command has this word: other tests call sudo at the same time.
pub(super) fn about(world: &World, kind: Kind, word: &str) -> Vec<Entry> {
    let mut entries = stored(&world.path("state")).unwrap();
    entries.retain(|entry| {
        entry.kind == kind
            && entry.command().escaped().to_string().split(' ').any(|found| found == word)
    });
    entries
}

pub(super) fn config(world: &World, more: &str) -> String {
    format!("socket: {}\nuser: nobody\n{more}", world.socket().display())
}

pub(super) fn without_plugin(world: &World) {
    let conf = world.sudo.conf().unwrap();
    let lines: Vec<_> = conf.lines().filter(|line| !line.contains("sudolog")).collect();
    world.sudo.set_conf(&(lines.join("\n") + "\n")).unwrap();
}

pub(super) fn unrecorded(world: &World, word: &str) -> Entry {
    let found = || about(world, Kind::Unrecorded, word).pop();
    let entry = wait::until("an entry about a sudo without a session", wait::PATIENCE, found);
    entry.unwrap_or_else(|error| panic!("{error}\n{}", world.logs()))
}

#[test]
fn a_sudo_that_was_not_recorded_is_reported_once_and_a_recorded_one_is_not() {
    let world = World::start().unwrap();
    let auditd = Auditd::start(&world.path("audit"), &config(&world, "")).unwrap();
    let call = |words: &[&str]| run(&mut world.sudo.command_as("alice", words)).unwrap();
    call(&["-n", "/bin/echo", "recorded"]).success().unwrap();
    without_plugin(&world);
    call(&["-n", "-l"]).success().unwrap();
    let began = Instant::now();
    call(&["-n", "/bin/echo", "unrecorded"]).success().unwrap();
    let entry = unrecorded(&world, "unrecorded");
    eprintln!("reported after {:?}", began.elapsed());
    assert_eq!((entry.risk.map(|risk| risk.points()), &entry.host), (Some(90), &"web1".into()));
    assert_eq!(entry.by, "/usr/bin/sudo".into());
    // What was recorded came before, and would have been reported by now.
    assert_eq!(about(&world, Kind::Unrecorded, "recorded"), []);
    for word in ["first", "second", "third"] {
        auditd.kill_plugin().unwrap();
        call(&["-n", "/bin/echo", word]).success().unwrap();
    }
    for word in ["first", "second", "third"] {
        unrecorded(&world, word);
    }
    for word in ["unrecorded", "first", "second", "third"] {
        assert_eq!(about(&world, Kind::Unrecorded, word).len(), 1, "{word}");
    }
    let listed = about(&world, Kind::Unrecorded, "list");
    assert_eq!(listed, [], "sudo -l runs nothing");
    let row = wait::until("a row in triage", wait::PATIENCE, || {
        let queue = world.console(&["triage", "--json"]).ok()?.success().ok()?.text();
        let mut rows = queue.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        rows.find(|row| row["command"] == "/bin/echo unrecorded" && row["risk"] != 0)
    });
    let row = row.unwrap_or_else(|error| panic!("{error}\n{}", world.logs()));
    assert!(row["risk"].as_u64().unwrap() >= 90, "{row}");
    assert_eq!((&row["host"], &row["state"]), (&"web1".into(), &"incomplete".into()));
    assert!(row["anomalies"].to_string().contains("unrecorded"), "{row}");
    let tsid = row["tsid"].as_str().unwrap();
    let console = Pty::spawn(&world.console_command(&["replay", tsid]).unwrap(), 24, 120).unwrap();
    console.expect("nothing of it was recorded").unwrap();
}

#[test]
fn a_new_shipper_knows_the_sessions_of_the_one_before() {
    let mut world = World::start().unwrap();
    let _auditd = Auditd::start(&world.path("audit"), &config(&world, "")).unwrap();
    let call = |world: &World, word| {
        run(&mut world.sudo.command_as("alice", &["-n", "/bin/echo", word]))
            .unwrap()
            .success()
            .unwrap();
    };
    call(&world, "before");
    world.shipper.take().unwrap().kill().unwrap();
    let ledger = fs::read_to_string(world.path("run/sudos")).unwrap();
    assert_eq!(ledger.lines().filter(|line| line.starts_with("opened ")).count(), 1, "{ledger}");
    world.start_shipper().unwrap();
    call(&world, "after");
    without_plugin(&world);
    call(&world, "unrecorded");
    unrecorded(&world, "unrecorded");
    assert_eq!(about(&world, Kind::Unrecorded, "before"), []);
    assert_eq!(about(&world, Kind::Unrecorded, "after"), []);
}

#[test]
fn a_key_that_somebody_waits_for_is_mailed_and_stands_in_the_event_log() {
    let world = World::start().unwrap();
    let (program, mails) = (world.path("sendmail"), world.path("mails"));
    fs::create_dir(&mails).unwrap();
    fs::set_permissions(&mails, fs::Permissions::from_mode(0o777)).unwrap();
    let script = format!(
        "#!/bin/sh\nn=$$; {{ echo \"$*\"; cat; }} > {0}/$n.new; mv {0}/$n.new {0}/$n\n",
        mails.display()
    );
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let rules = format!(
        "mail: {{to: root, sendmail: {}}}\nrules: [{{key: sudolog-test-w, actions: [mail, forward]}}]\n",
        program.display()
    );
    let mut auditd = Auditd::start(&world.path("audit"), &config(&world, &rules)).unwrap();
    auditd
        .rule(&["always,exit", "-F", "path=/usr/bin/w", "-F", "perm=x", "-k", "sudolog-test-w"])
        .unwrap();
    let began = Instant::now();
    run(&mut Command::new("/usr/bin/w")).unwrap().success().unwrap();
    let mail = wait::closely("the mail", wait::PATIENCE, || {
        let all = fs::read_dir(&mails).ok()?.flatten().map(|entry| entry.path());
        let done = all.filter(|path| path.extension().is_none()).last()?;
        fs::read_to_string(done).ok()
    });
    let mail = mail.unwrap_or_else(|error| panic!("{error}\n{}", world.logs()));
    eprintln!("mailed after {:?}", began.elapsed());
    assert!(mail.starts_with("-t -oi\nTo: root\nFrom: root\nSubject: Audit Alert\n"), "{mail}");
    assert!(mail.contains("triggered our rule") && mail.contains("/usr/bin/w"), "{mail}");
    let entry = wait::until("the entry", wait::PATIENCE, || {
        about(&world, Kind::KeyMatch, "/usr/bin/w").pop()
    });
    assert_eq!(entry.unwrap().by, "sudolog-test-w".into());
}
