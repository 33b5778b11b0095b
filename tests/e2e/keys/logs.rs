//! The keys of the event log and of alerts. What a host's shipper is told is sent to its socket, so that it
//! is known what stands in the log beside what sudo says.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::time::{SystemTime, UNIX_EPOCH};

use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Audit, Hello};
use sudolog_tests::command::run;
use sudolog_tests::{World, wait};

use super::stage::Stage;
use super::{Case, press_all};

#[test]
fn every_key_of_the_event_log_does_what_the_help_says() {
    let world = World::start().unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    let listed = world.console(&["list", "--json"]).unwrap().success().unwrap().text();
    let listed: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    tell(&world, listed["session_id"].as_str().unwrap().parse().unwrap());
    let console = |args: &[&str]| world.console_command(args).unwrap();
    press_all(&console(&["live"]), SIZE, EVENTS);
    press_all(&console(&["browse"]), SIZE, FROM_BROWSE);
    press_all(&console(&["triage"]), SIZE, FROM_TRIAGE);
}

#[test]
fn every_key_of_alerts_does_what_the_help_says() {
    let mut world = World::prepare().unwrap();
    let refuses = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = refuses.local_addr().unwrap().port();
    std::thread::spawn(move || refuse(&refuses));
    let plan = format!(
        "version: 1\ntargets:\n  hook: {{kind: webhook, url: \"http://127.0.0.1:{port}/\"}}\n\
         routes:\n  - {{when: {{source: sudo, kind: [reject]}}, to: [hook]}}\n"
    );
    fs::write(world.path("alerts.yaml"), plan).unwrap();
    let mut config = fs::OpenOptions::new().append(true).open(world.path("server.toml")).unwrap();
    config.write_all(b"[alerts]\nconfig = \"alerts.yaml\"\n").unwrap();
    world.start_server().unwrap();
    world.start_shipper().unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
    let listed = world.console(&["list", "--json"]).unwrap().success().unwrap().text();
    let listed: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    tell(&world, listed["session_id"].as_str().unwrap().parse().unwrap());
    let dead = || {
        let printed = world.console(&["alerts", "--json", "state:dead"]).ok()?;
        // A target that refuses is something that needs an eye.
        let is_told = printed.text().contains("\"what\":\"message\"");
        (is_told && printed.code == Some(1)).then_some(())
    };
    wait::until("dead messages", wait::PATIENCE, dead).unwrap();
    press_all(&world.console_command(&["live"]).unwrap(), SIZE, ALERTS);
}

/// Refuses whatever it is asked, as a target does that is set up wrongly.
fn refuse(listener: &TcpListener) {
    for asked in listener.incoming() {
        let Ok(mut asked) = asked else { return };
        let mut request = [0; 4096];
        let _ = asked.read(&mut request);
        let _ = asked
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}

/// Too low for all of an entry.
const SIZE: (u16, u16) = (24, 100);

/// Fifteen entries of the session, and waits until the server has them.
fn tell(world: &World, session: SessionId) {
    let mut socket = UnixStream::connect(world.socket()).unwrap();
    let hello = Hello {
        protocol: PROTOCOL_VERSION,
        version: "e2e".to_owned(),
        host: None,
        boot_id: None,
        instance: None,
    };
    socket.write_all(&Message::Hello(hello).to_bytes(0)).unwrap();
    socket.read_exact(&mut [0]).unwrap();
    for number in 1..=15 {
        let id = format!("e2e.{number}").parse().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let now = u64::try_from(now).unwrap();
        let mut entry = Entry::new(id, Timestamp::from_nanos(now), Source::Sudo, Kind::Reject);
        (entry.severity, entry.session_id) = (Severity::High, Some(session));
        entry.text = format!("entry-{number}").into();
        entry.details = (1..=20).map(|n| (format!("detail{n}"), "value".into())).collect();
        let report = Message::Audit(Box::new(Audit { number: 0, entry }));
        socket.write_all(&report.to_bytes(0)).unwrap();
    }
    let came = || {
        let found = world.console(&["events", "--json", "entry-15"]).ok()?;
        found.text().contains("\"tsid\":\"000001\"").then_some(())
    };
    wait::until("the entries", wait::PATIENCE, came).unwrap();
}

/// The log, with the entries that were told alone, the newest one chosen.
fn log(stage: &Stage) {
    stage.shows("Sudolog live");
    stage.press("e");
    stage.shows("Sudolog events");
    stage.press("/");
    stage.type_text("entry-1");
    stage.press("Enter");
    // Until these are asked for anew the entries of before are on the screen.
    stage.lacks("entry-9");
    stage.shows("Says       entry-15");
}

/// How many lines of the entry lie below.
fn below(screen: &str) -> Option<u32> {
    let (before, _) = screen.split_once(" more below")?;
    before.split_whitespace().next_back()?.parse().ok()
}

pub(super) const EVENTS: &[Case] = &[
    ("live.events", |stage| {
        stage.shows("Sudolog live");
        stage.brings("Sudolog events");
    }),
    ("events.event_play", |stage| {
        log(stage);
        stage.brings("1x");
    }),
    ("events.event_hold", |stage| {
        log(stage);
        stage.brings("■ stopped");
    }),
    ("events.event_down", |stage| {
        log(stage);
        let all = below(&stage.screen()).unwrap();
        stage.leads_to("a line less below", |screen| below(screen) == Some(all - 1));
    }),
    ("events.event_up", |stage| {
        log(stage);
        let all = below(&stage.screen()).unwrap();
        stage.press("J");
        stage.until("a line less below", |screen| below(screen) == Some(all - 1));
        stage.leads_to("all below again", |screen| below(screen) == Some(all));
    }),
    ("events.event_alerts", |stage| {
        log(stage);
        stage.brings("Sudolog alerts");
    }),
    ("live.alerts", |stage| {
        stage.shows("Sudolog live");
        stage.brings("Sudolog alerts");
    }),
    ("alerts.alert_events", |stage| {
        stage.shows("Sudolog live");
        stage.press("A");
        stage.shows("Sudolog alerts");
        stage.brings("Sudolog events");
    }),
];

pub(super) const FROM_BROWSE: &[Case] = &[
    ("browse.row_events", |stage| {
        stage.shows("000001");
        stage.brings("Sudolog events");
    }),
    ("browse.row_alerts", |stage| {
        stage.shows("000001");
        stage.brings("Sudolog alerts");
    }),
];

pub(super) const FROM_TRIAGE: &[Case] = &[("triage.queue_events", |stage| {
    stage.shows("Sudolog triage");
    stage.brings("Sudolog events");
})];

/// The messages, the newest chosen: all of them are dead.
fn board(stage: &Stage) {
    stage.shows("Sudolog live");
    stage.press("A");
    stage.shows("■ DEAD");
    stage.shows(" more below");
}

/// With the question whether the target shall be tested.
fn question(stage: &Stage) {
    board(stage);
    stage.press("T");
    stage.shows("that it is a test?");
}

pub(super) const ALERTS: &[Case] = &[
    ("alerts.alert_open", |stage| {
        board(stage);
        stage.brings("Sudolog events");
    }),
    ("alerts.targets", |stage| {
        board(stage);
        stage.brings("Leads to");
    }),
    ("alerts.alert_mark", |stage| {
        board(stage);
        stage.brings("1 marked");
    }),
    ("alerts.alert_mark_all", |stage| {
        board(stage);
        stage.brings(" marked");
    }),
    ("alerts.alert_down", |stage| {
        board(stage);
        let all = below(&stage.screen()).unwrap();
        stage.leads_to("a line less below", |screen| below(screen) == Some(all - 1));
    }),
    ("alerts.alert_up", |stage| {
        board(stage);
        let all = below(&stage.screen()).unwrap();
        stage.press("J");
        stage.until("a line less below", |screen| below(screen) == Some(all - 1));
        stage.leads_to("all below again", |screen| below(screen) == Some(all));
    }),
    ("alerts.discard_dead", |stage| {
        board(stage);
        stage.brings("Forget message");
    }),
    ("alerts.test", |stage| {
        board(stage);
        stage.brings("that it is a test?");
    }),
    ("question.no", |stage| {
        question(stage);
        stage.takes("that it is a test?");
    }),
    ("question.yes", |stage| {
        question(stage);
        stage.brings("a test message is on its way, recorded");
    }),
    ("alerts.retry", |stage| {
        board(stage);
        stage.brings("tried again, recorded");
    }),
];
