//! The kernel's audit as the real auditd tells of it: what root can do to sudo, and to the audit itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use sudolog_core::eventlog::{Entry, Kind};
use sudolog_tests::auditd::{Auditd, Setup};
use sudolog_tests::command::run;
use sudolog_tests::events::{detail, stored};
use sudolog_tests::programs::checkout;
use sudolog_tests::{World, wait};

use crate::witness::{about, config, unrecorded, without_plugin};

/// The rules for tier B and C, for alice only: the machine has other things to do.
fn watch_alice(auditd: &mut Auditd) {
    let exec = ["always,exit", "-F", "arch=b64", "-S", "execve,execveat", "-F", "auid=4001"];
    auditd.rule(&[&exec[..], &["-F", "path=/usr/bin/sudo", "-k", "sudo_exec"]].concat()).unwrap();
    auditd.rule(&[&exec[..], &["-F", "euid=0", "-k", "root_cmd"]].concat()).unwrap();
}

fn start(world: &World, more: &str) -> Auditd {
    Auditd::start(&world.path("audit"), &config(world, more)).unwrap()
}

fn told(world: &World, what: &str, is_it: impl Fn(&Entry) -> bool) -> Entry {
    let found = || stored(&world.path("state")).ok()?.into_iter().find(&is_it);
    let entry = wait::until(what, LONG, found);
    entry.unwrap_or_else(|error| panic!("{error}\n{}", world.logs()))
}

fn tampered(world: &World, by: &'static str) -> Entry {
    told(world, by, |entry| entry.kind == Kind::AuditTampered && entry.by == by.into())
}

#[test]
fn frames_are_read_as_lines_are() {
    let world = World::start().unwrap();
    let config = config(&world, "rules: [{key: sudolog-test-frames}]\n");
    let setup = Setup { config: &config, format: "binary", ..Setup::default() };
    let mut auditd = Auditd::start_with(&world.path("audit"), setup).unwrap();
    auditd.plugin().unwrap();
    without_plugin(&world);
    run(&mut world.sudo.command_as("alice", &["-n", "/bin/echo", "in-frames"])).unwrap();
    auditd
        .rule(&[
            "always,exit",
            "-F",
            "path=/usr/bin/w",
            "-F",
            "perm=x",
            "-k",
            "sudolog-test-frames",
        ])
        .unwrap();
    run(&mut Command::new("/usr/bin/w")).unwrap().success().unwrap();
    let seen = told(&world, "the key", |entry| entry.by == "sudolog-test-frames".into());
    assert_eq!(detail(&seen, "exe"), b"/usr/bin/w");
    let entry = unrecorded(&world, "in-frames");
    assert_eq!(entry.by, "/usr/bin/sudo".into());
}

#[test]
fn auditds_reload_is_the_plugins_and_its_end_loses_nothing() {
    let world = World::start().unwrap();
    let mut auditd = start(&world, "");
    let rule = ["always,exit", "-F", "path=/usr/bin/w", "-F", "perm=x", "-k", "sudolog-test-hup"];
    auditd.rule(&rule).unwrap();
    let plugin = auditd.plugin().unwrap();
    let keyed = |wanted: &str| {
        run(&mut Command::new("/usr/bin/w")).unwrap().success().unwrap();
        stored(&world.path("state")).unwrap().into_iter().filter(|e| e.by == wanted.into()).count()
    };
    let waits =
        |name: &str| config(&world, &format!("rules: [{{name: {name}, key: sudolog-test-hup}}]\n"));
    for name in ["first", "second"] {
        auditd.reload(Setup { config: &waits(name), ..Setup::default() }).unwrap();
        let probe = || (keyed(name) > 0).then_some(());
        wait::sparingly("the new rule", wait::PATIENCE, probe).unwrap();
    }
    // One that is wrong changes nothing.
    auditd.reload(Setup { config: "rules: [{kee: x}]", ..Setup::default() }).unwrap();
    let before = keyed("second");
    let goes_on = || (keyed("second") > before + 3).then_some(());
    wait::sparingly("the old rules", wait::PATIENCE, goes_on).unwrap();
    assert_eq!(auditd.plugin_now(), Some(plugin), "it is still the same process");
    let began = Instant::now();
    auditd.daemon().stop().unwrap();
    let path = PathBuf::from(format!("/proc/{}", plugin.as_raw_nonzero()));
    // Where nobody waits for orphans they stay as zombies.
    let is_gone = || {
        !path.exists()
            || fs::read_to_string(path.join("stat")).is_ok_and(|stat| stat.contains(") Z "))
    };
    wait::closely("the plugin to end", wait::PATIENCE, || is_gone().then_some(())).unwrap();
    eprintln!("auditd and its plugin ended in {:?}", began.elapsed());
    tampered(&world, "auditd_ended");
}

#[test]
fn a_policy_that_was_replaced_is_found_by_what_it_runs_whatever_it_was_asked() {
    let world = World::start().unwrap();
    let (source, policy) =
        (checkout().join("tests/e2e/fixtures/policy.c"), world.path("policy.so"));
    let compiled =
        run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&policy).arg(&source));
    compiled.unwrap().success().unwrap();
    let mut auditd = start(&world, "");
    watch_alice(&mut auditd);
    let conf = world.sudo.conf().unwrap();
    world.sudo.set_conf(&format!("Plugin other_policy {}\n", policy.display())).unwrap();
    run(&mut world.sudo.logged_in("alice", &["sudo", "/usr/bin/sleep", "0.73"]))
        .unwrap()
        .success()
        .unwrap();
    run(&mut world.sudo.logged_in("alice", &["sudo", "-l"])).unwrap().success().unwrap();
    // The right policy, asked for the same, and refused once: nothing.
    world.sudo.set_conf(&conf).unwrap();
    for words in [
        &["sudo", "-n", "-l"][..],
        &["sudo", "-n", "sleep", "0.75"],
        &["sudo", "-n", "-u", "nobody-such", "id"],
    ] {
        run(&mut world.sudo.logged_in("alice", words)).unwrap();
    }
    for word in ["0.73", "0.74"] {
        let found = || about(&world, Kind::PolicyReplaced, word).pop();
        let entry = wait::until("an entry about a replaced policy", LONG, found);
        let entry = entry.unwrap_or_else(|error| panic!("{error}\n{}", world.logs()));
        assert_eq!((entry.uid, entry.by.clone()), (Some(4001), "/usr/bin/sudo".into()));
        assert_eq!(entry.risk.map(|risk| risk.points()), Some(95));
    }
    // What came after them would have been reported by now but for what explains it.
    without_plugin(&world);
    run(&mut world.sudo.logged_in("alice", &["sudo", "-n", "/bin/echo", "last"])).unwrap();
    unrecorded(&world, "last");
    let others = stored(&world.path("state")).unwrap();
    let replaced = others.iter().filter(|entry| entry.kind == Kind::PolicyReplaced);
    assert_eq!(replaced.count(), 2);
    assert_eq!(about(&world, Kind::Unrecorded, "0.75"), []);
}

#[test]
fn a_copy_of_a_shell_that_is_root_by_its_mode_is_found_by_what_it_runs() {
    let world = World::start().unwrap();
    let mut auditd = start(&world, "");
    watch_alice(&mut auditd);
    let shell = world.path("innocent");
    fs::copy("/bin/bash", &shell).unwrap();
    fs::set_permissions(&shell, fs::Permissions::from_mode(0o4755)).unwrap();
    let shell = shell.to_str().unwrap();
    let script = "/usr/bin/sleep 0.71; true";
    run(&mut world.sudo.logged_in("alice", &[shell, "-p", "-c", script]))
        .unwrap()
        .success()
        .unwrap();
    // What the same shell does in a session is recorded.
    run(&mut world
        .sudo
        .logged_in("alice", &["sudo", "-n", shell, "-p", "-c", "/usr/bin/sleep 0.72; true"]))
    .unwrap()
    .success()
    .unwrap();
    let found = || about(&world, Kind::OtherRoot, "0.71").pop();
    let entry = wait::until("an entry about another way to root", LONG, found);
    let entry = entry.unwrap_or_else(|error| {
        let kernel = run(Command::new("auditctl").arg("-s")).map(|status| status.text());
        let others = stored(&world.path("state")).unwrap_or_default();
        panic!("{error}\n{kernel:?}\n{others:#?}\n{}", world.logs())
    });
    assert_eq!((entry.uid, entry.by.as_bytes()), (Some(4001), shell.as_bytes()));
    without_plugin(&world);
    run(&mut world.sudo.logged_in("alice", &["sudo", "-n", "/bin/echo", "last"])).unwrap();
    unrecorded(&world, "last");
    assert_eq!(about(&world, Kind::OtherRoot, "0.72"), []);
}

#[test]
fn an_audit_that_is_switched_off_is_missed_by_the_sessions_that_follow() {
    let world = World::start().unwrap();
    let mut auditd = start(&world, "");
    let record = |word| {
        let mut command = world.sudo.command_as("alice", &["-n", "/bin/echo", word]);
        run(&mut command).unwrap().success().unwrap();
    };
    record("seen");
    auditd
        .rule(&["always,exit", "-F", "path=/nonexistent", "-F", "perm=x", "-k", "sudolog-test"])
        .unwrap();
    auditd.remove_rule().unwrap();
    let removed = tampered(&world, "rule_removed");
    assert_eq!(removed.risk.map(|risk| risk.points()), Some(70));
    auditd.set("-e", "enabled", "0").unwrap();
    tampered(&world, "off");
    record("unseen");
    let entry = told(&world, "a missing witness", |entry| entry.kind == Kind::WitnessMissing);
    let count = String::from_utf8_lossy(detail(&entry, "count")).into_owned();
    assert_eq!((count.as_str(), entry.risk.map(|risk| risk.points())), ("1", Some(20)));
    let sessions = world.recordings().unwrap();
    assert_eq!(sessions.len(), 2, "both were recorded all the same");
}

#[test]
fn records_that_the_kernel_has_no_room_for_are_told_of() {
    let world = World::start().unwrap();
    let mut auditd = start(&world, "");
    auditd.set("--backlog_wait_time", "backlog_wait_time", "0").unwrap();
    auditd.set("-b", "backlog_limit", "2").unwrap();
    let of_us = format!("pid={}", std::process::id());
    auditd
        .rule(&[
            "always,exit",
            "-F",
            "arch=b64",
            "-S",
            "getpgid",
            "-F",
            &of_us,
            "-k",
            "sudolog-test",
        ])
        .unwrap();
    // What was lost before it began to look is not told, so it goes on until it is.
    let flood = || {
        let calls = || (0..2000).filter(|_| rustix::process::getpgid(None).is_ok()).count();
        // A thread that began before the audit was switched on is not looked at.
        std::thread::spawn(calls).join().unwrap();
        let found = stored(&world.path("state")).ok()?.into_iter();
        found.into_iter().find(|e| e.kind == Kind::AuditTampered && e.by == "lost".into())
    };
    let entry = wait::sparingly("an entry about lost records", LONG, flood).unwrap();
    let count: u32 = String::from_utf8_lossy(detail(&entry, "count")).parse().unwrap();
    assert!(count > 0, "{entry:?}");
}

#[test]
fn a_sudo_that_runs_nothing_is_told_of_and_differs_from_nothing() {
    let world = World::start().unwrap();
    let mut auditd = start(&world, "rules: [{key: sudo_exec}]\n");
    watch_alice(&mut auditd);
    for words in [&["-n", "-l"][..], &["-n", "-v"], &["-k"], &["-V"]] {
        let command = [&["sudo"], words].concat();
        run(&mut world.sudo.logged_in("alice", &command)).unwrap().success().unwrap();
    }
    without_plugin(&world);
    run(&mut world.sudo.logged_in("alice", &["sudo", "-n", "/bin/echo", "last"])).unwrap();
    unrecorded(&world, "last");
    let kernel = |word: &str| about(&world, Kind::KeyMatch, word).len();
    assert_eq!(["-l", "-v", "-k", "-V"].map(kernel), [1; 4], "the kernel saw each");
    let entries = stored(&world.path("state")).unwrap();
    // -l, -v and -k are told by sudo itself; its version is nobody's business.
    assert_eq!(entries.iter().filter(|entry| entry.kind == Kind::Start).count(), 3);
    let differs = |entry: &&Entry| {
        let kinds = [Kind::Unrecorded, Kind::PolicyReplaced, Kind::OtherRoot, Kind::WitnessMissing];
        kinds.contains(&entry.kind) && entry.uid == Some(4001)
    };
    let found: Vec<_> = entries.iter().filter(differs).map(|entry| entry.command()).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    // The one that nobody recorded has a directory that says so; the others have none.
    let kept = || (world.recordings().ok()?.len() == 1).then_some(());
    wait::until("what nobody recorded", LONG, kept).unwrap();
}

#[test]
fn a_plugin_that_is_switched_off_or_absent_is_not_started_and_auditd_goes_on() {
    let world = World::start().unwrap();
    let config = config(&world, "");
    let off = Setup { config: &config, active: "no", ..Setup::default() };
    let dir = world.path("audit");
    let auditd = Auditd::start_with(&dir, off).unwrap();
    // A copy that an editor left has a second dot in its name and is not read.
    let on =
        fs::read_to_string(dir.join("plugins.d/sudolog.conf")).unwrap().replace("= no", "= yes");
    let left = dir.join("plugins.d/sudolog.bak.conf");
    fs::write(&left, on).unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o640)).unwrap();
    auditd.reload(off).unwrap();
    run(Command::new("auditctl").args(["-m", "sudolog-test"])).unwrap().success().unwrap();
    // auditd has read its settings again when it writes its state down.
    auditd.state().unwrap();
    assert_eq!(auditd.plugin_now(), None);
    auditd.reload(Setup { active: "yes", ..off }).unwrap();
    auditd.plugin().unwrap();
    drop(auditd);
    // Here the program is missing: auditd says so and goes on without it.
    fs::remove_file(dir.join("sudolog-audisp")).unwrap();
    let mut auditd = Auditd::start_other(&dir, Setup { active: "yes", ..off }, None).unwrap();
    run(Command::new("auditctl").args(["-m", "sudolog-test"])).unwrap().success().unwrap();
    auditd.state().unwrap();
    assert_eq!(auditd.plugin_now(), None);
    assert!(auditd.daemon().is_running());
}

/// A difference takes its time to be one.
const LONG: Duration = Duration::from_secs(60);
