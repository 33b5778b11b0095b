//! What the event log says of a difference between what the kernel saw and what was recorded.

use sudolog_core::eventlog::{Entry, Kind, Severity, Source};
use sudolog_core::kaudit::{Sighting, SightingKind};
use sudolog_core::limits::ENTRY_DETAILS_MAX;
use sudolog_core::risk::Score;
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

use super::machine::entry_id;

/// An entry about a sighting; `by` is the program that made it root.
pub(super) fn about(sighting: &Sighting, kind: Kind, by: Option<&Sighting>) -> Option<Entry> {
    let id = format!("{}.{}", kind.name(), sighting.id).parse().ok()?;
    let mut entry = Entry::new(id, sighting.time, Source::Shipper, kind);
    (entry.severity, entry.risk) = weight(kind);
    let caller = by.unwrap_or(sighting);
    (entry.user, entry.uid) = caller.who();
    entry.argv.clone_from(&sighting.argv);
    entry.tty = sighting.tty.clone();
    entry.pid = Some(sighting.pid);
    entry.by = caller.exe.clone();
    entry.text = sentence(kind).into();
    let entry_user = entry.user.clone();
    let mut add = |name: &str, value: Untrusted| entry.details.push((name.to_owned(), value));
    add("exe", sighting.exe.clone());
    add("ppid", sighting.ppid.to_string().into());
    if caller.login != entry_user {
        add("login", caller.login.clone());
    }
    for (name, id) in [("auid", caller.auid), ("uid", caller.uid)] {
        if let Some(id) = id {
            add(name, id.to_string().into());
        }
    }
    if let Some(ses) = sighting.ses {
        add("ses", ses.to_string().into());
    }
    if let Some(by) = by {
        add("by_pid", by.pid.to_string().into());
        let words: Vec<_> = by.argv.iter().map(Untrusted::as_bytes).collect();
        add("by_command", Untrusted::new(words.join(&b' ')));
    }
    let evidence = match sighting.kind {
        SightingKind::Command => "USER_CMD of sudo",
        _ => "execve",
    };
    add("evidence", evidence.into());
    debug_assert!(entry.details.len() <= ENTRY_DETAILS_MAX);
    Some(entry)
}

/// An entry about sessions that the kernel's audit did not show; one of them is named.
pub(super) fn missing(count: u64, pid: u32, session: SessionId, time: Timestamp) -> Option<Entry> {
    let kind = Kind::WitnessMissing;
    let mut entry = Entry::new(entry_id("witness_missing", session)?, time, Source::Shipper, kind);
    (entry.severity, entry.risk) = weight(kind);
    entry.pid = Some(pid);
    entry.session_id = Some(session);
    let text = format!("{}: {count} sessions so far, this is the first", sentence(kind));
    entry.text = text.into();
    entry.details.push(("count".to_owned(), count.to_string().into()));
    Some(entry)
}

/// An entry about records that the kernel had no room for.
pub(super) fn lost(count: u32, time: Timestamp) -> Option<Entry> {
    let id = format!("kernel_lost.{}", time.as_nanos()).parse().ok()?;
    let mut entry = Entry::new(id, time, Source::Shipper, Kind::AuditTampered);
    entry.severity = Severity::High;
    entry.risk = Some(Score::capped(70));
    let text = format!(
        "the kernel lost {count} records of its audit: it had no room for them; give it more (auditctl -b) if this is not an attack"
    );
    entry.text = text.into();
    entry.by = "lost".into();
    entry.details.push(("count".to_owned(), count.to_string().into()));
    Some(entry)
}

/// An entry about the witness itself.
pub(super) fn gone(time: Timestamp) -> Option<Entry> {
    let id = format!("witness_gone.{}", time.as_nanos()).parse().ok()?;
    let mut entry = Entry::new(id, time, Source::Shipper, Kind::AuditTampered);
    entry.severity = Severity::High;
    entry.risk = Some(Score::capped(70));
    entry.text =
        "sudolog-audisp has gone and did not come back: nobody tells what the kernel's audit sees"
            .into();
    Some(entry)
}

fn weight(kind: Kind) -> (Severity, Option<Score>) {
    let (severity, points) = match kind {
        Kind::Unrecorded => (Severity::Critical, 90),
        Kind::PolicyReplaced => (Severity::Critical, 95),
        Kind::OtherRoot => (Severity::High, 60),
        _ => (Severity::Warning, 20),
    };
    (severity, Some(Score::capped(points)))
}

fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Unrecorded => {
            "sudo ran a command and no session recorded it: are the sudolog lines in sudo.conf?"
        }
        Kind::PolicyReplaced => {
            "sudo made a command root without its policy's audit and without a session: its plugins were replaced"
        }
        Kind::OtherRoot => "a program became root by another way than the known sudo",
        _ => {
            "the kernel's audit does not show recorded sessions: is it switched off, or are its rules missing?"
        }
    }
}
