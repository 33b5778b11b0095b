//! One rule: where it looks, what it looks for, for whom it holds and what it counts.

use std::ops::Range;

use regex::bytes::Regex;

use super::condition::{Happening, When};
use crate::filter::matches;
use crate::risk::{Category, Source};

/// One rule of a file. Always legal: made by [`Rules::parse`](super::Rules::parse) only.
#[derive(Clone, Debug)]
pub struct Rule {
    pub(super) id: String,
    pub(super) category: Category,
    pub(super) points: u8,
    pub(super) attack: Vec<String>,
    pub(super) on: On,
    pub(super) test: Test,
    pub(super) not: Option<Regex>,
    pub(super) scope: Scope,
    pub(super) min_distinct: usize,
    pub(super) within_s: Option<u64>,
    pub(super) enabled: bool,
    pub(super) act: Act,
    pub(super) false_positives: String,
    pub(super) hits: Vec<String>,
    pub(super) misses: Vec<String>,
}

/// Where a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The command that sudo runs, and every line that is entered.
    Cmdline,
    /// The name of the program that sudo runs.
    Argv0,
    /// Every line that is entered.
    Typed,
    /// Every line that the screen shows.
    Output,
    /// Every line of output as it is written.
    Raw,
    /// The session as a whole.
    Meta,
    /// What happens to it.
    Event,
}

/// What shall be done when a rule finds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Tell it.
    Notify,
    /// Freeze the session as well.
    Freeze,
    /// End the session as well.
    Reject,
}

/// What a rule looks for.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Text { re: Regex, words: String },
    When(When),
    Event(Happening),
}

/// For whom a rule holds: for everybody where a list is empty. `*` stands for any run of bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) users: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) run_users: Vec<String>,
}

impl Rule {
    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is about.
    pub fn category(&self) -> Category {
        self.category
    }

    /// What it counts, 0 to 100.
    pub fn points(&self) -> u8 {
        self.points
    }

    /// Where it looks.
    pub fn on(&self) -> On {
        self.on
    }

    /// What its findings can name as their source.
    pub fn sources(&self) -> &'static [Source] {
        match self.on {
            On::Cmdline => &[Source::Command, Source::Typed],
            On::Argv0 => &[Source::Command],
            On::Typed => &[Source::Typed],
            On::Output => &[Source::Shown],
            On::Raw => &[Source::Raw],
            On::Meta => &[Source::Meta],
            On::Event => &[Source::Event],
        }
    }

    /// False for one that is kept but not used.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// What shall be done.
    pub fn act(&self) -> Act {
        self.act
    }

    /// Techniques of MITRE ATT&CK.
    pub fn attack(&self) -> &[String] {
        &self.attack
    }

    /// What else it finds, in words.
    pub fn false_positives(&self) -> &str {
        &self.false_positives
    }

    /// Texts that it must find.
    pub fn hits(&self) -> &[String] {
        &self.hits
    }

    /// Texts that it must not find.
    pub fn misses(&self) -> &[String] {
        &self.misses
    }

    /// What it looks for, in one line.
    pub fn condition(&self) -> String {
        let mut line = match &self.test {
            Test::Text { words, .. } => format!("{} {words}", self.on.name()),
            Test::When(when) => when.to_string(),
            Test::Event(happening) => format!("it happens: {}", happening.name()),
        };
        if let Some(not) = &self.not {
            line.push_str(&format!(", but not {not}"));
        }
        if self.min_distinct > 1 {
            line.push_str(&format!(", {} different ones", self.min_distinct));
        }
        if let Some(within_s) = self.within_s {
            line.push_str(&format!(" within {within_s} s"));
        }
        let lists = [
            ("users", &self.scope.users),
            ("hosts", &self.scope.hosts),
            ("run users", &self.scope.run_users),
        ];
        for (name, patterns) in lists.into_iter().filter(|(_, patterns)| !patterns.is_empty()) {
            line.push_str(&format!("; {name} {}", patterns.join(", ")));
        }
        line
    }

    /// What of a text it looks for.
    pub(in crate::risk) fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        self.find_all(text).next()
    }

    /// All of that.
    pub(in crate::risk) fn find_all<'a>(
        &'a self,
        text: &'a [u8],
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let re = match &self.test {
            Test::Text { re, .. } => Some(re),
            Test::When(_) | Test::Event(_) => None,
        };
        let excepted = self.not.as_ref().is_some_and(|not| not.is_match(text));
        let re = re.filter(|_| !excepted);
        re.into_iter().flat_map(|re| re.find_iter(text)).map(|found| found.range())
    }

    /// The fact that it asks for.
    pub(in crate::risk) fn when(&self) -> Option<&When> {
        match &self.test {
            Test::When(when) => Some(when),
            Test::Text { .. } | Test::Event(_) => None,
        }
    }

    /// What must happen for it.
    pub(in crate::risk) fn happening(&self) -> Option<Happening> {
        match self.test {
            Test::Event(happening) => Some(happening),
            Test::Text { .. } | Test::When(_) => None,
        }
    }

    /// Different matches that it wants, and in how many seconds.
    pub(in crate::risk) fn wants(&self) -> (usize, Option<u64>) {
        (self.min_distinct, self.within_s)
    }

    /// True when it is used for this submit user, host and run user.
    pub fn holds_for(&self, user: &[u8], host: &[u8], run_user: &[u8]) -> bool {
        let fits = |patterns: &[String], value: &[u8]| {
            patterns.is_empty() || patterns.iter().any(|pattern| matches(pattern.as_bytes(), value))
        };
        let Scope { users, hosts, run_users } = &self.scope;
        self.enabled && fits(users, user) && fits(hosts, host) && fits(run_users, run_user)
    }
}

impl On {
    pub(super) const ALL: [Self; 7] =
        [Self::Cmdline, Self::Argv0, Self::Typed, Self::Output, Self::Raw, Self::Meta, Self::Event];

    /// Those that are text.
    pub(super) const TEXTS: [Self; 5] =
        [Self::Cmdline, Self::Argv0, Self::Typed, Self::Output, Self::Raw];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cmdline => "cmdline",
            Self::Argv0 => "argv0",
            Self::Typed => "typed",
            Self::Output => "output",
            Self::Raw => "raw",
            Self::Meta => "meta",
            Self::Event => "event",
        }
    }
}

impl Act {
    pub(super) const ALL: [Self; 3] = [Self::Notify, Self::Freeze, Self::Reject];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::Freeze => "freeze",
            Self::Reject => "reject",
        }
    }
}
