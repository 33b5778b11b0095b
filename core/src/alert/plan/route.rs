//! Which way an entry takes: to whom, in which words, and how often.

use std::time::Duration;

use super::condition::{Condition, Field};
use super::span::span;
use super::words::Words;
use crate::alert::item::Item;
use crate::document::{DocumentError, Spot};

/// The first route that fits an entry is taken; the next ones too if it says `continue`.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// For which entries.
    pub when: Condition,
    /// Names of targets; none to leave entries out.
    pub to: Vec<String>,
    /// Further routes are looked at.
    pub goes_on: bool,
    /// Every entry is a message of its own, whatever the targets say of batches.
    pub sync: bool,
    /// What came before is not told again.
    pub dedup: Option<Dedup>,
    /// What comes and goes is told when it comes and when it is gone.
    pub quiet: Option<Quiet>,
    /// In which words.
    pub wording: Wording,
}

/// What is the same by these fields is told once within the window, then how often it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dedup {
    /// What makes two entries the same.
    pub key: Vec<Field>,
    /// For how long from the first one.
    pub window: Duration,
}

/// Hysteresis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// So many are needed before it is told; of what is critical, one.
    pub raise_after: u32,
    /// Within this time.
    pub within: Duration,
    /// After so long without another one, it is told that it is over.
    pub clear_after: Duration,
    /// While it goes on, it is told again this often.
    pub renotify: Duration,
}

/// In which words entries are told.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Wording {
    /// All there is to say, in a line.
    #[default]
    Full,
    /// Who, where and what.
    Short,
    /// A JSON object a line.
    Json,
    /// The administrator's.
    Own {
        /// The subject.
        title: Option<Words>,
        /// The line of an entry.
        line: Option<Words>,
    },
}

impl Quiet {
    /// Reads one; what it does not say is as in `base`.
    pub(super) fn read(spot: Spot, base: &Self) -> Result<Self, DocumentError> {
        let mut fields = spot.fields(&["raise_after", "within", "clear_after", "renotify"])?;
        let raise_after = fields.optional("raise_after", |spot| spot.number(1, 1000))?;
        let raise_after = raise_after.map_or(base.raise_after, |n| u32::try_from(n).unwrap_or(1));
        Ok(Self {
            raise_after,
            within: fields.optional("within", span)?.unwrap_or(base.within),
            clear_after: fields.optional("clear_after", span)?.unwrap_or(base.clear_after),
            renotify: fields.optional("renotify", span)?.unwrap_or(base.renotify),
        })
    }
}

impl Default for Quiet {
    fn default() -> Self {
        Self {
            raise_after: 2,
            within: Duration::from_secs(60),
            clear_after: Duration::from_secs(15 * 60),
            renotify: Duration::from_secs(4 * 3600),
        }
    }
}

impl Dedup {
    pub(super) fn read(spot: Spot) -> Result<Self, DocumentError> {
        let mut fields = spot.fields(&["key", "window"])?;
        let key = Field::read_all(fields.need("key")?)?;
        Ok(Self { key, window: span(fields.need("window")?)? })
    }
}

impl Wording {
    pub(super) fn read(spot: Spot) -> Result<Self, DocumentError> {
        let mut fields = spot.fields(&["title", "line"])?;
        let words = |spot: Spot| {
            let mark = spot.mark.clone();
            let sample = Item { host: "web1".into(), ..Item::default() };
            Words::parse(&spot.text()?, &sample).or_else(|what| mark.refuse(what))
        };
        let title = fields.optional("title", words)?;
        let line = fields.optional("line", words)?;
        Ok(Self::Own { title, line })
    }

    /// The lines that tell an entry.
    pub(in crate::alert) fn lines(&self, item: &Item) -> Vec<String> {
        let said = match self {
            Self::Full => item.line(),
            Self::Short => short(item),
            Self::Json => serde_json::to_string(item).unwrap_or_default(),
            Self::Own { line: Some(line), .. } => match line.say(item) {
                Ok(said) => said,
                Err(what) => format!("{} (template: {what})", item.line()),
            },
            Self::Own { line: None, .. } => item.line(),
        };
        said.lines().map(str::to_owned).collect()
    }

    /// The subject of a message about one entry.
    pub(in crate::alert) fn title(&self, item: &Item) -> Option<String> {
        match self {
            Self::Own { title: Some(title), .. } => title.say(item).ok(),
            _ => None,
        }
    }
}

fn short(item: &Item) -> String {
    let who = if item.user.is_empty() { String::new() } else { format!("{} ", item.user) };
    let place = if item.host.is_empty() { String::new() } else { format!("on {} ", item.host) };
    format!("{}: {who}{place}{} #{}", item.severity.name().to_uppercase(), item.what(), item.number)
}
