//! Every request as every role, and as an operator whose patterns do not match.

use sudolog_core::session::Tsid;
use sudolog_core::triage::RemarkKind;
use sudolog_core::wire::message::{
    AlertAct, AlertsQuery, Cause, EventsQuery, Judgement, OrderKind, Outcome, OutlineKnown, Query,
    RequestBody, SummaryQuery, Views, ViewsQuery,
};

use super::console::stored;
use super::judging::listen;
use super::peer::Peer;
use super::recording::Recording;
use super::world::World;

const RULES: &str = "version: 1\nrules: []\n";

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Comes {
    Answer,
    Forbidden,
    NotFound,
}

/// All that can be asked of one session, and what comes of it for a viewer, an auditor, an admin and
/// an auditor who may see other hosts only.
fn of_session(tsid: Tsid, act: u64) -> Vec<(&'static str, RequestBody, [Comes; 4])> {
    use Comes::{Answer, Forbidden, NotFound};
    let seen = [Answer, Answer, Answer, NotFound];
    let text = "x".to_owned();
    let kind = RemarkKind::Tag { tag: "a".into() };
    let views = ViewsQuery { tsid: Some(tsid), limit: 5 };
    let order = RequestBody::Order { tsid, kind: OrderKind::Message, why: "x".into() };
    vec![
        ("show", RequestBody::Show { tsid }, seen),
        ("read", RequestBody::Read { tsid, from_seq: 1 }, seen),
        ("play", RequestBody::Outline { tsid, known: OutlineKnown::default() }, seen),
        ("play", RequestBody::Look { tsid, seq: 1, screen: true, streams: 22, bytes: 1 }, seen),
        (
            "search",
            RequestBody::Search {
                tsid,
                text,
                regex: false,
                streams: 22,
                follow: false,
                fuzzy: false,
                after: None,
                before: None,
            },
            seen,
        ),
        ("review", RequestBody::Review { tsid }, seen),
        ("views", RequestBody::Views(views), [Forbidden, Answer, Answer, NotFound]),
        (
            "judge",
            RequestBody::Judge(Judgement { tsids: vec![tsid], act, kind }),
            [Forbidden, Answer, Answer, NotFound],
        ),
        ("message", order, [Forbidden, Forbidden, Answer, Forbidden]),
    ]
}

/// The same for what is asked of all sessions.
fn of_all() -> Vec<(&'static str, RequestBody, [Comes; 4])> {
    use Comes::{Answer, Forbidden};
    vec![
        ("list", RequestBody::List(Query::default()), [Answer; 4]),
        ("summary", RequestBody::Summary(SummaryQuery::default()), [Answer; 4]),
        ("views", RequestBody::Views(ViewsQuery::default()), [Forbidden, Answer, Answer, Answer]),
        ("events", RequestBody::Events(EventsQuery::default()), [Answer; 4]),
        ("rules", RequestBody::Rules, [Forbidden, Answer, Answer, Answer]),
        (
            "alerts",
            RequestBody::Alerts(AlertsQuery::default()),
            [Forbidden, Answer, Answer, Answer],
        ),
        (
            "alert",
            RequestBody::Alert(AlertAct::Test { target: "soc".to_owned() }),
            [Forbidden, Forbidden, Answer, Forbidden],
        ),
        (
            "rules",
            RequestBody::TryRules { text: RULES.to_owned() },
            [Forbidden, Answer, Answer, Answer],
        ),
    ]
}

fn came(outcome: &Outcome) -> Comes {
    match outcome {
        Outcome::Failed(failure) if failure.cause == Cause::Forbidden => Comes::Forbidden,
        Outcome::Failed(failure) if failure.cause == Cause::NotFound => Comes::NotFound,
        Outcome::Failed(failure) => panic!("{failure:?}"),
        _ => Comes::Answer,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_gets_what_the_table_says_and_refusals_are_written_down() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    super::events::say(&world, "web1", vec![super::events::entry("a.1", "alice")]).await;
    for (place, name) in ["vic", "ada", "olga", "dora"].into_iter().enumerate() {
        let mut console = Peer::console(&world, name).await;
        if place == 0 {
            stored(&mut console, tsid, 1).await;
        }
        for (action, body, comes) in of_session(tsid, 1).into_iter().chain(of_all()) {
            let (streamed, outcome) = console.request(1, body).await;
            assert_eq!(came(&outcome), comes[place], "{action} by {name}: {outcome:?}");
            let log = world.access_log();
            let last = log.iter().rfind(|line| line["operator"] == name).unwrap();
            if comes[place] != Comes::Answer {
                assert!(streamed.is_empty(), "something was shown");
                assert_eq!(last["action"], format!("{action} refused"), "by {name}");
            }
            if let Outcome::Sessions(listing) = &outcome {
                assert_eq!(listing.total, u64::from(name != "dora"));
            }
            if let Outcome::Events(events) = &outcome {
                assert_eq!(events.entries.is_empty(), name == "dora", "{name}");
            }
            if let Outcome::Summary(summary) = &outcome {
                assert_eq!(summary.total, u64::from(name != "dora"));
            }
        }
        let comes = if name == "dora" { Comes::NotFound } else { Comes::Answer };
        if comes == Comes::Answer {
            console.ask(2, RequestBody::Watch { tsid }).await;
            assert!(matches!(console.receive().await.unwrap(), Some((2, _))));
        } else {
            assert_eq!(came(&console.request(2, RequestBody::Watch { tsid }).await.1), comes);
        }
        listen(&world, &mut console, 3).await;
    }
    // Its host has been sent what the admin ordered; nobody reads that here.
    drop(recording);
}

async fn views(console: &mut Peer, query: ViewsQuery) -> Views {
    match console.request(700, RequestBody::Views(query)).await.1 {
        Outcome::Views(views) => views,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_looked_at_what_is_told_the_newest_first_to_those_who_may_know() {
    let world = World::start().await;
    let mut recordings = [
        Recording::start(&world, "web1", "alice").await,
        Recording::start(&world, "db1", "bob").await,
    ];
    let [one, two] = [recordings[0].tsid, recordings[1].tsid];
    let mut olga = Peer::console(&world, "olga").await;
    for recording in &mut recordings {
        recording.write("x").await;
        stored(&mut olga, recording.tsid, 1).await;
        olga.request(1, RequestBody::Read { tsid: recording.tsid, from_seq: 1 }).await;
    }
    let all = views(&mut olga, ViewsQuery::default()).await.entries;
    let actions: Vec<_> = all.iter().take(2).map(|view| view.action.clone()).collect();
    assert_eq!(actions, ["views".into(), "read".into()]);
    assert_eq!((all[1].tsid, &all[1].operator), (Some(two), &"olga".into()));
    let of_one = views(&mut olga, ViewsQuery { tsid: Some(one), limit: 2 }).await.entries;
    assert_eq!(of_one.len(), 2);
    assert!(of_one.iter().all(|view| view.tsid == Some(one)));

    // Dora sees db1 only, and nothing that would tell her of others.
    let mut dora = Peer::console(&world, "dora").await;
    let known = views(&mut dora, ViewsQuery::default()).await.entries;
    assert!(known.iter().any(|view| view.tsid == Some(two)));
    assert!(known.iter().all(|view| view.tsid == Some(two) || view.operator == "dora".into()));
    for recording in recordings {
        recording.end().await;
    }
}
