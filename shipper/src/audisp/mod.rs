//! `sudolog-audisp`: a plugin of `auditd`.
//!
//! A reader takes the stream from standard input and never waits (`intake`); one thread looks at it
//! (`examiner`) and hands what somebody waits for to the shipper (`outbox`) and to `sendmail` (`mail`). It
//! begins as root, as `auditd` does, and gives that up before the first record (`hygiene`, `opener`).
//!
//! With a key it is the classic plugin; at a terminal, or behind a pipe, it prints what it finds.

#[cfg(test)]
mod composed;
mod config;
mod examiner;
mod hygiene;
mod intake;
mod mail;
mod opener;
mod outbox;
mod people;
mod plugin;
mod syslog;

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use sudolog_core::kaudit::{Seen, Stream};

use config::Settings;
use examiner::{Examiner, Finding};
use people::People;

/// Looks for events in the audit stream of the kernel, as a plugin of auditd or behind a pipe.
#[derive(Debug, Parser)]
#[command(
    name = "sudolog-audisp",
    version,
    after_help = "\
cat audit.log | sudolog-audisp KEY prints who triggered the rule with that key. As a plugin of auditd, or with \
--mail, it sends mail instead. With --config it tells sudolog-shipper what the file asks for."
)]
struct Arguments {
    /// The key of an audit rule; event keys that occur in it count as well.
    #[arg(value_name = "KEY", required_unless_present_any = ["config", "opener"])]
    key: Option<String>,
    /// Configuration (audisp.yaml).
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    config: Option<PathBuf>,
    /// Send mail, also when auditd did not start this.
    #[arg(long, requires = "key")]
    mail: bool,
    /// The program called to send it.
    #[arg(long, value_name = "PROGRAM", requires = "key")]
    sendmail: Option<PathBuf>,
    /// Opens files for the other process of this program.
    #[arg(long, hide = true, num_args = 2, value_names = ["SOCKET", "CONFIG"])]
    opener: Option<Vec<PathBuf>>,
}

/// What cannot be done.
#[derive(Debug, thiserror::Error)]
enum AudispError {
    #[error(transparent)]
    Config(#[from] config::ConfigError),
    #[error(transparent)]
    Mail(#[from] mail::PostboxError),
    #[error(transparent)]
    Hygiene(#[from] hygiene::HygieneError),
    #[error("standard input or output: {0}")]
    Stream(io::Error),
    #[error("the system gives no thread or process: {0}")]
    System(io::Error),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some([socket, config]) = arguments.opener.as_deref() {
        return opener::serve(socket, config);
    }
    let is_plugin = hygiene::stdin_is_a_socket();
    match start(arguments, is_plugin) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            plugin::log_to(is_plugin);
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Arguments, is_plugin: bool) -> Result<(), AudispError> {
    if let Some(file) = arguments.config {
        let file = std::path::absolute(&file).unwrap_or(file);
        hygiene::wash()?;
        let text = std::fs::read_to_string(&file)
            .map_err(|source| config::ConfigError::Read { file: file.clone(), source })?;
        let settings = Settings::parse(&file, &text)?;
        return plugin::run(settings, Some(&file), is_plugin);
    }
    let mut settings = Settings::classic(&arguments.key.unwrap_or_default())?;
    if let (Some(sendmail), Some(mail)) = (arguments.sendmail, settings.mail.as_mut()) {
        *mail = mail::Postbox::new(&mail.to, &sendmail)?;
    }
    if is_plugin || arguments.mail {
        hygiene::wash()?;
        return plugin::run(settings, None, is_plugin);
    }
    hygiene::give_up_root(&settings.user, false, false)?;
    print_alerts(settings).map_err(AudispError::Stream)
}

/// Reads to the end and prints a line for each event that matches.
fn print_alerts(mut settings: Settings) -> io::Result<()> {
    settings.mail = None;
    for rule in &mut settings.rules {
        rule.actions = vec![config::Action::Print];
    }
    let mut examiner = Examiner::new(Instant::now(), settings, People::of("/etc/passwd"));
    let (mut stream, mut pieces, mut found) = (Stream::default(), Vec::new(), Vec::new());
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = stdin.read(&mut buffer)?;
        stream.push(buffer.get(..count).unwrap_or_default(), |piece| pieces.push(piece));
        if count == 0 {
            stream.finish(|piece| pieces.push(piece));
        }
        pieces.drain(..).for_each(|piece| examiner.take(Instant::now(), &piece, &mut found));
        if count == 0 {
            examiner.close(Instant::now(), &mut found);
        }
        for finding in found.drain(..) {
            if let Finding::Alert { seen, .. } = finding {
                writeln!(stdout, "{}", mail::sentence(&seen.login_name()))?;
            }
        }
        stdout.flush()?;
        if count == 0 {
            let bad = examiner.counts.bad;
            if bad > 0 {
                writeln!(
                    io::stderr(),
                    "sudolog-audisp: {bad} lines are no audit records and were passed over"
                )?;
            }
            return Ok(());
        }
    }
}

/// What a mail says of an event.
fn facts(seen: &Seen) -> Vec<(&'static str, String)> {
    let number =
        |value: Option<u32>| value.map_or_else(|| "unset".to_owned(), |value| value.to_string());
    let text = |value: &Option<sudolog_core::untrusted::Untrusted>| {
        value.as_ref().map_or_else(|| "none".to_owned(), |value| value.escaped().to_string())
    };
    let words = |words: &[sudolog_core::untrusted::Untrusted]| {
        words.iter().map(|word| word.escaped().to_string()).collect::<Vec<_>>().join(" ")
    };
    vec![
        (
            "user",
            format!(
                "{} (auid {}, uid {})",
                seen.login_name().escaped(),
                number(seen.auid),
                number(seen.uid)
            ),
        ),
        ("program", text(&seen.exe)),
        ("command", words(&seen.argv)),
        ("terminal", text(&seen.tty)),
        ("keys", words(&seen.keys)),
        ("event", seen.stamp.to_string()),
    ]
}

/// Where the configuration is said to be when there is none.
fn no_config() -> &'static Path {
    Path::new("/dev/null")
}

const READ_BYTES: usize = 64 * 1024;
