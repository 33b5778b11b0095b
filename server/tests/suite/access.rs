//! Watching is recorded (invariant I7): written first, or nothing is shown.

use sudolog_core::triage::RemarkKind;
use sudolog_core::wire::message::{
    Cause, Judgement, Outcome, Query, RequestBody, SummaryQuery, ViewsQuery,
};

use super::peer::Peer;
use super::recording::Recording;
use super::world::{World, prepare, until};

#[tokio::test(flavor = "multi_thread")]
async fn every_view_is_in_the_access_log_when_it_is_answered() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "db1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    let mut olga = Peer::console(&world, "olga").await;
    let text = "sh\"},\n{\"operator\":\"root".to_owned();
    olga.request(1, RequestBody::List(Query { text: text.clone(), ..Query::default() })).await;
    let shown = async || {
        let outcome = olga.request(2, RequestBody::Show { tsid }).await.1;
        matches!(outcome, Outcome::Session(_)).then_some(())
    };
    until("the session", shown).await;
    olga.request(3, RequestBody::Read { tsid, from_seq: 1 }).await;
    olga.ask(4, RequestBody::Watch { tsid }).await;
    assert!(matches!(olga.receive().await.unwrap(), Some((4, _))));
    let log = world.access_log();
    let line = |action: &str| log.iter().rfind(|line| line["action"] == action).unwrap();
    assert_eq!(line("list")["detail"], text, "one line, whatever was searched for");
    for action in ["show", "read", "watch"] {
        assert_eq!(line(action)["tsid"], tsid.to_string(), "{action}");
        assert_eq!(line(action)["operator"], "olga");
        assert_eq!(line(action)["role"], "admin");
        assert!(line(action)["from"].as_str().unwrap().starts_with("127.0.0.1:"));
        assert!(line(action)["time_ms"].as_u64().unwrap() > 1_600_000_000_000);
    }

    let mut vic = Peer::console(&world, "vic").await;
    vic.request(1, RequestBody::Watch { tsid }).await;
    let mut local = Peer::local_console(&world).await;
    local.request(1, RequestBody::List(Query::default())).await;
    let log = world.access_log();
    let refused = log.iter().find(|line| line["action"] == "watch refused").unwrap();
    assert_eq!((&refused["operator"], &refused["role"]), (&"vic".into(), &"viewer".into()));
    assert_eq!(log.last().unwrap()["from"], "local");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_asked_for_again_and_again_is_one_line_of_its_connection() {
    let world = World::start().await;
    let word = |text: &str| Query { text: text.to_owned(), ..Query::default() };
    let mut olga = Peer::console(&world, "olga").await;
    for round in 0..20 {
        for (id, text) in [(1, ""), (2, "web1")] {
            let (_, outcome) = olga.request(id, RequestBody::List(word(text))).await;
            assert!(matches!(outcome, Outcome::Sessions(_)), "round {round}: {outcome:?}");
        }
    }
    let lists = |log: &[serde_json::Value]| log.iter().filter(|l| l["action"] == "list").count();
    assert_eq!(lists(&world.access_log()), 2);
    let mut again = Peer::console(&world, "olga").await;
    again.request(1, RequestBody::List(word("web1"))).await;
    assert_eq!(lists(&world.access_log()), 3, "another connection has its own lines");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_access_log_nothing_is_shown_and_all_is_recorded() {
    let dir = prepare();
    std::fs::create_dir(dir.path().join("state")).unwrap();
    std::os::unix::fs::symlink("/dev/full", dir.path().join("state/access.log")).unwrap();
    let world = World::start_in(dir).await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("secret").await;
    let tsid = recording.tsid;
    let mut olga = Peer::console(&world, "olga").await;
    for (id, body) in (1..).zip([
        RequestBody::List(Query::default()),
        RequestBody::Show { tsid },
        RequestBody::Read { tsid, from_seq: 1 },
        RequestBody::Watch { tsid },
        RequestBody::Review { tsid },
        RequestBody::Summary(SummaryQuery::default()),
        RequestBody::Views(ViewsQuery::default()),
        RequestBody::Changes,
        RequestBody::Judge(Judgement {
            tsids: vec![tsid],
            act: 1,
            kind: RemarkKind::Tag { tag: "a".into() },
        }),
    ]) {
        let (streamed, outcome) = olga.request(id, body).await;
        assert!(streamed.is_empty(), "something was shown");
        match outcome {
            Outcome::Failed(failure) => {
                assert_eq!(failure.cause, Cause::Storage);
                assert!(failure.text.escaped().to_string().contains("access log"));
            }
            other => panic!("{other:?}"),
        }
    }
    let recordings = world.dir.path().join("log");
    let remarks = tsid.directories().iter().fold(recordings, |path, part| path.join(part));
    assert!(!remarks.join("remarks").exists(), "something was said that is not written down");
    recording.write("more").await;
    recording.end().await;
}
