//! What the event log is told of every sudo, recorded or not.

use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use sudolog_core::eventlog::{Entry, Kind, Source};
use sudolog_core::untrusted::Untrusted;
use sudolog_tests::command::{Finished, run};
use sudolog_tests::events::{detail, kinds, last_call, stored};
use sudolog_tests::{World, wait};

fn all(world: &World) -> Vec<Entry> {
    let mut entries = stored(&world.path("state")).unwrap();
    // The server has things to say of sessions, too.
    entries.retain(|entry| entry.source == Source::Sudo);
    entries
}

/// The entries of the last of `calls` calls, waited for until sudo has ended.
fn told(world: &World, calls: usize) -> Vec<Entry> {
    let count = |entries: &[Entry]| entries.iter().filter(|e| is_end(e)).count();
    let ended = || Some(all(world)).filter(|entries| count(entries) >= calls);
    let entries = wait::until("the end of sudo in the event log", wait::PATIENCE, ended);
    let entries = entries.unwrap_or_else(|error| panic!("{error}: {:?}", kinds(&all(world))));
    assert_eq!(count(&entries), calls);
    last_call(&entries).to_vec()
}

fn is_end(entry: &Entry) -> bool {
    entry.kind == Kind::Exit
}

fn words(words: &[&str]) -> Vec<Untrusted> {
    words.iter().map(|word| Untrusted::from(*word)).collect()
}

fn add_sudoers(world: &World, line: &str) {
    let path = world.path("etc/sudoers");
    let mut file = std::fs::File::options().append(true).open(path).unwrap();
    writeln!(file, "{line}").unwrap();
}

#[test]
fn a_call_is_told_in_the_order_in_which_sudo_decides() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command_as("alice", &["-n", "-u", "bob", "id", "-u"]))
        .unwrap()
        .success()
        .unwrap();
    let call = told(&world, 1);
    let want = [Kind::Start, Kind::Request, Kind::Accept, Kind::Accept, Kind::Exit];
    assert_eq!(kinds(&call), want);
    let [start, request, policy, front_end, exit] = call.as_slice() else { panic!() };
    assert_eq!(start.text, "alice (uid 4001) calls sudo".into());
    assert_eq!(request.argv, words(&["id", "-u"]), "without sudo's own options");
    assert_eq!(detail(request, "options"), b"-n -u bob");
    assert_eq!(
        (&policy.by, detail(policy, "plugin_type")),
        (&"sudoers_policy".into(), b"policy".as_slice())
    );
    assert_eq!(
        (&front_end.by, detail(front_end, "plugin_type")),
        (&"sudo".into(), b"front end".as_slice())
    );
    assert_eq!(
        (exit.text.clone(), detail(exit, "how")),
        ("exited with 0".into(), b"exit".as_slice())
    );
    let session = world.finished().unwrap();
    for (entry, number) in call.iter().zip(1..) {
        assert_eq!(
            (&entry.host, &entry.user, entry.uid),
            (&"web1".into(), &"alice".into(), Some(4001))
        );
        assert!(entry.id.to_string().ends_with(&format!(".{number}")), "{}", entry.id);
        assert_eq!(entry.run_user, "bob".into());
        assert_eq!(entry.tsid.map(|tsid| tsid.to_string()), Some(session.tsid().to_string()));
    }
    assert!(call.is_sorted_by_key(|entry| entry.time));
}

#[test]
fn all_up_to_the_last_word_is_told_before_the_command_ends() {
    let world = World::start().unwrap();
    let mut command = world.sudo.command(&["cat"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let accepted = || Some(all(&world)).filter(|entries| entries.len() >= 4);
    let entries = wait::until("the first batch", wait::PATIENCE, accepted).unwrap();
    assert_eq!(kinds(&entries), [Kind::Start, Kind::Request, Kind::Accept, Kind::Accept]);
    assert!(child.try_wait().unwrap().is_none(), "the command still runs");
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(told(&world, 1).len(), 5);
}

#[test]
fn each_way_to_end_is_told_as_what_it_is() {
    let world = World::start().unwrap();
    let script = world.path("script");
    std::fs::write(&script, "#!/nonexistent\n").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let script = script.to_str().unwrap();
    let mut calls = 0;
    for (args, how, text) in [
        (&["sh", "-c", "exit 2"][..], "exit", "exited with 2"),
        (&["sh", "-c", "kill -9 $$"], "signal", "killed by signal KILL"),
        (&[script], "exec_error", "could not be executed: No such file or directory (os error 2)"),
        (&["-l"], "not_executed", "nothing was executed"),
    ] {
        run(&mut world.sudo.command(args)).unwrap();
        calls += 1;
        let call = told(&world, calls);
        let end = call.last().unwrap();
        assert_eq!(
            (end.kind, detail(end, "how"), end.text.clone()),
            (Kind::Exit, how.as_bytes(), text.into())
        );
    }
}

#[test]
fn a_sudo_that_runs_nothing_is_told_too() {
    let world = World::start().unwrap();
    add_sudoers(&world, "bob ALL=(ALL:ALL) NOPASSWD: !/usr/bin/id");
    run(&mut world.sudo.command_as("alice", &["-n", "-l"])).unwrap().success().unwrap();
    let list = told(&world, 1);
    assert_eq!(kinds(&list), [Kind::Start, Kind::Request, Kind::Accept, Kind::Exit]);
    assert_eq!(detail(&list[1], "options"), b"-n -l");
    run(&mut world.sudo.command_as("alice", &["-n", "-v"])).unwrap().success().unwrap();
    assert_eq!(detail(&told(&world, 2)[1], "options"), b"-n -v");
    let denied = run(&mut world.sudo.command_as("bob", &["-n", "id"])).unwrap();
    assert_eq!(denied.code, Some(1));
    let call = told(&world, 3);
    assert_eq!(kinds(&call), [Kind::Start, Kind::Request, Kind::Reject, Kind::Exit]);
    let reject = &call[2];
    assert_eq!((&reject.by, &reject.user), (&"sudoers_policy".into(), &"bob".into()));
    assert_eq!((reject.argv.clone(), reject.session_id), (words(&["id"]), None));
    assert!(!reject.text.is_empty(), "sudo says why");
    assert!(world.recordings().unwrap().is_empty());
}

#[test]
fn the_version_is_told_to_the_user_and_to_nobody_else() {
    let world = World::start().unwrap();
    let version = run(&mut world.sudo.command(&["-V"])).unwrap().success().unwrap().text();
    assert!(version.contains("Sudolog plugin version"), "{version}");
    assert!(version.contains("Sudolog audit plugin version"), "{version}");
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    assert_eq!(told(&world, 1).len(), 5);
    assert_eq!(all(&world).len(), 5, "of the version nothing");
}

#[test]
fn the_environment_stays_on_the_host_but_for_names_that_are_allowed() {
    let world = World::start().unwrap();
    let secret = |args: &[&str]| {
        let mut command = world.sudo.command(args);
        command.env("FOO", "dontsendthis").env("LANG", "C");
        run(&mut command).unwrap().success().unwrap()
    };
    secret(&["-E", "BAR=dontsendthis", "true"]);
    told(&world, 1);
    let log = |all: &[Entry]| serde_json::to_string(all).unwrap();
    let text = log(&all(&world));
    assert!(!text.contains("dontsendthis") && !text.contains("env."), "{text}");
    let conf = world.sudo.conf().unwrap().trim_end().to_owned();
    world.sudo.set_conf(&format!("{conf} env=FOO,NONE\n")).unwrap();
    secret(&["-E", "true"]);
    let call = told(&world, 2);
    assert_eq!(detail(&call[0], "env.FOO"), b"dontsendthis");
    assert_eq!(log(&call).matches("dontsendthis").count(), 1);
}

#[test]
fn commands_that_a_command_runs_are_told_with_its_session() {
    let world = World::start().unwrap();
    add_sudoers(&world, "Defaults log_subcmds");
    run(&mut world.sudo.command(&["sh", "-c", "/usr/bin/id -u; true"])).unwrap().success().unwrap();
    let call = told(&world, 1);
    let sub = call.iter().find(|entry| detail(entry, "subcommand") == b"yes");
    let sub = sub.unwrap_or_else(|| panic!("{call:?}"));
    assert!(detail(sub, "command").ends_with(b"/id"), "{sub:?}");
    assert_eq!((sub.session_id, sub.tsid), (call[0].session_id, call[0].tsid));
    assert!(sub.session_id.is_some());
    assert_eq!(call.last().unwrap().argv[0], "sh".into(), "the end is of the command itself");
}

#[test]
fn a_command_in_the_background_is_told_once() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command(&["-b", "sh", "-c", "exit 3"])).unwrap().success().unwrap();
    let call = told(&world, 1);
    assert_eq!(kinds(&call).len(), 5);
    assert_eq!(call[4].text, "exited with 3".into());
    world.finished().unwrap();
    assert_eq!(all(&world).len(), 5);
}

#[test]
fn a_command_line_of_any_length_is_told_as_far_as_it_fits() {
    let world = World::start().unwrap();
    let long = "x".repeat(70_000);
    run(&mut world.sudo.command(&["true", &long, "\u{1b}]0;x\u{7}"])).unwrap().success().unwrap();
    let call = told(&world, 1);
    let request = &call[1];
    assert_eq!(request.argv[0], "true".into());
    assert!(String::from_utf8_lossy(detail(request, "cut")).contains("3 words"));
    assert_eq!(call.len(), 5);
}

/// `sudo -n -l`, which opens no session, and how long it took.
fn list(world: &World) -> (Finished, Duration) {
    let began = Instant::now();
    let finished = run(&mut world.sudo.command_as("alice", &["-n", "-l"])).unwrap();
    (finished, began.elapsed())
}

#[test]
fn what_no_shipper_takes_is_said_in_the_log_of_the_host() {
    let mut world = World::start().unwrap();
    let log = world.path("host.log");
    let socket = std::os::unix::net::UnixDatagram::bind(&log).unwrap();
    socket.set_read_timeout(Some(wait::PATIENCE)).unwrap();
    let conf = world.sudo.conf().unwrap();
    let (audit, with) = (conf.lines().last().unwrap(), format!(" log={}\n", log.display()));
    assert!(audit.contains("sudolog_audit"), "{conf}");
    world.sudo.set_conf(&(conf.trim_end().to_owned() + &with)).unwrap();
    list(&world).0.success().unwrap();
    told(&world, 1);
    world.shipper.as_mut().unwrap().kill().unwrap();
    let (finished, _) = list(&world);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    let mut bytes = [0; 4096];
    let length = socket.recv(&mut bytes).unwrap();
    let said = String::from_utf8_lossy(&bytes[..length]);
    assert!(said.starts_with("<84>sudolog_audit["), "{said}");
    assert!(said.contains("not told to the shipper") && said.contains("alice: start, "), "{said}");
    socket.set_nonblocking(true).unwrap();
    assert!(socket.recv(&mut bytes).is_err(), "one line a call, and none for what was told");
}

#[test]
fn a_shipper_that_is_away_or_stands_still_changes_nothing_of_what_sudo_does() {
    let mut world = World::start().unwrap();
    list(&world).0.success().unwrap();
    told(&world, 1);
    // A socket that nobody serves holds sudo up for its deadline at most, and a busy machine a little.
    world.shipper.as_ref().unwrap().signal(Signal::STOP).unwrap();
    let (finished, took) = list(&world);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    assert!(took < Duration::from_secs(3), "{took:?}");
    world.shipper.as_ref().unwrap().signal(Signal::CONT).unwrap();
    assert_eq!(told(&world, 2).len(), 4, "it was not lost");
    // Neither is what waits for a server that is away when the shipper dies.
    world.server.as_mut().unwrap().kill().unwrap();
    list(&world).0.success().unwrap();
    let waits = || {
        let file = std::fs::read_to_string(world.path("run/plugin.events")).unwrap();
        file.contains("not_executed").then_some(())
    };
    wait::until("the shipper to have it", wait::PATIENCE, waits).unwrap();
    world.shipper.as_mut().unwrap().kill().unwrap();
    world.start_server().unwrap();
    let (finished, _) = list(&world);
    assert_eq!((finished.code, finished.stderr.as_str()), (Some(0), ""));
    world.start_shipper().unwrap();
    assert_eq!(told(&world, 3).len(), 4);
    list(&world).0.success().unwrap();
    told(&world, 4);
}

#[test]
fn what_is_told_while_the_server_is_away_arrives_once_and_in_order() {
    let mut world = World::start().unwrap();
    for round in 0..3 {
        world.server.as_mut().unwrap().kill().unwrap();
        for _ in 0..3 {
            list(&world).0.success().unwrap();
        }
        world.start_server().unwrap();
        told(&world, 3 * (round + 1));
    }
    let entries = all(&world);
    let mut ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), entries.len()), (36, 36));
    for call in entries.chunks(4) {
        assert_eq!(kinds(call), [Kind::Start, Kind::Request, Kind::Accept, Kind::Exit]);
    }
}
