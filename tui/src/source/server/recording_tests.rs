//! A recording on a server that gives it whole, damaged, growing, or out of order.

use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::{Event, Incident, IncidentKind, SessionState, Tsid};
use sudolog_core::term::{Page, Pattern};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::Message;
use sudolog_core::wire::message::{Cause, Detail, Failure, Outcome, RequestBody};

use super::fake::{FakeServer, Peer, event};
use super::{Client, ClientError, RemoteRecording};
use crate::deck::{Deck, News, Sought};
use crate::screens::live::sample::row;
use crate::source::{Recording as _, RecordingError, Standing};

/// A server's session, and how reading it ends.
struct Stored {
    events: u64,
    state: SessionState,
    end: Outcome,
    /// What it says to requests that older servers do not know.
    newer: Outcome,
}

impl Stored {
    fn whole(events: u64) -> Self {
        let state = SessionState::Complete;
        Self { events, state, end: Outcome::Done, newer: Outcome::Done }
    }

    /// Answers until the console hangs up.
    async fn serve(self, mut peer: Peer) {
        while let Some(Message::Request(request)) = peer.next().await {
            let outcome = match request.body {
                RequestBody::Show { .. } => Outcome::Session(Box::new(self.detail())),
                RequestBody::Read { from_seq, .. } => {
                    for seq in from_seq..=self.events {
                        peer.say(request.id, &Message::Event(event(seq, "x"))).await;
                    }
                    self.end.clone()
                }
                _ => self.newer.clone(),
            };
            peer.reply(request.id, outcome).await;
        }
    }

    fn detail(&self) -> Detail {
        let mut row = row(1, self.state);
        row.events = self.events;
        Detail {
            row,
            start: None,
            end: None,
            acks: Vec::new(),
            incomplete: None,
            incidents: vec![escape()],
        }
    }
}

fn escape() -> Incident {
    Incident {
        at: Timestamp::default(),
        after_seq: 2,
        kind: IncidentKind::Escape,
        who: None,
        text: "a process has left".into(),
    }
}

/// Runs `reading` on a thread of its own against the server.
fn against<T: Send + 'static>(
    stored: Stored,
    reading: impl FnOnce(RemoteRecording) -> T + Send + 'static,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = FakeServer::start();
        let (client, peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let read = tokio::task::spawn_blocking(move || {
            reading(RemoteRecording::open(client, Tsid::from_seq(1).unwrap()).unwrap())
        });
        tokio::select! {
            result = read => result.unwrap(),
            // The console hangs up a moment before its thread is seen to have ended.
            never = async { stored.serve(peer).await; std::future::pending().await } => never,
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("not within twenty seconds"),
        }
    })
}

fn numbers(events: &[Event]) -> Vec<u64> {
    events.iter().map(Event::seq).collect()
}

#[test]
fn all_events_come_once_and_again_after_a_seek() {
    against(Stored::whole(10_000), |mut recording| {
        let mut next = 1;
        loop {
            let events = recording.read(next).unwrap();
            if events.is_empty() {
                break;
            }
            assert_eq!(events[0].seq(), next);
            next += events.len() as u64;
        }
        assert_eq!((next, recording.standing()), (10_001, &Standing::Whole));
        assert_eq!(recording.progress(), Some((10_000, 10_000)));
        assert_eq!(recording.read(9_999).unwrap().len(), 2);
        assert_eq!(recording.read(1).unwrap()[0].seq(), 1);
    });
}

#[test]
fn what_an_older_server_cannot_tell_is_read() {
    let failure = Failure { cause: Cause::Malformed, text: "it does not know that".into() };
    let stored = Stored { newer: Outcome::Failed(failure), ..Stored::whole(700) };
    against(stored, |recording| {
        let mut deck = Deck::start(Box::new(recording)).unwrap();
        let pattern = Arc::new(Pattern::literal("xxx").unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut read, mut shown, mut found) = (0, false, 0);
            while (read, shown, found) != (700, true, 3) {
                match deck.next().await.unwrap() {
                    News::Read(news) => {
                        read += news.moments.len();
                        if news.end.is_some() {
                            deck.show(3);
                            let pattern = Some(Arc::clone(&pattern));
                            deck.search(Sought { number: 1, pattern, page: Page::default() });
                        }
                    }
                    News::Frame(frame) => {
                        shown |= frame.seq == 3 && frame.screen.row_text(0) == "xxx";
                    }
                    News::Found(finding) => {
                        found = finding.hits.into_hits().first().map_or(found, |hit| hit.seq);
                    }
                    News::Gone(_) => panic!("nobody asked for that"),
                    News::Trouble(trouble) => panic!("{trouble}"),
                }
            }
        });
    });
}

#[test]
fn a_running_session_keeps_growing() {
    let stored = Stored { state: SessionState::Live, ..Stored::whole(3) };
    against(stored, |mut recording| {
        assert_eq!(numbers(&recording.read(1).unwrap()), [1, 2, 3]);
        assert!(recording.read(4).unwrap().is_empty());
        assert_eq!(recording.standing(), &Standing::Growing);
        assert_eq!(recording.incidents().unwrap(), [escape()]);
    });
}

#[test]
fn damage_ends_the_events_and_is_said() {
    let failure = Failure { cause: Cause::Storage, text: "torn at line 3".into() };
    let stored = Stored { end: Outcome::Failed(failure), ..Stored::whole(2) };
    against(stored, |mut recording| {
        assert_eq!(numbers(&recording.read(1).unwrap()), [1, 2]);
        assert!(recording.read(3).unwrap().is_empty());
        assert_eq!(recording.standing(), &Standing::Damaged("torn at line 3".to_owned()));
    });
}

#[test]
fn a_server_that_forgets_the_session_is_an_error() {
    let failure = Failure { cause: Cause::NotFound, text: "no".into() };
    let stored = Stored { end: Outcome::Failed(failure), ..Stored::whole(0) };
    against(stored, |mut recording| {
        let error = recording.read(1).unwrap_err();
        assert!(matches!(error, RecordingError::Server(ClientError::Failed(_))), "{error}");
    });
}
