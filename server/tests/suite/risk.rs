//! The rules at work on a running server.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use sudolog_core::eventlog::Severity;
use sudolog_core::risk::{Anomaly, Source};
use sudolog_core::session::{EventKind, Tsid};
use sudolog_core::triage::Verdict;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    Assessment, Cause, OrderKind, Outcome, Query, RequestBody, RulesInForce, SessionRow,
};

use super::console::list;
use super::events;
use super::judging::{judge, verdict};
use super::peer::Peer;
use super::recording::Recording;
use super::world::{World, prepare, until};

/// Types a line as a shell with echo shows it.
pub fn type_line(recording: &mut Recording, line: &str) {
    for key in line.chars() {
        recording.push(EventKind::Ttyin, key.to_string().as_bytes());
        recording.push(EventKind::Ttyout, key.to_string().as_bytes());
    }
    recording.push(EventKind::Ttyin, b"\r");
    recording.push(EventKind::Ttyout, b"\r\n# ");
}

async fn row(console: &mut Peer, tsid: Tsid) -> Option<SessionRow> {
    list(console, Query::default()).await.rows.into_iter().find(|row| row.tsid == tsid)
}

/// Waits until the row is like that.
async fn stands(
    console: &mut Peer,
    tsid: Tsid,
    what: &str,
    like: impl Fn(&SessionRow) -> bool,
) -> SessionRow {
    until(what, async || row(console, tsid).await.filter(&like)).await
}

/// What stands in the recording's file, oldest first.
fn assessments(world: &World, tsid: Tsid) -> Vec<Assessment> {
    let dir =
        tsid.directories().iter().fold(world.dir.path().join("log"), |dir, part| dir.join(part));
    let text = std::fs::read_to_string(dir.join("risk")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn write_rules(dir: &Path, points: u8, act: &str) {
    let rules = format!(
        "version: 1\nrules:\n- {{id: secret-word, cat: recon, score: {points}, on: typed, re: xyzzy, \
         act: {act}, hit: [xyzzy], miss: [plugh]}}\n"
    );
    std::fs::write(dir.join("rules.yaml"), rules).unwrap();
}

/// A server with a file of rules.
pub async fn with_rules(points: u8, act: &str) -> World {
    let dir = prepare();
    write_rules(dir.path(), points, act);
    let config = dir.path().join("server.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}[risk]\nrules = \"rules.yaml\"\n")).unwrap();
    World::start_in(dir).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_risky_line_counts_while_the_session_runs_and_is_explained_for_good() {
    let world = World::start().await;
    let mut console = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    let tsid = recording.tsid;
    recording.write("# ").await;
    let shell = |row: &SessionRow| row.anomalies.contains(&Anomaly::RootShell);
    let before = stands(&mut console, tsid, "the root shell", shell).await;
    assert!(before.risk.points() < 70, "{before:?}");

    type_line(&mut recording, "rm -rf /var/log/auth.log");
    recording.settle().await;
    let risky = |row: &SessionRow| row.risk.points() >= 70;
    let row = stands(&mut console, tsid, "the risk", risky).await;
    assert!(row.state.is_open() && row.anomalies.contains(&Anomaly::HighRisk), "{row:?}");
    assert!(assessments(&world, tsid).is_empty(), "it is not over");
    let crossed = until("the crossing", async || {
        let told = events::ask(&mut console, &format!("kind:risk_level session:{tsid}")).await;
        told.entries.into_iter().find(|stored| stored.entry.severity == Severity::Critical)
    });
    let crossed = crossed.await.entry;
    assert_eq!(crossed.command(), "/bin/sh".into());
    assert_eq!(crossed.by, "log-delete".into());

    recording.end().await;
    until("the assessment", async || (!assessments(&world, tsid).is_empty()).then_some(())).await;
    let assessment = assessments(&world, tsid).pop().unwrap();
    let finding = assessment.findings.iter().find(|f| f.rule == "log-delete").unwrap();
    assert_eq!((finding.source, finding.points), (Source::Typed, 70));
    assert!(finding.seq > 1 && finding.elapsed_ns > 0, "{finding:?}");
    assert!(finding.text.escaped().to_string().contains("/var/log/auth.log"), "{finding:?}");
    let ended = |row: &SessionRow| !row.state.is_open();
    let row = stands(&mut console, tsid, "the end", ended).await;
    assert_eq!(row.risk, assessment.risk);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_assess_everything_anew_and_bad_ones_change_nothing() {
    let world = with_rules(30, "notify").await;
    let mut console = Peer::console(&world, "olga").await;
    let mut ended = Recording::start(&world, "web1", "alice").await;
    ended.write("# ").await;
    type_line(&mut ended, "say xyzzy");
    ended.settle().await;
    let old = ended.tsid;
    ended.end().await;
    let mut running = Recording::start(&world, "db1", "bob").await;
    running.write("# ").await;
    type_line(&mut running, "xyzzy");
    running.settle().await;
    for tsid in [old, running.tsid] {
        stands(&mut console, tsid, "the first rules", |row| row.risk.points() == 30).await;
    }
    until("the file", async || (assessments(&world, old).len() == 1).then_some(())).await;

    std::fs::write(world.dir.path().join("rules.yaml"), "version: 1\nrules: 7\n").unwrap();
    write_rules(world.dir.path(), 60, "notify");
    for tsid in [old, running.tsid] {
        stands(&mut console, tsid, "the second rules", |row| row.risk.points() == 60).await;
    }
    until("the file", async || (assessments(&world, old).len() == 2).then_some(())).await;
    let kept = assessments(&world, old);
    assert_eq!(kept.iter().map(|a| a.risk.points()).collect::<Vec<_>>(), [30, 60]);
    assert_ne!(kept[0].rules, kept[1].rules);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_rejects_ends_the_session_and_says_which_it_was() {
    let world = with_rules(90, "reject").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    type_line(&mut recording, "xyzzy");
    let order = recording.ordered().await;
    assert_eq!(order.kind, OrderKind::Terminate);
    assert_eq!((order.who, order.why), ("rules".into(), "rule secret-word".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_ordered_before_is_not_ordered_again_when_other_rules_come() {
    let world = with_rules(30, "freeze").await;
    let mut console = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    type_line(&mut recording, "xyzzy");
    assert_eq!(recording.ordered().await.kind, OrderKind::Freeze);
    write_rules(world.dir.path(), 60, "freeze");
    let tsid = recording.tsid;
    stands(&mut console, tsid, "the second rules", |row| row.risk.points() == 60).await;
    recording.push(EventKind::Ttyout, b"x");
    let again = tokio::time::timeout(Duration::from_secs(1), recording.ordered()).await;
    assert!(again.is_err(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_was_typed_long_ahead_is_acted_upon_all_the_same() {
    let world = with_rules(30, "freeze").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    recording.push(EventKind::Ttyin, b"sleep 60\rxyzzy\r");
    recording.write("sleep 60\r\n").await;
    recording.push_after(60, EventKind::Ttyout, b"# xyzzy\r\n# ");
    assert_eq!(recording.ordered().await.kind, OrderKind::Freeze);
}

async fn ask(console: &mut Peer, body: RequestBody) -> Outcome {
    console.request(77, body).await.1
}

fn refused(outcome: Outcome) -> Cause {
    match outcome {
        Outcome::Failed(failure) => failure.cause,
        other => panic!("not refused: {other:?}"),
    }
}

async fn rules(console: &mut Peer) -> RulesInForce {
    match ask(console, RequestBody::Rules).await {
        Outcome::Rules(rules) => *rules,
        other => panic!("{other:?}"),
    }
}

/// A store that takes long to be assessed: what each recording shows has to be drawn.
fn long_store(dir: &Path) {
    for seq in 1..=300 {
        let tsid = Tsid::from_seq(seq).unwrap();
        let place = tsid.directories().iter().fold(dir.join("log"), |dir, part| dir.join(part));
        std::fs::create_dir_all(&place).unwrap();
        let piece = "\x1b[5;1Hall of it is shown, again and again\x1b[K\r\n".repeat(200);
        let timing = format!("4 0.01 {}\n", piece.len());
        std::fs::write(place.join("log"), "1763000000:alice:root::/dev/pts/1:24:80\n/\n/bin/sh\n")
            .unwrap();
        std::fs::write(place.join("timing"), timing.repeat(20)).unwrap();
        std::fs::write(place.join("ttyout"), piece.repeat(20)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trial_that_nobody_waits_for_makes_room_for_another() {
    let dir = prepare();
    long_store(dir.path());
    let world = World::start_in(dir).await;
    let mut olga = Peer::console(&world, "olga").await;
    let rule = "{id: x, cat: recon, score: 1, on: output, re: 'never of this kind'}";
    let text = format!("version: 1\nrules:\n- {rule}\n");
    let begun = || {
        let lines = world.access_log();
        let is_trial =
            |line: &&Value| line["detail"].as_str().is_some_and(|d| d.starts_with("try"));
        lines.iter().filter(is_trial).count()
    };
    // As many as there may be at a time.
    for id in [1, 2] {
        olga.ask(id, RequestBody::TryRules { text: text.clone() }).await;
    }
    until("both trials", async || (begun() == 2).then_some(())).await;
    for (id, target) in [(3, 1), (4, 2)] {
        olga.ask(id, RequestBody::Cancel { target }).await;
    }
    olga.ask(5, RequestBody::TryRules { text: "rules: 7".to_owned() }).await;
    let mut outcomes = Vec::new();
    while outcomes.len() < 5 {
        match olga.receive().await.unwrap() {
            Some((0, Message::Reply(reply))) => outcomes.push((reply.id, reply.outcome)),
            other => panic!("{other:?}"),
        }
    }
    for (id, outcome) in outcomes {
        match id {
            5 => assert_eq!(refused(outcome), Cause::Malformed),
            _ => assert_eq!(outcome, Outcome::Done, "{id} was done before it could be cancelled"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_tried_then_changed_by_an_admin_only_and_with_a_reason() {
    let world = with_rules(30, "notify").await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut vic = Peer::console(&world, "vic").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    type_line(&mut recording, "xyzzy");
    recording.settle().await;
    let tsid = recording.tsid;
    recording.end().await;
    stands(&mut olga, tsid, "the first rules", |row| row.risk.points() == 30).await;

    let before = rules(&mut olga).await;
    assert!(before.is_writable && before.text.contains("secret-word") && before.changes.is_empty());
    let text = before.text.replace("score: 30", "score: 80");
    let trial = match ask(&mut olga, RequestBody::TryRules { text: text.clone() }).await {
        Outcome::Trial(trial) => trial,
        other => panic!("{other:?}"),
    };
    assert_eq!((trial.tried, trial.changed, trial.faults.len()), (1, 1, 0));
    assert_eq!((trial.rows[0].row.risk.points(), trial.rows[0].risk.points()), (30, 80));
    assert_eq!(rules(&mut olga).await.hash, before.hash, "nothing was changed");

    let tally = |rules: &RulesInForce| {
        rules.tallies.iter().find(|tally| tally.rule == "secret-word").cloned().unwrap()
    };
    assert_eq!((tally(&before).sessions, tally(&before).agreement()), (1, None));
    judge(&mut olga, &[tsid], 1, verdict(Verdict::FalsePositive)).await.unwrap();
    let judged = until("the verdict in the tally", async || {
        Some(tally(&rules(&mut olga).await)).filter(|tally| tally.judged() == 1)
    });
    assert_eq!(judged.await.agreement(), Some(0));

    let set = |base: &str, text: &str, why: &str| RequestBody::SetRules {
        base: base.to_owned(),
        text: text.to_owned(),
        why: why.into(),
    };
    let hash = before.hash.as_str();
    assert_eq!(refused(ask(&mut vic, set(hash, &text, "no")).await), Cause::Forbidden);
    assert_eq!(refused(ask(&mut vic, RequestBody::Rules).await), Cause::Forbidden);
    assert_eq!(refused(ask(&mut olga, set(hash, &text, " ")).await), Cause::Malformed);
    assert_eq!(refused(ask(&mut olga, set(hash, "rules: 7", "x")).await), Cause::Malformed);
    assert_eq!(refused(ask(&mut olga, set("older", &text, "x")).await), Cause::Malformed);
    assert_eq!(ask(&mut olga, set(hash, &text, "it matters more")).await, Outcome::Done);
    stands(&mut olga, tsid, "the second rules", |row| row.risk.points() == 80).await;
    let after = rules(&mut olga).await;
    assert_eq!((after.text, after.changes.len()), (text, 1));
    assert_eq!(after.changes[0].why, "it matters more".into());
    let lines = world.access_log();
    let written = |action: &str, who: &str| {
        lines.iter().any(|line| line["action"] == action && line["operator"] == who)
    };
    assert!(written("set rules", "olga") && written("set rules refused", "vic"));
}
