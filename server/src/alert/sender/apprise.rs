//! Apprise's program: its configuration and a tag on the command line, where all can read it, and
//! everything else in that file and on its standard input.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sudolog_core::alert::format::apprise_type;
use sudolog_core::alert::{Answer, Letter};

use super::{Sender, program};

/// Apprise's program.
pub(super) struct Cli {
    path: PathBuf,
    config: PathBuf,
    tag: String,
}

impl Cli {
    pub(super) fn new(path: &Path, config: &Path, tag: &str) -> Result<Self, String> {
        let shown = config.display();
        let mode = fs::metadata(config).map_err(|error| format!("{shown}: {error}"))?.mode();
        if mode & 0o077 != 0 {
            let mode = mode & 0o7777;
            return Err(format!("{shown}: has mode {mode:04o}, others can read it; chmod 600 it"));
        }
        Ok(Self { path: path.to_owned(), config: config.to_owned(), tag: tag.to_owned() })
    }
}

impl Sender for Cli {
    fn send(&mut self, letter: &Letter) -> Answer {
        let kind = apprise_type(letter.severity);
        let mut args: Vec<OsString> =
            ["-i", "text", "-n", kind, "-g", &self.tag].map(OsString::from).to_vec();
        args.extend(["-c".into(), self.config.clone().into_os_string()]);
        // A title on the command line could be read by everybody on this machine.
        args.push("--title=Sudolog".into());
        let text = format!("{}\n{}", letter.title, letter.text());
        let ended = match program::run(&self.path, &args, text.into_bytes()) {
            Ok(ended) => ended,
            Err(what) => return Answer::Failed(what),
        };
        match ended.status.code() {
            Some(0) => Answer::Taken,
            Some(2) => Answer::Refused(
                "Apprise does not know how it was called: an old version, or another program".to_owned(),
            ),
            Some(3) => Answer::Refused(format!(
                "Apprise knows no service with the tag {}: look at {}",
                self.tag,
                self.config.display()
            )),
            Some(4) => Answer::Refused(
                "some of the services of that tag failed, and nobody can say which: give each a tag \
                 and a target of its own"
                    .to_owned(),
            ),
            Some(5) => Answer::Failed("Apprise ran out of time".to_owned()),
            // What it complains of names addresses, and these are secrets.
            _ => Answer::Failed(format!("Apprise: {}", ended.status)),
        }
    }
}
