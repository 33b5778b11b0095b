//! Hostile streams, and what each must give: what is told, what is compared, and what the comparison says.
//! They were made by hand; a real stream has none of this, or all of it on a bad day.

use std::path::Path;
use std::time::{Duration, Instant};

use sudolog_core::kaudit::{Sighting, SightingKind, Stream};
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;

use super::config::Settings;
use super::examiner::{Examiner, Finding};
use super::people::People;
use crate::witness::clock::Moments;
use crate::witness::machine::{Known, Lineage, Witness};

/// What comes of a stream: records, bad ones, events, late records, what was told of, what was seen.
fn outcome(text: &[u8]) -> (String, Vec<Sighting>) {
    let rules = "rules: [{key: a}, {key: b}, {key: alert}, {key: second}]";
    let settings = Settings::parse(Path::new("/x"), rules).unwrap();
    let (now, mut stream, mut found) = (Instant::now(), Stream::default(), Vec::new());
    let mut examiner = Examiner::new(now, settings, People::of("/nowhere"));
    let mut pieces = Vec::new();
    stream.push(text, |piece| pieces.push(piece));
    stream.finish(|piece| pieces.push(piece));
    pieces.iter().for_each(|piece| examiner.take(now, piece, &mut found));
    examiner.tick(now, &mut found);
    examiner.close(now, &mut found);
    let (mut told, mut sightings) = (Vec::new(), Vec::new());
    for finding in found {
        match finding {
            Finding::Entry(entry) => {
                entry.check().unwrap();
                let shown = format!("{} {}", entry.text.escaped(), entry.command().escaped());
                assert!(shown.chars().all(|shown| !shown.is_control()), "{shown:?}");
                told.push(entry.by.escaped().to_string());
            }
            Finding::Sighting(sighting) => {
                sighting.check().unwrap();
                told.push(format!("{:?} {}", sighting.kind, sighting.pid));
                sightings.push(*sighting);
            }
            other => panic!("{other:?}"),
        }
    }
    let counts = examiner.counts;
    let all = told.chunk_by(|one, next| one == next).map(counted).collect::<Vec<_>>().join(", ");
    let (late, bad) = (counts.toll.late, counts.bad);
    (format!("{}/{bad}/{}/{late}: {all}", counts.records, counts.events), sightings)
}

/// `alert x3` instead of three times the same.
fn counted(same: &[String]) -> String {
    let times = if same.len() > 1 { format!(" x{}", same.len()) } else { String::new() };
    format!("{}{times}", same.first().map(String::as_str).unwrap_or_default())
}

#[test]
fn each_hostile_stream_gives_what_it_must_and_nothing_else() {
    for (name, text, want) in STREAMS {
        assert_eq!(outcome(text).0, want, "{name}");
    }
}

/// What the comparison says when there were these sessions: process, beginning and end in seconds.
fn compared(text: &[u8], sessions: &[(u32, u64, u64)]) -> Vec<String> {
    let known = sessions.iter().zip(1..).map(|((pid, from, to), n)| Known {
        id: SessionId::from_bytes([n; 16]),
        pid: *pid,
        started: Duration::from_secs(*from),
        ended: Some(Duration::from_secs(*to)),
        opened: Timestamp::default(),
    });
    let (start, mut witness) = (Instant::now(), Witness::new(known, Duration::ZERO));
    let began = outcome(text).1.first().map(|first| first.time).unwrap_or_default();
    let mut said = Vec::new();
    let mut last = start;
    for sighting in outcome(text).1 {
        // The stamps count from the machine's start, and all is seen as it happens.
        let when = Moments::at(Duration::from_nanos(sighting.time.as_nanos()));
        last = start + Duration::from_nanos(sighting.time.as_nanos() - began.as_nanos());
        said.extend(witness.poll(last));
        // The parent of each program's parent, as the files have it.
        let is_root = sighting.kind == SightingKind::Root;
        let grandparent = is_root.then(|| sighting.ppid - 1);
        witness.sighted(last, when, sighting, Lineage { grandparent, session: None });
    }
    said.extend(witness.poll(last + Duration::from_secs(60)));
    said.iter()
        .map(|entry| format!("{} {}", entry.kind.name(), entry.command().escaped()))
        .collect()
}

#[test]
fn what_was_not_recorded_is_told_from_what_was() {
    let unseen = include_bytes!("../../../core/src/kaudit/fixtures/c12-no-session.log");
    assert_eq!(compared(unseen, &[]), ["unrecorded id"]);
    assert_eq!(compared(unseen, &[(70, 1200, 1201)]), [""; 0]);
    let replaced = include_bytes!("../../../core/src/kaudit/fixtures/c13-policy-replaced.log");
    assert_eq!(compared(replaced, &[]), ["policy_replaced id", "other_root id"]);
    assert_eq!(compared(replaced, &[(70, 1300, 1301)]), ["other_root id"]);
    let again = include_bytes!("../../../core/src/kaudit/fixtures/c14-number-used-again.log");
    assert_eq!(compared(again, &[(70, 1400, 1401)]), ["unrecorded beside", "unrecorded again"]);
    assert_eq!(compared(again, &[(70, 1460, 1461)]), ["unrecorded first", "unrecorded beside"]);
}

macro_rules! stream {
    ($name:literal, $want:literal) => {
        ($name, include_bytes!(concat!("../../../core/src/kaudit/fixtures/", $name, ".log")), $want)
    };
}

/// Records, those that are none, events and records that came too late; who is told of, and who is compared.
const STREAMS: [(&str, &[u8], &str); 16] = [
    stream!("c01-interleaved", "9/0/3/0: b, Root 10, a x2"),
    stream!("c02-no-end", "4/0/2/0: a x2"),
    stream!("c03-late-and-twice", "6/0/1/2: a"),
    stream!("c04-cut-line", "5/2/1/0: Root 40, a"),
    stream!("c05-hostile-values", "6/0/4/0: Command 9"),
    stream!("c06-long-arguments", "6/0/2/0: "),
    stream!("c07-numbers-or-hex", "14/0/7/0: alert x4, b, alert"),
    stream!("c08-bytes", "6/1/2/0: Setuid 8, alert x2"),
    stream!("c09-times-leap", "8/0/4/0: Root 90, a x3, Command 9"),
    stream!("c10-types-and-fields", "11/0/6/0: alert"),
    stream!("c11-flood", "80/0/40/0: alert x40"),
    stream!("c12-no-session", "9/0/3/0: Sudo 70, Command 70, Root 71"),
    stream!("c13-policy-replaced", "16/0/4/0: Sudo 70, Root 72, Setuid 80, Root 81"),
    stream!(
        "c14-number-used-again",
        "11/0/5/0: Sudo 70, Command 70, Command 69, Sudo 70, Command 70"
    ),
    stream!("c15-forged", "9/0/5/0: Command 93"),
    stream!("c16-line-ends", "2/0/1/0: alert"),
];
