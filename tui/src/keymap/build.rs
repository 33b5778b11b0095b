//! The registry and a keymap file become one keymap, and what does not fit together is told.
//!
//! A key has one meaning in a scope: the file's word counts more than ours, its first line more than its
//! later ones. Whatever a file says, Ctrl-c leaves the console.

use std::collections::HashMap;

use super::fault::Fault;
use super::file::Override;
use super::{Binding, Entry, Intent, Key, Keymap, REGISTRY, Scope};

impl Keymap {
    /// The keys of the registry, changed by these lines of a file.
    pub(crate) fn with(overrides: &[Override]) -> (Self, Vec<Fault>) {
        let mut builder = Builder { taken: HashMap::new(), faults: Vec::new() };
        let mut bindings: Vec<Vec<Binding>> = REGISTRY.iter().map(Binding::of).collect();
        for line in overrides {
            let kept = builder.take(line);
            if let Some(slot) = bindings.get_mut(line.index) {
                *slot = kept;
            }
        }
        for (index, slot) in bindings.iter_mut().enumerate() {
            if overrides.iter().all(|line| line.index != index) {
                builder.give_way(index, slot);
            }
        }
        let keymap = Self::of(bindings);
        builder.look_behind(&keymap, overrides);
        builder.faults.sort_by_key(|fault| fault.line);
        (keymap, builder.faults)
    }
}

struct Builder {
    /// Who has a key in a scope, by the file: the entry and its line.
    taken: HashMap<(Scope, Key), (usize, usize)>,
    faults: Vec<Fault>,
}

impl Builder {
    /// What a line of the file gets of what it asks for.
    fn take(&mut self, line: &Override) -> Vec<Binding> {
        let Some(entry) = REGISTRY.get(line.index) else { return Vec::new() };
        let mut kept = Vec::new();
        for binding in &line.bindings {
            match refusal(entry, *binding).or_else(|| self.conflict(entry, line, *binding)) {
                Some(text) => self.faults.push(Fault::wrong(line.line, text)),
                None => {
                    let keys =
                        binding.keys().map(|key| ((entry.scope, key), (line.index, line.line)));
                    self.taken.extend(keys);
                    kept.push(*binding);
                }
            }
        }
        let way_out = Binding::Key(WAY_OUT);
        if entry.intent == Intent::Quit && !kept.contains(&way_out) {
            self.faults
                .push(Fault::note(line.line, "Ctrl-c leaves the console in any case".to_owned()));
            kept.push(way_out);
        }
        kept
    }

    fn conflict(&self, entry: &Entry, line: &Override, binding: Binding) -> Option<String> {
        let taken = binding.keys().find_map(|key| self.taken.get(&(entry.scope, key)));
        let (other, at) = taken.filter(|(other, _)| *other != line.index)?;
        let other = REGISTRY.get(*other)?.name;
        Some(format!("{} has `{other}` already, by line {at}", binding.written()))
    }

    /// Takes the keys from one of our own entries that the file gives to others.
    fn give_way(&mut self, index: usize, bindings: &mut Vec<Binding>) {
        let Some(entry) = REGISTRY.get(index) else { return };
        let mut lost = Vec::new();
        bindings.retain(|binding| {
            let taken = binding.keys().find_map(|key| self.taken.get(&(entry.scope, key)));
            lost.extend(taken.map(|(_, line)| (*line, binding.written())));
            taken.is_none()
        });
        let Some((line, _)) = lost.first() else { return };
        let keys: Vec<&str> = lost.iter().map(|(_, key)| key.as_str()).collect();
        let rest: Vec<String> = bindings.iter().map(|binding| binding.written()).collect();
        let left = match rest.as_slice() {
            [] => "has no key any more".to_owned(),
            rest => format!("keeps {}", rest.join(", ")),
        };
        let text = format!("{} was the key of `{}`, which {left}", keys.join(", "), entry.name);
        self.faults.push(Fault::note(*line, text));
    }

    /// What the file's keys hide that means something on more screens than these.
    fn look_behind(&mut self, keymap: &Keymap, overrides: &[Override]) {
        for line in overrides {
            let Some(entry) = REGISTRY.get(line.index) else { continue };
            let bindings = keymap.bindings.get(line.index).into_iter().flatten();
            for key in bindings.flat_map(|binding| binding.keys()) {
                let wider = entry.scope.and_wider().skip(1);
                let hidden = wider.filter_map(|scope| keymap.entry_at(scope, key)).next();
                if let Some(hidden) = hidden.filter(|hidden| hidden.intent != entry.intent) {
                    let (shown, scope) = (key.written(), entry.scope.name());
                    let text = format!("{shown} hides `{}` in [keys.{scope}]", hidden.name);
                    self.faults.push(Fault::note(line.line, text));
                }
            }
        }
    }
}

/// Why a key can never have that meaning.
fn refusal(entry: &Entry, binding: Binding) -> Option<String> {
    let is_range = Binding::of(entry).contains(&Binding::Digits);
    let shown = binding.written();
    if binding == Binding::Key(WAY_OUT) && entry.intent != Intent::Quit {
        Some("Ctrl-c always leaves the console: it has no other meaning".to_owned())
    } else if is_range != (binding == Binding::Digits) {
        Some(match is_range {
            true => format!("`{}` can only have the keys 0-9, not {shown}", entry.name),
            false => format!("`{}` cannot have a range of keys", entry.name),
        })
    } else if entry.scope.is_typed() && binding.keys().any(|key| key.text().is_some()) {
        Some(format!("{shown} is text where one types: give `{}` another key", entry.name))
    } else {
        None
    }
}

/// As the registry has it; a test holds the two together.
const WAY_OUT: Key = Key::ctrl('c');

#[cfg(test)]
#[path = "build_tests.rs"]
mod tests;
