//! What speaks to one target: it sends a letter and says what came of it, within a known time. What it
//! says holds no secret.

mod apprise;
mod http;
mod journal;
mod program;
mod sendmail;
mod smtp;
mod syslog;
mod trust;

use sudolog_core::alert::{Answer, Apprise, Letter, Target, TargetKind};

/// Sends letters to one target.
pub(super) trait Sender: Send {
    /// Sends one. Blocks, for as long as one try may take.
    fn send(&mut self, letter: &Letter) -> Answer;
}

/// What speaks to that target, its secrets read.
///
/// # Errors
/// A sentence that names the file that is wrong.
pub(super) fn of(target: &Target) -> Result<Box<dyn Sender>, String> {
    Ok(match &target.kind {
        TargetKind::Smtp(relay) => Box::new(smtp::Smtp::new(relay)?),
        TargetKind::Sendmail(sendmail) => Box::new(sendmail::Mailer::new(sendmail)),
        TargetKind::Syslog(syslog) => Box::new(syslog::Peer::new(syslog)?),
        TargetKind::Journal { socket } => Box::new(journal::Journal::new(socket)),
        TargetKind::Apprise(Apprise::Cli { path, config, tag }) => {
            Box::new(apprise::Cli::new(path, config, tag)?)
        }
        kind => match kind.service() {
            Some(service) => Box::new(http::Http::new(kind, service)?),
            None => return Err(format!("a {} cannot be spoken to", kind.name())),
        },
    })
}

/// This machine's name, for whoever gets mail or syslog from it.
fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "localhost".to_owned() } else { name }
}
