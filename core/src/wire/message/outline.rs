//! What a recording holds beside its screens, told in pieces: marks, keys, entered lines.

use serde::{Deserialize, Serialize};

use crate::untrusted::Untrusted;

/// What a console has of an outline already; all zero for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineKnown {
    /// The last event whose moment it has.
    #[serde(default)]
    pub seq: u64,
    /// How many marks.
    #[serde(default)]
    pub marks: u64,
    /// How many entered lines.
    #[serde(default)]
    pub lines: u64,
    /// The [number of keys](Outline::keys_settled) that it was told last.
    #[serde(default)]
    pub keys: u64,
    /// The [state of typing](Outline::typing) that it was told last.
    #[serde(default)]
    pub typing: u64,
}

/// A piece of the outline of a recording: what follows on what the console has, after the MOMENTS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The last event that the MOMENTS came to; 0 for none.
    pub seq: u64,
    /// This is all of what is stored now.
    pub caught_up: bool,
    /// The next marks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<OutlineMark>,
    /// How many marks there was no room for.
    #[serde(default)]
    pub marks_left_out: u64,
    /// The next lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<OutlineLine>,
    /// How many lines there was no room for.
    #[serde(default)]
    pub lines_left_out: u64,
    /// The number of the first of these keys, which replace those that were told under their numbers.
    #[serde(default)]
    pub keys_from: u64,
    /// The next keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<OutlineKey>,
    /// How many keys, counted from the first of the recording, are told and will not change any more: a
    /// character may be echoed some time after it was typed.
    #[serde(default)]
    pub keys_settled: u64,
    /// Another number whenever keys or lines have changed.
    #[serde(default)]
    pub typing: u64,
    /// Why the recording cannot be read beyond this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<Untrusted>,
}

/// A moment worth a jump.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineMark {
    /// The event that it belongs to; 0 before the first.
    pub seq: u64,
    /// When, since the start.
    pub elapsed_ns: u64,
    /// What happened.
    #[serde(flatten)]
    pub kind: OutlineMarkKind,
}

/// What a mark stands for: see `term::MarkKind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum OutlineMarkKind {
    /// The recording begins.
    Start,
    /// The window has a new size.
    Resize {
        /// Rows.
        lines: u16,
        /// Columns.
        columns: u16,
    },
    /// The command was stopped or continued.
    Suspend {
        /// By this signal, without `SIG`.
        signal: Untrusted,
    },
    /// Nothing happened for this long.
    Gap {
        /// How long.
        ns: u64,
    },
    /// The emulator was rebuilt.
    ParserReset,
    /// More was asked of the screen than can be shown in time.
    Approximate,
    /// A control string swallowed text.
    HiddenText,
    /// A line was typed of which the terminal showed nothing.
    HiddenLine,
    /// The shell says that a command begins.
    CommandStart,
    /// The shell says that a command has ended.
    CommandEnd {
        /// Its exit value, if it was said.
        #[serde(default)]
        exit: Option<i32>,
    },
    /// A kind that this build does not know.
    #[serde(other)]
    Unknown,
}

/// A key that was pressed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineKey {
    /// When, since the start.
    pub elapsed_ns: u64,
    /// Which one, as far as it may be told.
    #[serde(flatten)]
    pub key: OutlineKeyKind,
}

/// See `term::TypedKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutlineKeyKind {
    /// A character that the terminal showed.
    Shown(char),
    /// A character that it did not show.
    Hidden(()),
    /// A key that types nothing, by its sign.
    Named(String),
    /// Ctrl and this letter or sign.
    Ctrl(char),
    /// A kind that this build does not know.
    #[serde(untagged)]
    Other(serde_json::Value),
}

/// A line that was entered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineLine {
    /// The event in which Enter was pressed.
    pub seq: u64,
    /// When, since the start.
    pub elapsed_ns: u64,
    /// As the screen showed it.
    pub text: Untrusted,
}
