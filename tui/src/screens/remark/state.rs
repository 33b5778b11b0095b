//! What the dialog knows and how it changes. It keeps the sessions that it was opened for, whatever
//! happens to the screen under it.

use std::time::Duration;

use sudolog_core::limits::SENTENCE_BYTES_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::triage::{RemarkKind, Verdict};
use sudolog_core::untrusted::Untrusted;

use super::Say;
use super::kind::LETTERS;
use crate::widgets::{Edit, Input};

/// The sessions that something is said of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subjects {
    /// Which.
    pub tsids: Vec<Tsid>,
    /// Who and what the first one is; safe to show.
    pub first: String,
    /// The tags of the first one; safe to show.
    pub tags: Vec<String>,
    /// The moment that a note is about.
    pub moment: Duration,
}

/// The dialog.
#[derive(Clone, Debug)]
pub struct Remarking {
    say: Say,
    subjects: Subjects,
    verdict: Option<Verdict>,
    input: Input,
    stage: Stage,
    trouble: Option<String>,
}

/// What the dialog waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The letter of a verdict.
    Letter,
    /// Words.
    Words,
    /// The server's answer.
    Answer,
}

/// What the operator does in it beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RemarkAction {
    /// Says it.
    Send,
    /// Says nothing.
    Cancel,
}

impl Remarking {
    /// Asks for what is to be said, with `typed` as if it had been typed.
    pub fn new(say: Say, subjects: Subjects, typed: &str) -> Self {
        let mut input = Input::new(SENTENCE_BYTES_MAX);
        input.paste(typed);
        let stage = if say == Say::Verdict { Stage::Letter } else { Stage::Words };
        Self { say, subjects, verdict: None, input, stage, trouble: None }
    }

    /// What is said.
    pub fn say(&self) -> Say {
        self.say
    }

    /// Of which sessions.
    pub fn subjects(&self) -> &Subjects {
        &self.subjects
    }

    /// The verdict that was chosen.
    pub fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    /// The words as they are typed.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// What it waits for.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// What stands in the way, escaped.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Types a character: the letter of a verdict, then words.
    pub fn insert(&mut self, c: char) {
        if self.stage != Stage::Letter {
            return self.change(|input| input.insert(c));
        }
        let chosen = LETTERS.iter().find(|(letter, _)| *letter == c.to_ascii_lowercase());
        match chosen {
            Some((_, verdict)) => {
                (self.verdict, self.stage, self.trouble) = (*verdict, Stage::Words, None);
            }
            None => self.trouble = Some(format!("{c} is none of these letters.")),
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.change(|input| input.paste(text));
    }

    /// Changes the words; before the first one, back to the letters.
    pub fn edit(&mut self, edit: Edit) {
        let empty = self.input.text().is_empty() && self.stage == Stage::Words;
        if self.say == Say::Verdict && empty && edit == Edit::Backspace {
            (self.stage, self.trouble) = (Stage::Letter, None);
        }
        self.change(|input| input.edit(edit));
    }

    /// What is to be said now, if that can be said.
    pub fn send(&mut self) -> Option<(Vec<Tsid>, RemarkKind)> {
        match self.stage {
            Stage::Answer => return None,
            Stage::Letter => {
                self.trouble = Some("Press the letter of a verdict.".to_owned());
                return None;
            }
            Stage::Words => {}
        }
        let kind = self.kind();
        if let Err(reason) = kind.check() {
            self.trouble = Some(format!("{reason}."));
            return None;
        }
        (self.stage, self.trouble) = (Stage::Answer, None);
        Some((self.subjects.tsids.clone(), kind))
    }

    /// The server has refused, or has not answered: what it said, escaped. The words stay.
    pub fn refused(&mut self, reason: String) {
        (self.stage, self.trouble) = (Stage::Words, Some(reason));
    }

    fn kind(&self) -> RemarkKind {
        let typed = self.input.text().trim();
        let text = Untrusted::from(typed);
        match self.say {
            Say::Verdict => RemarkKind::Verdict { verdict: self.verdict, why: text },
            Say::Note => {
                let elapsed_ns = u64::try_from(self.subjects.moment.as_nanos());
                RemarkKind::Note { elapsed_ns: elapsed_ns.unwrap_or(u64::MAX), text }
            }
            Say::Tag => match typed.strip_prefix('-') {
                Some(tag) => RemarkKind::Untag { tag: tag.into() },
                None => RemarkKind::Tag { tag: text },
            },
            Say::Assign => RemarkKind::Assign { to: Some(text).filter(|name| !name.is_empty()) },
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut Input)) {
        if self.stage == Stage::Words {
            change(&mut self.input);
            let full = self.input.is_full();
            self.trouble = full.then(|| "There is no room for more.".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::live::sample::row;
    use sudolog_core::session::SessionState::Live;

    fn begun(say: Say) -> Remarking {
        let subjects = Subjects {
            tsids: vec![row(1, Live).tsid, row(2, Live).tsid],
            first: "alice".to_owned(),
            tags: Vec::new(),
            moment: Duration::from_secs(5),
        };
        Remarking::new(say, subjects, "")
    }

    fn typed(say: Say, text: &str) -> (Remarking, Option<RemarkKind>) {
        let mut remarking = begun(say);
        text.chars().for_each(|c| remarking.insert(c));
        let said = remarking.send();
        (remarking, said.map(|(_, kind)| kind))
    }

    #[test]
    fn a_verdict_is_a_letter_and_perhaps_a_reason() {
        let verdict = |verdict, why: &str| Some(RemarkKind::Verdict { verdict, why: why.into() });
        assert_eq!(typed(Say::Verdict, "b").1, verdict(Some(Verdict::Benign), ""));
        assert_eq!(typed(Say::Verdict, "sodd ").1, verdict(Some(Verdict::Suspicious), "odd"));
        assert_eq!(typed(Say::Verdict, "I").1, verdict(Some(Verdict::Incident), ""));
        assert_eq!(typed(Say::Verdict, "f").1, verdict(Some(Verdict::FalsePositive), ""));
        assert_eq!(typed(Say::Verdict, "n").1, verdict(None, ""));
        assert_eq!(typed(Say::Verdict, "x").1, None);
        assert_eq!(typed(Say::Verdict, "").1, None);
        let (mut remarking, _) = typed(Say::Verdict, "x");
        remarking.insert('b');
        remarking.edit(Edit::Backspace);
        assert_eq!(remarking.stage(), Stage::Letter, "another one can be chosen");
    }

    #[test]
    fn words_are_checked_before_they_are_sent() {
        let tag = |tag: &str| RemarkKind::Tag { tag: tag.into() };
        assert_eq!(typed(Say::Tag, "case-7").1, Some(tag("case-7")));
        assert_eq!(typed(Say::Tag, "-a").1, Some(RemarkKind::Untag { tag: "a".into() }));
        for wrong in ["", "two words", "-", "a,b"] {
            assert_eq!(typed(Say::Tag, wrong).1, None, "{wrong}");
        }
        assert_eq!(typed(Say::Assign, " ").1, Some(RemarkKind::Assign { to: None }));
        let (remarking, none) = typed(Say::Note, " ");
        assert!(none.is_none() && remarking.trouble().unwrap().starts_with("write 1 to"));
        let note = RemarkKind::Note { elapsed_ns: 5_000_000_000, text: "look".into() };
        assert_eq!(typed(Say::Note, "look").1, Some(note));
    }

    #[test]
    fn it_is_sent_once_and_again_after_a_refusal() {
        let (mut remarking, said) = typed(Say::Note, "look");
        assert!(said.is_some() && remarking.send().is_none());
        remarking.insert('x');
        remarking.refused("not yours".to_owned());
        assert_eq!((remarking.input().text(), remarking.trouble()), ("look", Some("not yours")));
        assert!(remarking.send().is_some());
    }
}
