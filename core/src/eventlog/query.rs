//! The language in which an operator says which entries: words, and `field:value` for fields.
//!
//! `kind:reject,error source:kernel severity:high host:web* user:alice session:00001A
//! after:2026-11-20 words`. It is the language of lists ([`filter`](crate::filter)) with other fields.
//! What is here also says which entry a query asks for.

use super::{Entry, Stored};
use crate::filter::matches;
use crate::filter::words::{FilterError, Value, field, moment, quoted, text_of, tokens, wrong};
use crate::limits::QUERY_TEXT_BYTES_MAX;
use crate::time::Timestamp;
use crate::untrusted::Untrusted;
use crate::wire::message::EventsQuery;

/// The names of all fields.
pub const EVENT_FIELDS: [&str; 8] =
    ["kind", "source", "severity", "host", "user", "session", "after", "before"];

impl EventsQuery {
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
        let mut query = Self::default();
        for token in tokens(text)? {
            let at = token.first().map_or(1, |letter| letter.at);
            if let Some((not, name, letters)) = field(&token)
                && (EVENT_FIELDS.contains(&canonical(&name)) || !text_of(letters).starts_with("//"))
            {
                if not {
                    return Err(wrong(
                        at,
                        "events cannot be asked for by what they are not".into(),
                    ));
                }
                query.take(&name, at, &Value { at: at + name.len() + 1, letters }, calendar)?;
                continue;
            }
            for word in text_of(&token).split_whitespace() {
                let gap = if query.text.is_empty() { "" } else { " " };
                query.text.push_str(gap);
                query.text.push_str(word);
            }
        }
        Ok(query)
    }

    fn take(
        &mut self,
        name: &str,
        at: usize,
        value: &Value<'_>,
        calendar: &dyn Fn(&str) -> Option<Timestamp>,
    ) -> Result<(), FilterError> {
        match canonical(name) {
            "kind" => read_all(name, value, &mut self.kinds)?,
            "source" => read_all(name, value, &mut self.sources)?,
            "severity" => self.severity = read(name, value)?,
            "host" => self.host = value.text(name)?,
            "user" => self.user = value.text(name)?,
            "session" => {
                let tsid = value.text(name)?.parse();
                let wrong =
                    |_| wrong(value.at, "a session is six characters such as 00001A".to_owned());
                self.tsid = Some(tsid.map_err(wrong)?);
            }
            "after" => self.since = Some(moment(name, value, calendar)?),
            "before" => self.until = Some(moment(name, value, calendar)?),
            _ => {
                let fields = EVENT_FIELDS.join(", ");
                let reason = format!(
                    "there is no field {name}: fields are {fields}; in quotes it is a word"
                );
                return Err(wrong(at, reason));
            }
        }
        Ok(())
    }

    /// As an operator would write it; what is asked for page by page is not part of it.
    pub fn line(&self) -> String {
        let mut parts: Vec<String> = self.text.split_whitespace().map(quoted).collect();
        let mut put = |name: &str, value: String| parts.push(format!("{name}:{value}"));
        if !self.kinds.is_empty() {
            put("kind", self.kinds.iter().map(|k| k.name()).collect::<Vec<_>>().join(","));
        }
        if !self.sources.is_empty() {
            put("source", self.sources.iter().map(|s| s.name()).collect::<Vec<_>>().join(","));
        }
        if self.severity != Default::default() {
            put("severity", self.severity.to_string());
        }
        for (name, text) in [("host", &self.host), ("user", &self.user)] {
            if !text.is_empty() {
                put(name, quoted(text));
            }
        }
        if let Some(tsid) = self.tsid {
            put("session", tsid.to_string());
        }
        for (name, time) in [("after", self.since), ("before", self.until)] {
            if let Some(time) = time {
                put(name, format!("@{}.{:09}", time.seconds, time.nanoseconds));
            }
        }
        parts.join(" ")
    }

    /// Bounds what is worked with.
    ///
    /// # Errors
    /// One sentence.
    pub fn check(&self) -> Result<(), String> {
        let bytes = self.text.len() + self.host.len() + self.user.len();
        if bytes > QUERY_TEXT_BYTES_MAX || self.kinds.len() + self.sources.len() > LIST_MAX {
            return Err(format!(
                "ask with {QUERY_TEXT_BYTES_MAX} bytes and {LIST_MAX} kinds at most"
            ));
        }
        Ok(())
    }

    /// True when that entry is asked for. `*` in host and user stands for any run of characters.
    pub fn fits(&self, stored: &Stored) -> bool {
        let entry = &stored.entry;
        let like = |pattern: &str, value: &Untrusted| {
            pattern.is_empty() || matches(pattern.as_bytes(), value.as_bytes())
        };
        let page = stored.number > self.after && (self.before == 0 || stored.number < self.before);
        let kind = self.kinds.is_empty() || self.kinds.contains(&entry.kind);
        let source = self.sources.is_empty() || self.sources.contains(&entry.source);
        page && kind
            && source
            && entry.severity >= self.severity
            && like(&self.host, &entry.host)
            && like(&self.user, &entry.user)
            && (self.tsid.is_none() || entry.tsid == self.tsid)
            && self.since.is_none_or(|since| since <= entry.time)
            && self.until.is_none_or(|until| entry.time < until)
            && self.has_words(entry)
    }

    fn has_words(&self, entry: &Entry) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let command = entry.command();
        let texts = [&entry.user, &entry.run_user, &entry.host, &command, &entry.by, &entry.text];
        let lower = |text: &Untrusted| String::from_utf8_lossy(text.as_bytes()).to_lowercase();
        let mut haystack = texts.map(lower).join("\n");
        haystack.push('\n');
        haystack.push_str(entry.kind.name());
        self.text.split_whitespace().all(|word| haystack.contains(&word.to_lowercase()))
    }
}

fn canonical(name: &str) -> &str {
    match name {
        "tsid" => "session",
        "since" => "after",
        "until" => "before",
        name => name,
    }
}

fn read<T: std::str::FromStr<Err = String>>(
    name: &str,
    value: &Value<'_>,
) -> Result<T, FilterError> {
    value.text(name)?.parse().map_err(|reason| wrong(value.at, reason))
}

fn read_all<T: std::str::FromStr<Err = String>>(
    name: &str,
    value: &Value<'_>,
    all: &mut Vec<T>,
) -> Result<(), FilterError> {
    for (at, word) in value.list(name)? {
        all.push(word.parse().map_err(|reason| wrong(at, reason))?);
    }
    Ok(())
}

/// All kinds and all sources.
const LIST_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eventlog::{Kind, Severity, Source};

    fn parse(text: &str) -> Result<EventsQuery, FilterError> {
        let day = Timestamp { seconds: 86_400, nanoseconds: 0 };
        EventsQuery::parse(text, &|text| (text == "1970-01-02").then_some(day))
    }

    fn shown(text: &str) -> String {
        parse(text).map_or_else(|error| error.to_string(), |query| query.line())
    }

    #[test]
    fn every_field_is_understood_and_written_again() {
        let text = "kind:reject,error source:kernel severity:high host:web* user:alice \
                    session:00001A after:1970-01-02 before:@86401.5 two \"user:x\" words";
        let line = "two \"user:x\" words kind:reject,error source:kernel severity:high host:web* \
                    user:alice session:00001A after:@86400.000000000 before:@86401.500000000";
        assert_eq!(shown(text), line);
        assert_eq!(shown(line), line);
        assert_eq!(
            parse("tsid:00001A until:@5").unwrap(),
            parse("session:00001A before:@5").unwrap()
        );
        assert_eq!(parse("").unwrap(), EventsQuery::default());
        assert_eq!(shown("http://x/y \"a b\""), "\"http://x/y\" a b");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, told) in [
            ("x knd:reject", "character 3: there is no field knd: fields are kind,"),
            ("kind:reject,rejct", "character 13: an event is one of start,"),
            ("source:mars", "character 8: a source is sudo, kernel,"),
            ("severity:loud", "character 10: a severity is info,"),
            ("session:x", "character 9: a session is six"),
            ("-kind:start", "character 1: events cannot be asked for by what they are not"),
            ("user:", "character 6: user: needs a value"),
            ("after:soon", "character 7: \"soon\" is no time"),
        ] {
            assert!(shown(text).starts_with(told), "{text}: {}", shown(text));
        }
    }

    #[test]
    fn an_entry_must_be_all_that_is_asked_for() {
        let time = Timestamp { seconds: 100, nanoseconds: 0 };
        let mut entry = Entry::new("a.1".parse().unwrap(), time, Source::Sudo, Kind::Reject);
        entry.severity = Severity::Warning;
        (entry.host, entry.user) = ("web1".into(), "alice".into());
        entry.argv = vec!["Cat".into(), "/etc/shadow".into()];
        entry.tsid = "00001A".parse().ok();
        let stored = Stored { number: 7, stored: time, entry };
        for fits in [
            "",
            "kind:reject",
            "kind:accept,reject source:sudo",
            "severity:notice",
            "severity:warning",
            "host:web* user:alice",
            "session:00001A",
            "after:@100 before:@101",
            "cat shadow alice reject",
        ] {
            assert!(parse(fits).unwrap().fits(&stored), "{fits}");
        }
        for not in [
            "kind:accept",
            "source:kernel",
            "severity:high",
            "host:web",
            "user:bob",
            "session:00001B",
            "after:@100.1",
            "before:@100",
            "cat shadows",
        ] {
            assert!(!parse(not).unwrap().fits(&stored), "{not}");
        }
        let page = |after, before| EventsQuery { after, before, ..EventsQuery::default() };
        assert!(page(6, 0).fits(&stored) && page(0, 8).fits(&stored));
        assert!(!page(7, 0).fits(&stored) && !page(0, 7).fits(&stored));
    }
}
