//! What a check has found, in words: a verdict, and a row for each thing that there is to say. Every state
//! has a sign and a word. Safe to show.

use std::cmp::Ordering;

use sudolog_core::iolog::Fault;
use sudolog_core::session::Incident;
use sudolog_core::time::Position;

use crate::source::Standing;
use crate::theme::Role;
use crate::verification::{Report, Spot, Verdict};

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// What it is about.
    pub(super) label: &'static str,
    /// What there is to say.
    pub(super) text: String,
    /// How it looks.
    pub(super) role: Role,
}

/// A sign and two words, for the heading.
pub(super) fn badge(verdict: Verdict) -> (&'static str, Role) {
    match verdict {
        Verdict::Verified => ("✓ VERIFIED", Role::Ok),
        Verdict::Running => ("● STILL RUNS", Role::StateLive),
        Verdict::Unfinished => ("! INCOMPLETE", Role::StateIncomplete),
        Verdict::Broken => ("! NOT VERIFIED", Role::Error),
        Verdict::Unsigned => ("? NOT SIGNED", Role::Warn),
    }
}

/// The verdict in a sentence.
pub(super) fn sentence(report: &Report) -> String {
    let proven = report.found.last_seq > 0;
    match report.verdict() {
        Verdict::Verified => {
            "This is what the server acknowledged, from its start to its end.".to_owned()
        }
        Verdict::Running if proven => {
            "What is signed so far fits. The recording goes on: more is signed as it grows."
                .to_owned()
        }
        Verdict::Running => "Nothing is proven yet: the recording still runs.".to_owned(),
        Verdict::Unfinished if proven => {
            "What is signed fits. The session has no signed end.".to_owned()
        }
        Verdict::Unfinished => "Nothing of it is proven: no event is signed.".to_owned(),
        Verdict::Broken | Verdict::Unsigned => {
            capital(report.found.reason.as_deref().unwrap_or_default())
        }
    }
}

/// All there is to say, what matters most first.
pub(super) fn rows(report: &Report, key_file: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |label, text: String, role| rows.push(Row { label, text, role });
    let verdict = report.verdict();
    if verdict == Verdict::Broken {
        say("Where", breaks_at(report), Role::Error);
        say("Means", meaning(report), Role::Text);
    }
    if let Standing::Unfinished(reason) = &report.standing {
        say("Unfinished", format!("! {reason}"), Role::Warn);
    }
    say("Proven", proven(report), Role::Text);
    if verdict != Verdict::Unsigned {
        let (text, role) = not_proven(report);
        say("Not proven", text, role);
        let (text, role) = gaps(report);
        say("Gaps", text, role);
        say("Checkpoints", checkpoints(report), Role::Text);
        say("Key", key(report, key_file), Role::Text);
    }
    let doubts: Vec<&Incident> = report.doubts().collect();
    match &report.incidents {
        Err(reason) => say("Incidents", format!("! not known: {reason}"), Role::Warn),
        Ok(_) if doubts.is_empty() => {
            say("Incidents", "none that touches trust".into(), Role::Text)
        }
        Ok(_) => {}
    }
    for doubt in doubts.iter().take(DOUBTS_MAX) {
        say("Incident", incident(doubt), Role::Warn);
    }
    let more = doubts.len().saturating_sub(DOUBTS_MAX);
    if more > 0 {
        say("Incidents", format!("and {more} more, on the timeline of the player"), Role::Warn);
    }
    rows
}

/// `event 3, at 00:12.345: line 3 of timing, byte 10 of ttyout`.
fn breaks_at(report: &Report) -> String {
    match (report.spot, report.gap()) {
        (Some(spot), _) => format!("! from event {}", place(spot)),
        (None, Some(_)) => format!("! behind event {}, the last one there is", report.found.events),
        (None, None) => format!("! behind event {}", report.found.last_seq),
    }
}

fn place(spot: Spot) -> String {
    let at = Position(spot.elapsed);
    let millis = spot.elapsed.subsec_millis();
    let mut text = format!("{} on, at {at}.{millis:03}: line {} of timing", spot.seq, spot.seq);
    if let Some((file, byte)) = spot.data {
        text.push_str(&format!(", byte {byte} of {file}"));
    }
    text
}

fn meaning(report: &Report) -> String {
    let from = report.found.last_seq.saturating_add(1);
    match report.found.fault {
        Some(Fault::Changed { up_to }) => changed(report, up_to),
        Some(Fault::Missing { .. }) => {
            "The server had stored and signed more than is here: it was taken away, or lost by the \
             disk."
                .to_owned()
        }
        Some(Fault::Checkpoint) => format!(
            "A signature is not by this key, or was changed. Is it the key of the server that recorded \
             this? If so, trust nothing from event {from} on."
        ),
        Some(Fault::End) => {
            "How the session ended is not signed, or does not go with its events. What is proven stays \
             so."
                .to_owned()
        }
        Some(Fault::Unreadable) | None => {
            format!("The files cannot be read further. Trust nothing from event {from} on.")
        }
    }
}

/// Everything between two checkpoints that may be what was changed: the first says who and what it was as
/// well, the last how it ended.
fn changed(report: &Report, up_to: u64) -> String {
    let (from, last) = (report.found.last_seq.saturating_add(1), up_to.min(report.found.events));
    let start = (report.found.checkpoints == 0).then(|| "who and what it was".to_owned());
    let events = match from.cmp(&last) {
        Ordering::Less => Some(format!("something in events {from} to {last}")),
        Ordering::Equal => Some(format!("event {from}")),
        Ordering::Greater => None,
    };
    let end = (up_to > report.found.events).then(|| "how it ended".to_owned());
    let parts: Vec<String> = [start, events, end].into_iter().flatten().collect();
    let which = match parts.len() {
        1 if from >= last => "",
        _ => " One signature stands for all of that: which it was cannot be told.",
    };
    let parts = capital(&parts.join(", or "));
    format!(
        "{parts} was changed after the server had signed it.{which} Trust nothing from event {from} on."
    )
}

fn proven(report: &Report) -> String {
    let found = &report.found;
    match (found.last_seq, found.complete) {
        (0, true) => "the start and the end; there was no input and no output".to_owned(),
        (0, false) if found.checkpoints > 0 => "the start, and no event".to_owned(),
        (0, false) => "nothing".to_owned(),
        (last, true) => format!("all events, 1 to {last}, the start and the end"),
        (1, false) => "event 1 and the start".to_owned(),
        (last, false) => format!("events 1 to {last} and the start"),
    }
}

fn not_proven(report: &Report) -> (String, Role) {
    let found = &report.found;
    let from = found.last_seq.saturating_add(1);
    match report.verdict() {
        Verdict::Verified => ("nothing".to_owned(), Role::Text),
        Verdict::Broken => (format!("! everything from event {from} on"), Role::Warn),
        _ if found.events < from => ("! how it ends".to_owned(), Role::Warn),
        _ => {
            let last = found.events;
            let events = if last == from {
                format!("event {last}")
            } else {
                format!("events {from} to {last}")
            };
            let place = report.spot.map(|spot| format!(" (from {})", place(spot)));
            let text = format!("! {events}{}, and how it ends", place.unwrap_or_default());
            (text, Role::Warn)
        }
    }
}

fn gaps(report: &Report) -> (String, Role) {
    match (report.gap(), report.found.fault) {
        (Some((first, last)), _) if first == last => {
            (format!("! event {first} was signed and is not here"), Role::Error)
        }
        (Some((first, last)), _) => {
            (format!("! events {first} to {last} were signed and are not here"), Role::Error)
        }
        (None, None) => ("none".to_owned(), Role::Text),
        (None, Some(_)) => ("none before it breaks; not known behind".to_owned(), Role::Text),
    }
}

fn checkpoints(report: &Report) -> String {
    let count = report.found.checkpoints;
    let fit = if count == 1 { "fits" } else { "fit" };
    match (report.found.ok, count) {
        (true, 0) => "none".to_owned(),
        (true, count) => format!("{count}, chain and signature {fit}"),
        (false, 0) => "none fits".to_owned(),
        (false, count) => format!("{count} {fit}, then it breaks"),
    }
}

fn key(report: &Report, key_file: &str) -> String {
    let signed: Vec<String> = report.found.keys.iter().map(ToString::to_string).collect();
    match signed.is_empty() {
        true => format!("no key of {key_file} has signed anything here"),
        false => format!("{} of {key_file}", signed.join(", ")),
    }
}

/// `after event 5: wrong acknowledgement: why`.
fn incident(incident: &Incident) -> String {
    let mut text = format!("! after event {}: {}", incident.after_seq, incident.kind.words());
    if !incident.text.is_empty() {
        text.push_str(&format!(": {}", incident.text.escaped()));
    }
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + chars.as_str()
}

/// As many stand in the pane.
const DOUBTS_MAX: usize = 20;
