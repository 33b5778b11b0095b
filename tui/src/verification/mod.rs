//! Checking a recording against the server's signatures, for the command and for the console's pane.
//!
//! Invariant: what is told to be proven is covered by a signature of one of the operator's own keys; nothing
//! that the server or the recording says of itself counts.

mod inspection;
mod keys;
mod report;
mod spot;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use sudolog_core::ack::AckVerifiers;
use sudolog_core::iolog::{Fault, Verification, Verifier};

pub use inspection::{Inspection, News, Subject};
pub use keys::{KeyFileError, VerifyKeys};
pub use report::{Report, Verdict};
pub use spot::Spot;

use self::spot::Path;
use crate::source::{Proof, Recording, RecordingError, Standing};

/// How much of a recording was read, and how much there is, when that is known.
pub type Progress = Option<(u64, u64)>;

/// Reads a recording to its end and compares it with its checkpoints. `told` hears how far it is after
/// every piece, and ends the work with an error of its own. Blocks.
///
/// # Errors
/// When the recording cannot be read at all, or `told` has had enough. What is damaged is a finding.
pub fn verify<E: From<RecordingError>>(
    recording: &mut dyn Recording,
    keys: &AckVerifiers,
    told: impl FnMut(Progress) -> Result<(), E>,
) -> Result<Report, E> {
    let proof = recording.proof()?;
    let (mut found, spot) = match &proof {
        Some(proof) => compare(recording, proof, keys, told)?,
        None => unsigned(recording, told)?,
    };
    let standing = recording.standing().clone();
    if found.ok {
        let reason = proof.as_ref().and_then(|proof| broken_files(proof, &standing));
        if let Some(reason) = reason {
            found = Verification {
                ok: false,
                first_bad_seq: Some(found.last_seq + 1),
                reason: Some(reason),
                fault: Some(Fault::Unreadable),
                ..found
            };
        } else if !found.complete && standing.may_grow() {
            found.reason = Some("the recording still runs".to_owned());
        }
    }
    let incidents = recording.incidents().map(<[_]>::to_vec).map_err(|error| error.to_string());
    Ok(Report {
        about: recording.about().clone(),
        signed: proof.is_some(),
        found,
        standing,
        spot,
        incidents,
    })
}

/// Compares the events with the checkpoints; gives the first event as well that no checkpoint covers.
fn compare<E: From<RecordingError>>(
    recording: &mut dyn Recording,
    proof: &Proof,
    keys: &AckVerifiers,
    told: impl FnMut(Progress) -> Result<(), E>,
) -> Result<(Verification, Option<Spot>), E> {
    let mut verifier = Verifier::new(&proof.start, &proof.acks, keys);
    let mut open = None;
    each_event(recording, told, |event, spot| {
        verifier.event(event);
        if verifier.proven() >= event.seq() {
            open = None;
        } else if open.is_none() {
            open = Some(spot);
        }
    })?;
    Ok((verifier.finish(proof.end.as_ref()), open))
}

/// Nothing proves such a recording; its events are counted all the same.
fn unsigned<E: From<RecordingError>>(
    recording: &mut dyn Recording,
    told: impl FnMut(Progress) -> Result<(), E>,
) -> Result<(Verification, Option<Spot>), E> {
    let (mut events, mut first) = (0, None);
    each_event(recording, told, |event, spot| {
        events = event.seq();
        first.get_or_insert(spot);
    })?;
    let reason = "recorded without Sudolog: there are no signatures to check".to_owned();
    let found = Verification {
        ok: false,
        complete: false,
        events,
        last_seq: 0,
        first_bad_seq: Some(1),
        reason: Some(reason),
        checkpoints: 0,
        keys: Vec::new(),
        fault: Some(Fault::Unreadable),
    };
    Ok((found, first))
}

fn each_event<E: From<RecordingError>>(
    recording: &mut dyn Recording,
    mut told: impl FnMut(Progress) -> Result<(), E>,
    mut take: impl FnMut(&sudolog_core::session::Event, Spot),
) -> Result<(), E> {
    let mut path = Path::default();
    let mut next = 1;
    loop {
        told(recording.progress())?;
        let events = recording.read(next)?;
        let Some(last) = events.last() else { return Ok(()) };
        next = last.seq().saturating_add(1);
        for event in &events {
            take(event, path.pass(event));
        }
    }
}

/// What is wrong with the files of a recording whose events all fit.
fn broken_files(proof: &Proof, standing: &Standing) -> Option<String> {
    let torn = proof.bad_line.map(|line| format!("line {line} of the checkpoints cannot be read"));
    torn.or_else(|| match standing {
        Standing::Damaged(reason) => Some(reason.clone()),
        _ => None,
    })
}
