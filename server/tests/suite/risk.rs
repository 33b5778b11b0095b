//! The rules at work on a running server.

use std::path::Path;

use sudolog_core::risk::{Anomaly, Source};
use sudolog_core::session::{EventKind, Tsid};
use sudolog_core::wire::message::{Assessment, OrderKind, Query, SessionRow};

use super::console::list;
use super::peer::Peer;
use super::recording::Recording;
use super::world::{World, prepare, until};

/// Types a line as a shell with echo shows it.
fn type_line(recording: &mut Recording, line: &str) {
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
async fn with_rules(points: u8, act: &str) -> World {
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
