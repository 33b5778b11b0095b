//! How the console changes when the recording that is played is exported: from the key to the file.

use super::{App, Effect, Notice, Route};
use crate::screens::export::{ExportAction, Exporting};

/// Opens the dialog.
pub(super) fn open(app: &mut App) {
    let now = app.now;
    let Some(Route::Replay(replay)) = app.route() else { return };
    app.exporting = Some(Box::new(Exporting::new(replay.about(), replay.position(now))));
}

/// Does what the operator wants in it.
pub(super) fn act(app: &mut App, action: ExportAction) -> Vec<Effect> {
    let Some(dialog) = &mut app.exporting else { return Vec::new() };
    match action {
        ExportAction::Next | ExportAction::Previous => dialog.go(action),
        ExportAction::Cancel => app.exporting = None,
        ExportAction::Write => {
            let Some(request) = dialog.request() else { return Vec::new() };
            app.exporting = None;
            app.notice = Some(Notice::Hint("… exporting; what is played goes on".to_owned()));
            return vec![Effect::Export(request)];
        }
    }
    Vec::new()
}

/// The file is written, or is not, for this reason.
pub(super) fn learn(app: &mut App, exported: Result<String, String>) {
    app.notice = Some(match exported {
        Ok(words) => Notice::Done(words),
        Err(reason) => Notice::Trouble(format!("not exported: {reason}")),
    });
}
