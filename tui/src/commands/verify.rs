//! `verify`: is a recording what the server acknowledged? With the public key alone.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::iolog::{Verification, Verifier};

use super::export::each_event;
use super::json::write_line;
use super::opening::{shown, with_recording};
use super::{Asked, Failure};
use crate::cli;
use crate::exit::Exit;
use crate::source::archive::Leftovers;
use crate::source::{Proof, Recording, Standing};

pub(super) fn run(asked: &Asked, arguments: cli::Verify) -> Result<Exit, Failure> {
    let (_, keys) = read_keys(&arguments.key)?;
    let place = asked.locate(arguments.recording)?;
    with_recording(place, Leftovers::Ignore, move |mut recording| {
        let found = verify(recording.as_mut(), &keys)?;
        let mut out = io::stdout().lock();
        let told = if arguments.json {
            write_line(&mut out, &Printed::from(&found))
        } else {
            write_sentence(&mut out, &found)
        };
        super::written(told)?;
        Ok(exit(&found))
    })
}

/// How a command ends that found this.
pub(super) fn exit(found: &Verification) -> Exit {
    match (found.ok, found.complete) {
        (false, _) => Exit::NotVerified,
        (true, false) => Exit::Incomplete,
        (true, true) => Exit::Done,
    }
}

/// The text of a key file, and the keys in it.
pub(super) fn read_keys(path: &Path) -> Result<(String, AckVerifiers), Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Failure::Usage(format!("there is no key file {}", shown(path))),
        _ => Failure::Io { what: format!("cannot read the key file {}", shown(path)), source },
    })?;
    let keys = AckVerifiers::parse(&text)
        .map_err(|error| Failure::Usage(format!("the key file {}: {error}", shown(path))))?;
    Ok((text, keys))
}

/// Compares a recording with its checkpoints.
pub(super) fn verify(
    recording: &mut dyn Recording,
    keys: &AckVerifiers,
) -> Result<Verification, Failure> {
    let Some(Proof { start, end, acks, bad_line }) = recording.proof()? else {
        return unsigned(recording);
    };
    let mut verifier = Verifier::new(&start, &acks, keys);
    each_event(recording, |event, _| {
        verifier.event(event);
        true
    })?;
    let mut found = verifier.finish(end.as_ref());
    let torn = bad_line.map(|line| format!("line {line} of the checkpoints cannot be read"));
    let damaged = match recording.standing() {
        Standing::Damaged(reason) => Some(reason.clone()),
        Standing::Growing | Standing::Whole | Standing::Unfinished(_) => None,
    };
    if let Some(reason) = torn.or(damaged).filter(|_| found.ok) {
        let first_bad_seq = Some(found.last_seq + 1);
        found = Verification { ok: false, first_bad_seq, reason: Some(reason), ..found };
    }
    Ok(found)
}

/// Nothing proves such a recording; its events are counted all the same.
fn unsigned(recording: &mut dyn Recording) -> Result<Verification, Failure> {
    let mut events = 0;
    each_event(recording, |event, _| {
        events = event.seq();
        true
    })?;
    let reason = "recorded without Sudolog: there are no signatures to check".to_owned();
    Ok(Verification {
        ok: false,
        complete: false,
        events,
        last_seq: 0,
        first_bad_seq: Some(1),
        reason: Some(reason),
    })
}

/// `verify --json`. New fields may be added; these stay.
#[derive(Serialize)]
pub(super) struct Printed<'a> {
    ok: bool,
    complete: bool,
    events: u64,
    last_seq: u64,
    first_bad_seq: Option<u64>,
    reason: Option<&'a str>,
}

impl<'a> From<&'a Verification> for Printed<'a> {
    fn from(found: &'a Verification) -> Self {
        Self {
            ok: found.ok,
            complete: found.complete,
            events: found.events,
            last_seq: found.last_seq,
            first_bad_seq: found.first_bad_seq,
            reason: found.reason.as_deref(),
        }
    }
}

/// What was found, in one sentence and a newline.
pub(super) fn write_sentence(out: &mut impl Write, found: &Verification) -> io::Result<()> {
    let Verification { events, last_seq, .. } = found;
    let reason = found.reason.as_deref().unwrap_or_default();
    match (found.ok, found.complete) {
        (true, true) if *events == 0 => {
            writeln!(out, "verified: no input and no output; start and end are signed")
        }
        (true, true) => writeln!(out, "verified: all {events} events and the end are signed"),
        (true, false) if *last_seq == 0 => writeln!(out, "nothing is proven yet; {reason}"),
        (true, false) => writeln!(out, "verified up to event {last_seq} of {events}; {reason}"),
        (false, _) if *last_seq == 0 => {
            writeln!(out, "NOT VERIFIED: {reason}; no event can be trusted")
        }
        (false, _) => {
            writeln!(out, "NOT VERIFIED: {reason}; good up to event {last_seq} of {events}")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use sudolog_core::ack::{AckSigner, Chain, SignedAck};
    use sudolog_core::iolog::{LogInfo, encode_ack, encode_timing};
    use sudolog_core::session::{EndReason, Event, EventKind, SessionEnd, SessionId, SessionStart};

    use super::*;
    use crate::source::archive::Archive;

    /// A recording as sudolog-server leaves it: two events, one checkpoint a line.
    struct Stored(tempfile::TempDir);

    impl Stored {
        fn new() -> Self {
            let (signer, start) = (AckSigner::from_seed(&[7; 32]), start());
            let events: Vec<Event> = (1..=2)
                .map(|seq| {
                    Event::new(seq, 5, EventKind::Ttyout, b"hello".as_slice().into()).unwrap()
                })
                .collect();
            let end = SessionEnd {
                final_seq: 2,
                run_time_ns: 10,
                exit_value: Some(0),
                signal: None,
                dumped_core: false,
                error: None,
                reason: EndReason::default(),
            };
            let mut chain = Chain::start(&start);
            let (mut timing, mut acks) = (Vec::new(), Vec::new());
            for event in &events {
                chain = chain.event(event);
                encode_timing(event, &mut timing);
                let ack = SignedAck::sign(&signer, start.session_id, event.seq(), 0, chain);
                acks.extend(encode_ack(&ack));
            }
            let last = SignedAck::sign(&signer, start.session_id, 3, 0, chain.end(&end));
            acks.extend(encode_ack(&last));
            let stored = Self(tempfile::tempdir().unwrap());
            stored.put("timing", &timing);
            stored.put("ttyout", b"hellohello");
            stored.put("uuid", start.session_id.to_string().as_bytes());
            stored.put("log.json", &LogInfo::encode(&start, Some(&end)));
            stored.put("acks", &acks);
            stored
        }

        fn put(&self, name: &str, content: &[u8]) {
            fs::write(self.0.path().join(name), content).unwrap();
        }

        fn verify(&self) -> Verification {
            let keys = AckVerifiers::new(vec![AckSigner::from_seed(&[7; 32]).verifier()]);
            let archive = Archive::open(self.0.path(), "test").unwrap();
            verify(&mut archive.with_leftovers(Leftovers::Ignore), &keys).unwrap()
        }
    }

    fn start() -> SessionStart {
        SessionStart {
            session_id: SessionId::v7(1_763_000_000_000, [7; 10]),
            submit_host: "web1".parse().unwrap(),
            submit_user: "alice".into(),
            submit_uid: 1000,
            submit_cwd: "/".into(),
            submit_time: sudolog_core::time::Timestamp { seconds: 1, nanoseconds: 2 },
            run_user: "root".into(),
            run_uid: 0,
            run_group: None,
            run_gid: None,
            run_cwd: "/".into(),
            command: "/bin/sh".into(),
            argv: vec!["sh".into()],
            tty: Some("/dev/pts/3".into()),
            lines: 24,
            columns: 80,
            sudo_pid: 4711,
            pid_start_ticks: 1,
            boot_id: "b".into(),
            parent: None,
        }
    }

    #[test]
    fn what_was_stored_is_verified() {
        let found = Stored::new().verify();
        assert!(found.ok && found.complete, "{found:?}");
        assert_eq!((found.events, found.last_seq), (2, 2));
    }

    #[test]
    fn every_change_on_the_disk_is_found() {
        for (file, content) in [
            ("ttyout", b"hellohallo".as_slice()),
            ("timing", b"4 0.000000005 5\n4 0.000000006 5\n"),
            ("timing", b"4 0.000000005 5\n"),
            ("timing", b"4 0.000000005 5\nrubbish\n"),
            ("ttyout", b"hello"),
            ("acks", b"{}\n"),
        ] {
            let stored = Stored::new();
            stored.put(file, content);
            let found = stored.verify();
            assert!(!found.ok && found.first_bad_seq.is_some(), "{file}: {found:?}");
        }
    }

    #[test]
    fn data_that_was_added_is_not_part_of_it() {
        let stored = Stored::new();
        stored.put("ttyout", b"hellohello and more");
        assert_eq!(stored.verify().events, 2);
    }

    #[test]
    fn a_recording_of_stock_sudo_proves_nothing() {
        let stored = Stored::new();
        fs::remove_file(stored.0.path().join("uuid")).unwrap();
        let found = stored.verify();
        assert!(!found.ok && found.events == 2, "{found:?}");
    }
}
