//! What operators order from the console: by key, with a reason, down to the command and the record.

use serde_json::Value;
use sudolog_core::term::SafeScreen;
use sudolog_tests::{Pty, SessionCgroup, World, wait};

/// The console as an operator sees it.
struct Console(Pty);

impl Console {
    fn start(command: &std::process::Command) -> Self {
        Self(Pty::spawn(command, LINES, COLUMNS).unwrap())
    }

    fn screen(&self) -> String {
        let mut screen = SafeScreen::new(LINES, COLUMNS);
        screen.feed(&self.0.shown());
        screen.text_lines().join("\n")
    }

    fn expect(&self, text: &str) {
        let seen = || self.screen().contains(text).then_some(());
        wait::until(&format!("{text:?} on the console"), wait::PATIENCE, seen)
            .unwrap_or_else(|e| panic!("{e}\n{}", self.screen()));
    }

    /// Opens a dialog by its key, gives the reason and sends it.
    fn order(&mut self, key: &str, title: &str, reason: &str) {
        self.0.send(key.as_bytes()).unwrap();
        self.expect(title);
        self.0.send(reason.as_bytes()).unwrap();
        self.expect(reason);
        self.0.send(b"\r").unwrap();
    }
}

const LINES: u16 = 24;
const COLUMNS: u16 = 80;
const TICKS: &str = "i=0; while :; do i=$((i+1)); echo tick-$i; sleep 0.05; done";

fn running(world: &World) -> (Pty, SessionCgroup) {
    let shell = Pty::spawn(&world.sudo.command(&["sh", "-c", TICKS]), 24, 80).unwrap();
    shell.expect("tick-5").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    (shell, cgroup)
}

/// Waits for a line of JSON with these values in one of a world's files.
fn written(path: &std::path::Path, wanted: &[(&str, &str)]) {
    let fits = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap_or_default();
        wanted.iter().all(|(key, value)| line[key] == *value)
    };
    let content = || std::fs::read_to_string(path).unwrap_or_default();
    wait::until("a line in a file", wait::PATIENCE, || content().lines().any(fits).then_some(()))
        .unwrap_or_else(|e| panic!("{e}: {wanted:?} in {}: {}", path.display(), content()));
}

#[test]
fn an_admin_freezes_thaws_and_ends_a_session_by_key() {
    let world = World::start().unwrap();
    let (mut shell, cgroup) = running(&world);
    let command = cgroup.processes();
    let mut console = Console::start(&world.console_command(&["live"]).unwrap());
    console.expect("● live 000001");

    console.order("F", "Freeze 000001", "ask first: ticket 4711");
    cgroup.wait_frozen(true).unwrap();
    shell.expect("olga ordered it: ask first: ticket 4711").unwrap();
    console.expect("000001: frozen by order");
    console.expect("■ FROZEN 000001");
    let access = world.path("state/access.log");
    let entry = |action, detail| {
        [("operator", "olga"), ("action", action), ("tsid", "000001"), ("detail", detail)]
    };
    written(&access, &entry("freeze", "ask first: ticket 4711"));
    let incidents = world.recordings().unwrap().pop().unwrap().dir().join("incidents");
    written(
        &incidents,
        &[("kind", "order_freeze"), ("who", "olga"), ("text", "ask first: ticket 4711")],
    );
    written(&incidents, &[("kind", "frozen")]);

    console.order("T", "Thaw 000001", "it was alice");
    cgroup.wait_frozen(false).unwrap();
    shell.expect("the command goes on: olga ordered it: it was alice").unwrap();
    console.expect("● live 000001");
    written(&access, &entry("thaw", "it was alice"));

    console.order("M", "Write to the user of 000001", "maintenance at six");
    shell.expect("olga writes: maintenance at six").unwrap();

    console.order("K", "Terminate 000001", "ticket 4712");
    console.expect("Type 000001 to end it");
    assert!(!cgroup.processes().is_empty(), "nothing is ordered before the number is typed");
    console.0.send(b"000001\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    shell.expect("olga ordered it: ticket 4712").unwrap();
    let recording = world.finished().unwrap();
    assert_eq!(recording.json().unwrap()["sudolog"]["reason"], "terminated");
    written(&access, &entry("terminate", "ticket 4712"));
    written(&incidents, &[("kind", "order_terminate"), ("who", "olga")]);
    wait::until("the command to be gone", wait::PATIENCE, || {
        let lives = |pid: &u32| std::path::Path::new(&format!("/proc/{pid}")).exists();
        (!command.iter().any(lives)).then_some(())
    })
    .unwrap();
    console.0.send(b"\x03").unwrap();
    console.0.wait(wait::PATIENCE).unwrap();

    let place = recording.dir().to_str().unwrap();
    let mut replay = Console::start(&world.console_command(&["replay", place]).unwrap());
    replay.expect("■ frozen 1x");
    replay.0.send(b" g]").unwrap();
    replay.expect("freeze ordered by olga: ask first: ticket 4711");
    replay.0.send(b"q").unwrap();
    replay.0.wait(wait::PATIENCE).unwrap();
}

#[test]
fn a_freeze_holds_the_sudo_inside_as_well() {
    let world = World::start().unwrap();
    let mut shell = Pty::spawn(&world.sudo.command(&["sh"]), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    shell.send(b"sudo sh -c 'while :; do echo inner-tick; sleep 0.05; done'\r").unwrap();
    shell.expect("inner-tick\r\n").unwrap();
    let groups = SessionCgroup::all(world.cgroup_root());
    assert_eq!(groups.len(), 2);
    let mut console = Console::start(&world.console_command(&["replay", "000001"]).unwrap());
    console.expect("000001");
    console.order("F", "Freeze 000001", "look at it first");
    groups.iter().for_each(|group| group.wait_frozen(true).unwrap());
    console.order("T", "Thaw 000001", "it is well");
    groups.iter().for_each(|group| group.wait_frozen(false).unwrap());
    wait::until("the dialog to be closed", wait::PATIENCE, || {
        (!console.screen().contains("Thaw 000001")).then_some(())
    })
    .unwrap();
    console.0.send(b"q").unwrap();
    console.0.wait(wait::PATIENCE).unwrap();
    shell.send(b"\x03").unwrap();
    wait::until("the inner session to end", wait::PATIENCE, || {
        (SessionCgroup::all(world.cgroup_root()).len() == 1).then_some(())
    })
    .unwrap();
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    world.no_cgroups().unwrap();
}

#[test]
fn a_viewer_is_refused_at_the_key_and_nothing_happens() {
    let world = World::start().unwrap();
    let (mut shell, cgroup) = running(&world);
    let mut console = Console::start(&world.viewer_command(&["replay", "000001"]).unwrap());
    console.expect("000001");
    console.0.send(b"F").unwrap();
    console.expect("only an admin may give orders");
    assert!(!console.screen().contains("Freeze 000001"), "{}", console.screen());
    assert!(!cgroup.is_frozen());
    console.0.send(b"\x1b").unwrap();
    wait::until("the words to be put away", wait::PATIENCE, || {
        (!console.screen().contains("only an admin")).then_some(())
    })
    .unwrap();
    console.0.send(b"q").unwrap();
    console.0.wait(wait::PATIENCE).unwrap();
    let ticks = String::from_utf8_lossy(&shell.shown()).matches("tick-").count();
    shell.expect(&format!("tick-{}", ticks + 5)).unwrap();
    shell.send(b"\x03").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
}
