//! How the console changes when something is said of sessions: from the key to the server's answer, and
//! back again when it is taken back.

use sudolog_core::session::Tsid;
use sudolog_core::triage::{Remark, RemarkKind};
use sudolog_core::wire::message::{Judgement, Role};

use super::{App, Effect, Notice, Route};
use crate::screens::order::Refusal;
use crate::screens::remark::{RemarkAction, Remarking, Say, Stage, Subjects, in_words};
use crate::screens::row_in_words;

/// Opens the dialog for what is marked or shown.
pub(super) fn begin(app: &mut App, say: Say) {
    let subjects = match allowed(app).and_then(|()| subjects(app, say)) {
        Ok(subjects) => subjects,
        Err(reason) => return app.notice = Some(Notice::Trouble(reason)),
    };
    let typed = match say {
        Say::Assign => app.me.as_deref().unwrap_or_default(),
        Say::Verdict | Say::Note | Say::Tag => "",
    };
    app.remarking = Some(Box::new(Remarking::new(say, subjects, typed)));
}

/// Does what the operator wants in the dialog.
pub(super) fn act(app: &mut App, action: RemarkAction) -> Vec<Effect> {
    let Some(remarking) = &mut app.remarking else { return Vec::new() };
    match action {
        RemarkAction::Send => {
            let said = remarking.send();
            said.map(|(tsids, kind)| Effect::Judge(tsids, kind)).into_iter().collect()
        }
        RemarkAction::Cancel => {
            if remarking.stage() == Stage::Answer {
                // What was sent cannot be stopped, only not be waited for.
                let text = "it is being recorded all the same".to_owned();
                app.notice = Some(Notice::Trouble(text));
            }
            app.remarking = None;
            Vec::new()
        }
    }
}

/// Takes back what was said last in this console.
pub(super) fn take_back(app: &mut App) -> Vec<Effect> {
    if let Err(reason) = allowed(app) {
        app.notice = Some(Notice::Trouble(reason));
        return Vec::new();
    }
    let Some(last) = app.said.last() else {
        let text = "nothing was said in this console yet that could be taken back";
        app.notice = Some(Notice::Trouble(text.to_owned()));
        return Vec::new();
    };
    vec![Effect::Judge(last.tsids.clone(), RemarkKind::TakeBack { taken: last.act })]
}

/// The server has answered: the dialog that waits for it is told, or, when it is gone, the operator.
pub(super) fn answered(
    app: &mut App,
    judgement: Judgement,
    answer: Result<(), Refusal>,
) -> Vec<Effect> {
    let waits = |remarking: &&mut Box<Remarking>| {
        remarking.stage() == Stage::Answer && remarking.subjects().tsids == judgement.tsids
    };
    let dialog = app.remarking.as_mut().filter(waits);
    match (answer, dialog) {
        (Err(refusal), Some(dialog)) => dialog.refused(refusal.reason),
        (Err(refusal), None) => app.notice = Some(Notice::Trouble(refusal.reason)),
        (Ok(()), dialog) => {
            if dialog.is_some() {
                app.remarking = None;
            }
            recorded(app, judgement);
            let shown = super::triaging::reviewed(app);
            return shown.map(|tsid| Effect::Review(Some(tsid))).into_iter().collect();
        }
    }
    Vec::new()
}

fn recorded(app: &mut App, judgement: Judgement) {
    let of = match judgement.tsids.as_slice() {
        [one] => one.to_string(),
        many => format!("{} sessions", many.len()),
    };
    if let RemarkKind::TakeBack { taken } = judgement.kind {
        let back = app.said.iter().position(|said| said.act == taken);
        let what = back.map(|at| in_words(&app.said.remove(at).kind)).unwrap_or_default();
        app.notice = Some(Notice::Done(format!("{of}: {what} taken back")));
        return;
    }
    app.notice = Some(Notice::Done(format!("{of}: {}, recorded", in_words(&judgement.kind))));
    if app.said.len() >= SAID_MAX {
        app.said.remove(0);
    }
    if let (RemarkKind::Verdict { .. }, Some(Route::Triage(triage))) =
        (&judgement.kind, app.routes.last_mut())
    {
        triage.judged();
    }
    app.said.push(judgement);
}

/// Finds the operator's own name by what was said in this console: no server tells it, and what the
/// configuration says may be another one's.
pub(super) fn learn_name(app: &mut App, remark: &Remark) {
    if app.said.iter().any(|said| said.act == remark.act) {
        app.me = Some(remark.who.escaped().to_string());
    }
}

/// True when there is something to say of what is shown, and the operator may say it.
pub(super) fn is_offered(app: &App) -> bool {
    allowed(app).is_ok() && subjects(app, Say::Note).is_ok()
}

fn allowed(app: &App) -> Result<(), String> {
    match app.role {
        Some(Role::Viewer) => Err("a viewer may not judge sessions: that takes an auditor".into()),
        Some(Role::Auditor | Role::Admin) | None => Ok(()),
    }
}

/// What a remark is about. A note is about one moment, and so about one session.
fn subjects(app: &App, say: Say) -> Result<Subjects, String> {
    let (tsids, first, tags, moment) = match app.route() {
        Some(Route::Triage(triage)) => {
            let tsids = match say {
                Say::Note => triage.reviewed().into_iter().collect(),
                Say::Verdict | Say::Tag | Say::Assign => triage.subjects(),
            };
            let row = |tsid: &Tsid| {
                triage.pages().rows().map(|(_, row)| row).find(|row| row.tsid == *tsid)
            };
            let row = tsids.iter().find_map(row);
            let first = row.map(|row| row_in_words(row).0).unwrap_or_default();
            let tags = row.map(|row| row.standing.tags.clone()).unwrap_or_default();
            (tsids, first, tags, triage.moment())
        }
        Some(Route::Replay(replay)) => {
            let about = replay.about();
            let tsid = about.tsid.ok_or(
                "this recording is read from a directory: a server keeps what is said, see --server",
            )?;
            let (user, host) = (about.user.escaped(), about.host.escaped());
            let first = format!("{user}@{host}  {}", about.command.escaped());
            (vec![tsid], first, about.standing.tags.clone(), replay.position(app.now))
        }
        _ => return Err("no session is chosen".to_owned()),
    };
    if tsids.is_empty() {
        return Err("no session is chosen".to_owned());
    }
    let tags = tags.iter().map(|tag| tag.escaped().to_string()).collect();
    Ok(Subjects { tsids, first, tags, moment })
}

/// So many acts can be taken back.
const SAID_MAX: usize = 100;
