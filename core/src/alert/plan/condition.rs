//! Which entries a route is for.

use std::fmt;

use crate::document::{DocumentError, Spot};
use crate::eventlog::{Entry, Kind, Severity, Source};
use crate::filter::matches;
use crate::untrusted::Untrusted;

/// Fulfilled by an entry that fulfils every part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    severities: Option<Vec<Severity>>,
    kinds: Option<Vec<Kind>>,
    sources: Option<Vec<Source>>,
    rules: Option<Vec<String>>,
    hosts: Option<Vec<String>>,
    users: Option<Vec<String>>,
    commands: Option<Vec<String>>,
    risk_from: Option<u8>,
    any: Option<Vec<Self>>,
    not: Option<Box<Self>>,
}

/// What an entry is compared by, to see whether it is the same again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Which rule, key or plugin; what happened, where there is none.
    Rule,
    /// What happened.
    Kind,
    /// Where.
    Host,
    /// Who called sudo.
    User,
    /// The session.
    Session,
    /// The command line.
    Command,
}

impl Condition {
    pub(super) fn read(spot: Spot) -> Result<Self, DocumentError> {
        let mut fields = spot.fields(&KEYS)?;
        let mark = fields.mark().clone();
        let kinds = fields.optional("kind", words::<Kind>)?;
        let events = fields.optional("event", words::<Kind>)?;
        if kinds.is_some() && events.is_some() {
            return mark.refuse("`event` is another word for `kind`; one of them is enough");
        }
        let any = |spot: Spot| spot.list()?.into_iter().map(Self::read).collect();
        let risk = |spot: Spot| Ok(u8::try_from(spot.number(0, 100)?).unwrap_or(100));
        Ok(Self {
            severities: fields.optional("severity", severities)?,
            kinds: kinds.or(events),
            sources: fields.optional("source", words::<Source>)?,
            rules: fields.optional("rule", texts)?,
            hosts: fields.optional("host", texts)?,
            users: fields.optional("user", texts)?,
            commands: fields.optional("command", texts)?,
            risk_from: fields.optional("risk_from", risk)?,
            any: fields.optional("any", any)?,
            not: fields.optional("not", |spot| Ok(Box::new(Self::read(spot)?)))?,
        })
    }

    /// True for an entry that fulfils it.
    pub fn fits(&self, entry: &Entry) -> bool {
        fn among<T: PartialEq>(some: &Option<Vec<T>>, one: &T) -> bool {
            some.as_ref().is_none_or(|some| some.contains(one))
        }
        let like = |patterns: &Option<Vec<String>>, text: &Untrusted| {
            let fits = |pattern: &String| matches(pattern.as_bytes(), text.as_bytes());
            patterns.as_ref().is_none_or(|patterns| patterns.iter().any(fits))
        };
        among(&self.severities, &entry.severity)
            && among(&self.kinds, &entry.kind)
            && among(&self.sources, &entry.source)
            && self.rules.as_ref().is_none_or(|rules| rules.iter().any(|rule| names(rule, entry)))
            && like(&self.hosts, &entry.host)
            && like(&self.users, &entry.user)
            && (self.commands.is_none() || like(&self.commands, &entry.command()))
            && self.risk_from.is_none_or(|from| entry.risk.is_some_and(|r| r.points() >= from))
            && self.any.as_ref().is_none_or(|any| any.iter().any(|one| one.fits(entry)))
            && !self.not.as_ref().is_some_and(|not| not.fits(entry))
    }
}

impl Field {
    const ALL: [Self; 6] =
        [Self::Rule, Self::Kind, Self::Host, Self::User, Self::Session, Self::Command];

    fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Kind => "kind",
            Self::Host => "host",
            Self::User => "user",
            Self::Session => "session",
            Self::Command => "command",
        }
    }

    pub(super) fn read_all(spot: Spot) -> Result<Vec<Self>, DocumentError> {
        let word = |spot: Spot| spot.word(Self::ALL.into_iter().map(|field| (field.name(), field)));
        spot.one_or_more()?.into_iter().map(word).collect()
    }

    /// What an entry has there.
    pub fn of(self, entry: &Entry) -> Vec<u8> {
        match self {
            Self::Rule if !entry.by.is_empty() => entry.by.as_bytes().to_vec(),
            Self::Rule | Self::Kind => entry.kind.name().into(),
            Self::Host => entry.host.as_bytes().to_vec(),
            Self::User => entry.user.as_bytes().to_vec(),
            Self::Session => entry.session_id.map(|id| id.as_bytes().to_vec()).unwrap_or_default(),
            Self::Command => entry.command().as_bytes().to_vec(),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A rule is named by its own name, by what it makes happen, or by what several kinds have in common.
fn names(pattern: &str, entry: &Entry) -> bool {
    let is_divergence =
        matches!(entry.kind, Kind::Unrecorded | Kind::PolicyReplaced | Kind::OtherRoot);
    matches(pattern.as_bytes(), entry.by.as_bytes())
        || pattern.replace('-', "_") == entry.kind.name()
        || (pattern == "divergence" && is_divergence)
}

/// `high`, `">=high"`, or a list of words.
fn severities(spot: Spot) -> Result<Vec<Severity>, DocumentError> {
    let mut all = Vec::new();
    for spot in spot.one_or_more()? {
        let mark = spot.mark.clone();
        let text = spot.text()?;
        let (least, word) = match text.strip_prefix(">=") {
            Some(word) => (true, word.trim_start()),
            None => (false, text.as_str()),
        };
        let severity: Severity = word.parse().or_else(|what: String| mark.refuse(what))?;
        let fits = |one: &Severity| *one == severity || (least && *one > severity);
        all.extend(Severity::ALL.into_iter().filter(fits));
    }
    Ok(all)
}

fn words<T: std::str::FromStr<Err = String>>(spot: Spot) -> Result<Vec<T>, DocumentError> {
    let word = |spot: Spot| {
        let mark = spot.mark.clone();
        spot.text()?.parse().or_else(|what: String| mark.refuse(what))
    };
    spot.one_or_more()?.into_iter().map(word).collect()
}

fn texts(spot: Spot) -> Result<Vec<String>, DocumentError> {
    spot.one_or_more()?.into_iter().map(Spot::text).collect()
}

const KEYS: [&str; 11] = [
    "severity",
    "rule",
    "kind",
    "event",
    "source",
    "host",
    "user",
    "command",
    "risk_from",
    "any",
    "not",
];
