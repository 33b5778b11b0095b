//! What can be done in every table: going through its rows, filtering, finding.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::{FilterAction, Step};

pub(super) const TABLES: &[Entry] = &[
    entry(Intent::Step(Step::Rows(-1)), "row_up", Scope::Table, &["Up", "k"], "row above")
        .hinted("choose"),
    entry(Intent::Step(Step::Rows(1)), "row_down", Scope::Table, &["Down", "j"], "row below")
        .hinted("choose"),
    entry(
        Intent::Step(Step::Halves(-2)),
        "rows_up",
        Scope::Table,
        &["PgUp", "Ctrl-b"],
        "a page up",
    ),
    entry(
        Intent::Step(Step::Halves(2)),
        "rows_down",
        Scope::Table,
        &["PgDn", "Ctrl-f"],
        "a page down",
    ),
    entry(
        Intent::Step(Step::Halves(-1)),
        "rows_half_up",
        Scope::Table,
        &["Ctrl-u"],
        "half a page up",
    ),
    entry(
        Intent::Step(Step::Halves(1)),
        "rows_half_down",
        Scope::Table,
        &["Ctrl-d"],
        "half a page down",
    ),
    entry(
        Intent::Step(Step::Rows(isize::MIN)),
        "row_first",
        Scope::Table,
        &["g", "Home"],
        "first row",
    ),
    entry(
        Intent::Step(Step::Rows(isize::MAX)),
        "row_last",
        Scope::Table,
        &["G", "End"],
        "last row",
    ),
    entry(
        Intent::Filter(FilterAction::Ask),
        "filter",
        Scope::Table,
        &["/"],
        "filter by words and fields",
    )
    .hinted("filter"),
    entry(Intent::Narrow, "narrow", Scope::Table, &["f"], "find among the rows here")
        .hinted("find"),
    entry(
        Intent::Filter(FilterAction::Apply),
        "filter_apply",
        Scope::Filter,
        &["Enter"],
        "filter by it",
    )
    .hinted("filter"),
    entry(
        Intent::Filter(FilterAction::Cancel),
        "filter_cancel",
        Scope::Filter,
        &["Esc"],
        "leave the filter",
    )
    .hinted("cancel"),
];
