//! What alerts know over a restart, orderly or not.

use std::time::Duration;

use sudolog_core::eventlog::{Entry, Kind, Severity};
use sudolog_server::eventlog::EventLog;

use super::desk::{Desk, wait_for};
use super::killed::{Server, prepare_with};
use super::sink::Sink;

fn plan(sink: &Sink, route: &str) -> String {
    let url = sink.url("/ok");
    format!(
        "version: 1\ntargets:\n  soc: {{kind: webhook, url: \"{url}\"}}\n\
         routes: [{{to: soc, when: {{kind: [escape, thawed]}}, {route}}}]\n"
    )
}

#[test]
fn a_restart_repeats_nothing_that_was_told_and_loses_no_end() {
    let sink = Sink::start();
    let route = "dedup: {key: [kind], window: 10m}";
    let desk = Desk::start(&plan(&sink, route));
    for _ in 0..100 {
        desk.happens(Kind::Escape, Severity::High);
    }
    sink.wait("/ok", |got| got.len() == 1);
    let desk = Desk::start_in(desk.stop(), &plan(&sink, route));
    for _ in 0..100 {
        desk.happens(Kind::Escape, Severity::High);
    }
    desk.happens(Kind::Thawed, Severity::High);
    let got = sink.wait("/ok", |got| got.len() >= 2);
    assert!(got[1].json()["title"].as_str().unwrap().contains("thawed"), "{:?}", got[1].json());
    drop(desk);

    let sink = Sink::start();
    let route = "quiet: {raise_after: 2, within: 1m, clear_after: 2s, renotify: 1h}";
    let desk = Desk::start(&plan(&sink, route));
    desk.happens(Kind::Escape, Severity::High);
    desk.happens(Kind::Escape, Severity::High);
    sink.wait("/ok", |got| got.len() == 2);
    let desk = Desk::start_in(desk.stop(), &plan(&sink, route));
    let got = sink.wait("/ok", |got| got.len() == 3);
    assert!(got[2].json()["title"].as_str().unwrap().contains("cleared"));
    assert!(got[2].at - got[1].at >= Duration::from_millis(1500), "not before its time");
    drop(desk);
}

#[test]
fn what_was_collected_when_it_stopped_is_sent_when_it_starts() {
    let sink = Sink::start();
    let url = sink.url("/ok");
    let plan = |wait: &str| {
        format!(
            "version: 1\ntargets:\n  soc: {{kind: webhook, url: \"{url}\", batch: {{max_wait: {wait}, \
             max_items: 20}}}}\nroutes: [{{to: soc, dedup: {{key: [kind], window: 10m}}}}]\n"
        )
    };
    let desk = Desk::start(&plan("1h"));
    let kinds = [Kind::Escape, Kind::Frozen, Kind::Escape, Kind::Thawed];
    kinds.into_iter().for_each(|kind| drop(desk.happens(kind, Severity::High)));
    desk.until("it is known", |_| desk.log.newest() >= 4);
    let desk = Desk::start_in(desk.stop(), &plan("1s"));
    let got = sink.wait("/ok", |got| !got.is_empty());
    assert_eq!(got[0].json()["entries"], serde_json::json!([1, 2, 4]), "each once");
    drop(desk);
}

#[test]
fn a_killed_server_does_not_tell_again_what_it_told_lately() {
    let sink = Sink::start();
    let dir = prepare_with(&plan(&sink, "dedup: {key: [kind], window: 10m}"));
    drop(Server::start(dir.path()));
    let say = |entries: Vec<(Kind, usize)>| {
        let log = EventLog::open(&dir.path().join("state/events")).unwrap();
        let kinds = entries.into_iter().flat_map(|(kind, count)| vec![kind; count]);
        let made: Vec<Entry> = kinds.map(|kind| log.entry(kind, Severity::High)).collect();
        made.into_iter().for_each(|entry| log.append(entry));
        log.shutdown();
    };
    say(vec![(Kind::Escape, 50)]);
    let server = Server::start(dir.path());
    sink.wait("/ok", |got| got.len() == 1);
    let memory = dir.path().join("state/outbox/memory.json");
    wait_for("it is written down", || memory.exists());
    drop(server);
    say(vec![(Kind::Escape, 50), (Kind::Thawed, 1)]);
    let server = Server::start(dir.path());
    let got = sink.wait("/ok", |got| got.len() >= 2);
    assert!(got[1].json()["title"].as_str().unwrap().contains("thawed"), "{:?}", got[1].json());
    drop(server);
}
