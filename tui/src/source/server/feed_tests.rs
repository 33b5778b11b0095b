//! The feed of the live screen against a server that behaves, refuses, and goes away.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::{Event, EventKind, SessionState, Tsid};
use sudolog_core::term::SafeScreen;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Detail, Failure, Listing, Outcome, Query, RequestBody};

use super::fake::{FakeServer, Peer, event, keyframe};
use super::{Client, ClientError, Feed, LinkState, News, Picture, Wanted};
use crate::screens::live::sample::row;

fn tsid(number: u32) -> Tsid {
    Tsid::from_seq(number).unwrap()
}

fn watching(number: u32) -> Wanted {
    Wanted { query: Query::default(), watched: vec![tsid(number)], ended: Vec::new() }
}

/// Every wait in these tests ends, one way or the other.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(10), what).await.expect("within ten seconds")
}

/// Answers lists with nothing until another request comes.
async fn request(peer: &mut Peer) -> (u32, RequestBody) {
    let next = async {
        loop {
            match peer.request().await {
                (id, RequestBody::List(_)) => {
                    peer.reply(id, Outcome::Sessions(Listing::default())).await;
                }
                other => return other,
            }
        }
    };
    soon(next).await
}

/// The next news that is not of the list.
async fn news(feed: &mut Feed) -> News {
    let next = async {
        loop {
            match feed.next().await.unwrap() {
                News::Listed(..) => {}
                news => return news,
            }
        }
    };
    soon(next).await
}

/// Waits until the newest picture shows this in its first row.
async fn picture(feed: &mut Feed, want: &str) -> u64 {
    newest(feed, want).await.seq
}

async fn newest(feed: &mut Feed, want: &str) -> Arc<Picture> {
    let shown = async {
        loop {
            if let News::Picture(picture) = news(feed).await
                && picture.screen.row_text(0) == want
            {
                return picture;
            }
        }
    };
    soon(shown).await
}

async fn start(server: &FakeServer) -> (Feed, Client, Peer) {
    let address = server.address();
    let (client, peer) =
        soon(async { tokio::join!(Client::connect(address), server.welcome()) }).await;
    let client = client.unwrap();
    let mut feed = Feed::start(&client, watching(1));
    assert!(matches!(news(&mut feed).await, News::Link(LinkState::Up { .. })));
    (feed, client, peer)
}

#[tokio::test]
async fn a_late_joiner_sees_the_screen_and_then_what_happens() {
    let server = FakeServer::start();
    let (mut feed, _client, mut peer) = start(&server).await;
    let (id, body) = request(&mut peer).await;
    assert_eq!(body, RequestBody::Watch { tsid: tsid(1) });
    peer.say(id, &Message::Keyframe(keyframe(7, "early"))).await;
    assert_eq!(picture(&mut feed, "early").await, 7);
    peer.say(id, &Message::Event(event(7, " twice"))).await;
    peer.say(id, &Message::Event(event(8, " bird"))).await;
    assert_eq!(picture(&mut feed, "early bird").await, 8);
    peer.say(id, &Message::Keyframe(keyframe(90, "resynchronised"))).await;
    assert_eq!(picture(&mut feed, "resynchronised").await, 90);
}

#[tokio::test]
async fn how_far_a_picture_is_behind_is_told_until_it_has_caught_up() {
    let server = FakeServer::start();
    let (mut feed, _client, mut peer) = start(&server).await;
    let (id, _) = request(&mut peer).await;
    let mut screen = SafeScreen::new(24, 80);
    screen.feed(b"past");
    let dump = screen.to_wire_behind(1, Duration::from_secs(10), Duration::from_secs(5));
    peer.say(id, &Message::Keyframe(dump)).await;
    assert_eq!(newest(&mut feed, "past").await.behind, Duration::from_secs(5));
    for (seq, shown, behind) in [(2, "past.", 2), (3, "past..", 0)] {
        let later = Event::new(seq, 3_000_000_000, EventKind::Ttyout, ".".into()).unwrap();
        peer.say(id, &Message::Event(later)).await;
        assert_eq!(newest(&mut feed, shown).await.behind, Duration::from_secs(behind));
    }
}

#[tokio::test]
async fn a_lost_connection_is_told_and_the_session_followed_again() {
    let server = FakeServer::start();
    let (mut feed, _client, mut peer) = start(&server).await;
    request(&mut peer).await;
    drop(peer);
    assert!(matches!(news(&mut feed).await, News::Link(LinkState::Down { .. })));
    let mut peer = soon(server.welcome()).await;
    assert!(matches!(news(&mut feed).await, News::Link(LinkState::Up { .. })));
    let (id, body) = request(&mut peer).await;
    assert_eq!(body, RequestBody::Watch { tsid: tsid(1) });
    peer.say(id, &Message::Keyframe(keyframe(2, "again"))).await;
    assert_eq!(picture(&mut feed, "again").await, 2);
}

#[tokio::test]
async fn wanting_another_session_cancels_the_first() {
    let server = FakeServer::start();
    let (feed, _client, mut peer) = start(&server).await;
    let (first, _) = request(&mut peer).await;
    feed.want(watching(2));
    let mut seen = Vec::new();
    while seen.len() < 2 {
        seen.push(request(&mut peer).await.1);
    }
    let wanted = [RequestBody::Cancel { target: first }, RequestBody::Watch { tsid: tsid(2) }];
    assert!(wanted.iter().all(|body| seen.contains(body)), "{seen:?}");
}

#[tokio::test]
async fn an_end_and_a_refusal_are_told_once() {
    let server = FakeServer::start();
    let (mut feed, _client, mut peer) = start(&server).await;
    let (id, _) = request(&mut peer).await;
    peer.reply(id, Outcome::Done).await;
    let failure = Failure { cause: Cause::NotFound, text: "gone".into() };
    let (show, body) = request(&mut peer).await;
    assert_eq!(body, RequestBody::Show { tsid: tsid(1) });
    peer.fail(show, failure.clone()).await;
    assert!(matches!(news(&mut feed).await, News::Ended(ended, None) if ended == tsid(1)));
    feed.want(watching(2));
    let (id, body) = request(&mut peer).await;
    assert_eq!(body, RequestBody::Watch { tsid: tsid(2) });
    peer.fail(id, failure.clone()).await;
    let (show, _) = request(&mut peer).await;
    peer.fail(show, failure.clone()).await;
    assert!(matches!(
        news(&mut feed).await,
        News::NotFollowed(refused, ClientError::Failed(why)) if refused == tsid(2) && why == failure
    ));
}

#[tokio::test]
async fn a_session_that_ended_before_it_was_joined_has_ended() {
    let server = FakeServer::start();
    let (mut feed, _client, mut peer) = start(&server).await;
    let (id, _) = request(&mut peer).await;
    let failure = Failure { cause: Cause::NotFound, text: "not running".into() };
    peer.fail(id, failure).await;
    let (show, _) = request(&mut peer).await;
    let row = row(1, SessionState::Complete);
    let detail = Detail {
        row: row.clone(),
        start: None,
        end: None,
        acks: Vec::new(),
        incomplete: None,
        incidents: Vec::new(),
    };
    peer.reply(show, Outcome::Session(Box::new(detail))).await;
    assert!(matches!(news(&mut feed).await, News::Ended(_, Some(told)) if *told == row));
}
