//! What is seen of sessions by others than who records them, and what nobody recorded at all.

use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::risk::{Anomaly, Score};
use sudolog_core::session::{EventKind, SessionState, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::Verdict;
use sudolog_core::wire::message::{Notice, NoticeKind, Query, Review, SessionRow};
use sudolog_server::config::Config;
use sudolog_server::store::reindex;

use super::console::list;
use super::events::say;
use super::judging::{judge, review, verdict};
use super::peer::Peer;
use super::recording::Recording;
use super::world::{World, until};

/// What a shipper says when sudo ran a command without a session.
fn witnessed(id: &str, kind: Kind, points: u32) -> Entry {
    let time = Timestamp { seconds: 1_763_000_000, nanoseconds: 7 };
    let mut entry = Entry::new(id.parse().unwrap(), time, Source::Shipper, kind);
    entry.severity = Severity::Critical;
    entry.risk = Some(Score::capped(points));
    entry.user = "alice".into();
    entry.uid = Some(1000);
    entry.argv = vec!["/bin/cat".into(), "/etc/shadow".into()];
    entry.tty = "pts/3".into();
    entry.text = "nobody \u{1b}[2Jrecorded it".into();
    entry
}

async fn rows(console: &mut Peer) -> Vec<SessionRow> {
    list(console, Query::default()).await.rows
}

/// The review of a session once a rule has found something in it.
async fn found(console: &mut Peer, tsid: Tsid, rule: &str) -> Review {
    let what = format!("the finding {rule}");
    until(&what, async || {
        let review = review(console, tsid).await.ok()?;
        let found = review.assessments.first()?.findings.iter().any(|found| found.rule == rule);
        found.then_some(review)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_recorded_is_judged_like_a_session_and_never_lost() {
    let World { server, dir } = World::start().await;
    let world = World { server, dir };
    let mut olga = Peer::console(&world, "olga").await;
    let told = || {
        vec![
            witnessed("unrecorded.1.7", Kind::Unrecorded, 90),
            witnessed("policy_replaced.1.8", Kind::PolicyReplaced, 95),
            witnessed("audit_tampered.1.9", Kind::AuditTampered, 70),
        ]
    };
    say(&world, "web1", told()).await;
    // As after a cut: the server's answer was lost.
    say(&world, "web1", told()).await;
    say(&world, "db1", told()[..1].to_vec()).await;
    let assessed = until("three rows with their scores", async || {
        let rows = rows(&mut olga).await;
        let done = rows.len() == 3 && rows.iter().all(|row| row.risk.points() >= 90);
        done.then_some(rows)
    });
    let assessed = assessed.await;
    let first = assessed.iter().find(|row| row.tsid.seq() == 1).unwrap();
    assert_eq!((first.state, first.events), (SessionState::Incomplete, 0));
    assert!(first.anomalies.contains(&Anomaly::Unrecorded), "{first:?}");
    assert_eq!((&first.user, &first.host), (&"alice".into(), &"web1".into()));
    assert_eq!(first.command, "/bin/cat /etc/shadow".into());
    let why = found(&mut olga, first.tsid, "unrecorded").await;
    let rules: Vec<_> = why.assessments[0].findings.iter().map(|f| f.rule.as_str()).collect();
    assert!(rules.contains(&"shadow-touch"), "its command counts as any other: {rules:?}");
    let mut dora = Peer::console(&world, "dora").await;
    assert_eq!(rows(&mut dora).await.len(), 1, "only of the hosts of one's grant");

    judge(&mut olga, &[first.tsid], 7, verdict(Verdict::Incident)).await.unwrap();
    let World { server, dir } = world;
    server.shutdown().await;
    let config = Config::load(&dir.path().join("server.toml")).unwrap();
    reindex(&config.log_dir, &config.state_dir, &config.triage.policy()).unwrap();
    let world = World::start_in(dir).await;
    say(&world, "web1", told()).await;
    let mut olga = Peer::console(&world, "olga").await;
    let again = rows(&mut olga).await;
    assert_eq!(again.len(), 3);
    let judged = again.iter().find(|row| row.tsid == first.tsid).unwrap();
    assert_eq!(judged.standing.verdict, Some(Verdict::Incident));
    assert!(judged.risk.points() >= 90 && judged.anomalies.contains(&Anomaly::Unrecorded));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_kernel_saw_counts_for_the_sessions_that_it_is_about() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let start = super::recording::start("web1", "alice");
    let id = start.session_id;
    let mut alice = Recording::start_as(&world, start).await;
    alice.write("x").await;
    let mut bob = Recording::start(&world, "web1", "bob").await;
    bob.write("x").await;
    say(&world, "web1", vec![witnessed("tamper.1", Kind::AuditTampered, 70)]).await;
    let tsid = alice.tsid;
    found(&mut olga, tsid, "audit-tampered").await;
    alice.end().await;
    let ended = |rows: &[SessionRow]| {
        rows.iter().any(|row| row.tsid == tsid && row.state == SessionState::Complete)
    };
    until("the end", async || ended(&rows(&mut olga).await).then_some(())).await;
    let of_bob = review(&mut olga, bob.tsid).await.unwrap();
    let bobs = of_bob.assessments.iter().flat_map(|assessment| &assessment.findings);
    assert!(bobs.into_iter().all(|found| found.rule != "audit-tampered"), "{of_bob:?}");

    // What comes when the session is over is laid to it all the same, and once.
    let missing = || {
        let mut entry = witnessed("witness_missing.1", Kind::WitnessMissing, 20);
        entry.session_id = Some(id);
        vec![entry]
    };
    say(&world, "web1", missing()).await;
    say(&world, "web1", missing()).await;
    let review = found(&mut olga, tsid, "unwitnessed").await;
    let rules: Vec<_> = review.assessments[0].findings.iter().map(|f| f.rule.as_str()).collect();
    assert!(rules.contains(&"audit-tampered"), "{rules:?}");
    let path = world.dir.path().join("log/00/00/01/incidents");
    let incidents = std::fs::read_to_string(&path).unwrap();
    assert_eq!(incidents.matches("\"unwitnessed\"").count(), 1, "{incidents}");

    // The journal holds the session and not what was laid to it afterwards.
    drop((olga, bob));
    let World { server, dir } = world;
    server.shutdown().await;
    let _world = World::start_in(dir).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), incidents, "a restart took it away");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_lets_go_on_or_does_not_have_counts_for_its_session() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    found(&mut olga, tsid, "clock-skew").await;
    recording.notice(Notice::new(NoticeKind::Unchecked, "the rules were not heard")).await;
    found(&mut olga, tsid, "unchecked").await;
    recording.skip(EventKind::Ttyout, b"behind a gap").await;
    found(&mut olga, tsid, "seq-gap").await;
    let row = rows(&mut olga).await.remove(0);
    for anomaly in [Anomaly::Unchecked, Anomaly::SeqGap] {
        assert!(row.anomalies.contains(&anomaly), "{row:?}");
    }
}
