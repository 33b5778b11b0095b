//! Reading `log.json` without losing a byte that is not UTF-8.

use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::{LogError, LogInfo, Own, OwnEnd, RunTime};
use crate::session::EndReason;
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

pub(super) fn parse(content: &[u8]) -> Result<LogInfo, LogError> {
    let file: File = serde_json::from_slice(content)?;
    let submit_user = file.submituser.ok_or(LogError::Missing("submituser"))?.0;
    let command = file.command.ok_or(LogError::Missing("command"))?.0;
    let argv: Vec<Untrusted> = file.runargv.into_iter().map(|raw| raw.0).collect();
    let own = file.sudolog.map(Own::from);
    let tty = file.ttyname.map(|raw| raw.0);
    let tty = match &own {
        Some(own) => tty.filter(|_| own.has_tty),
        None => tty.filter(|name| name.as_bytes() != b"unknown"),
    };
    Ok(LogInfo {
        submit_time: file.timestamp.unwrap_or_default(),
        submit_user,
        submit_host: file.submithost.map(|raw| raw.0),
        submit_cwd: file.submitcwd.map(|raw| raw.0),
        run_user: file.runuser.map_or_else(|| "root".into(), |raw| raw.0),
        run_uid: file.runuid,
        run_group: file.rungroup.map(|raw| raw.0),
        run_gid: file.rungid,
        run_cwd: file.runcwd.map(|raw| raw.0),
        command_line: join(&command, &argv),
        command,
        argv,
        tty,
        lines: side(file.lines),
        columns: side(file.columns),
        run_time: file.run_time.map(run_time),
        exit_value: file.exit_value,
        signal: file.signal.map(|raw| raw.0),
        dumped_core: file.dumped_core,
        own,
    })
}

fn join(command: &Untrusted, argv: &[Untrusted]) -> Untrusted {
    let mut line = command.as_bytes().to_vec();
    for argument in argv.iter().skip(1) {
        line.push(b' ');
        line.extend(argument.as_bytes());
    }
    Untrusted::new(line)
}

fn side(number: Option<i64>) -> u16 {
    number.map_or(0, |n| u16::try_from(n.max(0)).unwrap_or(u16::MAX))
}

fn run_time(time: Timestamp) -> RunTime {
    let seconds = u64::try_from(time.seconds).unwrap_or(0);
    RunTime(
        Duration::from_secs(seconds).saturating_add(Duration::from_nanos(time.nanoseconds.into())),
    )
}

#[derive(serde::Deserialize)]
struct File {
    timestamp: Option<Timestamp>,
    submituser: Option<Raw>,
    submithost: Option<Raw>,
    submitcwd: Option<Raw>,
    command: Option<Raw>,
    runuser: Option<Raw>,
    runuid: Option<u32>,
    rungroup: Option<Raw>,
    rungid: Option<u32>,
    runcwd: Option<Raw>,
    #[serde(default)]
    runargv: Vec<Raw>,
    ttyname: Option<Raw>,
    lines: Option<i64>,
    columns: Option<i64>,
    run_time: Option<Timestamp>,
    exit_value: Option<i32>,
    signal: Option<Raw>,
    #[serde(default)]
    dumped_core: bool,
    sudolog: Option<OwnFile>,
}

#[derive(serde::Deserialize)]
struct OwnFile {
    submit_uid: u32,
    has_tty: bool,
    sudo_pid: u32,
    pid_start_ticks: u64,
    boot_id: Raw,
    parent: Option<crate::session::SessionId>,
    final_seq: Option<u64>,
    run_time_ns: Option<u64>,
    error: Option<Raw>,
    reason: Option<EndReason>,
}

impl From<OwnFile> for Own {
    fn from(file: OwnFile) -> Self {
        let end = match (file.final_seq, file.run_time_ns, file.reason) {
            (Some(final_seq), Some(run_time_ns), Some(reason)) => {
                Some(OwnEnd { final_seq, run_time_ns, error: file.error.map(|raw| raw.0), reason })
            }
            _ => None,
        };
        Self {
            submit_uid: file.submit_uid,
            has_tty: file.has_tty,
            sudo_pid: file.sudo_pid,
            pid_start_ticks: file.pid_start_ticks,
            boot_id: file.boot_id.0,
            parent: file.parent,
            end,
        }
    }
}

/// A JSON string as the bytes that stand in the file.
struct Raw(Untrusted);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(RawVisitor)
    }
}

struct RawVisitor;

impl Visitor<'_> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Raw, E> {
        Ok(Raw(Untrusted::new(bytes)))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw(text.into()))
    }
}
