//! Watching running sessions: the right screen, early, late and slowly.

use sudolog_core::limits::LIVE_EVENTS_MAX;
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::SafeScreen;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Outcome, Reply, RequestBody};

use super::console::stored;
use super::peer::Peer;
use super::recording::{Recording, start};
use super::world::World;

/// What a watching console has seen.
struct Watched {
    console: Peer,
    screen: Option<SafeScreen>,
    keyframes: usize,
    events: usize,
}

impl Watched {
    async fn begin(world: &World, recording: &Recording) -> Self {
        let mut console = Peer::console(world, "olga").await;
        console.ask(1, RequestBody::Watch { tsid: recording.tsid }).await;
        Self { console, screen: None, keyframes: 0, events: 0 }
    }

    /// Takes what comes until the text is on the screen.
    async fn see(&mut self, text: &str) {
        while !self.text().contains(text) {
            assert_eq!(self.take().await, None, "the session ended before {text:?} came");
        }
    }

    /// Takes one message; gives the reply when it is that.
    async fn take(&mut self) -> Option<Outcome> {
        match self.console.receive().await.unwrap().unwrap() {
            (1, Message::Keyframe(dump)) => {
                self.screen = Some(SafeScreen::from_wire(&dump).unwrap());
                self.keyframes += 1;
            }
            (1, Message::Event(event)) => {
                self.screen.as_mut().expect("a keyframe comes first").apply(&event);
                self.events += 1;
            }
            (0, Message::Reply(Reply { id: 1, outcome, .. })) => return Some(outcome),
            other => panic!("{other:?}"),
        }
        None
    }

    fn text(&self) -> String {
        self.screen.as_ref().map(|screen| screen.text_lines().join("\n")).unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_joiner_sees_the_screen_and_then_what_happens() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.push(EventKind::Winsize, &Event::winsize_data(4, 30));
    for number in 0..BURST {
        recording.push(EventKind::Ttyout, format!("\rline {number:05}").as_bytes());
    }
    recording.settle().await;
    let mut console = Peer::console(&world, "olga").await;
    stored(&mut console, recording.tsid, BURST as u64 + 1).await;
    let last = format!("line {:05}", BURST - 1);
    let mut early = Watched::begin(&world, &recording).await;
    early.see(&last).await;
    recording.write("\r\nfirst").await;
    early.see("first").await;

    let mut late = Watched::begin(&world, &recording).await;
    late.see("first").await;
    recording.write(" \x1b[7mnext").await;
    late.see("next").await;
    early.see("next").await;
    assert_eq!((early.keyframes, early.events), (1, 2), "history came in place of the screen");
    assert_eq!((late.keyframes, late.events), (1, 1));
    let screen = late.screen.as_ref().unwrap();
    assert_eq!((screen.lines(), screen.columns()), (4, 30));
    assert_eq!(screen.text_lines(), early.screen.as_ref().unwrap().text_lines());

    let tsid = recording.tsid;
    recording.end().await;
    for watched in [&mut early, &mut late] {
        let mut outcome = None;
        while outcome.is_none() {
            outcome = watched.take().await;
        }
        assert_eq!(outcome, Some(Outcome::Done));
    }
    let (_, outcome) = late.console.request(2, RequestBody::Watch { tsid }).await;
    assert!(matches!(outcome, Outcome::Failed(failure) if failure.cause == Cause::NotFound));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_burst_and_silence_the_screen_is_the_last_one() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    let mut watched = Watched::begin(&world, &recording).await;
    for round in 0..10 {
        for number in 0..BURST {
            recording.push(EventKind::Ttyout, format!("\r{round} {number:05}").as_bytes());
        }
        recording.settle().await;
        watched.see(&format!("{round} {:05}", BURST - 1)).await;
    }
    recording.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_who_sleeps_costs_only_themselves() {
    let world = World::start().await;
    let mut recording = Recording::start(&world, "web1", "alice").await;
    recording.write("begin").await;
    let mut asleep = Watched::begin(&world, &recording).await;
    asleep.see("begin").await;

    // Far more than sockets and queues on the way hold; each round is proven stored.
    let mut sent = 1;
    for _ in 0..100 {
        for _ in 0..8 {
            recording.push(EventKind::Ttyout, &[b'x'; 48 * 1024]);
            sent += 1;
        }
        recording.settle().await;
    }
    let mut awake = Watched::begin(&world, &recording).await;
    recording.write("\x1b[2J\x1b[Hafter the flood").await;
    awake.see("after the flood").await;

    asleep.see("after the flood").await;
    assert!(asleep.keyframes >= 2, "{} keyframes", asleep.keyframes);
    assert!(asleep.events < sent, "all {sent} events were kept for somebody who sleeps");
    assert_eq!(asleep.text(), awake.text());
    recording.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn output_without_a_terminal_is_shown_in_lines() {
    let world = World::start().await;
    let mut piped = start("web1", "alice");
    piped.tty = None;
    let mut recording = Recording::start_as(&world, piped).await;
    let mut watched = Watched::begin(&world, &recording).await;
    recording.push(EventKind::Stdin, b"not shown");
    recording.push(EventKind::Stdout, b"one\ntwo\n");
    recording.push(EventKind::Stderr, b"three");
    recording.settle().await;
    watched.see("three").await;
    let lines = watched.screen.unwrap().text_lines();
    assert_eq!(lines[..3], ["one", "two", "three"]);
    recording.end().await;
}

/// Far more events than any queue on the way holds.
const BURST: usize = LIVE_EVENTS_MAX * 4;
