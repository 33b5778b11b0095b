//! What the small files of a recording say: `log.json`, `log`, `uuid`, `INCOMPLETE`, and the write
//! bits of `timing`.

use std::fs::Metadata as Status;
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use sudolog_core::iolog::{LogInfo, parse_legacy, path};
use sudolog_core::limits::{REPLAY_SILENCE, RESUME_GRACE};
use sudolog_core::session::{SessionEnd, SessionId, SessionStart, SessionState};
use sudolog_core::untrusted::Untrusted;

use super::ArchiveError;
use super::directory::{Directory, io_error};
use crate::source::About;

/// Metadata of one recording.
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) about: About,
    /// Why it is incomplete, safe to show.
    pub(super) incomplete: Option<String>,
    /// For so many minutes nothing was written, where it is long for one that may still grow.
    pub(super) silent: Option<u64>,
    info: LogInfo,
}

impl Metadata {
    /// Reads the small files as they are now.
    pub(super) fn read(directory: &Directory, name: &str) -> Result<Self, ArchiveError> {
        let timing = directory.file(path::TIMING)?;
        let timing =
            timing.ok_or_else(|| ArchiveError::NotOne { path: directory.path().to_owned() })?;
        let status = timing.metadata().map_err(|e| io_error(directory.path(), path::TIMING, e))?;
        let info = info(directory)?;
        let session_id = session_id(directory)?;
        let incomplete = directory.read_all(path::INCOMPLETE, SMALL_BYTES_MAX)?;
        let (state, incomplete) = standing(&info, session_id, incomplete, &status);
        let silent = age(&status).filter(|age| state.is_open() && *age >= REPLAY_SILENCE);
        let silent = silent.map(|age| age.as_secs() / 60);
        let end = session_id.and_then(|id| info.to_session(id)?.1);
        let run_time = info.run_time.map(|time| time.0.as_secs_f64());
        let about = About {
            name: name.into(),
            tsid: None,
            session_id,
            state,
            user: info.submit_user.clone(),
            host: info.submit_host.clone().unwrap_or_default(),
            run_user: info.run_user.clone(),
            command: info.command_line.clone(),
            tty: info.tty.clone(),
            start: info.submit_time,
            duration_s: end.map(|end| end.run_time_ns as f64 / 1e9).or(run_time),
            lines: info.lines,
            columns: info.columns,
            exit_value: info.exit_value,
            signal: info.signal.clone(),
            risk: Default::default(),
            anomalies: Vec::new(),
            standing: Default::default(),
            signed: None,
        };
        Ok(Self { name: name.to_owned(), about, incomplete, silent, info })
    }

    /// True while the recording may still grow.
    pub(super) fn is_open(&self) -> bool {
        self.about.state.is_open()
    }

    /// Start and end as the hash chain covers them; `None` when Sudolog did not record it.
    pub(super) fn session(&self) -> Option<(SessionStart, Option<SessionEnd>)> {
        self.info.to_session(self.about.session_id?)
    }
}

/// `log.json`, else `log`, else nothing is known.
fn info(directory: &Directory) -> Result<LogInfo, ArchiveError> {
    let parsed =
        directory.read_all(path::LOG_JSON, LOG_BYTES_MAX)?.map(|json| LogInfo::parse(&json));
    if let Some(Ok(info)) = parsed {
        return Ok(info);
    }
    let legacy = directory.read_all(path::LOG, LOG_BYTES_MAX)?;
    match (legacy.and_then(|text| parse_legacy(&text)), parsed) {
        (Some(info), _) => Ok(info),
        (None, Some(Err(source))) => {
            Err(ArchiveError::Metadata { path: directory.path().to_owned(), source })
        }
        (None, _) => Ok(LogInfo::default()),
    }
}

fn session_id(directory: &Directory) -> Result<Option<SessionId>, ArchiveError> {
    let content = directory.read_all(path::UUID, SMALL_BYTES_MAX)?.unwrap_or_default();
    Ok(std::str::from_utf8(&content).ok().and_then(|text| text.trim_end().parse().ok()))
}

/// Where a session stands by its files. sudo clears the write bits of `timing` at the end; what is
/// still writable and has not changed for longer than a lost session may be resumed was never
/// finished.
fn standing(
    info: &LogInfo,
    session_id: Option<SessionId>,
    incomplete: Option<Vec<u8>>,
    timing: &Status,
) -> (SessionState, Option<String>) {
    if let Some(reason) = incomplete {
        let reason = Untrusted::new(reason.trim_ascii()).escaped().to_string();
        return (SessionState::Incomplete, Some(reason));
    }
    let own_end = session_id.and_then(|id| info.to_session(id)?.1);
    let ended = own_end.is_some() || info.exit_value.is_some() || info.signal.is_some();
    let sealed = timing.permissions().mode() & WRITE_BITS == 0;
    if ended || sealed {
        return (SessionState::Complete, None);
    }
    if age(timing).is_none_or(|age| age < RESUME_GRACE) {
        return (SessionState::Live, None);
    }
    (
        SessionState::Incomplete,
        Some("no end is recorded, and nothing is written any more".to_owned()),
    )
}

/// How long ago it was written to. A file from the future does not grow either: a clock was wrong, or it was
/// brought here from elsewhere.
fn age(timing: &Status) -> Option<Duration> {
    let apart = |at| SystemTime::now().duration_since(at).unwrap_or_else(|ahead| ahead.duration());
    timing.modified().ok().map(apart)
}

const WRITE_BITS: u32 = 0o222;
/// `log.json` holds a command line of up to 480 KiB, escaped at worst sixfold.
const LOG_BYTES_MAX: u64 = 4 * 1024 * 1024;
const SMALL_BYTES_MAX: u64 = 4096;
