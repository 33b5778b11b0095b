//! A program that is given a letter: an absolute path, no shell, an empty environment, and only so long.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use sudolog_core::limits::ALERT_PROGRAM_TIME;
use sudolog_core::untrusted::Untrusted;

/// How it ended, and the first of what it complained of, harmless.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) complaint: String,
}

/// Runs a program with `input` on its standard input.
///
/// # Errors
/// A sentence, when it cannot be started or takes too long; then it is killed with all it started.
pub(super) fn run<S: AsRef<OsStr>>(
    path: &Path,
    args: &[S],
    input: Vec<u8>,
) -> Result<Ended, String> {
    let shown = path.display();
    let mut child = Command::new(path)
        .args(args)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", "/")
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{shown} cannot be started: {error}"))?;
    // It may not read what it is given, or not read it to the end; neither holds us up.
    let writer = child.stdin.take().map(|mut stdin| {
        std::thread::Builder::new().name("alert-in".to_owned()).spawn(move || {
            let _ = stdin.write_all(&input);
        })
    });
    let (complaints, complaint) = std::sync::mpsc::sync_channel(1);
    let reader = child.stderr.take().map(|stderr| {
        std::thread::Builder::new().name("alert-err".to_owned()).spawn(move || {
            let mut bytes = Vec::new();
            let mut rest = stderr.take(COMPLAINT_BYTES_MAX);
            let _ = rest.read_to_end(&mut bytes);
            let mut rest = rest.into_inner();
            let _ = std::io::copy(&mut rest, &mut std::io::sink());
            let _ = complaints.send(bytes);
        })
    });
    let ended = wait(&mut child, ALERT_PROGRAM_TIME);
    // Whoever it left behind would keep its end of the pipes.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let Some(status) = ended else {
        let _ = child.wait();
        return Err(format!("{shown} took more than {} s", ALERT_PROGRAM_TIME.as_secs()));
    };
    // One that left its group may hold the pipe open for ever.
    let complaint = complaint.recv_timeout(COMPLAINT_WAIT).unwrap_or_default();
    drop((reader, writer));
    let complaint = Untrusted::new(complaint.trim_ascii());
    Ok(Ended { status, complaint: complaint.escaped().to_string() })
}

fn wait(child: &mut Child, most: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + most;
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => {
                std::thread::sleep(pause);
                pause = (2 * pause).min(Duration::from_millis(100));
            }
            _ => return None,
        }
    }
}

const COMPLAINT_WAIT: Duration = Duration::from_secs(1);
const COMPLAINT_BYTES_MAX: u64 = 1024;
