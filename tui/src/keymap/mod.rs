//! Which key means what on which screen.

mod key;
mod registry;
mod scope;

use std::collections::HashMap;

use crate::screens::replay::ReplayAction;

pub use key::{Key, KeyError};
pub use registry::{Entry, Intent, REGISTRY};
pub use scope::Scope;

/// The keys of all screens.
#[derive(Clone, Debug)]
pub struct Keymap {
    bound: HashMap<(Scope, Key), Intent>,
}

impl Keymap {
    /// What a key asks for on a screen.
    pub fn intent(&self, scope: Scope, key: Key) -> Option<Intent> {
        scope.and_wider().find_map(|scope| self.bound.get(&(scope, key))).copied()
    }

    /// What can be asked for on a screen, its own things first.
    pub fn entries(scope: Scope) -> impl Iterator<Item = &'static Entry> {
        let of = |scope| REGISTRY.iter().filter(move |entry| entry.scope == scope);
        scope.and_wider().flat_map(of)
    }
}

impl Default for Keymap {
    fn default() -> Self {
        let bound = REGISTRY.iter().flat_map(|entry| {
            keys(entry).into_iter().map(|(key, intent)| ((entry.scope, key), intent))
        });
        Self { bound: bound.collect() }
    }
}

impl Entry {
    /// Its keys as they are shown, the first one first.
    pub fn keys_shown(&self) -> Vec<String> {
        let shown = |text: &&str| {
            text.parse::<Key>().map_or_else(|_| (*text).to_owned(), |key| key.to_string())
        };
        self.keys.iter().map(shown).collect()
    }
}

fn keys(entry: &Entry) -> Vec<(Key, Intent)> {
    let digits = || {
        (0..=9)
            .zip('0'..='9')
            .map(|(tenth, c)| (Key::char(c), Intent::Replay(ReplayAction::Tenth(tenth))))
    };
    entry
        .keys
        .iter()
        .flat_map(|text| match *text {
            DIGITS => digits().collect(),
            text => text.parse().map(|key| (key, entry.intent)).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

const DIGITS: &str = "0-9";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

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
        let scopes = [Scope::Dialog, Scope::Chooser, Scope::Prompt];
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
