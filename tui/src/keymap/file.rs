//! `[keys]` of a configuration file: `[keys.SCOPE]`, and in it `ACTION = ["KEY", …]` for what shall be done by
//! other keys than ours; an empty list takes all keys away.
//!
//! What cannot be understood is told with its line and left out: the rest counts.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fault::Fault;
use super::{Binding, Entry, REGISTRY, Scope};
use crate::nearest::nearest;

/// One line of a keymap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The place of the action in the registry.
    pub(super) index: usize,
    /// Its keys.
    pub(super) bindings: Vec<Binding>,
    /// Where that stands, counted from 1.
    pub(super) line: usize,
}

/// Reads `[keys]`. Text that is no TOML at all has been refused before.
pub(crate) fn parse(text: &str) -> (Vec<Override>, Vec<Fault>) {
    let mut reader = Reader { text, overrides: Vec::new(), faults: Vec::new() };
    if let Ok(document) = DeTable::parse(text)
        && let Some((name, keys)) =
            document.get_ref().iter().find(|(name, _)| name.get_ref() == "keys")
    {
        match keys.get_ref() {
            DeValue::Table(scopes) => reader.scopes(scopes),
            _ => reader.fault(name, "`keys` is a table: [keys.replay] and others".to_owned()),
        }
    }
    reader.overrides.sort_by_key(|keys| keys.line);
    reader.faults.sort_by_key(|fault| fault.line);
    (reader.overrides, reader.faults)
}

struct Reader<'a> {
    text: &'a str,
    overrides: Vec<Override>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn scopes(&mut self, scopes: &DeTable<'_>) {
        for (name, value) in scopes {
            let written: &str = name.get_ref();
            let scope = Scope::ALL.into_iter().find(|scope| scope.name() == written);
            match (scope, value.get_ref()) {
                (Some(scope), DeValue::Table(actions)) => self.actions(scope, actions),
                (Some(scope), _) => {
                    let text = format!("`{0}` is a table: write [keys.{0}]", scope.name());
                    self.fault(name, text);
                }
                (None, _) => self.fault(name, unknown_scope(written)),
            }
        }
    }

    fn actions(&mut self, scope: Scope, actions: &DeTable<'_>) {
        for (name, value) in actions {
            let written: &str = name.get_ref();
            let here = |entry: &Entry| entry.scope == scope && entry.name == written;
            match REGISTRY.iter().position(here) {
                Some(index) => self.action(index, name, value),
                None => self.fault(name, unknown_action(scope, written)),
            }
        }
    }

    fn action(
        &mut self,
        index: usize,
        name: &Spanned<impl AsRef<str>>,
        value: &Spanned<DeValue<'_>>,
    ) {
        let texts = match value.get_ref() {
            DeValue::String(_) => vec![value],
            DeValue::Array(texts) => texts.iter().collect(),
            _ => return self.fault(value, not_keys(name.get_ref().as_ref())),
        };
        let mut bindings = Vec::new();
        for text in texts {
            let DeValue::String(written) = text.get_ref() else {
                return self.fault(text, not_keys(name.get_ref().as_ref()));
            };
            match Binding::read(written) {
                Ok(binding) if !bindings.contains(&binding) => bindings.push(binding),
                Ok(_) => {}
                Err(error) => self.fault(text, error.to_string()),
            }
        }
        let line = self.line(name.span().start);
        self.overrides.push(Override { index, bindings, line });
    }

    fn fault<T>(&mut self, at: &Spanned<T>, text: String) {
        let line = self.line(at.span().start);
        self.faults.push(Fault::wrong(line, text));
    }

    fn line(&self, at: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        before.iter().filter(|byte| **byte == b'\n').count() + 1
    }
}

fn unknown_scope(written: &str) -> String {
    let by_name = |entry: &&Entry| entry.name == written;
    if let Some(entry) = REGISTRY.iter().find(by_name) {
        let scope = entry.scope.name();
        return format!("the action `{}` stands under [keys.{scope}]", entry.name);
    }
    let names: Vec<&str> = Scope::ALL.into_iter().map(Scope::name).collect();
    let shown = written.escape_debug();
    match nearest(written, names.iter().copied()) {
        Some(near) => format!("there is no `{shown}` to have keys: did you mean [keys.{near}]?"),
        None => format!("there is no `{shown}` to have keys; there are {}", names.join(", ")),
    }
}

fn unknown_action(scope: Scope, written: &str) -> String {
    if let Some(entry) = REGISTRY.iter().find(|entry| entry.name == written) {
        let (name, scope) = (entry.name, entry.scope.name());
        return format!("the action `{name}` stands under [keys.{scope}]");
    }
    let shown = written.escape_debug();
    let here = REGISTRY.iter().filter(|entry| entry.scope == scope).map(|entry| entry.name);
    let near = nearest(written, here.clone());
    match near.or_else(|| nearest(written, REGISTRY.iter().map(|entry| entry.name))) {
        Some(near) => format!("there is no action `{shown}`: did you mean `{near}`?"),
        None => {
            let all = here.collect::<Vec<_>>().join(", ");
            format!("there is no action `{shown}`; [keys.{}] has {all}", scope.name())
        }
    }
}

fn not_keys(name: &str) -> String {
    format!("`{name}` takes a key or a list of keys, as in {name} = [\"Space\", \"Ctrl-p\"]")
}
