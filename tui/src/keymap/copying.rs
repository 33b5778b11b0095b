//! What can be done to copy from a recorded screen: copy mode, with the keys of tmux and vi, and plain text.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::copy::{CopyAction, Motion, Shape};
use crate::screens::plain::PlainAction;

pub(super) const COPYING: &[Entry] = &[
    copy(CopyAction::Move(Motion::Columns(-1)), "copy_left", &["h", "Left"], "left").hinted("move"),
    copy(CopyAction::Move(Motion::Columns(1)), "copy_right", &["l", "Right"], "right")
        .hinted("move"),
    copy(CopyAction::Move(Motion::Rows(-1)), "copy_up", &["k", "Up"], "up").hinted("move"),
    copy(CopyAction::Move(Motion::Rows(1)), "copy_down", &["j", "Down"], "down").hinted("move"),
    copy(
        CopyAction::Select(Shape::Text),
        "copy_select",
        &["v", "Space"],
        "select text, or nothing",
    )
    .hinted("select"),
    copy(CopyAction::Select(Shape::Lines), "copy_lines", &["V"], "select lines").hinted("lines"),
    copy(CopyAction::Select(Shape::Block), "copy_block", &["Ctrl-v"], "select a rectangle"),
    copy(CopyAction::Yank, "copy_yank", &["y", "Enter"], "copy selection, or screen")
        .hinted("copy"),
    copy(CopyAction::YankLine, "copy_line", &["Y"], "copy this line").hinted("line"),
    copy(CopyAction::ToFile, "copy_to_file", &["f"], "into a file instead").hinted("file"),
    copy(CopyAction::OtherEnd, "copy_other_end", &["o"], "to the other end"),
    copy(CopyAction::Move(Motion::Word), "copy_word", &["w"], "to the next word"),
    copy(CopyAction::Move(Motion::WordBack), "copy_word_back", &["b"], "to the word before"),
    copy(
        CopyAction::Move(Motion::LineStart),
        "copy_line_start",
        &["0", "Home"],
        "to the first column",
    ),
    copy(
        CopyAction::Move(Motion::LineEnd),
        "copy_line_end",
        &["$", "End"],
        "to the end of the row",
    ),
    copy(CopyAction::Move(Motion::Top), "copy_top", &["g"], "to the first row"),
    copy(CopyAction::Move(Motion::Bottom), "copy_bottom", &["G"], "to the last row"),
    copy(CopyAction::Move(Motion::Rows(-10)), "copy_rows_up", &["PgUp", "Ctrl-u"], "ten rows up"),
    copy(
        CopyAction::Move(Motion::Rows(10)),
        "copy_rows_down",
        &["PgDn", "Ctrl-d"],
        "ten rows down",
    ),
    entry(Intent::Help, "copy_help", Scope::Copy, &["?", "F1"], "this help").hinted("help"),
    copy(CopyAction::Leave, "copy_nothing", &["Esc", "q"], "copy nothing").hinted("cancel"),
    plain(PlainAction::Toggle, "plain", Scope::Screen, &["Ctrl-l"], "plain text, to select"),
    plain(PlainAction::Toggle, "plain_copy", Scope::Copy, &["Ctrl-l"], "plain text, to select"),
    plain(
        PlainAction::Toggle,
        "plain_back",
        Scope::Plain,
        &["Ctrl-l", "Esc", "q"],
        "back to the screens",
    ),
    plain(PlainAction::Scroll(1), "plain_down", Scope::Plain, &["Down", "j"], "further down"),
    plain(PlainAction::Scroll(-1), "plain_up", Scope::Plain, &["Up", "k"], "further up"),
    plain(PlainAction::Scroll(10), "plain_page_down", Scope::Plain, &["PgDn", "Space"], "ten down"),
    plain(PlainAction::Scroll(-10), "plain_page_up", Scope::Plain, &["PgUp"], "ten up"),
];

const fn plain(
    action: PlainAction,
    name: &'static str,
    scope: Scope,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::Plain(action), name, scope, keys, title)
}

const fn copy(
    action: CopyAction,
    name: &'static str,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::CopyMode(action), name, Scope::Copy, keys, title)
}
