//! A slip of the pen in a file that no recording depends on: the server starts all the same, says it everywhere,
//! and needs nobody but whoever mends the file.

use sudolog_core::eventlog::{Kind, Stored};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    AlertAct, AlertsQuery, Cause, EventsQuery, Outcome, Query, Reply, RequestBody, RulesInForce,
};

use super::peer::Peer;
use super::program::run;
use super::recording::Recording;
use super::world::{World, prepare, until};

const RULES: &str = "version: 1\nrules:\n- {id: x, cat: recon, score: 9, on: typed, re: xyzzy}\n";
const ALERTS: &str = "version: 1\ntargets: {here: {kind: journal, socket: /nowhere}}\nroutes: []\n";

/// What the server says is wrong with it, beside a list.
async fn warning(console: &mut Peer) -> Untrusted {
    console.ask(7, RequestBody::List(Query::default())).await;
    loop {
        if let Some((0, Message::Reply(Reply { id: 7, warning, .. }))) =
            console.receive().await.unwrap()
        {
            return warning.unwrap();
        }
    }
}

async fn rules(console: &mut Peer) -> RulesInForce {
    match console.request(8, RequestBody::Rules).await.1 {
        Outcome::Rules(rules) => *rules,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_files_keep_no_server_from_starting_and_are_said_until_they_are_mended() {
    let dir = prepare();
    let config = dir.path().join("server.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let more = "[risk]\nrules = \"rules.yaml\"\n";
    std::fs::write(&config, format!("{text}{more}")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("rules.yaml", RULES);
    write("alerts.yaml", ALERTS);
    let good = std::fs::read(&config).unwrap();
    let world = World::start_in(dir).await;
    let mut console = Peer::console(&world, "olga").await;
    let hash = rules(&mut console).await.hash;
    assert_eq!(warning(&mut console).await, "".into());
    drop(console);
    let World { server, dir } = world;
    server.shutdown().await;

    assert_eq!(std::fs::read(&config).unwrap(), good);
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    write("rules.yaml", &format!("{RULES}  nonsense: 1\n"));
    write("alerts.yaml", "version: 1\nroutes: []\n");
    let (code, said) = run(&["check", "--config", config.to_str().unwrap()]);
    assert!(code == 1 && said.contains("rules.yaml: line 4"), "{said}");
    let world = World::start_in(dir).await;
    let mut console = Peer::console(&world, "olga").await;
    assert_eq!(rules(&mut console).await.hash, hash, "the last good ones");
    let said = warning(&mut console).await.escaped().to_string();
    assert!(said.contains("rules.yaml: line 4") && said.contains("`targets` is missing"), "{said}");
    let query = EventsQuery { kinds: vec![Kind::Trouble], ..EventsQuery::default() };
    let told = async || {
        let (_, told) = console.request(9, RequestBody::Events(query.clone())).await;
        let Outcome::Events(events) = told else { panic!("{told:?}") };
        (events.entries.len() >= 2).then_some(events.entries.len())
    };
    assert_eq!(until("both to stand in the event log", told).await, 2);

    std::fs::write(world.dir.path().join("rules.yaml"), RULES).unwrap();
    std::fs::write(world.dir.path().join("alerts.yaml"), ALERTS).unwrap();
    let mended = async || warning(&mut console).await.is_empty().then_some(());
    until("both files to be taken", mended).await;
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_that_cannot_be_opened_is_said_and_nothing_else_waits_for_it() {
    let dir = prepare();
    std::fs::create_dir(dir.path().join("state")).unwrap();
    let in_the_way = dir.path().join("state/outbox");
    std::fs::write(&in_the_way, "no directory").unwrap();
    let world = World::start_in(dir).await;
    let mut console = Peer::console(&world, "olga").await;
    let said = warning(&mut console).await.escaped().to_string();
    assert!(said.contains("outbox cannot be opened") && said.contains("NOBODY"), "{said}");
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    recording.end().await;
    let query = EventsQuery { kinds: vec![Kind::Trouble], ..EventsQuery::default() };
    let (_, told) = console.request(9, RequestBody::Events(query)).await;
    let Outcome::Events(events) = told else { panic!("{told:?}") };
    let is_it = |stored: &&Stored| stored.entry.text.as_bytes() == said.as_bytes();
    assert_eq!(events.entries.iter().filter(is_it).count(), 1, "{:?}", events.entries);
    let test = AlertAct::Test { target: "soc".to_owned() };
    let (_, refused) = console.request(10, RequestBody::Alert(test.clone())).await;
    let Outcome::Failed(failure) = refused else { panic!("{refused:?}") };
    assert_eq!(failure.cause, Cause::Storage);

    std::fs::remove_file(&in_the_way).unwrap();
    let opened = async || warning(&mut console).await.is_empty().then_some(());
    until("the outbox to be opened", opened).await;
    let (_, done) = console.request(11, RequestBody::Alert(test)).await;
    assert_eq!(done, Outcome::Done);
    let (_, status) = console.request(12, RequestBody::Alerts(AlertsQuery::default())).await;
    let Outcome::Alerts(alerts) = status else { panic!("{status:?}") };
    assert_eq!((alerts.targets.len(), alerts.deliveries.len()), (1, 1));
    world.server.shutdown().await;
}
