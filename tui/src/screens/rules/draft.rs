//! Rules that are being changed: what they say, whether they are rules, and what is different.

use similar::{ChangeTag, TextDiff};
use sudolog_core::risk::{Rule, Rules};

/// A file of rules beside the one that it is to replace.
#[derive(Clone, Debug)]
pub struct Draft {
    before: String,
    text: String,
    rules: Result<Rules, String>,
}

/// A line that only one of two files has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// It comes; otherwise it goes.
    pub comes: bool,
    /// Its number in the file that has it, from 1.
    pub number: usize,
    /// The rule that it belongs to in that file; none for what stands before the first one.
    pub rule: Option<String>,
    /// The line.
    pub text: String,
}

impl Draft {
    /// Nothing is changed yet.
    pub fn new(text: &str) -> Self {
        Self::of(text, text.to_owned())
    }

    /// Another text in its place.
    pub fn write(&mut self, text: String) {
        *self = Self::of(&self.before, text);
    }

    /// The file that it is to replace has become another one.
    pub fn rebase(&mut self, before: &str) {
        before.clone_into(&mut self.before);
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rules that it holds.
    ///
    /// # Errors
    /// Why it holds none, with line and key.
    pub fn rules(&self) -> Result<&Rules, &str> {
        self.rules.as_ref().map_err(String::as_str)
    }

    /// True when something is different.
    pub fn is_changed(&self) -> bool {
        self.text != self.before
    }

    /// What is different, line by line.
    pub fn changed(&self) -> Vec<Changed> {
        let (old, new) = (lines_of_rules(&self.before), lines_of_rules(&self.text));
        let diff = TextDiff::from_lines(&self.before, &self.text);
        let lines = diff.iter_all_changes().filter_map(|change| {
            let (comes, index) = match change.tag() {
                ChangeTag::Equal => return None,
                ChangeTag::Insert => (true, change.new_index()),
                ChangeTag::Delete => (false, change.old_index()),
            };
            let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
            let (number, rules) = (index.unwrap_or(0) + 1, if comes { &new } else { &old });
            let above = rules.iter().take_while(|(line, _)| *line <= number).last();
            let rule = above.map(|(_, name)| (*name).to_owned());
            Some(Changed { comes, number, rule, text })
        });
        lines.collect()
    }

    /// Switches a rule on or off in the text, all of which stays as it was beside that.
    ///
    /// # Errors
    /// When the text is not written in a way in which that can be done safely.
    pub fn switch(&mut self, id: &str) -> Result<(), String> {
        let rules = self.rules()?;
        let was = rules.get(id).map(Rule::enabled).ok_or("there is no such rule")?;
        let switched = switched(&self.text, id, was).map(|text| Self::of(&self.before, text));
        let is_right = |draft: &Self| draft.rules().is_ok_and(|new| differs_in(rules, new, id));
        match switched.filter(is_right) {
            Some(draft) => *self = draft,
            None => return Err(format!("{id} cannot be switched by a key; edit the file")),
        }
        Ok(())
    }

    fn of(before: &str, text: String) -> Self {
        let rules = Rules::parse(text.as_bytes()).map_err(|error| error.to_string());
        Self { before: before.to_owned(), text, rules }
    }
}

/// The text with `enabled` of that rule the other way round, by the form in which files are written:
/// `id` comes first in a rule, on one line with the rest or above it.
fn switched(text: &str, id: &str, was: bool) -> Option<String> {
    let start = starts(text).find(|(_, name)| *name == id).map(|(at, _)| at)?;
    let end = starts(text).map(|(at, _)| at).find(|at| *at > start).unwrap_or(text.len());
    let (before, rest) = text.split_at_checked(start)?;
    let (rule, after) = rest.split_at_checked(end - start)?;
    let (old, new) =
        if was { ("enabled: true", "enabled: false") } else { ("enabled: false", "enabled: true") };
    let rule = if rule.contains(old) {
        rule.replacen(old, new, 1)
    } else {
        let name = rule.find(id)? + id.len();
        let (head, tail) = rule.split_at_checked(name)?;
        let indent = rule.find("id:")?;
        match tail.chars().next()? {
            ',' | '}' => format!("{head}, {new}{tail}"),
            '\n' => format!("{head}\n{}{new}{tail}", " ".repeat(indent)),
            _ => return None,
        }
    };
    Some([before, &rule, after].concat())
}

/// The number of the line with which each rule begins, and the rule's name.
fn lines_of_rules(text: &str) -> Vec<(usize, &str)> {
    let (mut line, mut from) = (1, 0);
    let mut rules = Vec::new();
    for (at, name) in starts(text) {
        line += text.get(from..at).unwrap_or_default().matches('\n').count();
        from = at;
        rules.push((line, name));
    }
    rules
}

/// Where each rule's line begins, and the rule's name.
fn starts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let item = line.trim_start().strip_prefix("- ")?.trim_start();
        let item = item.strip_prefix('{').unwrap_or(item).trim_start().strip_prefix("id:")?;
        let name = item.trim_start().split([',', '}', '\n', '\r', ' ']).next()?;
        Some((start, name))
    })
}

/// True when two files have the same rules but for whether that one is used.
fn differs_in(old: &Rules, new: &Rules, id: &str) -> bool {
    let same = |(a, b): (&Rule, &Rule)| {
        let flipped = (a.id() == id) == (a.enabled() != b.enabled());
        flipped && (a.id(), a.points(), a.condition()) == (b.id(), b.points(), b.condition())
    };
    old.len() == new.len() && old.iter().zip(new.iter()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_that_is_built_in_can_be_switched_off_and_on() {
        let text = String::from_utf8_lossy(Rules::built_in_file()).into_owned();
        for rule in Rules::built_in().iter() {
            let mut draft = Draft::new(&text);
            draft.switch(rule.id()).unwrap();
            assert!(!draft.rules().unwrap().get(rule.id()).unwrap().enabled(), "{}", rule.id());
            let changed = draft.changed();
            assert!(changed.len() <= 2, "{changed:?}");
            draft.switch(rule.id()).unwrap();
            assert!(draft.rules().unwrap().get(rule.id()).unwrap().enabled(), "{}", rule.id());
        }
    }

    #[test]
    fn rules_over_several_lines_are_switched_and_strange_ones_are_left() {
        let block = "version: 1\nrules:\n  - id: a\n    cat: recon\n    score: 1\n    on: cmdline\n    re: x\n\
                     - {\"id\": b, cat: recon, score: 1, on: cmdline, re: y}\n";
        let block = block.replace("- {\"id\"", "  - {\"id\"");
        let mut draft = Draft::new(&block);
        draft.switch("a").unwrap();
        let (rule, text) = (Some("a".to_owned()), "    enabled: false".to_owned());
        let comes = Changed { comes: true, number: 4, rule, text };
        assert_eq!(draft.changed(), [comes]);
        assert!(draft.switch("b").unwrap_err().contains("edit the file"));
        assert!(draft.switch("c").is_err());
        draft.write("rules: 7".to_owned());
        assert!(draft.is_changed() && draft.rules().is_err() && draft.switch("a").is_err());
    }
}
