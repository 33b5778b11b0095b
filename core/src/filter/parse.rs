//! The language in which an operator says which sessions: words, and `field:value` for fields.
//!
//! `user:alice host:web*,db1 -command:vim state:incomplete exit:!0 after:2026-11-20 words`. Quotes
//! hold blanks and commas together. Nothing here knows a calendar: whoever asks brings one.

mod judged;

use std::fmt;

use super::{Column, Condition, Test};
pub(super) use judged::{AWAITING, NO_VERDICT};

use crate::limits::{QUERY_CONDITIONS_MAX, QUERY_TEXT_BYTES_MAX, QUERY_VALUES_MAX};
use crate::session::{SessionState, Tsid};
use crate::time::Timestamp;

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Words that must all occur, separated by blanks.
    pub text: String,
    /// Conditions that must all be fulfilled.
    pub conditions: Vec<Condition>,
}

/// What cannot be understood, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("character {at}: {reason}")]
pub struct FilterError {
    /// Which character, from 1.
    pub at: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// The names of all fields.
pub const FIELDS: [&str; 17] = [
    "user", "host", "run", "command", "state", "tty", "exit", "signal", "after", "before", "any",
    "risk", "anomaly", "verdict", "assigned", "tag", "tsid",
];

impl Filter {
    /// True for `-name:value` with the name of a field: what a command line would take for options.
    pub fn is_negated_field(word: &str) -> bool {
        let name = word.strip_prefix('-').and_then(|rest| rest.split_once(':'));
        name.is_some_and(|(name, _)| FIELDS.contains(&canonical(name)))
    }

    /// Understands a line. `calendar` reads dates; a moment as `@SECONDS` needs none.
    ///
    /// # Errors
    /// What is not understood, with its place.
    pub fn parse(
        text: &str,
        calendar: &dyn Fn(&str) -> Option<Timestamp>,
    ) -> Result<Self, FilterError> {
        if text.len() > QUERY_TEXT_BYTES_MAX {
            return Err(wrong(1, format!("ask with {QUERY_TEXT_BYTES_MAX} bytes at most")));
        }
        let mut filter = Self::default();
        for token in tokens(text)? {
            filter.take(&token, calendar)?;
        }
        let values: usize = filter.conditions.iter().map(Condition::values).sum();
        if filter.conditions.len() > QUERY_CONDITIONS_MAX || values > QUERY_VALUES_MAX {
            let reason = format!(
                "ask for {QUERY_CONDITIONS_MAX} conditions with {QUERY_VALUES_MAX} values at most"
            );
            return Err(wrong(1, reason));
        }
        Ok(filter)
    }

    fn take(
        &mut self,
        token: &[Letter],
        calendar: &dyn Fn(&str) -> Option<Timestamp>,
    ) -> Result<(), FilterError> {
        if let Some((not, name, value)) = field(token) {
            let at = token.first().map_or(1, |letter| letter.at) + usize::from(not);
            let known = FIELDS.contains(&canonical(&name));
            // An address is a word like others.
            if known || !text_of(value).starts_with("//") {
                let value = Value { at: at + name.len() + 1, letters: value };
                let mut condition = condition(&name, at, &value, calendar)?;
                condition.not ^= not;
                self.conditions.push(condition);
                return Ok(());
            }
        }
        let word = text_of(token);
        if word.contains(char::is_whitespace) {
            self.conditions.push(Condition::like(Column::Any, [word]));
        } else if !word.is_empty() {
            let gap = if self.text.is_empty() { "" } else { " " };
            self.text.push_str(gap);
            self.text.push_str(&word);
        }
        Ok(())
    }
}

/// As an operator would write it.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.text.split_whitespace().map(quoted);
        let all: Vec<String> =
            words.chain(self.conditions.iter().map(ToString::to_string)).collect();
        f.write_str(&all.join(" "))
    }
}

/// One character of a token and whether quotes take its meaning away.
#[derive(Clone, Copy)]
pub(crate) struct Letter {
    pub(crate) at: usize,
    c: char,
    quoted: bool,
}

/// What stands behind a field's colon.
pub(crate) struct Value<'a> {
    pub(crate) at: usize,
    pub(crate) letters: &'a [Letter],
}

impl Value<'_> {
    /// Without a leading `!`, and whether there was one.
    fn negated(&self) -> (Value<'_>, bool) {
        match self.letters {
            [Letter { c: '!', quoted: false, .. }, rest @ ..] => {
                (Value { at: self.at + 1, letters: rest }, true)
            }
            letters => (Value { at: self.at, letters }, false),
        }
    }

    /// Its parts between commas, none of them empty.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<(usize, String)>, FilterError> {
        let comma = |letter: &Letter| letter.c == ',' && !letter.quoted;
        let part = |letters: &[Letter]| {
            let at = letters.first().map_or(self.at, |letter| letter.at);
            let text = text_of(letters);
            match letters {
                [] => Err(wrong(at, format!("{name}: needs a value behind it"))),
                _ => Ok((at, text)),
            }
        };
        self.letters.split(comma).map(part).collect()
    }

    pub(crate) fn text(&self, name: &str) -> Result<String, FilterError> {
        match text_of(self.letters) {
            text if text.is_empty() => {
                Err(wrong(self.at, format!("{name}: needs a value behind it")))
            }
            text => Ok(text),
        }
    }
}

pub(crate) fn tokens(text: &str) -> Result<Vec<Vec<Letter>>, FilterError> {
    let (mut tokens, mut token) = (Vec::new(), Vec::new());
    let mut open = None;
    let mut characters = text.chars().zip(1..).peekable();
    while let Some((c, at)) = characters.next() {
        match c {
            '"' if open.is_some() => open = None,
            '"' => open = Some(at),
            '\\' if open.is_some() => match characters.next_if(|(c, _)| matches!(c, '"' | '\\')) {
                Some((c, at)) => token.push(Letter { at, c, quoted: true }),
                None => token.push(Letter { at, c, quoted: true }),
            },
            c if c.is_whitespace() && open.is_none() => tokens.push(std::mem::take(&mut token)),
            c => token.push(Letter { at, c, quoted: open.is_some() }),
        }
    }
    if let Some(at) = open {
        return Err(wrong(at, "this quote has no end".to_owned()));
    }
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    Ok(tokens)
}

/// `name:value`, `-name:value` or `!name:value`, when the token is like that.
pub(crate) fn field(token: &[Letter]) -> Option<(bool, String, &[Letter])> {
    let (not, rest) = match token {
        [Letter { c: '-' | '!', quoted: false, .. }, rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let colon = rest.iter().position(|letter| letter.c == ':' && !letter.quoted)?;
    let (name, value) = rest.split_at_checked(colon)?;
    let is_name = |letter: &Letter| letter.c.is_ascii_alphabetic() && !letter.quoted;
    let named = !name.is_empty() && name.iter().all(is_name);
    named.then(|| (not, text_of(name), value.get(1..).unwrap_or_default()))
}

/// The field that a name means.
fn canonical(name: &str) -> &str {
    match name {
        "runas" => "run",
        "cmd" => "command",
        "since" => "after",
        "until" => "before",
        "flag" => "anomaly",
        "assignee" => "assigned",
        "session" => "tsid",
        name => name,
    }
}

fn condition(
    name: &str,
    at: usize,
    value: &Value<'_>,
    calendar: &dyn Fn(&str) -> Option<Timestamp>,
) -> Result<Condition, FilterError> {
    let column = match canonical(name) {
        "user" => Column::User,
        "host" => Column::Host,
        "run" => Column::RunUser,
        "tty" => Column::Tty,
        "tag" => Column::Tag,
        "assigned" => Column::Assignee,
        "tsid" => return tsid(name, value),
        "signal" => return signal(name, value),
        "command" | "any" => return part(name, value),
        "state" => return state(name, value),
        "exit" => return exit(name, value),
        "risk" => return judged::risk(name, value),
        "anomaly" => return judged::anomaly(name, value),
        "verdict" => return judged::verdict(name, value),
        "after" => {
            let from = Some(moment(name, value, calendar)?);
            return Ok(Condition { not: false, test: Test::Started { from, to: None } });
        }
        "before" => {
            let to = Some(moment(name, value, calendar)?);
            return Ok(Condition { not: false, test: Test::Started { from: None, to } });
        }
        _ => {
            let fields = FIELDS.join(", ");
            let reason =
                format!("there is no field {name}: fields are {fields}; in quotes it is a word");
            return Err(wrong(at, reason));
        }
    };
    let (value, not) = value.negated();
    let patterns: Vec<String> = value.list(name)?.into_iter().map(|(_, text)| text).collect();
    Ok(Condition { not, ..Condition::like(column, patterns) })
}

/// Each of them whole: a list is long, and a part of a number says nothing.
fn tsid(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let (value, not) = value.negated();
    let number = |(at, text): (usize, String)| {
        let number = text.to_ascii_uppercase().parse::<Tsid>();
        number.map(|tsid| tsid.to_string()).map_err(|_| {
            wrong(at, format!("a TSID is six letters and digits, as in 00001A, not {text}"))
        })
    };
    let numbers = value.list(name)?.into_iter().map(number).collect::<Result<Vec<_>, _>>()?;
    Ok(Condition { not, ..Condition::like(Column::Tsid, numbers) })
}

fn signal(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let (value, not) = value.negated();
    let bare = |text: String| {
        let text = text.to_ascii_uppercase();
        text.strip_prefix("SIG").unwrap_or(&text).to_owned()
    };
    let names: Vec<String> = value.list(name)?.into_iter().map(|(_, text)| bare(text)).collect();
    Ok(Condition { not, ..Condition::like(Column::Signal, names) })
}

fn part(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let column = if canonical(name) == "any" { Column::Any } else { Column::Command };
    let (value, not) = value.negated();
    Ok(Condition { not, ..Condition::like(column, [value.text(name)?]) })
}

fn state(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let (value, not) = value.negated();
    let mut states = Vec::new();
    for (at, word) in value.list(name)? {
        let known = STATES.into_iter().find(|state| state.to_string() == word);
        match (word.as_str(), known) {
            (_, Some(state)) => states.push(state),
            ("open", None) => states.extend(STATES.into_iter().filter(|state| state.is_open())),
            _ => {
                let names = STATES.map(|state| state.to_string()).join(", ");
                return Err(wrong(at, format!("a state is {names} or open, not {word:?}")));
            }
        }
    }
    Ok(Condition { not, test: Test::State { states } })
}

fn exit(name: &str, value: &Value<'_>) -> Result<Condition, FilterError> {
    let (value, other) = value.negated();
    let list = value.list(name)?;
    if !other && list.iter().all(|(_, word)| word == "*") {
        let test = Test::Exit { values: Vec::new(), other: true };
        return Ok(Condition { not: false, test });
    }
    let number = |(at, word): (usize, String)| {
        let wrong = |_| wrong(at, format!("an exit value is a number such as 1, not {word:?}"));
        word.parse::<i32>().map_err(wrong)
    };
    let values = list.into_iter().map(number).collect::<Result<_, _>>()?;
    Ok(Condition { not: false, test: Test::Exit { values, other } })
}

pub(crate) fn moment(
    name: &str,
    value: &Value<'_>,
    calendar: &dyn Fn(&str) -> Option<Timestamp>,
) -> Result<Timestamp, FilterError> {
    let text = value.text(name)?;
    let read = match text.strip_prefix('@') {
        Some(seconds) => since_epoch(seconds),
        None => calendar(&text),
    };
    read.ok_or_else(|| {
        wrong(value.at, format!("{text:?} is no time: write 2026-11-20, 2026-11-20T14:05 or 2h"))
    })
}

/// `1763035200` or `-5.000000001`: whole seconds, and up to nine digits of the second after them.
fn since_epoch(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = (digits && fraction.len() <= 9).then(|| format!("{fraction:0<9}"))?;
    Some(Timestamp { seconds: seconds.parse().ok()?, nanoseconds: fraction.parse().ok()? })
}

pub(crate) fn text_of(letters: &[Letter]) -> String {
    letters.iter().map(|letter| letter.c).collect()
}

pub(crate) fn wrong(at: usize, reason: String) -> FilterError {
    FilterError { at, reason }
}

/// A word or value that means itself: in quotes where it would mean something else.
pub(crate) fn quoted(text: &str) -> String {
    let special = |c: char| c.is_whitespace() || matches!(c, '"' | ':' | ',' | '!' | '\\' | '-');
    if !text.is_empty() && !text.contains(special) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

const STATES: [SessionState; 5] = [
    SessionState::Live,
    SessionState::Frozen,
    SessionState::Lagging,
    SessionState::Complete,
    SessionState::Incomplete,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Filter, FilterError> {
        let day = Timestamp { seconds: 86_400, nanoseconds: 0 };
        Filter::parse(text, &|text| (text == "1970-01-02").then_some(day))
    }

    fn shown(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |filter| filter.to_string())
    }

    #[test]
    fn every_field_is_understood() {
        let text = "user:alice host:web*,db1 -command:vim state:incomplete exit:!0 tty:pts/3 \
                    signal:sigkill run:root after:1970-01-02 before:@86401.5 two words";
        assert_eq!(
            shown(text),
            "two words user:alice host:web*,db1 -command:vim state:incomplete exit:!0 tty:pts/3 \
             signal:KILL run:root after:@86400.000000000 before:@86401.500000000"
        );
        assert_eq!(shown("!user:alice"), "-user:alice");
        assert!(Filter::is_negated_field("-cmd:vim") && !Filter::is_negated_field("-ofile:x"));
        assert_eq!(shown("runas:root cmd:ls -user:!bob"), "run:root command:ls user:bob");
        assert_eq!(shown("state:open"), "state:live,frozen,lagging");
        assert_eq!(shown("-exit:* exit:1,2"), "-exit:* exit:1,2");
    }

    #[test]
    fn words_stay_words() {
        for text in ["vim root", "rm -rf /", "http://x/y", "10:30", "a=b:c", "x,y", "-v", "!"] {
            let filter = parse(text).unwrap();
            assert_eq!((filter.text.as_str(), filter.conditions.len()), (text, 0));
        }
        assert_eq!(parse(r#" "user:x"  "#).unwrap().text, "user:x");
        assert_eq!(parse("").unwrap(), Filter::default());
    }

    #[test]
    fn quotes_hold_together() {
        assert_eq!(
            parse(r#""rm -rf" command:"a, \"b\"" user:"a,b",c"#).unwrap().conditions,
            [
                Condition::like(Column::Any, ["rm -rf".to_owned()]),
                Condition::like(Column::Command, [r#"a, "b""#.to_owned()]),
                Condition::like(Column::User, ["a,b".to_owned(), "c".to_owned()]),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, told) in [
            ("x usr:alice", "character 3: there is no field usr: fields are user, host,"),
            ("user:", "character 6: user: needs a value"),
            ("user:a,,b", "character 6: user: needs a value"),
            (
                "state:dead",
                "character 7: a state is live, frozen, lagging, complete, incomplete or",
            ),
            ("exit:!0,x", "character 9: an exit value is a number such as 1, not \"x\""),
            ("日 -after:soon", "character 10: \"soon\" is no time: write 2026-11-20"),
            ("a \"b c", "character 3: this quote has no end"),
            ("after:@1.x", "character 7: \"@1.x\" is no time"),
        ] {
            assert!(shown(text).starts_with(told), "{text}: {}", shown(text));
        }
        assert!(shown(&"x".repeat(QUERY_TEXT_BYTES_MAX + 1)).contains("bytes at most"));
        assert!(shown(&"exit:1 ".repeat(QUERY_CONDITIONS_MAX + 1)).contains("conditions"));
        let values = vec!["1"; QUERY_VALUES_MAX + 1].join(",");
        assert!(shown(&format!("exit:{values}")).contains("values at most"));
    }
}
