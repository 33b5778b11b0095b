//! The machine's own mail program: receivers in the mail, `-t -oi`, and nothing on its command line that
//! anybody else has a say in.

use std::path::PathBuf;

use sudolog_core::alert::format::mail;
use sudolog_core::alert::{Answer, Letter, Mail, Sendmail};

use super::{Sender, host_name, program};

/// A mail program.
pub(super) struct Mailer {
    path: PathBuf,
    mail: Mail,
}

impl Mailer {
    pub(super) fn new(sendmail: &Sendmail) -> Self {
        Self { path: sendmail.path.clone(), mail: sendmail.mail.clone() }
    }
}

impl Sender for Mailer {
    fn send(&mut self, letter: &Letter) -> Answer {
        let bytes = mail(letter, &self.mail, &host_name());
        // On its standard input lines end as they do on this machine.
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n");
        let ended = match program::run(&self.path, &["-t", "-oi"], text.into_bytes()) {
            Ok(ended) => ended,
            Err(what) => return Answer::Failed(what),
        };
        let told = format!("{}: {} {}", self.path.display(), ended.status, ended.complaint);
        match ended.status.code() {
            Some(0) => Answer::Taken,
            // sysexits(3): usage, data, no user, no host, protocol, permission, configuration.
            Some(64 | 65 | 67 | 68 | 76 | 77 | 78) => Answer::Refused(told),
            // 75 says so itself; the others may pass too.
            _ => Answer::Failed(told),
        }
    }
}
