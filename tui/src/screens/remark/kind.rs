//! What can be said, and the words for it.

use sudolog_core::triage::{RemarkKind, Verdict};

use crate::screens::badges;

/// One kind of remark that a key begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Say {
    /// A verdict.
    Verdict,
    /// A note at a moment.
    Note,
    /// A tag is put on, or taken off.
    Tag,
    /// Who shall look.
    Assign,
}

impl Say {
    /// What is being done: `Verdict on`.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Verdict => "Verdict on",
            Self::Note => "Note on",
            Self::Tag => "Tag on",
            Self::Assign => "Who looks at",
        }
    }

    /// What is asked for.
    pub(super) fn asks_for(self) -> &'static str {
        match self {
            Self::Verdict => "Why, or nothing",
            Self::Note => "Note",
            Self::Tag => "Tag",
            Self::Assign => "Operator",
        }
    }

    /// What one should know, in a sentence.
    pub(super) fn explains(self) -> &'static str {
        match self {
            Self::Verdict => "",
            Self::Note => "It is found at this moment in the player, by everybody.",
            Self::Tag => "Letters, digits and -_.:/ without blanks; -NAME takes it off.",
            Self::Assign => "A name; nothing for nobody any more.",
        }
    }
}

/// The letters of the verdicts; the last one takes a verdict away.
pub(super) const LETTERS: [(char, Option<Verdict>); 5] = [
    ('b', Some(Verdict::Benign)),
    ('s', Some(Verdict::Suspicious)),
    ('i', Some(Verdict::Incident)),
    ('f', Some(Verdict::FalsePositive)),
    ('n', None),
];

/// `false positive`, or that there shall be none.
pub(super) fn verdict_in_words(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("no verdict", badges::verdict)
}

/// What was said, in a word or two, escaped: `benign`, `tag case-7`.
pub(crate) fn in_words(kind: &RemarkKind) -> String {
    match kind {
        RemarkKind::Verdict { verdict, .. } => verdict_in_words(*verdict).to_owned(),
        RemarkKind::Note { .. } => "note".to_owned(),
        RemarkKind::Tag { tag } => format!("tag {}", tag.escaped()),
        RemarkKind::Untag { tag } => format!("tag {} off", tag.escaped()),
        RemarkKind::Assign { to: Some(name) } => format!("assigned to {}", name.escaped()),
        RemarkKind::Assign { to: None } => "assigned to nobody".to_owned(),
        RemarkKind::TakeBack { .. } => "taken back".to_owned(),
        RemarkKind::Unknown => "something that this console does not know".to_owned(),
    }
}
