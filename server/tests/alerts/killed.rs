//! The real server killed at once, between sending a message and writing down that it was taken.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use sudolog_core::eventlog::{Kind, Severity};
use sudolog_core::wire::message::{AlertsQuery, DeliveryState};
use sudolog_server::alert::{Outbox, PlanFile};
use sudolog_server::eventlog::EventLog;
use sudolog_server::pki;

use super::sink::{SILENCE, Sink};

/// A running server; killed when dropped.
pub struct Server(Child);

impl Server {
    pub fn start(dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sudolog-server"));
        let config = dir.join("server.toml");
        command.args(["serve", "--config"]).arg(config).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "the server ended");
        }
        // Its log is read on, or it would wait for somebody to.
        std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGKILL: nothing is finished.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

fn prepare(sink: &Sink) -> tempfile::TempDir {
    let url = sink.url("/ok");
    prepare_with(&format!(
        "version: 1\ntargets:\n  soc: {{kind: webhook, url: \"{url}\"}}\n\
         routes: [{{when: {{kind: escape}}, to: soc}}]\n"
    ))
}

/// What a server needs, with that file of alerts.
pub fn prepare_with(plan: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    pki::init(&dir.path().join("pki"), "logs", &[]).unwrap();
    let config = "listen = \"127.0.0.1:0\"\nlog_dir = \"log\"\nstate_dir = \"state\"\n\
         [tls]\nca = \"pki/ca.pem\"\ncert = \"pki/server.pem\"\nkey = \"pki/server.key\"\n\
         [ack]\nsign_key = \"pki/ack-sign.key\"\n\
         [alerts]\nconfig = \"alerts.yaml\"\nlocal_log = \"no.sock\"\n";
    std::fs::write(dir.path().join("server.toml"), config).unwrap();
    std::fs::write(dir.path().join("alerts.yaml"), plan).unwrap();
    dir
}

#[test]
fn a_server_killed_while_it_sends_sends_the_same_once_more_and_nothing_is_missing() {
    let sink = Sink::start();
    let dir = prepare(&sink);
    drop(Server::start(dir.path()));
    let log = EventLog::open(&dir.path().join("state/events")).unwrap();
    let before = log.newest();
    let entries: Vec<_> = (0..3).map(|_| log.entry(Kind::Escape, Severity::High)).collect();
    entries.iter().for_each(|entry| log.append(entry.clone()));
    log.shutdown();
    drop(log);

    sink.answers("/ok", 1, SILENCE);
    let server = Server::start(dir.path());
    let got = sink.wait("/ok", |got| got.len() == 1);
    let ids = entries.iter().zip(before + 1..);
    let ids: Vec<_> = ids.map(|(entry, number)| format!("{number}.{}.r0", entry.id)).collect();
    assert_eq!(got[0].id(), ids[0]);
    drop(server);

    let server = Server::start(dir.path());
    let got = sink.wait("/ok", |got| got.len() == 4);
    let sent: Vec<_> = got.iter().map(|one| one.id().to_owned()).collect();
    assert_eq!(sent, [&ids[..1], &ids[..]].concat(), "once more the same, and all the others");
    drop(server);

    // At most the last answer was not written down when it was killed.
    let outbox = Outbox::open(&dir.path().join("state/outbox")).unwrap();
    let plan = PlanFile::load(&dir.path().join("alerts.yaml")).unwrap();
    let kept = outbox.status(plan.plan(), &AlertsQuery::default()).deliveries;
    let sent = kept.iter().filter(|one| one.state == DeliveryState::Sent).count();
    assert!(kept.len() == 3 && sent >= 2, "{kept:?}");
}

#[test]
fn the_command_line_looks_at_a_file_and_tries_its_targets() {
    let sink = Sink::start();
    let dir = prepare(&sink);
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sudolog-server"));
        let output = command.args(args).current_dir(dir.path()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), text + &String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run(&["alerts", "check", "--config", "server.toml"]);
    assert!(code == 0 && said.contains("1 targets, 1 routes"), "{said}");
    assert!(said.contains("soc (webhook, http://127.0.0.1:") && !said.contains("/ok"), "{said}");
    assert!(sink.received("/ok").is_empty(), "check sends nothing");
    let (code, said) = run(&["alerts", "test", "--config", "server.toml", "soc"]);
    assert!(code == 0 && said.contains("taken"), "{said}");
    assert_eq!(sink.received("/ok").len(), 1);
    assert_eq!(run(&["alerts", "test", "--config", "server.toml", "nobody"]).0, 1);
    sink.answers("/ok", 1, super::sink::GONE);
    let (code, said) = run(&["alerts", "test", "--config", "server.toml"]);
    assert!(code == 1 && said.contains("it answered 404"), "{said}");
    std::fs::write(dir.path().join("alerts.yaml"), "version: 1\n").unwrap();
    for command in [
        ["check", "--config", "server.toml"].as_slice(),
        &["alerts", "check", "--config", "server.toml"],
    ] {
        let (code, said) = run(command);
        assert!(code == 1 && said.contains("`targets` is missing"), "{said}");
    }
}
