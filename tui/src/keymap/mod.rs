//! Which key means what on which screen.

mod alerting;
mod browsing;
mod build;
mod copying;
mod entry;
mod exporting;
mod fault;
mod file;
mod group;
mod key;
mod logging;
mod playing;
mod registry;
mod ruling;
mod scope;
mod summarising;
mod tables;
mod triaging;
mod verifying;
mod watching;

use std::collections::HashMap;

use crate::screens::replay::ReplayAction;

pub use entry::{Entry, Intent};
pub use fault::Fault;
pub use file::Override;
pub(crate) use file::parse;
pub use group::Group;
pub use key::{Key, KeyError};
pub use registry::REGISTRY;
pub use scope::Scope;

/// The keys of all screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bound: HashMap<(Scope, Key), Intent>,
    /// Of each entry of the registry.
    bindings: Vec<Vec<Binding>>,
    /// Keys are shown by name, as a keymap file has them.
    spelt: bool,
}

impl Keymap {
    /// With arrows by name: `<` is a key of its own.
    #[must_use]
    pub fn spelt(self) -> Self {
        Self { spelt: true, ..self }
    }

    /// What a key asks for on a screen.
    pub fn intent(&self, scope: Scope, key: Key) -> Option<Intent> {
        scope.and_wider().find_map(|scope| self.bound.get(&(scope, key))).copied()
    }

    /// What can be asked for on a screen, its own things first. What a screen has words of its own for is there
    /// once.
    pub fn entries(scope: Scope) -> impl Iterator<Item = &'static Entry> {
        let of = |scope| REGISTRY.iter().filter(move |entry| entry.scope == scope);
        let told = move |entry: &&Entry| {
            let mut narrower = scope.and_wider().take_while(|scope| *scope != entry.scope);
            !narrower.any(|scope| of(scope).any(|own| own.intent == entry.intent))
        };
        scope.and_wider().flat_map(of).filter(told)
    }

    /// The keys of an entry as they are shown on a screen, the first one first; without those that mean
    /// something else there.
    pub fn keys_shown(&self, scope: Scope, entry: &Entry) -> Vec<String> {
        let bindings = self.bindings_of(entry);
        let means = |binding: &&Binding| {
            binding
                .intents(entry)
                .iter()
                .all(|(key, intent)| self.intent(scope, *key) == Some(*intent))
        };
        let shown =
            |binding: &Binding| if self.spelt { binding.written() } else { binding.shown() };
        bindings.iter().filter(means).map(shown).collect()
    }

    /// What a sentence says of a key: `Enter replays it`, where Enter is the first key that asks for this on a
    /// screen. `None` when no key does.
    pub fn says(&self, scope: Scope, intent: Intent, what: &str) -> Option<String> {
        let mut entries = Self::entries(scope).filter(|entry| entry.intent == intent);
        let key = entries.find_map(|entry| self.keys_shown(scope, entry).into_iter().next())?;
        Some(format!("{key} {what}"))
    }

    /// The keys of an entry as a keymap file has them.
    pub fn keys_written(&self, entry: &Entry) -> Vec<String> {
        self.bindings_of(entry).iter().map(|binding| binding.written()).collect()
    }

    fn bindings_of(&self, entry: &Entry) -> &[Binding] {
        let index = REGISTRY.iter().position(|known| known.name == entry.name);
        index.and_then(|index| self.bindings.get(index)).map_or(&[], Vec::as_slice)
    }

    /// The entry that has a key in this very scope.
    fn entry_at(&self, scope: Scope, key: Key) -> Option<&'static Entry> {
        let mut all = REGISTRY.iter().zip(&self.bindings).filter(|(entry, _)| entry.scope == scope);
        let has =
            |bindings: &[Binding]| bindings.iter().any(|binding| binding.keys().any(|k| k == key));
        all.find(|(_, bindings)| has(bindings)).map(|(entry, _)| entry)
    }

    fn of(bindings: Vec<Vec<Binding>>) -> Self {
        let bound = REGISTRY.iter().zip(&bindings).flat_map(|(entry, bindings)| {
            let intents = bindings.iter().flat_map(|binding| binding.intents(entry));
            intents.map(|(key, intent)| ((entry.scope, key), intent))
        });
        Self { bound: bound.collect(), bindings, spelt: false }
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(REGISTRY.iter().map(Binding::of).collect())
    }
}

/// A key of an entry, or the ten of which each means another tenth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// One key.
    Key(Key),
    /// `0-9`.
    Digits,
}

impl Binding {
    fn read(text: &str) -> Result<Self, KeyError> {
        if text == DIGITS { Ok(Self::Digits) } else { text.parse().map(Self::Key) }
    }

    /// Those that an entry has unless a file says otherwise.
    fn of(entry: &Entry) -> Vec<Self> {
        entry.keys.iter().filter_map(|text| Self::read(text).ok()).collect()
    }

    fn keys(self) -> impl Iterator<Item = Key> {
        let (one, ten) = match self {
            Self::Key(key) => (Some(key), None),
            Self::Digits => (None, Some(('0'..='9').map(Key::char))),
        };
        one.into_iter().chain(ten.into_iter().flatten())
    }

    fn intents(self, entry: &Entry) -> Vec<(Key, Intent)> {
        match self {
            Self::Key(key) => vec![(key, entry.intent)],
            Self::Digits => {
                let tenths = (0..=9).map(|tenth| Intent::Replay(ReplayAction::Tenth(tenth)));
                self.keys().zip(tenths).collect()
            }
        }
    }

    fn shown(self) -> String {
        match self {
            Self::Key(key) => key.to_string(),
            Self::Digits => DIGITS.to_owned(),
        }
    }

    fn written(self) -> String {
        match self {
            Self::Key(key) => key.written(),
            Self::Digits => DIGITS.to_owned(),
        }
    }
}

const DIGITS: &str = "0-9";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn keys(entry: &Entry) -> Vec<(Key, Intent)> {
        Binding::of(entry).into_iter().flat_map(|binding| binding.intents(entry)).collect()
    }

    #[test]
    fn every_key_of_the_registry_is_one_and_has_one_meaning() {
        let mut seen = HashSet::new();
        for entry in REGISTRY {
            for text in entry.keys {
                assert!(*text == DIGITS || text.parse::<Key>().is_ok(), "{}: {text}", entry.name);
            }
            for (key, _) in keys(entry) {
                assert!(seen.insert((entry.scope, key)), "{}: {key} is taken", entry.name);
            }
        }
    }

    #[test]
    fn no_screen_takes_the_keys_that_lead_out() {
        let out = [Intent::Quit, Intent::Suspend, Intent::Help];
        for entry in REGISTRY.iter().filter(|entry| out.contains(&entry.intent)) {
            for (key, intent) in keys(entry) {
                for scope in REGISTRY.iter().map(|entry| entry.scope) {
                    // Under a dialog the help would hide what is being typed.
                    if scope.and_wider().any(|scope| scope == entry.scope) {
                        assert_eq!(Keymap::default().intent(scope, key), Some(intent), "{key}");
                    }
                }
            }
        }
        let ctrl_c = "Ctrl-c".parse().unwrap();
        assert_eq!(Keymap::default().intent(Scope::Dialog, ctrl_c), Some(Intent::Quit));
    }

    #[test]
    fn no_key_of_a_dialog_is_a_character_that_one_may_want_to_type() {
        let scopes = [
            Scope::Dialog,
            Scope::Remark,
            Scope::Chooser,
            Scope::Prompt,
            Scope::Filter,
            Scope::Reason,
            Scope::Export,
        ];
        for entry in scopes.into_iter().flat_map(Keymap::entries) {
            assert!(keys(entry).iter().all(|(key, _)| key.text().is_none()), "{}", entry.name);
        }
    }

    #[test]
    fn orders_are_given_by_the_same_keys_wherever_a_session_is_shown() {
        for entry in REGISTRY.iter().filter(|entry| matches!(entry.intent, Intent::Order(_))) {
            for ((key, intent), scope) in
                keys(entry).into_iter().zip([Scope::Live, Scope::Replay].into_iter().cycle())
            {
                assert_eq!(Keymap::default().intent(scope, key), Some(intent), "{key}");
            }
        }
    }

    #[test]
    fn names_are_unique_and_titles_short() {
        let mut names = HashSet::new();
        for entry in REGISTRY {
            assert!(names.insert(entry.name), "{}", entry.name);
            assert!(entry.title.chars().count() <= 26, "{}", entry.title);
        }
    }

    #[test]
    fn digits_are_tenths() {
        let keymap = Keymap::default();
        assert_eq!(
            keymap.intent(Scope::Replay, Key::char('7')),
            Some(Intent::Replay(ReplayAction::Tenth(7)))
        );
        assert_eq!(keymap.intent(Scope::Everywhere, Key::char('7')), None);
    }
}
