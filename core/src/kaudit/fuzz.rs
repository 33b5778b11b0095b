//! What a fuzzer drives: a stream of any bytes, cut anywhere, up to what is told of it.

use std::time::Instant;

use super::{Assembler, Event, Gaps, Rule, Seen, Sighting, Stream, Tamper};
use crate::eventlog::Kind;
use crate::limits::{KAUDIT_ARGV_BYTES_MAX, KAUDIT_EVENT_BYTES_MAX, KAUDIT_KEYS_MAX};
use crate::untrusted::is_misleading;

/// Reads `data` as the audit stream: two bytes that say where it is cut, then the stream.
///
/// Panics when a promise of this module is broken.
pub fn fuzz(now: Instant, data: &[u8]) {
    let Some((cut, bytes)) = data.split_first_chunk::<2>() else { return };
    let at = usize::from(u16::from_be_bytes(*cut)) % (bytes.len() + 1);
    let (before, behind) = bytes.split_at(at);
    let events = events(now, &[bytes]);
    assert_eq!(events, self::events(now, &[before, behind]), "a cut changes what was seen");
    let mut tamper = Tamper::default();
    events.iter().for_each(|event| check(now, event, &mut tamper));
}

fn events(now: Instant, chunks: &[&[u8]]) -> Vec<Event> {
    let (mut stream, mut records, mut pieces) = (Stream::default(), Vec::new(), 0usize);
    let mut take = |piece: super::Piece| {
        pieces += 1;
        records.extend(piece.record());
    };
    chunks.iter().for_each(|chunk| stream.push(chunk, &mut take));
    stream.finish(&mut take);
    let bytes: usize = chunks.iter().map(|chunk| chunk.len()).sum();
    assert!(pieces <= bytes, "more pieces than bytes");
    let (mut assembler, mut gaps, mut events) = (Assembler::default(), Gaps::default(), Vec::new());
    let count = records.iter().filter(|record| !record.is_end()).count();
    for record in records {
        gaps.see(now, &record);
        assembler.push(now, record, &mut events);
    }
    assembler.close(&mut events);
    let toll = assembler.toll();
    let given: usize = events.iter().map(|event| event.records.len()).sum();
    let gone = usize::try_from(toll.late + toll.left_out).unwrap_or(usize::MAX);
    assert_eq!(given + gone, count, "a record was given twice, or never");
    events
}

/// What is told of an event is bounded, and shown without anything misleading.
fn check(now: Instant, event: &Event, tamper: &mut Tamper) {
    let bytes: usize = event.records.iter().map(super::Record::bytes).sum();
    let most = event.records.iter().map(super::Record::bytes).max().unwrap_or(0);
    assert!(bytes <= KAUDIT_EVENT_BYTES_MAX + most, "an event of {bytes} bytes");
    let Some(seen) = Seen::of(event) else { return };
    let argv: usize = seen.argv.iter().map(|word| word.len()).sum();
    assert!(seen.keys.len() <= KAUDIT_KEYS_MAX && argv <= KAUDIT_ARGV_BYTES_MAX);
    let _ = Rule::classic("alert").matches(&seen);
    let entries = [seen.entry("key0", Kind::KeyMatch), tamper.look(now, event, &seen)];
    for entry in entries.into_iter().flatten() {
        assert!(entry.check().is_ok(), "the event log would refuse it: {entry:?}");
        let shown = format!(
            "{} {} {}",
            entry.user.escaped(),
            entry.command().escaped(),
            entry.text.escaped()
        );
        assert!(!shown.chars().any(is_misleading), "{shown:?} is misleading");
    }
    if let Some(sighting) = Sighting::of(&seen, &["/usr/bin/sudo".to_owned()]) {
        assert!(sighting.check().is_ok() && sighting.pid > 0);
        let _ = sighting.runs_nothing();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What streams are made of, so that random ones are nearly right.
    const WORDS: [&[u8]; 24] = [
        b"type=SYSCALL ",
        b"type=EXECVE ",
        b"type=USER_CMD ",
        b"type=CONFIG_CHANGE ",
        b"type=DAEMON_END ",
        b"type=EOE ",
        b"type=PATH ",
        b"node=vm ",
        b"msg=audit(1.000:",
        b"1",
        b"2",
        b"): ",
        b"\n",
        b" key=",
        b"\"alert\"",
        b"616C0162",
        b" a0=",
        b" a1[0]=",
        b" argc=",
        b" exe=\"/usr/bin/sudo\"",
        b" msg='",
        b"\x1d",
        b"\x00\x00\x00\x01",
        b"\xff\xe2\x80\xae",
    ];

    #[test]
    fn the_hostile_streams_hold() {
        let all: [&[u8]; 4] = [
            include_bytes!("fixtures/c05-hostile-values.log"),
            include_bytes!("fixtures/c08-bytes.log"),
            include_bytes!("fixtures/c10-types-and-fields.log"),
            include_bytes!("fixtures/w-two-keys.enriched.log"),
        ];
        for (text, cut) in all.into_iter().zip(0u16..) {
            fuzz(Instant::now(), &[&(cut * 100).to_be_bytes(), text].concat());
        }
    }

    proptest! {
        #[test]
        fn nearly_right_streams_hold(cut: u16, words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..80)) {
            fuzz(Instant::now(), &[&cut.to_be_bytes(), words.concat().as_slice()].concat());
        }
    }
}
