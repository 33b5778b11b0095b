//! What a recording's directory says of itself, for the index and for `show`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::OFlags;
use sudolog_core::ack::SignedAck;
use sudolog_core::iolog::{
    LogInfo, Reader, Source, parse_acks, parse_incidents, parse_legacy, path,
};
use sudolog_core::session::{Incident, SessionEnd, SessionId, SessionStart, SessionState, Tsid};
use sudolog_core::term::usual_size;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::SessionRow;

use super::layout::no_follow;
use crate::sessions::{COMMAND_BYTES_MAX, NAME_BYTES_MAX, shorten};

/// The files of one recording.
#[derive(Clone, Debug)]
pub struct Directory(pub PathBuf);

impl Source for Directory {
    fn open(&self, name: &str) -> io::Result<Option<Box<dyn Read + Send>>> {
        Ok(self.file(name)?.map(|file| Box::new(file) as _))
    }
}

impl Directory {
    /// A file of it; `None` when there is none. No link is followed.
    ///
    /// # Errors
    /// When it is there and cannot be opened.
    pub fn file(&self, name: &str) -> io::Result<Option<File>> {
        // A pipe in its place would keep whoever opens it waiting.
        let flags = no_follow() | OFlags::NONBLOCK.bits().cast_signed();
        match File::options().read(true).custom_flags(flags).open(self.0.join(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A small file whole; `None` when it is missing, longer than it may be, or unreadable.
    fn small(&self, name: &str, most: u64) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        self.file(name).ok()??.take(most + 1).read_to_end(&mut content).ok()?;
        (content.len() as u64 <= most).then_some(content)
    }

    /// True when the files of its events are packed (RFC 1952): they can only be read from the start.
    pub fn is_packed(&self) -> bool {
        let mut magic = [0; 2];
        let read = self.file(path::TIMING).ok().flatten().map(|mut f| f.read_exact(&mut magic));
        matches!(read, Some(Ok(()))) && magic == [0x1f, 0x8b]
    }

    /// The metadata, from `log.json` or else `log`.
    pub fn info(&self) -> Option<LogInfo> {
        let json = self.small(path::LOG_JSON, METADATA_BYTES_MAX);
        json.and_then(|content| LogInfo::parse(&content).ok())
            .or_else(|| parse_legacy(&self.small(path::LOG, METADATA_BYTES_MAX)?))
    }

    /// Lines and columns of the screen that it begins with.
    pub fn size(&self) -> (u16, u16) {
        let size = self.info().map_or((0, 0), |info| (info.lines, info.columns));
        usual_size(size.0, size.1)
    }

    /// The session's own name, when Sudolog wrote the recording.
    pub fn session_id(&self) -> Option<SessionId> {
        let content = self.small(path::UUID, 64)?;
        std::str::from_utf8(&content).ok()?.trim_end().parse().ok()
    }

    /// Start and end as the chain covers them.
    pub fn session(&self) -> Option<(SessionStart, Option<SessionEnd>)> {
        self.info()?.to_session(self.session_id()?)
    }

    /// The checkpoints, thinned to at most `most` with the last one kept.
    pub fn acks(&self, most: usize) -> Vec<SignedAck> {
        let content = self.small(path::ACKS, ACKS_BYTES_MAX).unwrap_or_default();
        let (acks, _) = parse_acks(&content);
        let step = acks.len().div_ceil(most.max(1)).max(1);
        let last = acks.len().saturating_sub(1);
        acks.into_iter()
            .enumerate()
            .filter(|(i, _)| i % step == 0 || *i == last)
            .map(|(_, ack)| ack)
            .collect()
    }

    /// Why it is incomplete.
    pub fn incomplete(&self) -> Option<Untrusted> {
        let content = self.small(path::INCOMPLETE, 4096)?;
        Some(Untrusted::new(content.trim_ascii_end()))
    }

    /// What happened to the session from outside, as far as it is read: a file that is too long hides nothing of
    /// what stands at its beginning.
    pub fn incidents(&self) -> Vec<Incident> {
        let mut content = Vec::new();
        if let Ok(Some(file)) = self.file(path::INCIDENTS) {
            // What could be read before the disk failed counts.
            let _ = file.take(INCIDENTS_BYTES_MAX).read_to_end(&mut content);
        }
        parse_incidents(&content)
    }

    /// How long ago this server began to write it, by its own clock; its first file is never written again.
    pub fn age(&self) -> Duration {
        let began = fs::symlink_metadata(self.0.join(path::UUID)).and_then(|file| file.modified());
        began.ok().and_then(|began| began.elapsed().ok()).unwrap_or_default()
    }

    /// Length of the file that keeps it, bytes.
    pub fn incidents_bytes(&self) -> u64 {
        fs::symlink_metadata(self.0.join(path::INCIDENTS)).map_or(0, |metadata| metadata.len())
    }

    fn is_sealed(&self) -> bool {
        fs::metadata(self.0.join(path::TIMING)).is_ok_and(|m| m.permissions().mode() & 0o222 == 0)
    }

    /// The row for the index, with the events counted by reading all of them.
    pub fn row(&self, tsid: Tsid) -> Option<SessionRow> {
        let info = self.info()?;
        let session = self.session_id();
        let (events, elapsed_ns) = self.count();
        Some(row(tsid, session, self.state_of(&info), &info, events, elapsed_ns))
    }

    /// How it stands by its files alone.
    pub fn state(&self) -> SessionState {
        self.info().map_or(SessionState::Incomplete, |info| self.state_of(&info))
    }

    fn state_of(&self, info: &LogInfo) -> SessionState {
        let own = self.session_id().and_then(|id| info.to_session(id));
        match (own, self.is_sealed()) {
            (Some((_, Some(_))), _) if self.incomplete().is_none() => SessionState::Complete,
            // A lost host may come back. Whether it still can is known to the server that has it in hand.
            (Some((_, None)), false) => SessionState::Lagging,
            // Stock sudo says in newer versions only how it ended; it takes the write bits away in all.
            (None, sealed) if sealed || info.run_time.is_some() => match self.incomplete() {
                Some(_) => SessionState::Incomplete,
                None => SessionState::Complete,
            },
            _ => SessionState::Incomplete,
        }
    }

    fn count(&self) -> (u64, u64) {
        let mut reader = Reader::new(self.clone());
        let mut elapsed = 0u64;
        while let Ok(Some(event)) = reader.next_event() {
            elapsed = elapsed.saturating_add(event.delay_ns());
        }
        (reader.seq(), elapsed)
    }
}

/// A row from what is known of a recording.
fn row(
    tsid: Tsid,
    session_id: Option<SessionId>,
    state: SessionState,
    info: &LogInfo,
    events: u64,
    elapsed_ns: u64,
) -> SessionRow {
    // The last event may lie long before the end.
    let played = Duration::from_nanos(elapsed_ns);
    let lasted = info.run_time.map_or(played, |run_time| run_time.0.max(played));
    SessionRow {
        session_id,
        state,
        user: shorten(&info.submit_user, NAME_BYTES_MAX),
        host: shorten(&info.submit_host.clone().unwrap_or_default(), NAME_BYTES_MAX),
        run_user: shorten(&info.run_user, NAME_BYTES_MAX),
        command: shorten(&info.command_line, COMMAND_BYTES_MAX),
        tty: info.tty.as_ref().map(|tty| shorten(tty, NAME_BYTES_MAX)),
        start: info.submit_time,
        duration_s: lasted.as_secs_f64(),
        events,
        exit_value: info.exit_value,
        signal: info.signal.as_ref().map(|name| shorten(name, NAME_BYTES_MAX)),
        ..SessionRow::unknown(tsid)
    }
}

/// A session start comes in one frame; JSON and escapes make it longer.
pub(super) const METADATA_BYTES_MAX: u64 = 8 * 1024 * 1024;
const ACKS_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Content of an `incidents` file that is read, at most.
pub(super) const INCIDENTS_BYTES_MAX: u64 = 32 * 1024 * 1024;
