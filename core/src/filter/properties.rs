//! What holds of every filter.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{Column, Condition, Filter, SortBy, Subject, Test};
use crate::risk::{Anomaly, Score};
use crate::session::SessionState;
use crate::time::Timestamp;
use crate::triage::{Standing, Verdict};

fn time() -> impl Strategy<Value = Timestamp> {
    (any::<i64>(), 0u32..1_000_000_000)
        .prop_map(|(seconds, nanoseconds)| Timestamp { seconds, nanoseconds })
}

fn test() -> impl Strategy<Value = Test> {
    let list = prop_oneof![Just(Column::User), Just(Column::Tag), Just(Column::Assignee)];
    let part = prop_oneof![Just(Column::Command), Just(Column::Any)];
    let state = prop_oneof![Just(SessionState::Live), Just(SessionState::Complete)];
    prop_oneof![
        (list, prop::collection::vec("\\PC{1,6}", 1..3))
            .prop_map(|(column, patterns)| Test::Like { column, patterns }),
        (part, "\\PC{1,6}")
            .prop_map(|(column, pattern)| Test::Like { column, patterns: vec![pattern] }),
        prop::collection::vec(state, 1..3).prop_map(|states| Test::State { states }),
        (prop::collection::vec(any::<i32>(), 1..3), any::<bool>())
            .prop_map(|(values, other)| Test::Exit { values, other }),
        time().prop_map(|time| Test::Started { from: Some(time), to: None }),
        time().prop_map(|time| Test::Started { from: None, to: Some(time) }),
        (0u8..=50, 50u8..=100).prop_map(|(from, to)| {
            let score = |points: u8| Score::capped(points.into());
            Test::Risk { from: score(from), to: score(to) }
        }),
        prop::sample::subsequence(Anomaly::ALL.to_vec(), 1..4)
            .prop_map(|anomalies| Test::Anomaly { anomalies, any: false }),
        (prop::sample::subsequence(Verdict::ALL.to_vec(), 1..3), any::<[bool; 2]>())
            .prop_map(|(verdicts, [none, awaiting])| Test::Verdict { verdicts, none, awaiting }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        words in prop::collection::vec("[^\\s\\p{C}]{1,8}", 0..3),
        conditions in prop::collection::vec((any::<bool>(), test()), 0..5),
    ) {
        let conditions = conditions.into_iter().map(|(not, test)| Condition { not, test }).collect();
        let filter = Filter { text: words.join(" "), conditions };
        let written = filter.to_string();
        prop_assert_eq!(Filter::parse(&written, &|_| None), Ok(filter), "{}", written);
    }

    #[test]
    fn json_keeps_every_condition(not: bool, test in test()) {
        let condition = Condition { not, test };
        let json = serde_json::to_string(&condition).unwrap();
        prop_assert_eq!(serde_json::from_str::<Condition>(&json).unwrap(), condition, "{}", json);
    }

    #[test]
    fn no_line_breaks_the_parser(text in "(\\PC|[:\"\\\\,!-]|user:|exit:|after:){0,30}") {
        if let Err(error) = Filter::parse(&text, &|_| None) {
            prop_assert!(error.at >= 1 && error.at <= text.chars().count() + 1, "{}", error);
        }
    }
}

#[test]
fn what_a_newer_console_asks_is_known_to_be_unknown() {
    for json in [
        r#"{"test":"phase_of_the_moon","patterns":[]}"#,
        r#"{"test":"like","column":"mood","patterns":["bad"]}"#,
    ] {
        let condition: Condition = serde_json::from_str(json).unwrap();
        assert!(!condition.is_known(), "{json}");
    }
    assert_eq!(serde_json::from_str::<SortBy>("\"mood\"").unwrap(), SortBy::Unknown);
    let known = Condition::like(Column::RunUser, ["root".to_owned()]);
    let json = r#"{"not":false,"test":"like","column":"run_user","patterns":["root"]}"#;
    assert_eq!(serde_json::to_string(&known).unwrap(), json);
    assert!(known.is_known());
}

fn subject(
    name: &'static str,
    tty: Option<&'static str>,
    exit_value: Option<i32>,
) -> Subject<'static> {
    Subject {
        name: name.as_bytes().into(),
        state: SessionState::Complete,
        user: b"alice",
        host: b"web1",
        run_user: b"root",
        command: b"/usr/bin/VIM /etc/hosts",
        tty: tty.map(str::as_bytes),
        start: Timestamp { seconds: 100, nanoseconds: 5 },
        duration_s: 1.0,
        exit_value,
        signal: None,
        risk: Score::capped(60),
        anomalies: &[Anomaly::RootShell],
        standing: &STANDING,
    }
}

static STANDING: LazyLock<Standing> = LazyLock::new(|| Standing {
    verdict: Some(Verdict::Incident),
    awaits_second: true,
    assignee: Some("olga".into()),
    tags: vec!["case:7".into(), "db".into()],
    ..Standing::default()
});

#[test]
fn conditions_mean_what_they_say() {
    let subject = subject("00001A", Some("/dev/pts/3"), Some(1));
    for (text, fits) in [
        ("ALICE web 00001a", true),
        ("alice bob", false),
        ("user:alice", true),
        ("user:ali", false),
        ("user:ALICE", false),
        ("host:db*,web*", true),
        ("-host:web*", false),
        ("command:vim", true),
        ("command:bin*hosts", true),
        ("tty:pts/3 tty:/dev/pts/3 tty:pts/*", true),
        ("tty:pts/33", false),
        ("exit:!0", true),
        ("exit:1,2", true),
        ("-exit:1", false),
        ("signal:*", false),
        ("-signal:*", true),
        ("any:\"VIM /etc\"", true),
        ("\"vim  /etc\"", false),
        ("after:@100 before:@101", true),
        ("after:@100.000000006", false),
        ("before:@100.000000005", false),
        ("state:complete", true),
        ("state:open", false),
        ("risk:high", true),
        ("risk:61", false),
        ("-risk:critical", true),
        ("anomaly:*", true),
        ("anomaly:escape,root_shell", true),
        ("flag:!root_shell", false),
        ("verdict:incident", true),
        ("verdict:none", false),
        ("verdict:benign,awaiting", true),
        ("assigned:olga", true),
        ("tag:case:*", true),
        ("tag:case", false),
    ] {
        let filter = Filter::parse(text, &|_| None).unwrap();
        assert_eq!(subject.fits(&filter.text, &filter.conditions), fits, "{text}");
    }
    assert!(!subject.fits("", &[Condition { not: true, test: Test::Unknown }]));
}

#[test]
fn orders_put_the_newest_first_among_equals() {
    let (old, new) = (subject("000001", None, None), subject("000002", Some("pts/1"), Some(0)));
    for sort in SortBy::ALL {
        let expected = if sort == SortBy::Tty {
            std::cmp::Ordering::Less
        } else {
            std::cmp::Ordering::Greater
        };
        assert_eq!(sort.compare(&old, &new), expected, "{sort}");
        assert_eq!(sort.name().parse(), Ok(sort));
    }
    assert!("colour".parse::<SortBy>().unwrap_err().contains("start, risk"));
}
