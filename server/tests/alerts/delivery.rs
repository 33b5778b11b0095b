//! From an entry of the log to an HTTP service, whatever that does.

use std::time::{Duration, Instant};

use serde_json::json;
use sudolog_core::eventlog::{Kind, Severity};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{AlertAct, DeliveryState, TargetHealth, TargetStatus};

use super::desk::{Desk, secret};
use super::sink::{ELSEWHERE, FAILED, GONE, HUGE, LATER, SILENCE, Sink};

/// One webhook, and all entries to it.
fn plan(sink: &Sink, more: &str) -> String {
    let url = sink.url("/ok");
    format!(
        "version: 1\ntargets:\n  soc: {{kind: webhook, url: \"{url}\"{more}}}\nroutes: [{{to: soc}}]\n"
    )
}

#[test]
fn an_entry_arrives_byte_for_byte_as_the_file_says() {
    let sink = Sink::start();
    let dir = tempfile::tempdir().unwrap();
    let token = secret(dir.path(), "token", "hunter2\n");
    let more = format!(
        ", method: PUT, headers: {{X-Team: soc}}, user_agent: me, token_file: {}, \
         body: {{when: \"{{{{ time }}}}\", what: \"{{{{ items[0].command }}}}\", who: \"{{{{ user }}}}\"}}",
        token.display()
    );
    let desk = Desk::start_in(dir, &plan(&sink, &more));
    let mut entry = desk.log.entry(Kind::Reject, Severity::High);
    entry.user = "alice".into();
    entry.argv = vec![Untrusted::new(b"a\"b\\c\nd\x1b[0m".as_slice())];
    desk.log.append(entry.clone());
    let got = sink.wait("/ok", |got| !got.is_empty()).remove(0);
    assert_eq!(got.line, "PUT /ok HTTP/1.1");
    for (name, value) in [
        ("x-team", "soc"),
        ("user-agent", "me"),
        ("authorization", "Bearer hunter2"),
        ("content-type", "application/json; charset=utf-8"),
    ] {
        assert_eq!(got.headers[name], value);
    }
    assert_eq!(got.id(), format!("1.{}.r0", entry.id));
    let when = got.json()["when"].as_str().unwrap().to_owned();
    assert!(when.len() == "2026-11-21T19:50:00.000Z".len() && when.ends_with('Z'), "{when}");
    let wanted = format!(r#"{{"when":"{when}","what":"a\"b\\\\c\\nd\\u{{1b}}[0m","who":"alice"}}"#);
    assert_eq!(String::from_utf8(got.body).unwrap(), wanted);
    let status = desk.until("sent", |status| status.targets[0].sent == 1);
    assert_eq!(status.deliveries[0].state, DeliveryState::Sent);
    assert!(!format!("{status:?}").contains("hunter2"));
}

#[test]
fn a_target_that_asks_for_a_pause_gets_it_and_then_everything() {
    let sink = Sink::start();
    sink.answers("/ok", 1, LATER);
    let desk = Desk::start(&plan(&sink, ""));
    desk.happens(Kind::Frozen, Severity::Warning);
    desk.until("limited", |status| status.targets[0].health == TargetHealth::Limited);
    desk.happens(Kind::Thawed, Severity::Info);
    let got = sink.wait("/ok", |got| got.len() == 3);
    assert!(got[1].at - got[0].at >= Duration::from_secs(3), "the pause was cut short");
    assert_eq!(got[0].id(), got[1].id(), "the same again");
    assert_ne!(got[1].id(), got[2].id());
    desk.until("well", |status| status.targets[0].health == TargetHealth::Ok);
}

#[test]
fn a_failure_is_told_here_kept_and_sent_once_when_it_is_over() {
    let sink = Sink::start();
    sink.answers("/ok", 2, FAILED);
    let desk = Desk::start(&plan(&sink, ""));
    desk.happens(Kind::Frozen, Severity::Warning);
    let said = desk.said();
    assert!(said.starts_with("<83>sudolog: alert 1 to soc failed and is kept"), "{said}");
    let got = sink.wait("/ok", |got| got.len() == 3);
    assert!(got.iter().all(|one| one.id() == got[0].id()));
    let status = desk.until("sent", |status| status.targets[0].sent == 1);
    assert_eq!((status.deliveries[0].tries, status.targets[0].waiting), (3, 0));
    desk.local_log.set_nonblocking(true).unwrap();
    assert!(desk.local_log.recv(&mut [0; 9]).is_err(), "said once");
}

#[test]
fn what_is_refused_is_given_up_at_once_and_an_operator_can_try_again() {
    let sink = Sink::start();
    for answer in [GONE, ELSEWHERE] {
        sink.answers("/ok", 1, answer);
        let desk = Desk::start(&plan(&sink, ""));
        desk.happens(Kind::Frozen, Severity::Warning);
        let said = desk.said();
        assert!(said.contains("is given up"), "{said}");
        let status = desk.until("broken", |status| status.targets[0].dead == 1);
        assert_eq!(status.targets[0].health, TargetHealth::Broken);
        let before = sink.received("/ok").len();
        let number = status.deliveries[0].number;
        desk.alerts.act(&AlertAct::Retry { numbers: vec![number] }).unwrap();
        desk.until("well", |status| status.targets[0].sent == 1);
        assert_eq!(sink.received("/ok").len(), before + 1);
        assert!(desk.alerts.act(&AlertAct::Discard { numbers: vec![number] }).is_err());
        desk.alerts.act(&AlertAct::Test { target: "soc".into() }).unwrap();
        let tests = |got: &[super::sink::Received]| {
            got.last().is_some_and(|one| one.id().starts_with("test-"))
        };
        sink.wait("/ok", tests);
        assert!(desk.alerts.act(&AlertAct::Test { target: "nobody".into() }).is_err());
    }
    assert!(sink.received("/elsewhere").is_empty(), "a redirect was followed");
}

#[test]
fn a_slow_or_endless_target_holds_up_nobody_else() {
    let sink = Sink::start();
    sink.answers("/slow", u32::MAX, SILENCE);
    sink.answers("/huge", 1, HUGE);
    let target = |name: &str| {
        format!("  {name}: {{kind: webhook, url: \"{}\"}}\n", sink.url(&format!("/{name}")))
    };
    let targets: String = ["slow", "huge", "ok"].map(target).concat();
    let desk = Desk::start(&format!(
        "version: 1\ntargets:\n{targets}  nowhere: {{kind: webhook, url: \"https://nobody.invalid/\"}}\n\
         routes: [{{to: [slow, nowhere, huge, ok]}}]\n"
    ));
    let start = Instant::now();
    for _ in 0..20 {
        desk.happens(Kind::Frozen, Severity::Warning);
    }
    sink.wait("/ok", |got| got.len() == 20);
    assert!(start.elapsed() < Duration::from_secs(8), "it waited for the slow one");
    sink.wait("/huge", |got| got.len() == 20);
    assert_eq!(desk.target("slow").waiting, 20);
    let is_huge = |target: &&TargetStatus| target.name == "huge";
    desk.until("huge answers", |status| status.targets.iter().find(is_huge).unwrap().sent == 20);
    let status = desk.until("no name", |status| {
        status.targets.iter().any(|t| t.name == "nowhere" && t.health == TargetHealth::Failing)
    });
    let nowhere = status.targets.iter().find(|target| target.name == "nowhere").unwrap();
    assert_eq!(nowhere.place, "https://nobody.invalid/…".into());
    // One that hangs in a try is not waited for at the end.
    let start = Instant::now();
    desk.stop();
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_hundred_entries_in_a_second_arrive_one_message_a_second_and_all_of_them() {
    let sink = Sink::start();
    let more = ", rate: {per: 1s, burst: 1}, batch: {max_wait: 200ms, max_items: 30}";
    let desk = Desk::start(&plan(&sink, more));
    for _ in 0..100 {
        desk.happens(Kind::Finding, Severity::Warning);
    }
    let all = |got: &[super::sink::Received]| {
        got.iter().map(|one| one.entries().len()).sum::<usize>() >= 100
    };
    let got = sink.wait("/ok", all);
    let mut numbers: Vec<u64> = got.iter().flat_map(super::sink::Received::entries).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
    assert!((4..=8).contains(&got.len()), "{} messages", got.len());
    for pair in got.windows(2) {
        // Taken at the receiver's end, a hair after they were sent.
        assert!(pair[1].at - pair[0].at >= Duration::from_millis(950), "faster than the limit");
    }
}

#[test]
fn a_restart_loses_nothing_and_repeats_nothing() {
    let sink = Sink::start();
    let more = ", batch: {max_wait: 1h, max_items: 3}";
    let file = plan(&sink, more);
    let desk = Desk::start(&file);
    for _ in 0..5 {
        desk.happens(Kind::Finding, Severity::Warning);
    }
    let got = sink.wait("/ok", |got| got.len() == 1);
    assert_eq!(got[0].entries(), [1, 2, 3]);
    desk.until("sent", |status| status.targets[0].sent == 1);
    // Two are collected and in no letter yet; they come again from the log.
    let desk = Desk::start_in(desk.stop(), &file);
    desk.happens(Kind::Finding, Severity::Warning);
    let got = sink.wait("/ok", |got| got.len() == 2);
    assert_eq!(got[1].entries(), [4, 5, 6]);
    desk.until("sent", |status| status.targets[0].sent == 2);
}

#[test]
fn another_file_is_taken_while_it_runs_and_a_wrong_one_changes_nothing() {
    let sink = Sink::start();
    let desk = Desk::start(&plan(&sink, ""));
    let file = desk.dir.path().join("alerts.yaml");
    std::fs::write(&file, "version: 1\ntargets: nonsense\n").unwrap();
    let said = desk.said();
    assert!(
        said.contains("old file stays in force") && said.contains("alerts.yaml: line 2, targets"),
        "{said}"
    );
    assert!(!desk.status().trouble.is_empty());
    desk.happens(Kind::Finding, Severity::Warning);
    sink.wait("/ok", |got| got.len() == 1);
    let other = plan(&sink, "").replace("/ok", "/other").replace("soc", "noc");
    std::fs::write(&file, other).unwrap();
    desk.until("the other", |status| status.targets[0].name == "noc" && status.trouble.is_empty());
    desk.happens(Kind::Finding, Severity::Warning);
    sink.wait("/other", |got| got.len() == 1);
    assert_eq!(sink.received("/ok").len(), 1);
}

#[test]
fn secrets_that_others_can_read_are_not_used_and_mended_ones_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let sink = Sink::start();
    let dir = tempfile::tempdir().unwrap();
    let url = secret(dir.path(), "url", &sink.url("/secret-path"));
    std::fs::set_permissions(&url, std::fs::Permissions::from_mode(0o644)).unwrap();
    let desk = Desk::start_in(
        dir,
        &format!(
            "version: 1\ntargets:\n  chat: {{kind: discord, url_file: {}, batch: no}}\n\
             routes: [{{to: chat}}]\n",
            url.display()
        ),
    );
    desk.happens(Kind::Finding, Severity::Warning);
    let status = desk.until("failing", |s| s.targets[0].health == TargetHealth::Failing);
    let shown = format!("{status:?} {}", desk.said());
    assert!(shown.contains("chmod 600") && !shown.contains("secret-path"), "{shown}");
    std::fs::set_permissions(&url, std::fs::Permissions::from_mode(0o600)).unwrap();
    let got = sink.wait("/secret-path", |got| !got.is_empty()).remove(0);
    assert_eq!(got.json()["allowed_mentions"], json!({"parse": []}));
    let status = desk.until("sent", |status| status.targets[0].sent == 1);
    assert!(!format!("{status:?}").contains("secret-path"));
}

#[test]
fn a_full_outbox_disk_is_shown_and_alerts_come_when_there_is_room() {
    let sink = Sink::start();
    let desk = Desk::start(&plan(&sink, ", rate: {per: 1ms, burst: 100}"));
    let outbox = desk.dir.path().join("outbox");
    // The next file of the outbox cannot be made; what is open is used up first.
    sink.answers("/ok", u32::MAX, FAILED);
    let away = desk.dir.path().join("away");
    std::fs::rename(&outbox, &away).unwrap();
    for _ in 0..700 {
        let mut entry = desk.log.entry(Kind::Finding, Severity::Warning);
        entry.argv = vec!["x".repeat(2000).as_str().into()];
        entry.text = "y".repeat(2000).as_str().into();
        desk.log.append(entry);
    }
    desk.until("trouble", |status| !status.trouble.is_empty());
    sink.answers("/ok", 0, FAILED);
    std::fs::rename(&away, &outbox).unwrap();
    desk.until("room again", |status| status.trouble.is_empty());
    desk.until("all sent", |status| {
        status.targets[0].sent == 700 && status.targets[0].waiting == 0
    });
}
