//! Risk by the rules that are built in, on real sudo sessions: what is typed into a shell, what sudo is
//! asked to run, what escapes.

use std::path::PathBuf;

use rustix::process::Signal;
use serde_json::Value;
use sudolog_core::wire::message::Assessment;
use sudolog_tests::{Pty, World, wait};

/// A rule of each category and a line that it is about. The shell takes most as words for `:`, and none
/// could do harm if it did not.
const LINES: [(&str, &str); 10] = [
    ("log-delete", ": rm -f /var/log/nothing-of-this-name.log"),
    ("user-add", ": useradd -D"),
    ("setuid-set", ": chmod u+s /nonexistent/x"),
    ("mem-dump", ": gcore 999999999"),
    ("editor-shellout", ": find /nonexistent -exec sh -c x"),
    ("exec-from-tmp", "/dev/shm/nothing-of-this-name --go"),
    ("encoded-output", ": base64 /etc/hostname"),
    ("service-stop", ": systemctl stop nothing-of-this-name"),
    ("miner", ": xmrig --version"),
    ("scan-tools", ": nmap --version"),
];

/// The session as a script sees it.
fn row(world: &World) -> Option<Value> {
    let list = world.console(&["list", "--json"]).ok()?.success().ok()?.text();
    serde_json::from_str(list.lines().next()?).ok()
}

fn wait_for_row(world: &World, what: &str, like: impl Fn(&Value) -> bool) -> Value {
    let row = wait::until(what, wait::PATIENCE, || row(world).filter(&like));
    row.unwrap_or_else(|error| panic!("{error}\n{}", world.logs()))
}

/// The last assessment that stands beside the first recording.
fn assessment(world: &World) -> Option<Assessment> {
    let file: PathBuf = world.log_dir().join("00/00/01/risk");
    serde_json::from_str(std::fs::read_to_string(file).ok()?.lines().last()?).ok()
}

#[test]
fn what_is_typed_into_a_root_shell_counts_by_every_category_while_it_runs() {
    let world = World::start().unwrap();
    let bash = ["bash", "--noprofile", "--norc"];
    let mut shell = Pty::spawn(&world.sudo.command(&bash), 24, 100).unwrap();
    shell.expect("# ").unwrap();
    for (number, (_, line)) in LINES.iter().enumerate() {
        shell.send(format!("{line}; echo done-{number}$((1))\r").as_bytes()).unwrap();
        shell.expect(&format!("done-{number}1")).unwrap();
    }
    let row = wait_for_row(&world, "the highest risk", |row| row["risk"] == 100);
    assert_eq!(row["state"], "live");
    let anomalies = row["anomalies"].to_string();
    assert!(anomalies.contains("root_shell") && anomalies.contains("high_risk"), "{anomalies}");

    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let found = wait::until("the assessment", wait::PATIENCE, || assessment(&world)).unwrap();
    for (rule, line) in &LINES {
        let finding = found.findings.iter().find(|finding| finding.rule == *rule);
        let finding = finding.unwrap_or_else(|| panic!("{rule} did not see {line}: {found:?}"));
        assert!(finding.seq > 0 && finding.elapsed_ns > 0, "{finding:?}");
    }
}

#[test]
fn a_harmless_session_has_no_risk_to_speak_of() {
    let world = World::start().unwrap();
    sudolog_tests::command::run(&mut world.sudo.command(&["ls", "/usr"])).unwrap();
    let row = wait_for_row(&world, "the end", |row| row["state"] == "complete");
    assert!(row["risk"].as_u64().unwrap() <= 30, "context only: {row}");
    let found = wait::until("the assessment", wait::PATIENCE, || assessment(&world)).unwrap();
    assert!(found.findings.iter().all(|f| f.rule == "first-seen" || f.rule == "after-hours"));
}

#[test]
fn a_password_that_is_typed_unseen_is_in_no_finding() {
    let world = World::start().unwrap();
    let script = "stty -echo; printf 'word: '; read -r x; stty echo; echo thanks";
    let mut shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 100).unwrap();
    shell.expect("word: ").unwrap();
    shell.send(b"nmap-Geheim-4711\r").unwrap();
    shell.expect("thanks").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let found = wait::until("the assessment", wait::PATIENCE, || assessment(&world)).unwrap();
    let text = serde_json::to_string(&found).unwrap();
    assert!(!text.contains("Geheim"), "{text}");
}

/// A world whose rules are this one.
fn with_rule(rule: &str) -> World {
    let mut world = World::prepare().unwrap();
    world.set_rules(&format!("version: 1\nrules:\n- {rule}\n")).unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    world
}

#[test]
fn words_on_the_screen_end_the_session_and_its_user_is_told_which_rule_it_was() {
    let world =
        with_rule("{id: my-secret, cat: exfil, score: 60, on: output, re: MySecret, act: reject}");
    let script = "printf MyS; sleep 0.1; echo ecret; sleep 600";
    let mut shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 80).unwrap();
    shell.expect("rules ordered it: rule my-secret").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    assert_eq!(world.finished().unwrap().json().unwrap()["sudolog"]["reason"], "terminated");
    let row = wait_for_row(&world, "the risk", |row| row["risk"] == 60);
    assert_eq!(row["state"], "complete");
}

const NO_RM: &str =
    "{id: no-rm, cat: destructive, score: 60, on: typed, re: 'rm +-(fr|rf)', act: reject}";

/// Keys that come all at once, one by one with a mistake in them, or out of the history.
#[test]
fn a_line_that_is_forbidden_is_not_run() {
    for (number, keys) in [
        vec!["rm -fr CANARY\r"],
        vec!["rm -fr CANARY\x05\r"],
        vec!["(while :; do printf .; sleep .05; done)&\r", "rm -fr CANARY", "\r"],
        vec!["r", "m -fx\x7fr ", "CANARY", "\r"],
        vec![": rm -f CANARY\r", "\x1b[A", "\x01\x1b[3~\x1b[3~", "\x1bf\x1bfr", "\r"],
    ]
    .into_iter()
    .enumerate()
    {
        let world = with_rule(NO_RM);
        let canary = world.path("canary");
        std::fs::write(&canary, "alive").unwrap();
        let bash = ["bash", "--noprofile", "--norc"];
        let mut shell = Pty::spawn(&world.sudo.command(&bash), 24, 120).unwrap();
        shell.expect("# ").unwrap();
        shell.send(b"echo go$((1))on\r").unwrap();
        shell.expect("go1on").unwrap();
        for part in &keys {
            let part = part.replace("CANARY", &canary.display().to_string());
            shell.send(part.as_bytes()).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        shell.expect("not run: rule no-rm forbids it").unwrap();
        shell.wait(wait::PATIENCE).unwrap();
        assert!(canary.exists(), "{number}: it was run");
        assert_eq!(world.finished().unwrap().json().unwrap()["sudolog"]["reason"], "terminated");
        wait_for_row(&world, "the finding", |row| row["risk"] == 60);
        world.no_cgroups().unwrap();
    }
}

/// A server that does not answer while somebody enters a line: it is run, and that is found.
#[test]
fn a_line_that_could_not_wait_for_the_rules_is_told_once_the_server_is_back() {
    let world = with_rule(NO_RM);
    let bash = ["bash", "--noprofile", "--norc"];
    let mut shell = Pty::spawn(&world.sudo.command(&bash), 24, 120).unwrap();
    shell.expect("# ").unwrap();
    shell.send(b"echo go$((1))on\r").unwrap();
    shell.expect("go1on").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    let server = world.server.as_ref().unwrap();
    server.signal(Signal::STOP).unwrap();
    shell.send(b"echo let$((2))go\r").unwrap();
    cgroup.wait_frozen(true).unwrap();
    server.signal(Signal::CONT).unwrap();
    cgroup.wait_frozen(false).unwrap();
    shell.expect("let2go").unwrap();
    wait_for_row(&world, "that it was let go on", |row| {
        row["anomalies"].to_string().contains("unchecked")
    });
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
}

#[test]
fn a_password_that_waits_for_the_rules_is_told_to_nobody() {
    let world = with_rule(NO_RM);
    let script = "stty -echo; printf 'word: '; read -r x; stty echo; echo thanks";
    let mut shell = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 100).unwrap();
    shell.expect("word: ").unwrap();
    shell.send(b"Geheim rm -rf 4711\r").unwrap();
    shell.expect("not run: rule no-rm forbids it").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
    let found = wait::until("the assessment", wait::PATIENCE, || assessment(&world)).unwrap();
    let text = serde_json::to_string(&found).unwrap();
    assert!(text.contains("no-rm") && !text.contains("Geheim"), "{text}");
}

#[test]
fn a_line_that_is_entered_can_freeze_the_session_until_an_admin_lets_it_go_on() {
    let world =
        with_rule("{id: magic, cat: recon, score: 9, on: typed, re: 'xyzzy$', act: freeze}");
    let bash = ["bash", "--noprofile", "--norc"];
    let mut shell = Pty::spawn(&world.sudo.command(&bash), 24, 80).unwrap();
    shell.expect("# ").unwrap();
    let cgroup = world.session_cgroup().unwrap();
    shell.send(b"echo xyzz\x7fzy\r").unwrap();
    cgroup.wait_frozen(true).unwrap();
    shell.expect("rules ordered it: rule magic").unwrap();
    let console = world.console_command(&["live"]).unwrap();
    let mut console = Pty::spawn(&console, 24, 80).unwrap();
    console.expect("FROZEN").unwrap();
    console.send(b"T").unwrap();
    console.expect("Thaw 000001").unwrap();
    console.send(b"looked at\r").unwrap();
    cgroup.wait_frozen(false).unwrap();
    shell.expect("olga ordered it: looked at").unwrap();
    shell.send(b"exit\r").unwrap();
    shell.wait(wait::PATIENCE).unwrap();
}
