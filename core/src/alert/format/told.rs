//! A letter as templates and webhooks see it.

use serde::Serialize;

use crate::alert::item::Item;
use crate::alert::letter::Letter;
use crate::eventlog::Severity;

/// What a letter tells, field by field. The fields of an entry are those of the first one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Told {
    id: String,
    severity: Severity,
    title: String,
    text: String,
    /// When the letter was made, RFC 3339.
    time: String,
    host: String,
    user: String,
    kind: String,
    rule: String,
    session: String,
    command: String,
    count: u64,
    part: u32,
    of: u32,
    entries: Vec<u64>,
    lines: Vec<String>,
    items: Vec<Item>,
}

impl Told {
    /// What a letter tells.
    pub fn new(letter: &Letter) -> Self {
        let first = letter.items.first().cloned().unwrap_or_default();
        Self {
            id: letter.id.clone(),
            severity: letter.severity,
            title: letter.title.clone(),
            text: letter.text(),
            time: letter.made_at(),
            host: first.host,
            user: first.user,
            kind: first.kind,
            rule: first.rule,
            session: first.session,
            command: first.command,
            count: letter.count,
            part: letter.part,
            of: letter.of,
            entries: letter.entries.clone(),
            lines: letter.lines.clone(),
            items: letter.items.clone(),
        }
    }

    /// What templates are tried on.
    pub(in crate::alert) fn sample() -> Self {
        let items = vec![Item::default()];
        Self { items, lines: vec!["line".to_owned()], entries: vec![1], ..Self::default() }
    }
}
