//! The classic mail, by the system's `sendmail`.
//!
//! Nothing that a user chose stands in a header or on a command line: the program is an absolute path, its
//! arguments are fixed, there is no shell, and the recipient comes from the administrator and was checked.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sudolog_core::untrusted::Untrusted;
use tracing::{info, warn};

/// Whom to send to, and by what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Postbox {
    pub(super) to: String,
    pub(super) sendmail: PathBuf,
}

/// A mail that cannot be sent as it is configured.
#[derive(Debug, thiserror::Error)]
pub(super) enum PostboxError {
    #[error(
        "mail to = {0:?}: must be an address without spaces and controls, for example \"root\""
    )]
    To(String),
    #[error("mail sendmail = {0:?}: must be an absolute path, for example \"/usr/sbin/sendmail\"")]
    Sendmail(PathBuf),
}

impl Postbox {
    pub(super) fn new(to: &str, sendmail: &Path) -> Result<Self, PostboxError> {
        let fits = |byte: u8| byte.is_ascii_graphic() && !b",;:<>()\"\\|".contains(&byte);
        if to.is_empty()
            || to.len() > ADDRESS_BYTES_MAX
            || to.starts_with('-')
            || !to.bytes().all(fits)
        {
            return Err(PostboxError::To(to.to_owned()));
        }
        if !sendmail.is_absolute() {
            return Err(PostboxError::Sendmail(sendmail.into()));
        }
        Ok(Self { to: to.to_owned(), sendmail: sendmail.into() })
    }

    /// Gives a message to `sendmail`.
    fn hand_over(&self, message: &[u8]) -> io::Result<Child> {
        let mut child = Command::new(&self.sendmail)
            .args(["-t", "-oi"])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // One that does not read it all says why by its status.
            let _ = stdin.write_all(message);
        }
        Ok(child)
    }
}

/// The message about one event.
pub(super) fn alert(to: &str, who: &Untrusted, facts: &[(&str, String)]) -> Vec<u8> {
    let mut text = head(to);
    text.push_str(&sentence(who));
    text.push_str("\n\n");
    for (name, value) in facts {
        text.push_str(&format!("{name}: {}\n", shortened(value)));
    }
    text.into_bytes()
}

/// The message about those that followed.
pub(super) fn summary(to: &str, rule: &str, count: u64, names: &[Untrusted]) -> Vec<u8> {
    let names: Vec<_> = names.iter().map(|name| shortened(&name.escaped().to_string())).collect();
    let mut text = head(to);
    text.push_str(&format!(
        "Alert, our rule {} was triggered {count} times more\n\n",
        shortened(rule)
    ));
    text.push_str(&format!("by: {}\n", names.join(", ")));
    text.into_bytes()
}

/// What is said of somebody, in a mail and on a terminal.
pub(super) fn sentence(who: &Untrusted) -> String {
    format!("Alert, {} triggered our rule", shortened(&who.escaped().to_string()))
}

fn head(to: &str) -> String {
    format!(
        "To: {to}\nFrom: root\nSubject: Audit Alert\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
}

/// RFC 5322 section 2.1.1 allows 998 bytes a line.
fn shortened(text: &str) -> String {
    let mut end = text.len().min(LINE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < text.len() { "…" } else { "" };
    format!("{}{cut}", text.get(..end).unwrap_or_default())
}

/// Sends one mail after the other, so that a slow `sendmail` holds up nobody else.
#[derive(Debug)]
pub(super) struct Mailer {
    queue: SyncSender<(Postbox, Vec<u8>)>,
    thread: JoinHandle<()>,
}

impl Mailer {
    pub(super) fn start() -> io::Result<Self> {
        let (queue, waiting) = sync_channel(QUEUE_MAX);
        let thread =
            std::thread::Builder::new().name("mail".into()).spawn(move || send_all(&waiting))?;
        Ok(Self { queue, thread })
    }

    /// Queues a mail; one for which there is no room is dropped and said.
    pub(super) fn send(&self, postbox: &Postbox, message: Vec<u8>) {
        match self.queue.try_send((postbox.clone(), message)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => warn!("a mail is dropped: sendmail does not keep up"),
            Err(TrySendError::Disconnected(_)) => warn!("a mail is dropped: nobody sends it"),
        }
    }

    /// Waits until all are given away, but not for longer than this.
    pub(super) fn finish(self, deadline: Instant) {
        drop(self.queue);
        while !self.thread.is_finished() && Instant::now() < deadline {
            std::thread::park_timeout(POLL);
        }
    }
}

fn send_all(waiting: &Receiver<(Postbox, Vec<u8>)>) {
    let mut running: Vec<(Child, Instant)> = Vec::new();
    loop {
        let wait = if running.is_empty() { IDLE } else { POLL };
        match waiting.recv_timeout(wait) {
            Ok((postbox, message)) => match postbox.hand_over(&message) {
                Ok(child) => running.push((child, Instant::now())),
                Err(error) => {
                    warn!(sendmail = %postbox.sendmail.display(), %error, "a mail cannot be sent");
                }
            },
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) if running.is_empty() => return,
            // It is told of no more mails; those that are on their way are waited for.
            Err(RecvTimeoutError::Disconnected) => std::thread::park_timeout(POLL),
        }
        running.retain_mut(|(child, since)| still_runs(child, *since));
        while running.len() >= RUNNING_MAX {
            std::thread::park_timeout(POLL);
            running.retain_mut(|(child, since)| still_runs(child, *since));
        }
    }
}

fn still_runs(child: &mut Child, since: Instant) -> bool {
    match child.try_wait() {
        Ok(None) if since.elapsed() < PATIENCE => true,
        Ok(None) => {
            warn!("sendmail takes too long and is ended");
            // It may have ended just now, which is all that can go wrong.
            let _ = child.kill();
            let _ = child.wait();
            false
        }
        Ok(Some(status)) if status.success() => {
            info!("a mail was sent");
            false
        }
        Ok(Some(status)) => {
            warn!(%status, "sendmail refused a mail");
            false
        }
        Err(error) => {
            warn!(%error, "sendmail cannot be waited for");
            false
        }
    }
}

const ADDRESS_BYTES_MAX: usize = 254;
const LINE_BYTES_MAX: usize = 900;
const QUEUE_MAX: usize = 64;
const RUNNING_MAX: usize = 4;
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(20);
const IDLE: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_user_is_named_in_the_body_and_nowhere_else() {
        let who = Untrusted::from("x\nBcc: y\n\n.\r\nSubject: z");
        let text =
            String::from_utf8(alert("root", &who, &[("command", "a".repeat(5000))])).unwrap();
        let (head, body) = text.split_once("\n\n").unwrap();
        assert!(head.starts_with("To: root\nFrom: root\nSubject: Audit Alert\n"), "{head}");
        assert!(!head.contains("Bcc"), "{head}");
        assert!(
            body.starts_with(r"Alert, x\nBcc: y\n\n.\r\nSubject: z triggered our rule"),
            "{body}"
        );
        assert!(text.lines().all(|line| line.len() <= 998), "{text}");
    }

    #[test]
    fn what_steers_sendmail_is_refused() {
        let sendmail = Path::new("/usr/sbin/sendmail");
        assert!(
            Postbox::new("root", sendmail).is_ok()
                && Postbox::new("a.b+c@x.test", sendmail).is_ok()
        );
        for to in ["", "-oQ/tmp", "a b", "a\nBcc: b", "a,b", "|sh", "é"] {
            assert!(matches!(Postbox::new(to, sendmail), Err(PostboxError::To(_))), "{to:?}");
        }
        assert!(matches!(
            Postbox::new("root", Path::new("sendmail")),
            Err(PostboxError::Sendmail(_))
        ));
    }

    #[test]
    fn sendmail_is_called_as_it_should_be() {
        let dir = tempfile::tempdir().unwrap();
        let (program, out) = (dir.path().join("sendmail"), dir.path().join("out"));
        let script = format!(
            "#!/bin/sh\n{{ echo \"$# $*\"; env; cat; }} > {0}.new; mv {0}.new {0}\n",
            out.display()
        );
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mailer = Mailer::start().unwrap();
        let postbox = Postbox::new("root", &program).unwrap();
        mailer.send(&postbox, alert("root", &"alice".into(), &[]));
        mailer.finish(Instant::now() + Duration::from_secs(20));
        let text = std::fs::read_to_string(&out).unwrap();
        assert!(text.starts_with("2 -t -oi\n"), "{text}");
        assert!(
            !text.contains("HOME=") && text.ends_with("Alert, alice triggered our rule\n\n"),
            "{text}"
        );
    }
}
