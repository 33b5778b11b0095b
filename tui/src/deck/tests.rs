//! A deck over real recordings: whatever is asked for in whatever order, the picture is the one
//! that playing from the start gives.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use sudolog_core::iolog::encode_incident;
use sudolog_core::session::{EventKind, IncidentKind};
use sudolog_core::term::{Page, Pattern, SafeScreen, Streams, VanishedLine};
use sudolog_core::time::Timestamp;

use super::*;
use crate::source::archive::Archive;

fn archive(name: &str) -> Archive {
    let path: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "..", "tests", "fixtures", "iolog", name].iter().collect();
    Archive::open(&path, name).unwrap()
}

/// The text of the screen after each event.
fn from_start(name: &str) -> Vec<Vec<String>> {
    from_start_with(name, Streams::default())
}

fn from_start_with(name: &str, streams: Streams) -> Vec<Vec<String>> {
    let mut archive = archive(name);
    let (lines, columns) =
        sudolog_core::term::usual_size(archive.about().lines, archive.about().columns);
    let mut screen = SafeScreen::new(lines, columns);
    let mut shown = vec![screen.text_lines()];
    loop {
        let events = archive.read(shown.len() as u64).unwrap();
        if events.is_empty() {
            return shown;
        }
        for event in events {
            screen.show(&event, streams);
            shown.push(screen.text_lines());
        }
    }
}

async fn wait_for<T>(deck: &mut Deck, mut found: impl FnMut(News) -> Option<T>) -> T {
    let search = async {
        loop {
            if let Some(value) = found(deck.next().await.unwrap()) {
                return value;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), search).await.unwrap()
}

async fn read_all(deck: &mut Deck) -> (Vec<Moment>, Standing) {
    let mut moments = Vec::new();
    let end = wait_for(deck, |news| match news {
        News::Read(read) => {
            moments.extend(read.moments);
            read.end
        }
        _ => None,
    });
    let end = end.await;
    (moments, end)
}

async fn shown(deck: &mut Deck, seq: u64) -> Vec<String> {
    deck.show(seq);
    let newest = deck.frames.wait_for(|frame| frame.as_ref().is_some_and(|f| f.seq == seq));
    let frame = tokio::time::timeout(Duration::from_secs(20), newest).await.unwrap().unwrap();
    frame.as_ref().unwrap().screen.text_lines()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn every_event_is_told_with_its_time() {
    block_on(async {
        let mut deck = Deck::start(Box::new(archive("vim-unicode"))).unwrap();
        let (moments, _) = read_all(&mut deck).await;
        assert_eq!(moments.len() + 1, from_start("vim-unicode").len());
        assert!(moments.is_sorted_by_key(|moment| moment.elapsed()));
        assert!(moments.iter().any(|m| m.is_seen()) && moments.iter().any(|m| !m.is_seen()));
    });
}

#[test]
fn what_happens_to_a_growing_recording_is_told_though_no_event_comes() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("timing"), "4 0.5 3\n").unwrap();
    std::fs::write(place.path().join("ttyout"), "abc").unwrap();
    let incident = |kind| Incident {
        at: Timestamp::default(),
        after_seq: 1,
        kind,
        who: None,
        text: "x".into(),
    };
    let first = encode_incident(&incident(IncidentKind::Frozen));
    std::fs::write(place.path().join("incidents"), &first).unwrap();
    block_on(async {
        let archive = Archive::open(place.path(), "growing").unwrap();
        let mut deck = Deck::start(Box::new(archive)).unwrap();
        let told = |news| match news {
            News::Read(read) => read.incidents.ok().map(|all| all.len()),
            _ => None,
        };
        assert_eq!(wait_for(&mut deck, told).await, 1, "at once");
        let second = encode_incident(&incident(IncidentKind::Thawed));
        std::fs::write(place.path().join("incidents"), [first, second].concat()).unwrap();
        wait_for(&mut deck, |news| told(news).filter(|count| *count == 2)).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_seek_shows_what_playing_from_the_start_shows(
        name in prop::sample::select(vec![
            "bash-resize", "vim-unicode", "suspend-resume", "pipes-notty", "compressed",
            "large-seq-gz", "killed-flush", "logsrvd/bash-exit5", "00/00/01",
        ]),
        places in prop::collection::vec(0.0..=1.0_f64, 1..8),
    ) {
        let expected = from_start(name);
        block_on(async {
            let mut deck = Deck::start(Box::new(archive(name))).unwrap();
            read_all(&mut deck).await;
            for place in places {
                let seq = ((expected.len() - 1) as f64 * place) as u64;
                assert_eq!(shown(&mut deck, seq).await, expected[seq as usize], "{name} at {seq}");
            }
        });
    }
}

#[test]
fn what_an_editor_showed_is_gone_once_it_is_left() {
    let name = "vim-unicode";
    let screens = from_start(name);
    let end = screens.last().unwrap().join("\n");
    let to = screens.len() as u64 - 1;
    let gone = block_on(async {
        let mut deck = Deck::start(Box::new(archive(name))).unwrap();
        read_all(&mut deck).await;
        shown(&mut deck, to).await;
        deck.look_for_gone(Some(Span { from: 0, to, streams: Streams::default() }));
        wait_for(&mut deck, |news| match news {
            News::Gone(gone) => Some(gone),
            _ => None,
        })
        .await
    });
    assert!(gone.lines.iter().all(|line| !end.contains(line.text.trim())), "{:?}", gone.lines);
    let was_there = |line: &VanishedLine| {
        let rows = &screens[line.seq as usize];
        rows.iter().any(|row| row.contains(line.text.trim()))
    };
    assert!(gone.lines.iter().any(was_there), "{:?}", gone.lines);
}

#[test]
fn other_streams_make_another_screen_and_the_same_times() {
    let name = "pipes-notty";
    block_on(async {
        let mut deck = Deck::start(Box::new(archive(name))).unwrap();
        let (moments, _) = read_all(&mut deck).await;
        let (last, usual) = (moments.len() as u64, from_start(name));
        for stream in EventKind::STREAMS {
            let streams = Streams::default().toggled(stream);
            let expected = from_start_with(name, streams);
            let changed = expected != usual;
            deck.put_on(streams);
            for seq in [last, 1, last / 2, last] {
                // A frame of the streams before may still be on its way.
                let shown = async {
                    while shown(&mut deck, seq).await != expected[seq as usize] {
                        tokio::task::yield_now().await;
                    }
                };
                tokio::time::timeout(Duration::from_secs(20), shown).await.unwrap();
            }
            let is_there =
                matches!(stream, EventKind::Stdin | EventKind::Stdout | EventKind::Stderr);
            assert_eq!(changed, is_there, "{stream:?}");
        }
        deck.put_on(Streams::default());
        let (found, _) = searched(&mut deck, 1, "no such text").await;
        assert!(found.is_empty());
        while let Ok(news) = deck.news.try_recv() {
            assert!(!matches!(news, News::Read(read) if !read.moments.is_empty()), "told twice");
        }
    });
}

async fn searched(deck: &mut Deck, number: u64, pattern: &str) -> (Vec<u64>, usize) {
    let pattern = Some(Arc::new(Pattern::literal(pattern).unwrap()));
    deck.search(Sought { number, pattern, page: Page::default() });
    let (mut seqs, mut end_is_read) = (Vec::new(), false);
    let found = wait_for(deck, |news| match news {
        News::Read(read) => {
            end_is_read |= read.end.is_some();
            None
        }
        News::Found(found) if found.number == number => {
            seqs.extend(found.hits.into_hits().iter().map(|hit| hit.seq));
            found.caught_up.then_some(seqs.len())
        }
        _ => None,
    });
    let count = found.await;
    (seqs, count)
}

#[test]
fn a_search_finds_what_a_frame_shows() {
    block_on(async {
        let mut deck = Deck::start(Box::new(archive("vim-unicode"))).unwrap();
        read_all(&mut deck).await;
        let (seqs, _) = searched(&mut deck, 1, "second line").await;
        let shown = from_start("vim-unicode");
        let first =
            shown.iter().position(|rows| rows.iter().any(|row| row.contains("second line")));
        assert_eq!(seqs.first().copied(), first.map(|seq| seq as u64));
        let (seqs, count) = searched(&mut deck, 2, "no such text").await;
        assert_eq!((seqs.len(), count), (0, 0), "that there is nothing is told");
    });
}

#[test]
fn a_search_goes_on_while_the_recording_is_read() {
    block_on(async {
        let mut deck = Deck::start(Box::new(archive("large-seq-gz"))).unwrap();
        let pattern = Some(Arc::new(Pattern::literal("99999").unwrap()));
        deck.search(Sought { number: 1, pattern, page: Page::default() });
        let (mut seqs, mut complete) = (Vec::new(), false);
        wait_for(&mut deck, |news| {
            match news {
                News::Read(read) => complete |= read.end.is_some(),
                News::Found(found) => {
                    seqs.extend(found.hits.into_hits().into_iter().map(|hit| hit.line))
                }
                _ => {}
            }
            (complete && seqs.len() == 5).then_some(())
        })
        .await;
        assert_eq!(seqs, ["99999", "199999", "299999", "399999", "499999"]);
    });
}
