//! The client against a server that behaves, misbehaves, and goes away.

use std::time::Duration;

use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{
    Cause, Denied, DenyCode, Failure, Listing, OrderKind, Outcome, Query, Reply, RequestBody,
};

use super::fake::{FakeServer, event, keyframe, welcome};
use super::{Address, Client, ClientError, Item, LinkState};

fn tsid() -> sudolog_core::session::Tsid {
    "000001".parse().unwrap()
}

/// Every wait in these tests ends, one way or the other.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("within ten seconds")
}

async fn connected(server: &FakeServer) -> (Client, super::fake::Peer) {
    let (client, peer) =
        soon(async { tokio::join!(Client::connect(server.address()), server.welcome()) }).await;
    (client.unwrap(), peer)
}

#[tokio::test]
async fn answers_find_their_requests_in_any_order() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let asking = async { tokio::join!(client.list(Query::default()), client.show(tsid())) };
    let answering = async {
        let (first, second) = (peer.request().await, peer.request().await);
        let (list, show) = match first.1 {
            RequestBody::List(_) => (first.0, second.0),
            _ => (second.0, first.0),
        };
        let failure = Failure { cause: Cause::NotFound, text: "no such session".into() };
        peer.fail(show, failure).await;
        peer.reply(list, Outcome::Sessions(Listing { total: 7, rows: Vec::new() })).await;
    };
    let ((list, show), ()) = soon(async { tokio::join!(asking, answering) }).await;
    assert_eq!(list.unwrap().total, 7);
    assert!(show.unwrap_err().is_not_found());
}

#[tokio::test]
async fn what_the_server_says_is_wrong_with_it_stands_beside_the_link_until_it_says_otherwise() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let mut link = client.link();
    for (said, shown) in [
        (Some("rules: \u{1b}[2J"), "rules: \\u{1b}[2J"),
        (None, "rules: \\u{1b}[2J"),
        (Some(""), ""),
    ] {
        let warning = said.map(Untrusted::from);
        let answering = async {
            let (id, _) = peer.request().await;
            let outcome = Outcome::Sessions(Listing::default());
            peer.say(0, &Message::Reply(Reply { id, warning, outcome })).await;
        };
        let (list, ()) =
            soon(async { tokio::join!(client.list(Query::default()), answering) }).await;
        list.unwrap();
        assert_eq!(link.borrow_and_update().warning(), shown);
    }
}

#[tokio::test]
async fn a_stream_brings_every_item_and_then_its_end() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let mut stream = client.watch(tsid()).await.unwrap();
    let (id, body) = soon(peer.request()).await;
    assert_eq!(body, RequestBody::Watch { tsid: tsid() });
    peer.say(id, &Message::Keyframe(keyframe(1, "a"))).await;
    peer.say(id, &Message::Event(event(2, "b"))).await;
    peer.say(id + 1, &Message::Event(event(2, "not ours"))).await;
    peer.reply(id, Outcome::Done).await;
    assert_eq!(soon(stream.next()).await, Ok(Some(Item::Keyframe(keyframe(1, "a")))));
    assert_eq!(soon(stream.next()).await, Ok(Some(Item::Event(event(2, "b")))));
    assert_eq!(soon(stream.next()).await, Ok(None));
    assert_eq!(soon(stream.next()).await, Ok(None));
}

#[tokio::test]
async fn a_dropped_stream_is_cancelled_with_the_next_request() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let stream = client.watch(tsid()).await.unwrap();
    let (target, _) = soon(peer.request()).await;
    drop(stream);
    let _next = client.read(tsid(), 1).await.unwrap();
    assert_eq!(soon(peer.request()).await.1, RequestBody::Cancel { target });
    assert!(matches!(soon(peer.request()).await.1, RequestBody::Read { .. }));
}

#[tokio::test]
async fn what_was_given_up_before_it_was_sent_is_never_sent() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    // Nothing runs between the two: the task that sends has not seen it yet.
    drop(client.watch(tsid()).await.unwrap());
    let _next = client.read(tsid(), 1).await.unwrap();
    assert!(matches!(soon(peer.request()).await.1, RequestBody::Read { .. }));
}

#[tokio::test]
async fn a_cut_fails_what_was_pending_and_is_mended() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let mut link = client.link();
    assert_eq!(
        *link.borrow_and_update(),
        LinkState::Up { server_id: "fake".to_owned(), role: None, warning: String::new() }
    );
    let mut stream = client.watch(tsid()).await.unwrap();
    let (id, _) = soon(peer.request()).await;
    peer.say(id, &Message::Keyframe(keyframe(1, "a"))).await;
    drop(peer);
    assert!(soon(stream.next()).await.unwrap().is_some());
    assert!(matches!(soon(stream.next()).await, Err(ClientError::Lost { .. })));
    soon(link.wait_for(|state| matches!(state, LinkState::Down { .. }))).await.unwrap();
    let mut peer = soon(server.welcome()).await;
    soon(link.wait_for(|state| matches!(state, LinkState::Up { .. }))).await.unwrap();
    let (list, ()) = soon(async {
        tokio::join!(client.list(Query::default()), async {
            let (id, _) = peer.request().await;
            peer.reply(id, Outcome::Sessions(Listing::default())).await;
        })
    })
    .await;
    assert_eq!(list, Ok(Listing::default()));
}

#[tokio::test]
async fn a_full_stream_that_is_cut_is_never_taken_for_whole() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let mut stream = client.read(tsid(), 1).await.unwrap();
    let (id, _) = soon(peer.request()).await;
    let sent = sudolog_core::limits::CONSOLE_STREAM_ITEMS_MAX as u64;
    for seq in 1..=sent {
        peer.say(id, &Message::Event(event(seq, "x"))).await;
    }
    drop(peer);
    let mut link = client.link();
    soon(link.wait_for(|state| matches!(state, LinkState::Down { .. }))).await.unwrap();
    for _ in 1..=sent {
        assert!(soon(stream.next()).await.unwrap().is_some());
    }
    assert!(matches!(soon(stream.next()).await, Err(ClientError::Lost { .. })));
}

#[tokio::test(start_paused = true)]
async fn silence_on_an_owed_reply_is_a_lost_connection() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let (list, _) = tokio::join!(client.list(Query::default()), peer.request());
    assert!(matches!(list, Err(ClientError::Lost { reason, .. }) if reason.contains("5 s")));
}

#[tokio::test]
async fn refusals_say_whose_turn_it_is() {
    let server = FakeServer::start();
    let answers = [
        Message::Denied(Denied { code: DenyCode::Identity, text: "who are you".into() }),
        Message::Welcome(welcome(9)),
        Message::Heartbeat(1),
    ];
    let mut errors = Vec::new();
    for answer in answers {
        let refusing = async {
            let mut peer = server.accept().await;
            peer.next().await;
            peer.say(0, &answer).await;
        };
        let (client, ()) =
            soon(async { tokio::join!(Client::connect(server.address()), refusing) }).await;
        errors.push(client.unwrap_err());
    }
    assert!(errors[0].is_authentication() && errors[0].to_string().contains("who are you"));
    assert!(errors[1].to_string().contains("version 9"), "{}", errors[1]);
    assert!(errors[2].to_string().contains("HEARTBEAT in place of WELCOME"), "{}", errors[2]);
}

#[tokio::test]
async fn nobody_there_is_said_with_the_address() {
    let address = Address::Socket("/nonexistent/console.sock".into());
    let error = soon(Client::connect(address)).await.unwrap_err();
    assert!(error.to_string().contains("/nonexistent/console.sock"), "{error}");
    assert!(!error.is_authentication());
}

#[tokio::test]
async fn an_order_goes_out_once_and_never_again() {
    let server = FakeServer::start();
    let (client, mut peer) = connected(&server).await;
    let order = |client: &Client| {
        let client = client.clone();
        async move { client.order(tsid(), OrderKind::Freeze, "odd".into()).await }
    };
    let body = RequestBody::Order { tsid: tsid(), kind: OrderKind::Freeze, why: "odd".into() };
    let (answer, ()) = soon(async {
        tokio::join!(order(&client), async {
            let (id, asked) = peer.request().await;
            assert_eq!(asked, body);
            peer.reply(id, Outcome::Done).await;
        })
    })
    .await;
    assert_eq!(answer, Ok(()));

    // The answer to this one is lost with the connection: it is not for us to give it again.
    let (answer, ()) = soon(async {
        tokio::join!(order(&client), async {
            assert_eq!(peer.request().await.1, body);
            drop(peer);
        })
    })
    .await;
    assert!(matches!(answer, Err(ClientError::Lost { .. })), "{answer:?}");
    let mut peer = soon(server.welcome()).await;
    let mut link = client.link();
    soon(link.wait_for(|state| matches!(state, LinkState::Up { .. }))).await.unwrap();
    let (list, ()) = soon(async {
        tokio::join!(client.list(Query::default()), async {
            let (id, asked) = peer.request().await;
            assert!(matches!(asked, RequestBody::List(_)), "{asked:?} in place of the list");
            let failure = Failure { cause: Cause::Forbidden, text: "only an admin".into() };
            peer.fail(id, failure).await;
        })
    })
    .await;
    assert!(list.is_err());
}
