//! No proof, no progress: what happens to a running command when server or shipper fail.
//!
//! How fast it happens is measured by `just faults`; here it must happen at all, and only it.

use rustix::process::{Pid, Signal, kill_process};
use sudolog_core::session::IncidentKind;
use sudolog_tests::{Pty, SessionCgroup, World, wait};

/// A shell in a frozen-to-be session, with the cgroup it lives in.
struct Session {
    world: World,
    shell: Pty,
    cgroup: SessionCgroup,
}

impl Session {
    /// `sudo COMMAND` on a terminal, which shows `ready` when it runs.
    fn start(command: &[&str], ready: &str) -> Self {
        let world = World::start().unwrap();
        let shell = Pty::spawn(&world.sudo.command(command), 24, 80).unwrap();
        shell.expect(ready).unwrap();
        let cgroup = world.session_cgroup().unwrap();
        Self { world, shell, cgroup }
    }

    fn count(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.shell.shown()).matches(text).count()
    }

    fn cut(&mut self) {
        self.world.server.as_mut().unwrap().kill().unwrap();
        self.cgroup.wait_frozen(true).unwrap();
        self.shell.expect(RED).unwrap();
    }

    fn mend(&mut self) {
        self.world.start_server().unwrap();
        self.cgroup.wait_frozen(false).unwrap();
        self.shell.expect(GREEN).unwrap();
    }
}

const RED: &str = "sudolog: FROZEN:";
const GREEN: &str = "sudolog: the recording is proven again";
/// Counts as fast as it is read.
const TICKS: &str = "i=0; while :; do i=$((i+1)); echo tick-$i; sleep 0.01; done";

#[test]
fn a_dead_server_stops_the_command_and_its_return_lets_it_go_on() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    session.cut();
    let before = session.count("tick-");
    session.mend();
    session.shell.expect(&format!("tick-{}", before + 20)).unwrap();
    assert_eq!((session.count(RED), session.count(GREEN)), (1, 1));
    session.shell.send(b"\x03").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    let recording = session.world.finished().unwrap();
    let stored = String::from_utf8(recording.stream("ttyout")).unwrap();
    let ticks = stored.lines().filter(|line| line.starts_with("tick-"));
    let want = (1..).map(|i| format!("tick-{i}"));
    assert!(ticks.clone().count() > before);
    assert!(
        ticks.zip(want).all(|(got, want)| got == want),
        "nothing lost, nothing twice: {stored}"
    );
    let incidents = recording.incidents();
    let [frozen, thawed] = &incidents[..] else { panic!("{incidents:?}") };
    assert_eq!((frozen.kind, thawed.kind), (IncidentKind::Frozen, IncidentKind::Thawed));
    assert!(frozen.at < thawed.at && frozen.after_seq > 0);
    assert!(frozen.after_seq <= thawed.after_seq);
    session.world.no_cgroups().unwrap();
}

#[test]
fn keys_typed_into_a_frozen_session_reach_nothing_until_it_is_thawed() {
    let mut session = Session::start(&["sh"], "# ");
    session.cut();
    let canary = session.world.path("canary");
    session.shell.send(format!("touch {}\r", canary.display()).as_bytes()).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(!canary.exists(), "the command went on without proof");
    session.mend();
    wait::until("the keys to arrive", wait::PATIENCE, || canary.exists().then_some(())).unwrap();
    session.shell.send(b"exit\r").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    let typed = session.world.finished().unwrap().stream("ttyin");
    assert!(String::from_utf8_lossy(&typed).contains("touch "), "typed keys are recorded");
}

#[test]
fn a_server_that_only_stands_still_is_as_good_as_none() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    session.world.server.as_ref().unwrap().signal(Signal::STOP).unwrap();
    session.cgroup.wait_frozen(true).unwrap();
    session.shell.expect(RED).unwrap();
    session.world.server.as_ref().unwrap().signal(Signal::CONT).unwrap();
    session.cgroup.wait_frozen(false).unwrap();
    session.shell.expect(GREEN).unwrap();
    session.shell.send(b"\x03").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    session.world.finished().unwrap();
    assert_eq!((session.count(RED), session.count(GREEN)), (1, 1));
}

#[test]
fn a_shipper_that_stands_still_for_a_moment_costs_only_that_moment() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    session.world.shipper.as_ref().unwrap().signal(Signal::STOP).unwrap();
    session.cgroup.wait_frozen(true).unwrap();
    session.shell.expect(RED).unwrap();
    session.world.shipper.as_ref().unwrap().signal(Signal::CONT).unwrap();
    session.cgroup.wait_frozen(false).unwrap();
    session.shell.expect(GREEN).unwrap();
    let before = session.count("tick-");
    session.shell.expect(&format!("tick-{}", before + 10)).unwrap();
    session.shell.send(b"\x03").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    session.world.finished().unwrap();
    assert_eq!((session.count(RED), session.count(GREEN)), (1, 1));
}

#[test]
fn a_shipper_that_stands_still_for_long_ends_the_session() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    let command = session.cgroup.processes();
    let shipper = session.world.shipper.take().unwrap();
    shipper.signal(Signal::STOP).unwrap();
    session.cgroup.wait_frozen(true).unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    gone(&command);
    drop(shipper);
    let reason = incomplete(&session.world);
    assert!(reason.contains("lost"), "{reason}");
}

#[test]
fn a_killed_shipper_ends_its_sessions_and_the_server_says_so() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    let command = session.cgroup.processes();
    session.world.shipper.as_mut().unwrap().kill().unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    gone(&command);
    assert_eq!(session.count(RED), 0);
    incomplete(&session.world);
    let listed = session.world.console(&["list", "--json"]).unwrap().text();
    assert!(listed.contains("\"state\":\"incomplete\""), "{listed}");
    // A shipper that starts anew knows nothing of it: there is nothing to wait for any more.
    session.world.start_shipper().unwrap();
    wait::until("the recording to be closed", wait::PATIENCE, || {
        session.world.recordings().ok()?.pop().filter(sudolog_tests::Recording::is_finished)
    })
    .unwrap();
    assert!(incomplete(&session.world).contains("started anew"));
}

#[test]
fn a_command_that_ignores_the_end_is_killed() {
    let script = format!("trap '' TERM HUP INT; {TICKS}");
    let mut session = Session::start(&["sh", "-c", &script], "tick-5");
    let command = session.cgroup.processes();
    session.world.shipper.as_mut().unwrap().kill().unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    gone(&command);
}

#[test]
fn ctrl_c_ends_a_frozen_command() {
    for (command, ready) in [
        (&["sh", "-c", "echo ready; exec sleep 1000"][..], "ready"),
        (&["bash", "--norc"], "# "),
        (&["vi", "/etc/hostname"], "~"),
    ] {
        let mut session = Session::start(command, ready);
        session.cut();
        session.shell.send(b"\x03").unwrap();
        session.shell.expect("ended by Ctrl+C while frozen").unwrap();
        session.shell.wait(wait::PATIENCE).unwrap();
        assert!(session.cgroup.processes().is_empty(), "{command:?}");
        session.world.start_server().unwrap();
        let recording = session.world.finished().unwrap();
        // The kernel lets a frozen process die of a signal that it does not handle.
        let signal = recording.json().unwrap()["signal"].clone();
        assert!(signal == "KILL" || signal == "INT", "{command:?}: {signal}");
        session.world.no_cgroups().unwrap();
    }
}

#[test]
fn a_full_screen_program_draws_its_picture_anew_after_an_outage() {
    let text = std::env::temp_dir().join(format!("sudolog-picture-{}", std::process::id()));
    std::fs::write(&text, "the-only-line\n").unwrap();
    let mut session = Session::start(&["vi", text.to_str().unwrap()], "the-only-line");
    session.cut();
    assert_eq!(session.count("the-only-line"), 1);
    session.mend();
    let twice = || (session.count("the-only-line") == 2).then_some(());
    wait::until("the text again", wait::PATIENCE, twice).unwrap();
    session.shell.send(b":q!\r").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    std::fs::remove_file(&text).unwrap();
}

/// Before the user was told, and before the user was told that it goes on: what counts is what the
/// kernel does.
#[test]
fn ctrl_c_means_what_the_command_does_at_that_moment() {
    let mut session = Session::start(&["bash", "--norc"], "# ");
    session.cut();
    session.world.start_server().unwrap();
    session.cgroup.wait_frozen(false).unwrap();
    session.shell.send(b"\x03").unwrap();
    session.shell.expect(GREEN).unwrap();
    // The shell may throw away a key that comes while it answers the interrupt.
    session.shell.send(b"\r\recho alive-$((40+2))\r").unwrap();
    session.shell.expect("alive-42").unwrap();
    session.world.server.as_mut().unwrap().kill().unwrap();
    session.cgroup.wait_frozen(true).unwrap();
    session.shell.send(b"\x03").unwrap();
    session.shell.expect("ended by Ctrl+C while frozen").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    session.world.start_server().unwrap();
    session.world.finished().unwrap();
    session.world.no_cgroups().unwrap();
}

#[test]
fn ctrl_z_gives_the_user_the_shell_back_while_frozen() {
    let mut world = World::start().unwrap();
    let mut outer = Pty::spawn(&world.sudo.inside(&["bash", "--norc", "-i"]), 24, 80).unwrap();
    outer.expect("# ").unwrap();
    outer.send(b"PS1=\"o$((7*6))t> \"\r").unwrap();
    outer.expect("o42t> ").unwrap();
    outer.send(b"sudo sh\r").unwrap();
    outer.expect("# ").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    outer.send(b"PS1=\"i$((7*6))n> \"\r").unwrap();
    outer.expect("i42n> ").unwrap();
    outer.send(b"echo rea\"\"dy; sleep 1000\r").unwrap();
    outer.expect("ready\r\n").unwrap();
    world.server.as_mut().unwrap().kill().unwrap();
    cgroup.wait_frozen(true).unwrap();
    outer.expect(RED).unwrap();
    outer.send(b"\x1a").unwrap();
    outer.expect("Stopped").unwrap();
    outer.send(b"echo echoed-$((20+3)); stty -a | grep -o '[-]*icanon'\r").unwrap();
    outer.expect("echoed-23\r\nicanon\r\n").unwrap();
    outer.send(b"fg\r").unwrap();
    // Still frozen, said again, and the terminal is the session's.
    wait::until("the red line again", wait::PATIENCE, || {
        let shown = String::from_utf8_lossy(&outer.shown()).into_owned();
        (shown.matches(RED).count() == 2 && outer.is_raw()).then_some(())
    })
    .unwrap();
    world.start_server().unwrap();
    cgroup.wait_frozen(false).unwrap();
    outer.expect(GREEN).unwrap();
    // Ctrl+C reaches what runs in the foreground inside, and the shell around it lives on.
    outer.send(b"\x03").unwrap();
    wait::until("the inner prompt", wait::PATIENCE, || {
        String::from_utf8_lossy(&outer.shown()).trim_end().ends_with("i42n>").then_some(())
    })
    .unwrap();
    outer.send(b"exit 5\r").unwrap();
    let recording = world.finished().unwrap();
    assert_eq!(recording.json().unwrap()["exit_value"], 5);
    outer.send(b"exit\r").unwrap();
    outer.wait(wait::PATIENCE).unwrap();
    let shown = String::from_utf8_lossy(&outer.shown()).into_owned();
    assert_eq!(shown.matches("Stopped").count(), 1, "{shown}");
}

#[test]
fn a_command_that_ends_before_the_freeze_lets_sudo_go_and_its_end_is_delivered_later() {
    let mut session = Session::start(&["sh", "-c", "echo ready; read line; exit 3"], "ready");
    session.world.server.as_mut().unwrap().kill().unwrap();
    session.shell.send(b"\r").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    session.world.start_server().unwrap();
    let recording = session.world.finished().unwrap();
    assert_eq!(recording.json().unwrap()["exit_value"], 3);
    session.world.no_cgroups().unwrap();
}

#[test]
fn sudo_killed_while_its_command_is_frozen_leaves_nothing_behind() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    let command = session.cgroup.processes();
    session.cut();
    let sudo = i32::try_from(session.world.sudo_pid().unwrap()).unwrap();
    kill_process(Pid::from_raw(sudo).unwrap(), Signal::KILL).unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    gone(&command);
    session.world.start_server().unwrap();
    incomplete(&session.world);
    session.world.no_cgroups().unwrap();
}

#[test]
fn a_sudo_that_is_stopped_stops_its_command() {
    let mut session = Session::start(&["sh", "-c", TICKS], "tick-5");
    let sudo = i32::try_from(session.world.sudo_pid().unwrap()).unwrap();
    let sudo = Pid::from_raw(sudo).unwrap();
    kill_process(sudo, Signal::STOP).unwrap();
    session.cgroup.wait_frozen(true).unwrap();
    let before = session.count("tick-");
    kill_process(sudo, Signal::CONT).unwrap();
    session.cgroup.wait_frozen(false).unwrap();
    session.shell.expect(&format!("tick-{}", before + 20)).unwrap();
    session.shell.send(b"\x03").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    assert_eq!(session.count(RED), 0, "nobody was there to be told");
    let incidents = session.world.finished().unwrap().incidents();
    let kinds: Vec<_> = incidents.iter().map(|incident| incident.kind).collect();
    assert_eq!(kinds, [IncidentKind::Frozen, IncidentKind::Thawed]);
    assert!(incidents[0].text.escaped().to_string().contains("was stopped"), "{incidents:?}");
}

#[test]
fn a_whole_host_that_is_stopped_is_missed_by_the_server() {
    let session = Session::start(&["sh", "-c", TICKS], "tick-5");
    let sudo = i32::try_from(session.world.sudo_pid().unwrap()).unwrap();
    let sudo = Pid::from_raw(sudo).unwrap();
    session.world.shipper.as_ref().unwrap().signal(Signal::STOP).unwrap();
    kill_process(sudo, Signal::STOP).unwrap();
    wait::until("the server to say so", wait::PATIENCE, || {
        let logged = session.world.server.as_ref().unwrap().logged();
        (logged.contains("the host is silent") && logged.contains("is INCOMPLETE unless"))
            .then_some(())
    })
    .unwrap_or_else(|e| panic!("{e}: {}", session.world.logs()));
    session.world.shipper.as_ref().unwrap().signal(Signal::CONT).unwrap();
    kill_process(sudo, Signal::CONT).unwrap();
    let mut session = session;
    session.cgroup.wait_frozen(false).unwrap();
    session.shell.send(b"\x03").unwrap();
    session.shell.wait(wait::PATIENCE).unwrap();
    let incidents = session.world.finished().unwrap().incidents();
    assert!(incidents.iter().any(|i| i.kind == IncidentKind::Lost), "{incidents:?}");
}

#[test]
fn a_monitor_that_stands_still_does_not_hide_that_sudo_died() {
    let mut session = Session::start(&["sh", "-c", &format!("trap '' HUP; {TICKS}")], "tick-5");
    let command = session.cgroup.processes();
    let sudo = i32::try_from(session.world.sudo_pid().unwrap()).unwrap();
    let children = std::fs::read_to_string(format!("/proc/{sudo}/task/{sudo}/children")).unwrap();
    let monitor: i32 = children.trim().parse().unwrap();
    let (sudo, monitor) = (Pid::from_raw(sudo).unwrap(), Pid::from_raw(monitor).unwrap());
    kill_process(monitor, Signal::STOP).unwrap();
    kill_process(sudo, Signal::KILL).unwrap();
    gone(&command);
    let _ = kill_process(monitor, Signal::KILL);
    session.shell.wait(wait::PATIENCE).unwrap();
    incomplete(&session.world);
}

/// Waits until none of these processes lives.
fn gone(processes: &[u32]) {
    assert!(!processes.is_empty());
    wait::until("the session's processes to be gone", wait::PATIENCE, || {
        let lives = |pid: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            !stat.is_empty() && !stat.contains(") Z ")
        };
        (!processes.iter().any(lives)).then_some(())
    })
    .unwrap();
}

/// Waits until the only recording is marked INCOMPLETE and the server has warned; gives the reason.
fn incomplete(world: &World) -> String {
    wait::until("the recording to be INCOMPLETE", wait::PATIENCE, || {
        let reason = world.recordings().ok()?.pop()?.incomplete()?;
        world.logs().contains("SECURITY:").then_some(reason)
    })
    .unwrap_or_else(|e| panic!("{e}: {}", world.logs()))
}
