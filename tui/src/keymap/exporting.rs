//! How the recording that is played is exported.

use super::Scope;
use super::entry::{Entry, Intent, entry};
use crate::screens::export::ExportAction;

const fn export(
    action: ExportAction,
    name: &'static str,
    keys: &'static [&'static str],
    title: &'static str,
) -> Entry {
    entry(Intent::Export(action), name, Scope::Export, keys, title)
}

pub(super) const EXPORTING: &[Entry] = &[
    entry(Intent::OpenExport, "export", Scope::Replay, &["e"], "export it"),
    export(ExportAction::Write, "export_write", &["Enter"], "write the file").hinted("write"),
    export(ExportAction::Next, "export_next", &["Tab", "Down"], "to the next field")
        .hinted("field"),
    export(ExportAction::Previous, "export_previous", &["Shift-Tab", "Up"], "to the field before")
        .hinted("field"),
    export(ExportAction::Cancel, "export_cancel", &["Esc"], "write nothing").hinted("cancel"),
];
