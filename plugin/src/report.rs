//! What one call of sudo tells the event log: who calls, what for, who accepts or refuses it, how it
//! ends. Values only; [`audit_plugin`](crate::audit_plugin) sends them.

use std::collections::VecDeque;

use sudolog_core::eventlog::{Entry, EntryId, Kind, Severity, Source};
use sudolog_core::limits::{
    AUDIT_ARGV_JSON_BYTES_MAX, AUDIT_CALL_ENTRIES_MAX, AUDIT_ENV_MAX, AUDIT_TEXT_BYTES_MAX,
};
use sudolog_core::session::SessionId;
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

use crate::pairs::Pairs;
use crate::signal::signal_name;

/// One call of sudo, what of it nobody has been told yet, and what was told last.
#[derive(Debug)]
pub(crate) struct Call {
    id: SessionId,
    made: u64,
    pid: u32,
    user: Untrusted,
    uid: Option<u32>,
    tty: Untrusted,
    run_user: Untrusted,
    /// What was asked for; in the end what runs.
    argv: Vec<Untrusted>,
    waiting: Vec<Entry>,
    /// What was told over the session's connection; the newest of it, where there is much.
    told: VecDeque<Entry>,
    /// Entries that there was no room for.
    lost: u64,
}

/// sudo's `open`, copied.
#[derive(Debug, Default)]
pub(crate) struct OpenCall {
    pub(crate) settings: Pairs,
    pub(crate) user_info: Pairs,
    /// sudo's own command line, and where in it the command begins.
    pub(crate) submit_argv: Vec<Untrusted>,
    pub(crate) submit_optind: usize,
    pub(crate) submit_env: Vec<Untrusted>,
}

/// What a plugin, or sudo itself, says of the command.
#[derive(Debug, Default)]
pub(crate) struct Word {
    pub(crate) plugin: Untrusted,
    pub(crate) plugin_type: u32,
    /// Why, if it does not like it.
    pub(crate) message: Untrusted,
    pub(crate) command_info: Pairs,
    /// Empty where sudo does not say.
    pub(crate) run_argv: Vec<Untrusted>,
}

impl Call {
    /// sudo was called; `env` names the variables that may be told.
    pub(crate) fn begin(id: SessionId, call: &OpenCall, env: &[Vec<u8>], now: Timestamp) -> Self {
        let (user, settings) = (&call.user_info, &call.settings);
        let text = |value: Option<Untrusted>| cut(&value.unwrap_or_default());
        let mut this = Self {
            id,
            made: 0,
            pid: std::process::id(),
            user: text(user.get("user")),
            uid: user.number("uid"),
            tty: text(user.get("tty")),
            run_user: text(settings.get("runas_user")),
            argv: Vec::new(),
            waiting: Vec::new(),
            told: VecDeque::new(),
            lost: 0,
        };
        let mut start = this.entry(Kind::Start, Severity::Info, now);
        let uid = this.uid.map_or_else(String::new, |uid| format!(" (uid {uid})"));
        start.text = join(&[&this.user, &format!("{uid} calls sudo").into()]);
        start.details.extend(user.get("cwd").map(|cwd| ("cwd".to_owned(), cut(&cwd))));
        start.details.extend(allowed(&call.submit_env, env));
        this.waiting.push(start);
        let (own, asked) = split(&call.submit_argv, call.submit_optind);
        this.argv = asked.to_vec();
        let mut request = this.entry(Kind::Request, Severity::Info, now);
        // A word such as NAME=value is environment, not an option.
        let options: Vec<_> = own.iter().filter(|word| !word.as_bytes().contains(&b'=')).collect();
        if let [first, rest @ ..] = options.as_slice() {
            let blank = Untrusted::from(" ");
            let words = rest.iter().fold(vec![*first], |mut words, word| {
                words.extend([&blank, *word]);
                words
            });
            request.details.push(("options".to_owned(), join(&words)));
        }
        this.waiting.push(request);
        this
    }

    /// Somebody accepts; `sub` for a command that the accepted one runs.
    pub(crate) fn accept(&mut self, word: &Word, sub: bool, now: Timestamp) {
        let words = Untrusted::from(kind_of_plugin(word.plugin_type));
        let text = join(&[&"accepted by ".into(), &word.plugin, &" (".into(), &words, &")".into()]);
        let before = std::mem::take(&mut self.argv);
        self.argv = if word.run_argv.is_empty() { before.clone() } else { word.run_argv.clone() };
        if let Some(user) = word.command_info.get("runas_user") {
            self.run_user = cut(&user);
        }
        let mut entry = self.entry(Kind::Accept, Severity::Info, now);
        entry.text = text;
        if sub {
            entry.details.push(("subcommand".to_owned(), "yes".into()));
            self.argv = before;
        }
        self.push(entry, word);
    }

    /// Somebody refuses.
    pub(crate) fn reject(&mut self, word: &Word, now: Timestamp) {
        let mut entry = self.entry(Kind::Reject, Severity::Warning, now);
        entry.text = cut(&word.message);
        self.push(entry, word);
    }

    /// Something fails.
    pub(crate) fn error(&mut self, word: &Word, now: Timestamp) {
        let mut entry = self.entry(Kind::Error, Severity::Warning, now);
        entry.text = cut(&word.message);
        self.push(entry, word);
    }

    /// sudo ends; `kind` and `status` as `close` of `sudo_plugin(5)` has them.
    pub(crate) fn end(&mut self, kind: i32, status: i32, now: Timestamp) {
        let reason = std::io::Error::from_raw_os_error(status);
        let (how, severity, text, detail) = match kind {
            NO_STATUS => ("not_executed", Severity::Info, "nothing was executed".into(), None),
            WAIT_STATUS if libc::WIFSIGNALED(status) => {
                let name = signal_name(libc::WTERMSIG(status));
                let text = format!("killed by signal {name}");
                ("signal", Severity::Notice, text, Some(("signal", name)))
            }
            WAIT_STATUS => {
                let value = libc::WEXITSTATUS(status);
                let text = format!("exited with {value}");
                ("exit", Severity::Info, text, Some(("exit_value", value.to_string())))
            }
            EXEC_ERROR => {
                let text = format!("could not be executed: {reason}");
                ("exec_error", Severity::Notice, text, Some(("errno", status.to_string())))
            }
            SUDO_ERROR => {
                let text = format!("sudo failed: {reason}");
                ("sudo_error", Severity::Warning, text, Some(("errno", status.to_string())))
            }
            other => {
                let text = format!("sudo ended in a way that is not known: {other}, {status}");
                ("unknown", Severity::Warning, text, Some(("status", status.to_string())))
            }
        };
        let kind = if how == "unknown" { Kind::Error } else { Kind::Exit };
        let mut entry = self.entry(kind, severity, now);
        entry.text = text.into();
        entry.details.push(("how".to_owned(), how.into()));
        entry.details.extend(detail.map(|(name, value)| (name.to_owned(), value.into())));
        self.waiting.push(entry);
        if self.lost > 0 {
            let text = format!("{} events of this sudo had no room", self.lost);
            let mut entry = self.entry(Kind::Lost, Severity::Warning, now);
            entry.text = text.into();
            self.waiting.push(entry);
        }
    }

    /// What nobody has been told yet.
    pub(crate) fn waiting(&self) -> &[Entry] {
        &self.waiting
    }

    /// The session that records it; what waits belongs to it.
    pub(crate) fn is_recorded_as(&mut self, session: SessionId) {
        for entry in &mut self.waiting {
            entry.session_id = Some(session);
        }
    }

    /// What waits is being told.
    pub(crate) fn told(&mut self) {
        self.told.extend(self.waiting.drain(..));
        let surplus = self.told.len().saturating_sub(AUDIT_CALL_ENTRIES_MAX);
        self.told.drain(..surplus);
    }

    /// Whether that arrived is not known: it waits again.
    pub(crate) fn doubt(&mut self) {
        self.waiting.splice(..0, self.told.drain(..));
    }

    fn push(&mut self, mut entry: Entry, word: &Word) {
        // A command runs others without end, and the shipper may not read.
        if self.waiting.len() >= AUDIT_CALL_ENTRIES_MAX {
            self.lost += 1;
            return;
        }
        entry.by = cut(&word.plugin);
        let kind = kind_of_plugin(word.plugin_type);
        entry.details.push(("plugin_type".to_owned(), kind.into()));
        let command = word.command_info.get("command");
        entry.details.extend(command.map(|path| ("command".to_owned(), cut(&path))));
        self.waiting.push(entry);
    }

    fn entry(&mut self, kind: Kind, severity: Severity, now: Timestamp) -> Entry {
        self.made += 1;
        let mut entry = Entry::new(EntryId::numbered(self.id, self.made), now, Source::Sudo, kind);
        entry.severity = severity;
        (entry.user, entry.uid) = (self.user.clone(), self.uid);
        (entry.tty, entry.run_user) = (self.tty.clone(), self.run_user.clone());
        entry.pid = Some(self.pid);
        let (argv, whole) = cut_argv(&self.argv);
        entry.argv = argv;
        if !whole {
            let bytes: usize = self.argv.iter().map(Untrusted::len).sum();
            let words = self.argv.len();
            let text = format!("the command line has {words} words and {bytes} bytes; cut here");
            entry.details.push(("cut".to_owned(), text.into()));
        }
        entry
    }
}

/// sudo's own words behind its name, and the command.
fn split(argv: &[Untrusted], at: usize) -> (&[Untrusted], &[Untrusted]) {
    let (own, asked) = argv.split_at_checked(at).unwrap_or((argv, &[]));
    (own.get(1..).unwrap_or_default(), asked)
}

/// The variables that the administrator allows to be told.
fn allowed<'a>(
    env: &'a [Untrusted],
    names: &'a [Vec<u8>],
) -> impl Iterator<Item = (String, Untrusted)> + 'a {
    let wanted = |entry: &Untrusted| {
        let at = entry.as_bytes().iter().position(|byte| *byte == b'=')?;
        let (name, value) = entry.as_bytes().split_at_checked(at)?;
        let known = names.iter().any(|wanted| wanted == name);
        let value = Untrusted::new(value.get(1..)?);
        known.then(|| (format!("env.{}", String::from_utf8_lossy(name)), cut(&value)))
    };
    env.iter().filter_map(wanted).take(AUDIT_ENV_MAX)
}

/// The words that fit, the last one perhaps in part, and whether these are all.
fn cut_argv(argv: &[Untrusted]) -> (Vec<Untrusted>, bool) {
    let (mut left, mut words) = (AUDIT_ARGV_JSON_BYTES_MAX, Vec::new());
    for word in argv {
        let bytes = word.json_bytes();
        if bytes > left {
            // A control character takes six bytes.
            words.push(prefix(word, left / 6));
            return (words, false);
        }
        left -= bytes;
        words.push(word.clone());
    }
    (words, true)
}

/// So much of a text as an entry holds.
fn cut(text: &Untrusted) -> Untrusted {
    prefix(text, AUDIT_TEXT_BYTES_MAX)
}

fn join(parts: &[&Untrusted]) -> Untrusted {
    cut(&Untrusted::new(
        parts.iter().flat_map(|part| part.as_bytes()).copied().collect::<Vec<u8>>(),
    ))
}

/// Without half a character at its end, where it has characters.
fn prefix(text: &Untrusted, bytes: usize) -> Untrusted {
    let mut end = bytes.min(text.len());
    if let Ok(text) = std::str::from_utf8(text.as_bytes()) {
        while !text.is_char_boundary(end) {
            end -= 1;
        }
    }
    Untrusted::new(text.as_bytes().get(..end).unwrap_or_default())
}

/// `sudo_plugin(5)`: the plugin types of the audit functions.
fn kind_of_plugin(kind: u32) -> &'static str {
    match kind {
        0 => "front end",
        1 => "policy",
        2 => "I/O",
        3 => "audit",
        4 => "approval",
        _ => "unknown",
    }
}

/// `SUDO_PLUGIN_NO_STATUS` and the others of `sudo_plugin.h`.
const NO_STATUS: i32 = 0;
const WAIT_STATUS: i32 = 1;
const EXEC_ERROR: i32 = 2;
const SUDO_ERROR: i32 = 3;

#[cfg(test)]
mod tests;
