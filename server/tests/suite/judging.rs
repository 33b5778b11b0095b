//! What operators say of sessions: kept, counted, told to the others, and never lost.

use std::collections::BTreeSet;

use sudolog_core::limits::JUDGED_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::triage::{RemarkKind, Verdict};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    Cause, Change, Failure, Judgement, Outcome, Query, RequestBody, Review, SessionRow,
};
use sudolog_server::config::Config;
use sudolog_server::store::reindex;

use super::console::{list, stored};
use super::peer::Peer;
use super::recording::Recording;
use super::world::{World, prepare, until};

pub fn verdict(verdict: Verdict) -> RemarkKind {
    RemarkKind::Verdict { verdict: Some(verdict), why: "because".into() }
}

pub async fn judge(
    console: &mut Peer,
    tsids: &[Tsid],
    act: u64,
    kind: RemarkKind,
) -> Result<(), Failure> {
    let body = RequestBody::Judge(Judgement { tsids: tsids.to_vec(), act, kind });
    match console.request(800, body).await.1 {
        Outcome::Done => Ok(()),
        Outcome::Failed(failure) => Err(failure),
        other => panic!("{other:?}"),
    }
}

pub async fn review(console: &mut Peer, tsid: Tsid) -> Result<Review, Cause> {
    match console.request(801, RequestBody::Review { tsid }).await.1 {
        Outcome::Review(review) => Ok(*review),
        Outcome::Failed(failure) => Err(failure.cause),
        other => panic!("{other:?}"),
    }
}

async fn row(console: &mut Peer, tsid: Tsid) -> SessionRow {
    let rows = list(console, Query::default()).await.rows;
    rows.into_iter().find(|row| row.tsid == tsid).unwrap()
}

/// A finished recording of alice on web1.
async fn recorded(world: &World, console: &mut Peer) -> Tsid {
    let mut recording = Recording::start(world, "web1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    recording.end().await;
    stored(console, tsid, 1).await;
    tsid
}

/// Asks for changes, and waits until nothing more can be missed.
pub async fn listen(world: &World, console: &mut Peer, id: u32) {
    let lines = || world.access_log().iter().filter(|line| line["action"] == "changes").count();
    let before = lines();
    console.ask(id, RequestBody::Changes).await;
    until("the line in the access log", async || (lines() > before).then_some(())).await;
}

/// The next change by an operator; the rules have their say as well.
async fn change(console: &mut Peer, id: u32) -> Change {
    loop {
        match console.receive().await.unwrap() {
            Some((stream, Message::Change(change))) if stream == id => {
                // What the operator may not see is not told.
                assert_eq!((&change.row.user, &change.row.host), (&"alice".into(), &"web1".into()));
                if change.remark.is_some() {
                    return *change;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_is_kept_counted_and_told_to_the_others() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut vic = Peer::console(&world, "vic").await;
    let tsid = recorded(&world, &mut olga).await;
    let mut others = Recording::start(&world, "db1", "alice").await;
    others.write("x").await;
    listen(&world, &mut vic, 5).await;

    // What vic may not see vic is not told.
    judge(&mut olga, &[others.tsid], 6, verdict(Verdict::Benign)).await.unwrap();
    judge(&mut olga, &[tsid], 7, verdict(Verdict::Suspicious)).await.unwrap();
    let told = change(&mut vic, 5).await;
    assert_eq!((told.row.tsid, told.remark.unwrap().act), (tsid, 7));
    assert_eq!(told.row.standing.verdict, Some(Verdict::Suspicious));
    assert_eq!(row(&mut olga, tsid).await.standing, told.row.standing);
    assert_eq!(told.row.standing.reviewed_by, ["olga".into()]);
    let log = world.access_log();
    let line =
        log.iter().find(|l| l["action"] == "judge" && l["tsid"] == tsid.to_string()).unwrap();
    assert_eq!(
        (&line["operator"], &line["detail"]),
        (&"olga".into(), &"act 7: suspicious: because".into())
    );

    // What is taken back is not in force and still stands there.
    judge(&mut olga, &[tsid], 8, RemarkKind::TakeBack { taken: 7 }).await.unwrap();
    assert_eq!(change(&mut vic, 5).await.row.standing.verdict, None);
    let reviewed = review(&mut olga, tsid).await.unwrap();
    assert_eq!(reviewed.remarks.iter().map(|r| r.act).collect::<Vec<_>>(), [7, 8]);

    let (streamed, outcome) = vic.request(6, RequestBody::Cancel { target: 5 }).await;
    assert_eq!((streamed.len(), outcome), (0, Outcome::Done));
    others.write("more").await;
    others.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_said_of_no_session() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut ada = Peer::console(&world, "ada").await;
    let (one, two) = (recorded(&world, &mut olga).await, recorded(&world, &mut olga).await);
    judge(&mut olga, &[one], 7, verdict(Verdict::Benign)).await.unwrap();
    let tag = |tag: &str| RemarkKind::Tag { tag: tag.into() };
    let assign = |to: &str| RemarkKind::Assign { to: Some(to.into()) };
    let nobody: Tsid = "00ZZZZ".parse().unwrap();
    let cases = [
        (vec![], 1, tag("a"), Cause::Malformed, "1 to"),
        (vec![one; JUDGED_MAX + 1], 1, tag("a"), Cause::Malformed, "1 to"),
        (vec![one], 0, tag("a"), Cause::Malformed, "not 0"),
        (vec![one], 1, tag("two words"), Cause::Malformed, "a tag is"),
        (vec![one], 1, RemarkKind::Unknown, Cause::Malformed, "does not know"),
        (vec![two, one], 7, tag("a"), Cause::Malformed, "in use"),
        (vec![two, nobody], 1, tag("a"), Cause::NotFound, "00ZZZZ"),
        (vec![one], 1, assign("mallory"), Cause::Malformed, "there are ada, dora, olga, vic"),
        (vec![two, one], 1, assign("dora"), Cause::Malformed, "dora may not see session"),
        (vec![one, two], 1, RemarkKind::TakeBack { taken: 7 }, Cause::Malformed, "taken back"),
    ];
    for (tsids, act, kind, cause, words) in cases {
        let failure = judge(&mut olga, &tsids, act, kind.clone()).await.unwrap_err();
        let text = failure.text.escaped().to_string();
        assert!(failure.cause == cause && text.contains(words), "{kind:?}: {text}");
    }
    let theirs = judge(&mut ada, &[one], 1, RemarkKind::TakeBack { taken: 7 }).await.unwrap_err();
    assert_eq!(theirs.cause, Cause::Malformed);
    assert_eq!(review(&mut olga, one).await.unwrap().remarks.len(), 1);
    assert_eq!(review(&mut olga, two).await.unwrap().remarks.len(), 0);
    // A session twice in one act is judged once.
    judge(&mut olga, &[two, two], 9, tag("a")).await.unwrap();
    assert_eq!(review(&mut olga, two).await.unwrap().remarks.len(), 1);
    judge(&mut olga, &[two], 10, assign("vic")).await.unwrap();
    assert_eq!(row(&mut olga, two).await.standing.assignee, Some("vic".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_at_one_session_leaves_nothing_said_of_any() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let (one, two) = (recorded(&world, &mut olga).await, recorded(&world, &mut olga).await);
    judge(&mut olga, &[one], 1, verdict(Verdict::Benign)).await.unwrap();
    let file = directory(&world, two).join("remarks");
    std::fs::write(&file, vec![b'\n'; 4 * 1024 * 1024]).unwrap();
    let failure = judge(&mut olga, &[one, two], 2, verdict(Verdict::Incident)).await.unwrap_err();
    assert_eq!(failure.cause, Cause::Storage);
    assert!(failure.text.escaped().to_string().contains("nothing is said"), "{failure:?}");
    assert_eq!(row(&mut olga, one).await.standing.verdict, Some(Verdict::Benign));
    assert_eq!(review(&mut olga, one).await.unwrap().remarks.len(), 1);
    std::fs::remove_file(&file).unwrap();
    judge(&mut olga, &[one, two], 2, verdict(Verdict::Incident)).await.unwrap();
    assert_eq!(row(&mut olga, two).await.standing.verdict, Some(Verdict::Incident));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_pair_of_eyes_is_waited_for_and_a_reindex_forgets_nothing() {
    let dir = prepare();
    let file = dir.path().join("server.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}[triage]\nsecond_look = [\"incident\"]\n")).unwrap();
    let world = World::start_in(dir).await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut ada = Peer::console(&world, "ada").await;
    let tsids = [recorded(&world, &mut olga).await, recorded(&world, &mut olga).await];
    judge(&mut olga, &tsids, 1, verdict(Verdict::Incident)).await.unwrap();
    judge(&mut olga, &tsids, 2, verdict(Verdict::Incident)).await.unwrap();
    assert!(row(&mut olga, tsids[0]).await.standing.awaits_second, "olga is no second operator");
    judge(&mut ada, &tsids[..1], 1, verdict(Verdict::Incident)).await.unwrap();
    let settled = row(&mut olga, tsids[0]).await;
    assert!(settled.standing.is_settled());
    assert_eq!(settled.standing.reviewed_by, ["olga".into(), "ada".into()]);
    let waiting = row(&mut olga, tsids[1]).await;
    drop((olga, ada));

    let World { server, dir } = world;
    server.shutdown().await;
    let config = Config::load(&dir.path().join("server.toml")).unwrap();
    reindex(&config.log_dir, &config.state_dir, &config.triage.policy()).unwrap();
    let world = World::start_in(dir).await;
    let mut olga = Peer::console(&world, "olga").await;
    // When the rules have their say is another matter.
    assert_eq!(row(&mut olga, tsids[0]).await.standing, settled.standing);
    assert_eq!(row(&mut olga, tsids[1]).await.standing, waiting.standing);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_are_kept_as_they_are_and_forge_nothing() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let tsid = recorded(&world, &mut olga).await;
    let forged = "x\"}\n{\"act\":9,\"at\":{\"seconds\":0,\"nanoseconds\":0},\"who\":\"ada\",\"what\":\"tag\",\"tag\":\"t\"}\n";
    let texts =
        [forged.as_bytes(), b"\xff\xfe\x00\x1b[2J", "\u{202e}'; DROP TABLE sessions".as_bytes()];
    let mut act = 0;
    for text in texts.map(Untrusted::new) {
        let note = RemarkKind::Note { elapsed_ns: 1, text: text.clone() };
        let why = RemarkKind::Verdict { verdict: Some(Verdict::Benign), why: text.clone() };
        for kind in [note, why] {
            act += 1;
            judge(&mut olga, &[tsid], act, kind.clone()).await.unwrap();
            let reviewed = review(&mut olga, tsid).await.unwrap();
            assert_eq!(
                (reviewed.remarks.len() as u64, &reviewed.remarks.last().unwrap().kind),
                (act, &kind)
            );
        }
        let assign = RemarkKind::Assign { to: Some(text.clone()) };
        for kind in [RemarkKind::Tag { tag: text }, assign] {
            let failure = judge(&mut olga, &[tsid], 99, kind).await.unwrap_err();
            assert_eq!(failure.cause, Cause::Malformed);
        }
    }
    let standing = row(&mut olga, tsid).await.standing;
    assert!(standing.tags.is_empty() && standing.notes == 3);
    assert!(world.access_log().iter().all(|line| line["operator"] != "ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_operators_at_once_lose_nothing() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let tsids = [recorded(&world, &mut olga).await, recorded(&world, &mut olga).await];
    let mut ada = Peer::console(&world, "ada").await;
    let say = async |console: &mut Peer| {
        for act in 1..=ACTS {
            let note = RemarkKind::Note { elapsed_ns: act, text: "n".into() };
            judge(console, &tsids, act, note).await.unwrap();
        }
    };
    tokio::join!(say(&mut olga), say(&mut ada));
    for tsid in tsids {
        let remarks = review(&mut olga, tsid).await.unwrap().remarks;
        let said: BTreeSet<_> =
            remarks.iter().map(|remark| (remark.who.clone(), remark.act)).collect();
        assert_eq!((said.len() as u64, remarks.len() as u64), (2 * ACTS, 2 * ACTS));
        assert_eq!(u64::from(row(&mut olga, tsid).await.standing.notes), 2 * ACTS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_runs_is_judged_and_its_end_changes_nothing_about_it() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    stored(&mut olga, tsid, 1).await;
    judge(&mut olga, &[tsid], 1, verdict(Verdict::Benign)).await.unwrap();
    recording.end().await;
    let ended = until("the end", async || {
        Some(row(&mut olga, tsid).await).filter(|row| !row.state.is_open())
    });
    assert_eq!(ended.await.standing.verdict, Some(Verdict::Benign));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_judged_from_its_first_moment_on() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    for act in 1..=20 {
        let mut recording = Recording::start(&world, "web1", "alice").await;
        let tsid = recording.tsid;
        judge(&mut olga, &[tsid], act, verdict(Verdict::Benign)).await.unwrap();
        recording.write("x").await;
        recording.end().await;
        stored(&mut olga, tsid, 1).await;
        let ended = until("the end", async || {
            Some(row(&mut olga, tsid).await).filter(|row| !row.state.is_open())
        });
        assert_eq!(ended.await.standing.verdict, Some(Verdict::Benign));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_know_is_told_who_looks_at_the_same() {
    let world = World::start().await;
    let mut olga = Peer::console(&world, "olga").await;
    let mut vic = Peer::console(&world, "vic").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    stored(&mut olga, tsid, 1).await;
    assert_eq!(review(&mut olga, tsid).await.unwrap().watchers, []);
    vic.ask(3, RequestBody::Watch { tsid }).await;
    assert!(matches!(vic.receive().await.unwrap(), Some((3, _))));
    let reviewed = review(&mut olga, tsid).await.unwrap();
    assert_eq!(reviewed.watchers, ["vic".into()]);
    assert_eq!(review(&mut vic, tsid).await.unwrap().watchers, [], "a viewer is not told");
    for _ in 0..20 {
        review(&mut olga, tsid).await.unwrap();
    }
    let log = world.access_log();
    let of = |line: &&serde_json::Value| line["action"] == "review" && line["operator"] == "olga";
    assert_eq!(log.iter().filter(of).count(), 1, "once a minute");
    recording.end().await;
}

fn directory(world: &World, tsid: Tsid) -> std::path::PathBuf {
    let log = world.dir.path().join("log");
    tsid.directories().iter().fold(log, |path, part| path.join(part))
}

const ACTS: u64 = 100;
