//! Another program at work for an export. It is ended when it takes too long, and when nobody waits for it
//! any more.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sudolog_core::limits::GIF_PROGRAM_WORDS_BYTES_MAX;
use sudolog_core::untrusted::Untrusted;

pub(super) struct Drawing {
    child: Child,
    words: Option<JoinHandle<String>>,
}

impl Drawing {
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let words = child.stderr.take().map(|words| thread::spawn(move || said(words)));
        Ok(Self { child, words })
    }

    /// Waits for its end; gives what it says, escaped.
    pub(super) fn finish(mut self, limit: Duration) -> io::Result<(ExitStatus, String)> {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            if start.elapsed() >= limit {
                let text = format!("took longer than {} s and was ended", limit.as_secs());
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
            thread::sleep(LOOK_INTERVAL);
        };
        let words = self.words.take().and_then(|words| words.join().ok());
        Ok((status, words.unwrap_or_default()))
    }
}

impl Drop for Drawing {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of what the program says, in one line and escaped.
fn said(mut words: impl Read) -> String {
    let mut kept: Vec<u8> = Vec::new();
    let mut piece = [0; 4096];
    // One that cannot be read says nothing.
    while let Ok(length @ 1..) = words.read(&mut piece) {
        kept.extend(piece.iter().take(length));
        let excess = kept.len().saturating_sub(GIF_PROGRAM_WORDS_BYTES_MAX);
        kept.drain(..excess);
    }
    let text = String::from_utf8_lossy(&kept);
    let lines: Vec<&str> =
        text.split(['\n', '\r']).map(str::trim).filter(|l| !l.is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(WORDS_LINES)..).unwrap_or_default().join("; ");
    if last.is_empty() {
        return "it said nothing".to_owned();
    }
    Untrusted::from(last).escaped().to_string()
}

const LOOK_INTERVAL: Duration = Duration::from_millis(20);
const WORDS_LINES: usize = 4;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn a_program_that_takes_too_long_is_ended() {
        let drawing = Drawing::start(Command::new("sleep").arg("600")).unwrap();
        let process = PathBuf::from(format!("/proc/{}", drawing.child.id()));
        assert!(process.exists());
        let error = drawing.finish(Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("was ended"), "{error}");
        assert!(!process.exists());
    }

    #[test]
    fn a_program_that_nobody_waits_for_is_ended_and_another_is_heard() {
        let drawing = Drawing::start(Command::new("sleep").arg("600")).unwrap();
        let process = PathBuf::from(format!("/proc/{}", drawing.child.id()));
        drop(drawing);
        assert!(!process.exists());
        let mut command = Command::new("sh");
        let drawing = Drawing::start(command.args(["-c", "printf 'no\\n\\033x' >&2; exit 3"]));
        let (status, said) = drawing.unwrap().finish(Duration::from_secs(60)).unwrap();
        assert_eq!((status.code(), said.starts_with("no; ")), (Some(3), true), "{said}");
        assert!(!said.contains('\x1b'), "{said:?}");
    }
}
