//! Who fills the log: bytes of each source, by segment. So a flood pushes out what the flooding source said
//! before, and not what the others said.
//!
//! What a host sends and what the server says of that host are two sources: neither pushes out the other.
//! Segments that were there at the start are counted one by one while nothing else is to do.

use std::collections::{BTreeMap, HashMap};

use super::line;

/// A source, as lines name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Payer {
    of_server: bool,
    /// As JSON writes it, without the last quote.
    host: Vec<u8>,
}

/// All accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    /// By a segment's first number; `None` while nobody has counted.
    segments: BTreeMap<u64, Option<HashMap<Payer, u64>>>,
    totals: HashMap<Payer, u64>,
}

impl Payer {
    /// Who pays for a line; `None` when it is damaged.
    pub(super) fn of(line: &[u8]) -> Option<Self> {
        let (of_server, host) = line::payer(line)?;
        Some(Self { of_server, host: host.to_vec() })
    }

    /// In words, for the log.
    pub(super) fn words(&self) -> String {
        let name = self.host.strip_prefix(b"\"").unwrap_or(&self.host);
        let name = String::from_utf8_lossy(name);
        match (self.of_server, name.is_empty()) {
            (true, true) => "of the server itself".to_owned(),
            (true, false) => format!("of the server about {name}"),
            (false, _) => format!("of {name}"),
        }
    }
}

impl Accounts {
    /// Of segments that nobody has counted.
    pub(super) fn of_segments(firsts: impl Iterator<Item = u64>) -> Self {
        Self { segments: firsts.map(|first| (first, None)).collect(), totals: HashMap::new() }
    }

    /// The newest segment that is to be counted.
    pub(super) fn uncounted(&self) -> Option<u64> {
        let mut newest_first = self.segments.iter().rev();
        newest_first.find(|(_, counted)| counted.is_none()).map(|(first, _)| *first)
    }

    /// A new segment, empty.
    pub(super) fn begin(&mut self, first: u64) {
        self.forget(first);
        self.segments.insert(first, Some(HashMap::new()));
    }

    /// A line more in a segment; one that is still to be counted will be found there.
    pub(super) fn add(&mut self, first: u64, line: &[u8]) {
        let Some(Some(counted)) = self.segments.get_mut(&first) else { return };
        let Some(payer) = Payer::of(line) else { return };
        let bytes = line.len() as u64 + 1;
        *self.totals.entry(payer.clone()).or_default() += bytes;
        *counted.entry(payer).or_default() += bytes;
    }

    /// Counts a segment anew.
    pub(super) fn count(&mut self, first: u64, bytes: &[u8]) {
        self.begin(first);
        for line in line::all(bytes) {
            self.add(first, line);
        }
    }

    /// A segment is gone.
    pub(super) fn forget(&mut self, first: u64) {
        for (payer, bytes) in self.segments.remove(&first).flatten().unwrap_or_default() {
            if let Some(total) = self.totals.get_mut(&payer) {
                *total = total.saturating_sub(bytes);
                if *total == 0 {
                    self.totals.remove(&payer);
                }
            }
        }
    }

    /// Who has the most, and more than that, and the oldest segment before `newest` that has some of it.
    pub(super) fn heaviest(&self, most: u64, newest: u64) -> Option<(Payer, u64)> {
        let by_bytes = |(payer, bytes): &(&Payer, &u64)| (**bytes, (*payer).clone());
        let (payer, bytes) = self.totals.iter().max_by_key(by_bytes)?;
        let has = |counted: &Option<HashMap<Payer, u64>>| {
            counted.as_ref().is_some_and(|counted| counted.contains_key(payer))
        };
        let mut older = self.segments.range(..newest);
        let first = older.find(|(_, counted)| has(counted)).map(|(first, _)| *first);
        first.filter(|_| *bytes > most).map(|first| (payer.clone(), first))
    }
}
