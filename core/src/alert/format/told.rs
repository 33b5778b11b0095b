//! A letter as templates and webhooks see it.

use serde::Serialize;

use crate::alert::item::Item;
use crate::alert::letter::Letter;
use crate::eventlog::{Severity, Source};

/// What a letter tells, field by field. The fields of an entry are those of the first one; what that does not say
/// is taken from the first one of the same call of sudo that does: sudo tells the command after the request.
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
        let of_call = |item: &&Item| item.host == first.host && call_of(item) == call_of(&first);
        let said = |field: fn(&Item) -> &String| {
            let mut said = letter.items.iter().take_while(|item| of_call(item)).map(field);
            said.find(|text| !text.is_empty()).cloned().unwrap_or_default()
        };
        Self {
            id: letter.id.clone(),
            severity: letter.severity,
            title: letter.title.clone(),
            text: letter.text(),
            time: letter.made_at(),
            user: said(|item| &item.user),
            rule: said(|item| &item.rule),
            session: said(|item| &item.session),
            command: said(|item| &item.command),
            kind: first.kind,
            host: first.host,
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

/// Which call of sudo an item is of: what stands before the last point of its id.
fn call_of(item: &Item) -> &str {
    let name = Some(item.id.as_str()).filter(|_| item.source == Source::Sudo.name());
    let call = name.and_then(|name| name.rsplit_once('.')).map(|(call, _)| call);
    call.unwrap_or(&item.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_first_entry_of_a_call_does_not_say_the_next_ones_do() {
        let item = |id: &str, user: &str, command: &str| Item {
            id: id.to_owned(),
            source: "sudo".to_owned(),
            host: "web1".to_owned(),
            user: user.to_owned(),
            command: command.to_owned(),
            ..Item::default()
        };
        let told = |items| Told::new(&Letter { items, ..Letter::default() });
        let call = vec![item("a.1", "alice", ""), item("a.2", "alice", "/usr/bin/id")];
        assert_eq!(
            (told(call.clone()).command, told(call).user),
            ("/usr/bin/id".into(), "alice".into())
        );
        let others = vec![item("a.1", "alice", ""), item("b.1", "bob", "/bin/sh")];
        assert_eq!(told(others).command, "", "what another one ran is not hers");
        let mut elsewhere = vec![item("a.1", "", ""), item("a.2", "bob", "/bin/sh")];
        elsewhere[1].host = "db1".to_owned();
        assert_eq!(
            (told(elsewhere.clone()).user, told(elsewhere).command),
            (String::new(), String::new())
        );
        assert_eq!(told(Vec::new()).kind, "");
    }
}
