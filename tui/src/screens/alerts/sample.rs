//! Targets and messages for tests, with hostile text in every field.

use sudolog_core::eventlog::Severity;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Delivery, DeliveryState, TargetHealth, TargetStatus};

fn evil(name: &str) -> Untrusted {
    format!("{name}\x1b[2J\u{202e}\r").into()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp { seconds: 1_763_035_200 + seconds, nanoseconds: 0 }
}

/// One of each health; the second one's texts try to steer the terminal.
pub(crate) fn targets() -> Vec<TargetStatus> {
    let target = |name: &str, kind: &str, health| TargetStatus {
        name: name.to_owned(),
        kind: kind.to_owned(),
        place: "https://hooks.test/***".into(),
        health,
        waiting: 0,
        sent: 1234,
        dead: 0,
        last_sent: Some(at(60)),
        not_before: None,
        error: Untrusted::default(),
    };
    let mut targets = vec![
        target("ops", "webhook", TargetHealth::Ok),
        target("ma\x1b[31mil", "sm\u{202e}tp", TargetHealth::Broken),
        target("phone", "ntfy", TargetHealth::Limited),
        target("log", "syslog", TargetHealth::Failing),
    ];
    (targets[1].place, targets[1].error) = (evil("place"), evil("550 no such mailbox"));
    (targets[1].waiting, targets[1].dead, targets[1].last_sent) = (7, 3, None);
    (targets[2].not_before, targets[2].waiting) = (Some(at(600)), 2);
    targets[3].error = "connection refused".into();
    targets
}

/// In this state.
pub(crate) fn delivery(number: u64, state: DeliveryState) -> Delivery {
    Delivery {
        number,
        target: "ops".to_owned(),
        state,
        severity: Severity::High,
        title: format!("web1: alice was refused, {number}").into(),
        body: "web1 alice\n\n/usr/bin/id -u".into(),
        body_left: 0,
        entries: vec![number * 10],
        count: 1,
        made: at(number as i64),
        tries: 1,
        tried: Some(at(number as i64 + 1)),
        next: None,
        error: Untrusted::default(),
    }
}

/// One whose every text tries to steer the terminal.
pub(crate) fn hostile(number: u64) -> Delivery {
    Delivery {
        target: "ma\x1b[31mil".to_owned(),
        severity: Severity::Critical,
        title: evil("title"),
        body: "line one\x1b]0;x\x07\n\u{202e}line two\n\nline four\x08".into(),
        entries: (1..40).collect(),
        count: 400,
        tries: 5,
        next: Some(at(900)),
        error: evil("550 no"),
        ..delivery(number, DeliveryState::Retrying)
    }
}
