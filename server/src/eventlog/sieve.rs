//! Which lines of a segment are worth a look: what an entry that is asked for must have in its line is looked
//! for in all bytes of the segment at once, so the lines without it cost almost nothing.
//!
//! Invariant: it never leaves out a line whose entry is asked for. A word may be written otherwise than it is
//! asked for, by case, by letters beyond ASCII, or as bytes in hexadecimal; such lines stay in.

use memchr::memmem::Finder;
use sudolog_core::eventlog::Severity;
use sudolog_core::wire::message::EventsQuery;

use super::line;

/// What the line of a wanted entry must have: one of each of these lists, and all words.
pub(super) struct Sieve {
    exact: Vec<Vec<Finder<'static>>>,
    /// Words in lower case, the longest first; a line may have them in any case.
    words: Vec<Finder<'static>>,
    hex: Finder<'static>,
    /// A segment in lower case; kept for the next one.
    lower: Vec<u8>,
}

impl Sieve {
    pub(super) fn new(query: &EventsQuery) -> Self {
        let key = |name: &str, value: &str| {
            Finder::new(format!("\"{name}\":\"{value}\"").as_bytes()).into_owned()
        };
        let mut exact = Vec::new();
        if !query.kinds.is_empty() {
            exact.push(query.kinds.iter().map(|kind| key("kind", kind.name())).collect());
        }
        if !query.sources.is_empty() {
            let names = query.sources.iter().map(|source| key("source", source.name()));
            exact.push(names.collect());
        }
        if query.severity > Severity::Info {
            let mut wanted = Severity::ALL.to_vec();
            wanted.push(Severity::Other);
            wanted.retain(|severity| *severity >= query.severity);
            exact.push(wanted.iter().map(|severity| key("severity", severity.name())).collect());
        }
        for (name, text) in [("host", &query.host), ("user", &query.user)] {
            if !text.is_empty() && is_written_as_it_is(text) && !text.contains('*') {
                exact.push(vec![key(name, text)]);
            }
        }
        exact.extend(query.tsid.map(|tsid| vec![key("tsid", &tsid.to_string())]));
        let words = query.text.split_whitespace().filter(|word| is_written_as_it_is(word));
        let mut words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let words = words.iter().map(|word| Finder::new(word).into_owned()).collect();
        Self { exact, words, hex: Finder::new("{\"hex\":").into_owned(), lower: Vec::new() }
    }

    /// The lines of a segment that may be wanted, in their order.
    pub(super) fn candidates<'a>(&mut self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut starts = Starts { bytes, of: Vec::new() };
        let one = self.exact.iter().find_map(|one_of| match one_of.as_slice() {
            [one] => Some(one),
            _ => None,
        });
        match (self.words.first(), one) {
            (Some(word), _) => {
                self.lower.clear();
                self.lower.extend_from_slice(bytes);
                self.lower.make_ascii_lowercase();
                starts.mark(&self.lower, word);
                starts.mark(bytes, &self.hex);
                starts.mark_beyond_ascii();
            }
            (None, Some(one)) => starts.mark(bytes, one),
            (None, None) => return line::all(bytes).collect(),
        }
        starts.lines()
    }

    /// True when a line has all that it must.
    pub(super) fn passes(&self, line: &[u8]) -> bool {
        let has = |finder: &Finder<'_>| finder.find(line).is_some();
        if !self.exact.iter().all(|one_of| one_of.iter().any(has)) {
            return false;
        }
        if self.words.is_empty() || has(&self.hex) {
            return true;
        }
        let lower = line.to_ascii_lowercase();
        // A letter beyond ASCII may be one of a word in lower case.
        !line.is_ascii() || self.words.iter().all(|word| word.find(&lower).is_some())
    }
}

/// Where lines begin that have something.
struct Starts<'a> {
    bytes: &'a [u8],
    of: Vec<usize>,
}

impl<'a> Starts<'a> {
    /// Those with the needle in `haystack`, which is as long as the segment.
    fn mark(&mut self, haystack: &[u8], needle: &Finder<'_>) {
        let mut from = 0;
        while let Some(found) = haystack.get(from..).and_then(|rest| needle.find(rest)) {
            from = self.mark_at(from + found);
        }
    }

    fn mark_beyond_ascii(&mut self) {
        let mut from = 0;
        while let Some(rest) = self.bytes.get(from..).filter(|rest| !rest.is_empty()) {
            let (chunk, _) = rest.split_at(rest.len().min(CHUNK_BYTES));
            // The whole chunk first: that is many bytes at a time.
            let odd = (!chunk.is_ascii()).then(|| chunk.iter().position(|byte| !byte.is_ascii()));
            from = match odd.flatten() {
                Some(at) => self.mark_at(from + at),
                None => from + chunk.len(),
            };
        }
    }

    /// The line there; says where the next one begins.
    fn mark_at(&mut self, place: usize) -> usize {
        let (before, behind) = self.bytes.split_at(place.min(self.bytes.len()));
        self.of.push(memchr::memrchr(b'\n', before).map_or(0, |end| end + 1));
        place + memchr::memchr(b'\n', behind).map_or(behind.len(), |end| end + 1)
    }

    fn lines(mut self) -> Vec<&'a [u8]> {
        self.of.sort_unstable();
        self.of.dedup();
        let line = |start: &usize| line::all(self.bytes.get(*start..)?).next();
        self.of.iter().filter_map(line).collect()
    }
}

/// True when JSON writes it without an escape.
fn is_written_as_it_is(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
}

/// Looked at together for letters beyond ASCII.
const CHUNK_BYTES: usize = 4096;
