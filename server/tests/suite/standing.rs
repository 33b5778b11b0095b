//! What was said to a host that was not there: it is said when the host is back, also by another server.

use sudolog_core::session::Tsid;
use sudolog_core::wire::message::{Order, OrderKind, Outcome, RequestBody};

use super::peer::Peer;
use super::recording::Recording;
use super::risk::with_rules;
use super::world::World;

async fn order(console: &mut Peer, tsid: Tsid, kind: OrderKind) {
    let body = RequestBody::Order { tsid, kind, why: "as agreed".into() };
    assert_eq!(console.request(5, body).await.1, Outcome::Done);
}

fn ordered(kind: OrderKind) -> Order {
    Order { kind, who: "olga".into(), why: "as agreed".into() }
}

async fn anew(world: World) -> World {
    let World { server, dir } = world;
    server.shutdown().await;
    World::start_in(dir).await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_outlive_the_server() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("# ").await;
    let mut console = Peer::console(&world, "olga").await;
    for kind in [OrderKind::Thaw, OrderKind::Message, OrderKind::Freeze] {
        order(&mut console, recording.tsid, kind).await;
        assert_eq!(recording.ordered().await, ordered(kind));
    }

    let world = anew(world).await;
    let mut console = Peer::console(&world, "olga").await;
    // Its host is away.
    order(&mut console, recording.tsid, OrderKind::Terminate).await;
    let world = anew(world).await;
    recording.resume(&world).await;
    assert_eq!(recording.ordered().await, ordered(OrderKind::Freeze), "the last one counts");
    assert_eq!(recording.ordered().await, ordered(OrderKind::Terminate));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_back_hears_whether_lines_wait() {
    let world = with_rules(30, "reject").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    assert!(recording.opened_waiting, "from the first event on");
    assert!(recording.checked().await.wait);
    let World { server, dir } = world;
    server.shutdown().await;
    std::fs::write(dir.path().join("rules.yaml"), "version: 1\nrules: []\n").unwrap();
    let world = World::start_in(dir).await;
    recording.resume(&world).await;
    assert!(!recording.checked().await.wait);
    let other = Recording::start(&world, "web1", "alice").await;
    assert!(!other.opened_waiting);
    other.end().await;
}
