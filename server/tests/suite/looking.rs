//! Playing from afar: an outline, and moments without what lies before.

use std::time::Duration;

use sudolog_core::session::{Event, EventKind, Tsid};
use sudolog_core::term::{Moment, Outlined, SafeScreen};
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, FoundHit, Hits, Outcome, OutlineKnown, RequestBody};

use super::console::stored;
use super::peer::Peer;
use super::recording::Recording;
use super::world::World;

/// stdout, stderr and ttyout.
const OUTPUT: u8 = 0b10110;

/// Asks on until all that is stored is told.
async fn told(console: &mut Peer, tsid: Tsid, outlined: &mut Outlined) -> (Vec<Moment>, usize) {
    let (mut moments, mut pieces) = (Vec::new(), 0);
    loop {
        let body = RequestBody::Outline { tsid, known: outlined.known() };
        let (streamed, outcome) = console.request(3, body).await;
        let Outcome::Outline(outline) = outcome else { panic!("{outcome:?}") };
        pieces += 1;
        for message in streamed {
            let Message::Moments(told) = message else { panic!("{}", message.name()) };
            moments.extend(outlined.take_moments(&told).unwrap());
        }
        outlined.take(&outline);
        assert_eq!(outline.seq, outlined.known().seq);
        if outline.caught_up {
            return (moments, pieces);
        }
    }
}

/// The screen after an event, and the events that came with it.
async fn look(console: &mut Peer, tsid: Tsid, seq: u64, bytes: u32) -> (SafeScreen, Vec<Event>) {
    let body = RequestBody::Look { tsid, seq, screen: true, streams: OUTPUT, bytes };
    let (streamed, outcome) = console.request(4, body).await;
    assert_eq!(outcome, Outcome::Done);
    let mut streamed = streamed.into_iter();
    let Some(Message::Keyframe(dump)) = streamed.next() else { panic!("no screen first") };
    let events = streamed.map(|message| match message {
        Message::Event(event) => event,
        other => panic!("{}", other.name()),
    });
    (SafeScreen::from_wire(&dump).unwrap(), events.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn any_moment_comes_without_what_lies_before() {
    let world = World::start().await;
    let mut console = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    let tsid = recording.tsid;
    let mut events = Vec::new();
    for number in 0..3000 {
        let text = format!("\x1b[{};{}H{number} {}", number % 24, number % 70, "x".repeat(500));
        let (kind, data) = match number % 50 {
            7 => (EventKind::Ttyin, b"ls\r".to_vec()),
            9 => (EventKind::Winsize, Event::winsize_data(20 + number % 9, 100).to_vec()),
            _ => (EventKind::Ttyout, text.into_bytes()),
        };
        events.push(recording.push(kind, &data));
        if number % 500 == 499 {
            recording.settle().await;
        }
    }
    recording.settle().await;
    stored(&mut console, tsid, events.len() as u64).await;

    let mut outlined = Outlined::default();
    let (moments, _) = told(&mut console, tsid, &mut outlined).await;
    assert_eq!(moments.len(), events.len());
    let total: Duration = events.iter().map(|e| Duration::from_nanos(e.delay_ns())).sum();
    assert_eq!(outlined.timeline().total(), total);
    let is_input = |event: &Event| event.kind() == EventKind::Ttyin;
    assert!(moments.iter().zip(&events).all(|(m, event)| m.is_seen() != is_input(event)));

    let mut played = SafeScreen::new(24, 80);
    for event in &events {
        played.apply(event);
        if event.seq() % 173 == 0 || event.seq() == 3000 {
            let (screen, next) = look(&mut console, tsid, event.seq(), 4096).await;
            assert_eq!(screen.text_lines(), played.text_lines(), "at {}", event.seq());
            let bytes: usize = next.iter().map(|event| event.data().len()).sum();
            let rest = &events[event.seq() as usize..];
            assert_eq!(next, rest[..next.len()]);
            assert_eq!(next.is_empty(), rest.is_empty());
            assert!(bytes < 8192, "{bytes} bytes for a look");
        }
    }
    let (screen, next) = look(&mut console, tsid, u64::MAX, u32::MAX).await;
    assert_eq!((screen.text_lines(), next.len()), (played.text_lines(), 0), "the end at most");
    let (blank, first) = look(&mut console, tsid, 0, 1).await;
    assert_eq!((blank.row_text(0), first.len()), (String::new(), 1));

    // What grows is told on, and whoever has all gets nothing twice.
    recording.write("and more").await;
    stored(&mut console, tsid, events.len() as u64 + 1).await;
    let (more, _) = told(&mut console, tsid, &mut outlined).await;
    assert_eq!(more.len(), 1);
    let (none, pieces) = told(&mut console, tsid, &mut outlined).await;
    assert_eq!((none.len(), pieces), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn playing_is_one_line_of_the_access_log_and_only_for_who_may_see() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "db1", "alice").await;
    recording.write("x").await;
    let tsid = recording.tsid;
    let mut olga = Peer::console(&world, "olga").await;
    stored(&mut olga, tsid, 1).await;
    for _ in 0..20 {
        told(&mut olga, tsid, &mut Outlined::default()).await;
        look(&mut olga, tsid, 1, 100).await;
    }
    let mut vic = Peer::console(&world, "vic").await;
    let asks = [
        RequestBody::Outline { tsid, known: OutlineKnown::default() },
        RequestBody::Look { tsid, seq: 1, screen: true, streams: OUTPUT, bytes: 100 },
    ];
    for body in asks {
        let (streamed, outcome) = vic.request(7, body).await;
        assert!(streamed.is_empty(), "something was shown");
        assert!(matches!(outcome, Outcome::Failed(f) if f.cause == Cause::NotFound));
    }
    let log = world.access_log();
    let lines = |action: &str| log.iter().filter(|line| line["action"] == action).count();
    assert_eq!((lines("play"), lines("play refused")), (1, 2));
}

/// All that a search tells, and its last word.
async fn search(console: &mut Peer, tsid: Tsid, text: &str, regex: bool) -> (Vec<FoundHit>, Hits) {
    let body = RequestBody::Search {
        tsid,
        text: text.to_owned(),
        regex,
        streams: OUTPUT,
        follow: false,
        fuzzy: false,
        after: None,
        before: None,
    };
    let (streamed, outcome) = console.request(5, body).await;
    assert_eq!(outcome, Outcome::Done);
    let mut hits = Vec::new();
    let mut last = Hits::default();
    for message in streamed {
        let Message::Hits(mut told) = message else { panic!("{}", message.name()) };
        hits.append(&mut told.hits);
        last = told;
    }
    (hits, last)
}

/// Hits behind an event, those before one, and the best lines.
async fn pages(console: &mut Peer, tsid: Tsid) {
    for (text, fuzzy, after, before, expected, skipped) in [
        ("line ", false, Some(890), None, (891..=900).collect::<Vec<u64>>(), 890),
        ("line ", false, None, Some(4), vec![1, 2, 3], 0),
        ("lin77x", true, None, None, vec![78], 0),
    ] {
        let text = text.to_owned();
        let (regex, streams, follow) = (false, OUTPUT, false);
        let body = RequestBody::Search { tsid, text, regex, streams, follow, fuzzy, after, before };
        let (streamed, outcome) = console.request(5, body).await;
        assert_eq!(outcome, Outcome::Done);
        let (mut seqs, mut last) = (Vec::new(), Hits::default());
        for message in streamed {
            let Message::Hits(told) = message else { panic!("{}", message.name()) };
            assert!(told.has_pages);
            if told.is_best {
                seqs.clear();
            }
            seqs.extend(told.hits.iter().map(|hit| hit.seq));
            last = told;
        }
        if fuzzy {
            seqs.truncate(1);
        }
        assert_eq!((seqs, last.skipped), (expected, skipped));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_done_where_the_recording_lies_and_follows_what_grows() {
    let world = World::start().await;
    let mut console = Peer::console(&world, "olga").await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    let tsid = recording.tsid;
    for number in 0..900_u32 {
        let text = format!("line {number} {}\r\n", "x".repeat(3000));
        recording.push(EventKind::Ttyout, text.as_bytes());
    }
    recording.settle().await;
    stored(&mut console, tsid, 900).await;
    let (hits, last) = search(&mut console, tsid, "line 77 ", false).await;
    assert_eq!(hits.iter().map(|hit| hit.seq).collect::<Vec<_>>(), [78]);
    assert!(last.caught_up && !last.is_full && last.seq == 900, "{last:?}");
    let (hits, _) = search(&mut console, tsid, "line [0-9]+", true).await;
    assert_eq!(hits.len(), 900, "over several frames");
    assert_eq!(search(&mut console, tsid, "no such", false).await.0, []);
    pages(&mut console, tsid).await;

    let text = "later".to_owned();
    console
        .ask(
            6,
            RequestBody::Search {
                tsid,
                text,
                regex: false,
                streams: OUTPUT,
                follow: true,
                fuzzy: false,
                after: None,
                before: None,
            },
        )
        .await;
    let mut found = 0;
    let mut wrote = false;
    while found == 0 {
        let told = console.receive().await.unwrap();
        let Some((6, Message::Hits(told))) = told else { panic!("{told:?}") };
        found += told.hits.len();
        if told.caught_up && !wrote {
            recording.write("and later this").await;
            wrote = true;
        }
    }
    console.ask(7, RequestBody::Cancel { target: 6 }).await;

    let mut other = Peer::console(&world, "olga").await;
    let body = |text: &str| RequestBody::Search {
        tsid,
        text: text.to_owned(),
        regex: true,
        streams: OUTPUT,
        follow: false,
        fuzzy: false,
        after: None,
        before: None,
    };
    for wrong in ["", "(", "(((a{900}){900}){900})"] {
        let (_, outcome) = other.request(8, body(wrong)).await;
        assert!(matches!(outcome, Outcome::Failed(f) if f.cause == Cause::Malformed), "{wrong}");
    }
    let mut vic = Peer::console(&world, "vic").await;
    assert!(matches!(vic.request(8, body("x")).await.1, Outcome::Done), "may see web1");
    let log = world.access_log();
    let line = log.iter().find(|line| line["action"] == "search").unwrap();
    assert_eq!((&line["detail"], &line["tsid"]), (&"line 77 ".into(), &tsid.to_string().into()));
}
