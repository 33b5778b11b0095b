//! Names and numbers of users, by this host's `/etc/passwd`.
//!
//! Users of a directory service are not in it: they are shown by number, unless `auditd` adds their names
//! (`log_format = ENRICHED`).

use std::collections::HashMap;
use std::path::PathBuf;

use sudolog_core::untrusted::Untrusted;

/// Looks users up and remembers what it found.
#[derive(Debug)]
pub(super) struct People {
    file: PathBuf,
    names: HashMap<u32, Option<Untrusted>>,
}

/// A user and its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: Vec<u8>,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl People {
    pub(super) fn of(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), names: HashMap::new() }
    }

    /// The name of a number.
    pub(super) fn name(&mut self, uid: u32) -> Option<Untrusted> {
        if let Some(known) = self.names.get(&uid) {
            return known.clone();
        }
        let found = self.find(|person| person.uid == uid).map(|person| Untrusted::new(person.name));
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        self.names.insert(uid, found.clone());
        found
    }

    /// The user of that name.
    pub(super) fn named(&self, name: &str) -> Option<Person> {
        self.find(|person| person.name == name.as_bytes())
    }

    /// What was remembered may be wrong by now.
    pub(super) fn forget(&mut self) {
        self.names.clear();
    }

    fn find(&self, wanted: impl Fn(&Person) -> bool) -> Option<Person> {
        let text = std::fs::read(&self.file).unwrap_or_default();
        text.split(|byte| *byte == b'\n').filter_map(person).find(wanted)
    }
}

/// `name:password:uid:gid:…` (`passwd(5)`).
fn person(line: &[u8]) -> Option<Person> {
    let mut fields = line.split(|byte| *byte == b':');
    let name = fields.next().filter(|name| !name.is_empty())?.to_vec();
    let mut number = |skip| {
        let field: &[u8] = fields.nth(skip)?;
        std::str::from_utf8(field).ok()?.parse::<u32>().ok()
    };
    Some(Person { name, uid: number(1)?, gid: number(0)? })
}

const NAMES_MAX: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_remembered() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("passwd");
        std::fs::write(
            &file,
            "root:x:0:0:r:/root:/bin/sh\n:x:5:5::\nbad\nalice:x:4001:4002:A:/h:/bin/sh",
        )
        .unwrap();
        let mut people = People::of(&file);
        assert_eq!(people.name(4001), Some("alice".into()));
        assert_eq!((people.name(5), people.name(7)), (None, None));
        assert_eq!(people.named("alice").map(|alice| (alice.uid, alice.gid)), Some((4001, 4002)));
        std::fs::write(&file, "bob:x:4001:1:::\n").unwrap();
        assert_eq!(people.name(4001), Some("alice".into()));
        people.forget();
        assert_eq!(people.name(4001), Some("bob".into()));
    }
}
