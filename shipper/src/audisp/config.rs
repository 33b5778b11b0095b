//! `audisp.yaml`, read into [`Settings`] that are known to be usable.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sudolog_core::eventlog::Severity;
use sudolog_core::kaudit::{Asked, KeyTest, Outcome, Rule};
use sudolog_core::limits::{RULES_BYTES_MAX, RULES_MAX};
use sudolog_core::risk::Score;

use super::mail::{Postbox, PostboxError};

/// All that the program must be told.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The shipper's; `None` when there is none to tell.
    pub(super) socket: Option<PathBuf>,
    /// As whom to run.
    pub(super) user: String,
    /// Paths of the known sudo.
    pub(super) sudo: Vec<String>,
    /// Programs that sudo itself starts as root, for mail and to ask for passwords: they prove nothing.
    pub(super) helpers: Vec<String>,
    /// Tell the shipper of what is to be compared with sessions.
    pub(super) divergence: bool,
    /// Tell of changes of the audit itself, and of numbers that are missing.
    pub(super) tampering: bool,
    pub(super) mail: Option<Postbox>,
    pub(super) rules: Vec<Wanted>,
}

/// A rule and what to do about what it matches.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) rule: Rule,
    pub(super) severity: Severity,
    pub(super) risk: Option<Score>,
    pub(super) actions: Vec<Action>,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    /// An entry in the server's event log.
    Forward,
    /// The classic mail.
    Mail,
    /// An entry once an hour that says how often.
    Count,
    /// A line on standard output; only without a configuration.
    #[serde(skip)]
    Print,
}

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConfigError {
    #[error("{file}: {source}", file = .file.display())]
    Read { file: PathBuf, source: std::io::Error },
    #[error("{file}: {what}", file = .file.display())]
    Yaml { file: PathBuf, what: String },
    #[error("{file}: rule {rule:?}: {what}", file = .file.display())]
    Rule { file: PathBuf, rule: String, what: &'static str },
    #[error("{file}: {source}", file = .file.display())]
    Mail { file: PathBuf, source: PostboxError },
    #[error("{file}: {key} = {value:?}: {want}", file = .file.display())]
    Value { file: PathBuf, key: &'static str, value: String, want: &'static str },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Yaml {
    socket: PathBuf,
    user: String,
    sudo: Vec<String>,
    helpers: Vec<String>,
    divergence: bool,
    tampering: bool,
    mail: Option<YamlMail>,
    rules: Vec<YamlRule>,
}

impl Default for Yaml {
    fn default() -> Self {
        Self {
            socket: SOCKET.into(),
            user: USER.to_owned(),
            sudo: vec![SUDO.to_owned()],
            helpers: helpers(),
            divergence: true,
            tampering: true,
            mail: None,
            rules: Vec::new(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YamlMail {
    to: String,
    #[serde(default = "sendmail")]
    sendmail: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YamlRule {
    name: Option<String>,
    key: Option<String>,
    #[serde(default, rename = "match")]
    asked: Asked,
    #[serde(default)]
    auid: Vec<Ids>,
    #[serde(default)]
    exe: Vec<String>,
    result: Option<Outcome>,
    #[serde(default = "severity")]
    severity: Severity,
    risk: Option<u8>,
    #[serde(default = "actions")]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ids {
    One(u32),
    Range(String),
}

impl Settings {
    /// Reads the text of `file`.
    ///
    /// # Errors
    /// [`ConfigError`] of the first thing that is wrong.
    pub(super) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let bad = |what: String| ConfigError::Yaml { file: file.into(), what };
        if text.len() > RULES_BYTES_MAX {
            return Err(bad(format!("longer than {RULES_BYTES_MAX} bytes: split it")));
        }
        let yaml: Yaml = match text.trim().is_empty() {
            true => Yaml::default(),
            false => {
                serde_saphyr::from_str(text).map_err(|error| bad(first_line(&error.to_string())))?
            }
        };
        if !yaml.socket.is_absolute() {
            let value = yaml.socket.display().to_string();
            let want = "must be an absolute path, the one in shipper.toml";
            return Err(ConfigError::Value { file: file.into(), key: "socket", value, want });
        }
        if yaml.rules.len() > RULES_MAX {
            return Err(bad(format!("{} rules: at most {RULES_MAX}", yaml.rules.len())));
        }
        let mail = yaml.mail.map(|mail| Postbox::new(&mail.to, &mail.sendmail)).transpose();
        let mail = mail.map_err(|source| ConfigError::Mail { file: file.into(), source })?;
        let mut rules = Vec::new();
        for rule in yaml.rules {
            let name = rule.name.clone().or_else(|| rule.key.clone()).unwrap_or_default();
            let wanted = rule.wanted(name.clone(), mail.is_some());
            rules.push(wanted.map_err(|what| ConfigError::Rule {
                file: file.into(),
                rule: name,
                what,
            })?);
        }
        let Yaml { socket, user, sudo, helpers, divergence, tampering, .. } = yaml;
        let socket = Some(socket);
        Ok(Self { socket, user, sudo, helpers, divergence, tampering, mail, rules })
    }

    /// What `sudolog-audisp KEY` does: the classic plugin, one key and a mail.
    pub(super) fn classic(key: &str) -> Result<Self, PostboxError> {
        let rule = Wanted {
            name: key.to_owned(),
            rule: Rule::classic(key),
            severity: severity(),
            risk: None,
            actions: vec![Action::Mail],
        };
        Ok(Self {
            socket: None,
            user: USER.to_owned(),
            sudo: vec![SUDO.to_owned()],
            helpers: helpers(),
            divergence: false,
            tampering: false,
            mail: Some(Postbox::new("root", &sendmail())?),
            rules: vec![rule],
        })
    }
}

impl YamlRule {
    fn wanted(self, name: String, can_mail: bool) -> Result<Wanted, &'static str> {
        if self.key.as_deref() == Some("") {
            return Err("key is empty and would match nothing");
        }
        if self.key.is_none()
            && self.auid.is_empty()
            && self.exe.is_empty()
            && self.result.is_none()
        {
            return Err(
                "asks for nothing and would match everything: give it a key, auid, exe or result",
            );
        }
        if self.actions.contains(&Action::Mail) && !can_mail {
            return Err("wants a mail, but there is no mail: with to: in this file");
        }
        if self.risk.is_some_and(|risk| risk > Score::MAX.points()) {
            return Err("risk must be 0 to 100");
        }
        let auid: Result<Vec<_>, _> = self.auid.iter().map(Ids::range).collect();
        let key = self.key.map(|text| KeyTest { text, asked: self.asked });
        let rule = Rule { key, auid: auid?, exe: self.exe, result: self.result };
        let risk = self.risk.map(|risk| Score::capped(risk.into()));
        Ok(Wanted { name, rule, severity: self.severity, risk, actions: self.actions })
    }
}

impl Ids {
    fn range(&self) -> Result<RangeInclusive<u32>, &'static str> {
        let want = "auid is a list of numbers and ranges, for example [0, 1000-60000]";
        match self {
            Self::One(id) => Ok(*id..=*id),
            Self::Range(text) => {
                let (first, last) = text.split_once('-').ok_or(want)?;
                let number = |text: &str| text.trim().parse::<u32>().map_err(|_| want);
                let (first, last) = (number(first)?, number(last)?);
                if first <= last { Ok(first..=last) } else { Err(want) }
            }
        }
    }
}

/// Without the picture of the place that follows.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

fn sendmail() -> PathBuf {
    "/usr/sbin/sendmail".into()
}

fn helpers() -> Vec<String> {
    HELPERS.map(str::to_owned).to_vec()
}

fn severity() -> Severity {
    Severity::Warning
}

fn actions() -> Vec<Action> {
    vec![Action::Forward]
}

/// As whom to run when nobody says.
const USER: &str = "sudolog-audisp";
const SOCKET: &str = "/run/sudolog/plugin.sock";
const SUDO: &str = "/usr/bin/sudo";

/// What is `/usr/sbin/sendmail` on the distributions, what that one starts, and what PAM asks.
const HELPERS: [&str; 11] = [
    "/usr/sbin/sendmail",
    "/usr/sbin/exim4",
    "/usr/sbin/exim",
    "/usr/sbin/postdrop",
    "/usr/sbin/smtpctl",
    "/usr/sbin/dma",
    "/usr/sbin/ssmtp",
    "/usr/bin/msmtp",
    "/usr/bin/nullmailer-inject",
    "/usr/sbin/nullmailer-queue",
    "/usr/sbin/unix_chkpwd",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(Path::new("/e/audisp.yaml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_example_that_is_shipped_reads_and_an_empty_file_has_defaults() {
        let example = parse(include_str!("../../audisp.yaml")).unwrap();
        assert!(example.rules.len() >= 5 && example.divergence && example.tampering);
        let empty = parse("").unwrap();
        assert_eq!((empty.user.as_str(), empty.rules.len()), ("sudolog-audisp", 0));
    }

    #[test]
    fn errors_say_where_and_what() {
        for (text, want) in [
            ("sockt: /x", "sockt"),
            ("socket: x", "absolute"),
            ("rules: [{actions: [forward]}]", "match everything"),
            ("rules: [{key: a, actions: [mail]}]", "no mail:"),
            ("rules: [{key: a, actions: [male]}]", "male"),
            ("rules: [{key: a, auid: [5-3]}]", "1000-60000"),
            ("rules: [{key: a, risk: 101}]", "0 to 100"),
            ("mail: {to: \"a b\"}", "without spaces"),
            ("mail: {to: root, sendmail: sendmail}", "absolute"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("/e/audisp.yaml") && error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn a_rule_has_all_that_was_written() {
        let text = "mail: {to: root}\nrules:\n  - key: k\n    match: prefix\n    auid: [0, 1000-2000]\n    result: failed\n    severity: high\n    risk: 70\n    actions: [forward, mail, count]\n";
        let rule = parse(text).unwrap().rules.remove(0);
        assert_eq!((rule.name.as_str(), rule.severity), ("k", Severity::High));
        assert_eq!(rule.rule.auid, [0..=0, 1000..=2000]);
        assert_eq!(rule.actions, [Action::Forward, Action::Mail, Action::Count]);
    }
}
