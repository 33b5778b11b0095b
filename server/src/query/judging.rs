//! `judge`: what operators say of sessions. Written down first (invariant I7), said of all of them or
//! of none.

use std::collections::BTreeSet;

use sudolog_core::limits::JUDGED_MAX;
use sudolog_core::session::Tsid;
use sudolog_core::triage::{Remark, RemarkKind};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Cause, Failure, Judgement};

use super::gate::{Gate, unreadable};
use super::request::failure;
use crate::authz::Right;
use crate::clock::now;
use crate::triage::JudgeError;

impl Gate {
    /// Says something of sessions.
    ///
    /// # Errors
    /// What to tell the operator.
    pub(super) fn judge(&self, judgement: &Judgement) -> Result<(), Failure> {
        let tsids: BTreeSet<Tsid> = judgement.tsids.iter().take(JUDGED_MAX + 1).copied().collect();
        if !self.operator.may(Right::Judge) {
            self.log_each("judge refused", tsids.iter().take(JUDGED_MAX), Right::Judge.refusal())?;
            return Err(failure(Cause::Forbidden, Right::Judge.refusal()));
        }
        if tsids.is_empty() || judgement.tsids.len() > JUDGED_MAX {
            let text = format!("judge 1 to {JUDGED_MAX} sessions at once");
            return Err(failure(Cause::Malformed, &text));
        }
        if judgement.act == 0 {
            return Err(failure(Cause::Malformed, "an act has a number, and it is not 0"));
        }
        judgement.kind.check().map_err(|text| failure(Cause::Malformed, &text))?;
        for tsid in &tsids {
            self.admit(Right::Judge.name(), *tsid, "")?;
        }
        if let RemarkKind::Assign { to: Some(name) } = &judgement.kind {
            self.check_assignee(name, &tsids)?;
        }
        let who = self.operator.name.as_str().into();
        let remark = Remark { act: judgement.act, at: now(), who, kind: judgement.kind.clone() };
        let hearing = self.bench.hear();
        hearing.check(&tsids, &remark).map_err(|error| refused(&error))?;
        self.log_each(Right::Judge.name(), &tsids, &in_words(&remark))?;
        hearing.say(&tsids, &remark).map_err(|error| refused(&error))
    }

    /// Whoever shall look at sessions is an operator, and may see them.
    fn check_assignee(&self, name: &Untrusted, tsids: &BTreeSet<Tsid>) -> Result<(), Failure> {
        let known = std::str::from_utf8(name.as_bytes()).ok().and_then(|name| name.parse().ok());
        let Some(assignee) = known.and_then(|name| self.operators.by_name(&name)) else {
            let names: Vec<&str> = self.operators.names().take(NAMES_MAX).collect();
            let text =
                format!("no operator is called {}; there are {}", name.escaped(), names.join(", "));
            return Err(failure(Cause::Malformed, &text));
        };
        for tsid in tsids {
            let row = self.catalog.row(*tsid).map_err(unreadable)?;
            if !row.is_some_and(|row| assignee.may_see(&row)) {
                let text = format!("{} may not see session {tsid}", assignee.name);
                return Err(failure(Cause::Malformed, &text));
            }
        }
        Ok(())
    }

    fn log_each<'a>(
        &self,
        action: &str,
        tsids: impl IntoIterator<Item = &'a Tsid>,
        detail: &str,
    ) -> Result<(), Failure> {
        let tsids: Vec<_> = tsids.into_iter().copied().map(Some).collect();
        let written = self.access.record_all(&self.operator, &self.from, action, &tsids, detail);
        written.map_err(|error| super::gate::unwritten(&error))
    }
}

fn refused(error: &JudgeError) -> Failure {
    if let JudgeError::Refused { .. } = error {
        return failure(Cause::Malformed, &error.to_string());
    }
    tracing::error!("ALARM: a judgement could not be kept: {error}");
    let text = match error {
        JudgeError::Refused { .. } | JudgeError::Unsaid(_) => {
            "the server cannot write what you say, so nothing is said; its log says why".to_owned()
        }
        JudgeError::Partly { said, wanted, .. } => format!(
            "the server could write it beside {said} of {wanted} sessions only; its log says why"
        ),
        JudgeError::Uncounted(_) => {
            "it is kept beside the sessions, but lists do not show it yet; the server's log says why"
                .to_owned()
        }
    };
    failure(Cause::Storage, &text)
}

/// For the access log; all of it stands in the remark itself.
fn in_words(remark: &Remark) -> String {
    let short = |text: &Untrusted| {
        let escaped = text.escaped().to_string();
        escaped.chars().take(TEXT_CHARS_MAX).collect::<String>()
    };
    let said = match &remark.kind {
        RemarkKind::Verdict { verdict: Some(verdict), why } => format!("{verdict}: {}", short(why)),
        RemarkKind::Verdict { verdict: None, why } => format!("no verdict: {}", short(why)),
        RemarkKind::Note { text, .. } => format!("note: {}", short(text)),
        RemarkKind::Tag { tag } => format!("tag {}", short(tag)),
        RemarkKind::Untag { tag } => format!("untag {}", short(tag)),
        RemarkKind::Assign { to: Some(to) } => format!("assign to {}", short(to)),
        RemarkKind::Assign { to: None } => "assign to nobody".to_owned(),
        RemarkKind::TakeBack { taken } => format!("take back act {taken}"),
        RemarkKind::Unknown => "something unknown".to_owned(),
    };
    format!("act {}: {said}", remark.act)
}

const TEXT_CHARS_MAX: usize = 100;
/// So many operators are named.
const NAMES_MAX: usize = 50;
