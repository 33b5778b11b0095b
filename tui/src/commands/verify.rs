//! `verify`: is a recording what the server acknowledged? With the public key alone.

use std::io::{self, Write};

use serde::Serialize;
use sudolog_core::ack::AckVerifiers;
use sudolog_core::iolog::Verification;

use super::json::write_line;
use super::opening::with_recording;
use super::{Asked, Failure};
use crate::cli;
use crate::exit::Exit;
use crate::source::Recording;
use crate::source::archive::Leftovers;
use crate::verification::{self, VerifyKeys};

pub(super) fn run(asked: &Asked, arguments: cli::Verify) -> Result<Exit, Failure> {
    let VerifyKeys { keys, .. } = VerifyKeys::read(&arguments.key)?;
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

/// Compares a recording with its checkpoints.
pub(super) fn verify(
    recording: &mut dyn Recording,
    keys: &AckVerifiers,
) -> Result<Verification, Failure> {
    Ok(verification::verify::<Failure>(recording, keys, |_| Ok(()))?.found)
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
    use super::*;
    use crate::verification::sample::Stored;

    fn sentence(stored: &Stored) -> String {
        let mut out = Vec::new();
        write_sentence(&mut out, &stored.verify().found).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn of_a_running_session_it_says_how_far_the_proof_goes() {
        let running = |checkpoints: &[u64]| sentence(&Stored::with(6, checkpoints, false));
        assert_eq!(running(&[]), "nothing is proven yet; the recording still runs\n");
        assert_eq!(running(&[4]), "verified up to event 4 of 6; the recording still runs\n");
    }

    #[test]
    fn of_one_that_was_cut_off_it_does_not_count_what_is_not_signed() {
        let stored = Stored::with(6, &[], false);
        stored.put("INCOMPLETE", b"lost");
        assert_eq!(sentence(&stored), "nothing is proven yet; no end, and no event is signed\n");
    }
}
