//! What a console is told: lists, details and recordings, to whom they may be shown.

use sudolog_core::filter::{Column, Condition, SortBy};
use sudolog_core::limits::{QUERY_TEXT_BYTES_MAX, WATCHES_PER_CONSOLE_MAX};
use sudolog_core::session::{Event, EventKind, SessionState, Tsid};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Detail, Listing, Outcome, Query, RequestBody};

use super::peer::Peer;
use super::recording::{Recording, start};
use super::world::{World, until};

pub async fn list(console: &mut Peer, query: Query) -> Listing {
    match console.request(900, RequestBody::List(query)).await.1 {
        Outcome::Sessions(listing) => listing,
        other => panic!("{other:?}"),
    }
}

async fn show(console: &mut Peer, tsid: Tsid) -> Result<Detail, Cause> {
    match console.request(901, RequestBody::Show { tsid }).await.1 {
        Outcome::Session(detail) => Ok(*detail),
        Outcome::Failed(failure) => Err(failure.cause),
        other => panic!("{other:?}"),
    }
}

/// Events of a recording, which must be read without complaint.
async fn read(console: &mut Peer, tsid: Tsid, from_seq: u64) -> Vec<Event> {
    let (streamed, outcome) = console.request(902, RequestBody::Read { tsid, from_seq }).await;
    assert_eq!(outcome, Outcome::Done);
    streamed.into_iter().map(event).collect()
}

fn event(message: Message) -> Event {
    match message {
        Message::Event(event) => event,
        other => panic!("{}", other.name()),
    }
}

/// Waits until the files hold what is proven.
pub async fn stored(console: &mut Peer, tsid: Tsid, events: u64) {
    let there = async || show(console, tsid).await.ok().filter(|d| d.row.events >= events);
    until("the files", there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_listed_shown_and_read_exactly() {
    let world = World::start().await;
    let mut console = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    let tsid = recording.tsid;
    let sent = [
        recording.push(EventKind::Ttyout, b"\x1b[1mbytes \xff\x00\r\n"),
        recording.push(EventKind::Ttyin, b"\x03"),
        recording.push(EventKind::Winsize, &Event::winsize_data(50, 132)),
        recording.push(EventKind::Ttyout, b"end"),
    ];
    recording.settle().await;
    stored(&mut console, tsid, 4).await;
    assert_eq!(read(&mut console, tsid, 1).await, sent);
    assert_eq!(read(&mut console, tsid, 4).await, sent[3..]);
    assert_eq!(read(&mut console, tsid, 5).await, []);
    let running = show(&mut console, tsid).await.unwrap();
    assert_eq!(running.row.state, SessionState::Live);

    recording.end().await;
    let ended = until("the end", async || {
        show(&mut console, tsid).await.ok().filter(|d| d.row.state == SessionState::Complete)
    })
    .await;
    assert_eq!(ended.end.unwrap().final_seq, 4);
    assert_eq!(ended.row.exit_value, Some(3));
    assert_eq!(ended.acks.last().unwrap().seq, 5);
    let listing = list(&mut console, Query::default()).await;
    assert_eq!((listing.total, listing.rows[0].tsid), (1, tsid));
    let open = list(&mut console, Query { open_only: true, ..Query::default() }).await;
    assert_eq!(open.total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_seen_does_not_exist() {
    let world = World::start().await;
    let mut visible = Recording::start(&world, "web1", "alice").await;
    let mut others = [
        Recording::start(&world, "db1", "alice").await,
        Recording::start(&world, "web1", "bob").await,
    ];
    visible.write("x").await;
    let mut vic = Peer::console(&world, "vic").await;
    let mut olga = Peer::local_console(&world).await;
    let all = until("three sessions", async || {
        let listing = list(&mut olga, Query::default()).await;
        (listing.total == 3).then_some(listing)
    });
    all.await;
    let seen = list(&mut vic, Query::default()).await;
    assert_eq!((seen.total, seen.rows.len(), seen.rows[0].tsid), (1, 1, visible.tsid));
    assert!(show(&mut vic, visible.tsid).await.is_ok());
    for (user, sort) in [("bob", SortBy::Start), ("*", SortBy::Duration), ("*", SortBy::Host)] {
        let conditions = vec![Condition::like(Column::User, [user.to_owned()])];
        let query = Query { conditions, sort, ..Query::default() };
        let total = list(&mut vic, query.clone()).await.total;
        assert_eq!(total, u64::from(user == "*"), "{user} by {sort}: no count tells of others");
        assert_eq!(list(&mut olga, query).await.total, if user == "*" { 3 } else { 1 });
    }

    let nothing: Tsid = "00ZZZZ".parse().unwrap();
    for tsid in [others[0].tsid, others[1].tsid, nothing] {
        assert_eq!(show(&mut vic, tsid).await, Err(Cause::NotFound));
        for body in [RequestBody::Read { tsid, from_seq: 1 }, RequestBody::Watch { tsid }] {
            let (streamed, outcome) = vic.request(7, body).await;
            assert!(streamed.is_empty(), "something was shown");
            assert!(matches!(outcome, Outcome::Failed(f) if f.cause == Cause::NotFound));
        }
    }
    for other in &mut others {
        other.write("still recorded").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_make_no_sense_are_answered() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("x").await;
    let watch = RequestBody::Watch { tsid: recording.tsid };
    let mut console = Peer::console(&world, "olga").await;
    let refused = |outcome: Outcome, words: &str| match outcome {
        Outcome::Failed(failure) => {
            assert_eq!(failure.cause, Cause::Malformed);
            let text = failure.text.escaped().to_string();
            assert!(text.contains(words), "{text}");
        }
        other => panic!("{other:?}"),
    };
    let long = Query { text: "x".repeat(QUERY_TEXT_BYTES_MAX + 1), ..Query::default() };
    refused(console.request(1, RequestBody::List(long)).await.1, "bytes of text");
    refused(console.request(2, RequestBody::Unknown).await.1, "does not know");
    refused(console.request(0, watch.clone()).await.1, "number is in use");
    console.ask(3, watch.clone()).await;
    refused(console.request(3, watch.clone()).await.1, "number is in use");
    let most = u32::try_from(WATCHES_PER_CONSOLE_MAX).unwrap();
    for id in 100..100 + most - 1 {
        console.ask(id, watch.clone()).await;
    }
    refused(console.request(99, watch).await.1, "too many");
    assert_eq!(console.request(98, RequestBody::Cancel { target: 12345 }).await.1, Outcome::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_cancelled_request_comes_after_its_reply() {
    let world = World::start().await;
    let (mut console, tsid) = long_recording(&world).await;
    let body = RequestBody::Read { tsid, from_seq: 1 };
    for round in 0..20 {
        console.ask(5, body.clone()).await;
        if round % 2 == 0 {
            assert!(matches!(console.receive().await.unwrap(), Some((5, _))));
        }
        console.ask(6, RequestBody::Cancel { target: 5 }).await;
        let mut ended = [false, false];
        while ended != [true, true] {
            match console.receive().await.unwrap().unwrap() {
                (0, Message::Reply(reply)) => {
                    assert_eq!(reply.outcome, Outcome::Done);
                    ended[usize::from(reply.id == 6)] = true;
                }
                (5, _) => assert!(!ended[0], "an event after the reply"),
                other => panic!("{other:?}"),
            }
        }
    }
    // And the number is free again at once.
    let (streamed, outcome) = console.request(5, body).await;
    assert_eq!((streamed.len(), outcome), (LONG_EVENTS, Outcome::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn consoles_that_stop_reading_cost_the_others_nothing() {
    let world = World::start().await;
    let (mut awake, tsid) = long_recording(&world).await;
    // More stalled readings than the runtime has threads for blocking work (512).
    let most = u32::try_from(WATCHES_PER_CONSOLE_MAX).unwrap();
    let mut asleep = Vec::new();
    for _ in 0..9 {
        let mut console = Peer::console(&world, "olga").await;
        for id in 1..=most {
            console.ask(id, RequestBody::Read { tsid, from_seq: 1 }).await;
        }
        asleep.push(console);
    }
    let lines = 9 * WATCHES_PER_CONSOLE_MAX;
    until("all readings to begin", async || {
        let reads = world.access_log().iter().filter(|line| line["action"] == "read").count();
        (reads >= lines).then_some(())
    })
    .await;
    assert_eq!(list(&mut awake, Query::default()).await.total, 1);
    let events = read(&mut awake, tsid, LONG_EVENTS as u64).await;
    assert_eq!(events.len(), 1);
    let mut recording = Recording::start(&world, "web1", "bob").await;
    recording.write("recorded meanwhile").await;

    // Who wakes up gets everything, in order.
    let (streamed, outcome) = asleep.swap_remove(0).reply(1).await;
    assert_eq!(outcome, Outcome::Done);
    let seqs: Vec<u64> = streamed.into_iter().map(|message| event(message).seq()).collect();
    assert_eq!(seqs, (1..=LONG_EVENTS as u64).collect::<Vec<_>>());
    world.server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hides_behind_a_long_name() {
    let world = World::start().await;
    let mut hostile = start("web1", "x");
    hostile.submit_user = Untrusted::new(vec![1; 100_000]);
    hostile.argv = vec![Untrusted::new(vec![1; 60_000])];
    let mut console = Peer::console(&world, "olga").await;
    let recording = Recording::start_as(&world, hostile).await;
    let mut plain = Recording::start(&world, "web1", "alice").await;
    plain.write("x").await;
    let listing = until("both sessions", async || {
        let listing = list(&mut console, Query::default()).await;
        (listing.total == 2).then_some(listing)
    })
    .await;
    assert_eq!(listing.rows.len(), 2);
    assert!(listing.rows.iter().any(|row| row.tsid == recording.tsid && row.user.len() < 1000));
    let detail = show(&mut console, recording.tsid).await.unwrap();
    assert_eq!(detail.row.tsid, recording.tsid);
    recording.end().await;
}

/// A recording of some megabytes, and a console.
async fn long_recording(world: &World) -> (Peer, Tsid) {
    let mut console = Peer::console(world, "olga").await;
    let mut recording = Recording::start(world, "web1", "alice").await;
    let tsid = recording.tsid;
    for number in 0..LONG_EVENTS {
        recording.push(EventKind::Ttyout, &[b'a' + (number % 26) as u8; 16 * 1024]);
        if number % 100 == 99 {
            recording.settle().await;
        }
    }
    recording.settle().await;
    stored(&mut console, tsid, LONG_EVENTS as u64).await;
    (console, tsid)
}

const LONG_EVENTS: usize = 300;
