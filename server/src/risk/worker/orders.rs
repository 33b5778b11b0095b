//! What comes of findings at once: orders that rules give, and lines that wait for the rules' word.

use std::time::Duration;

use sudolog_core::risk::{Act, Finding, Source};
use sudolog_core::session::Tsid;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Checked, OrderKind};

use super::super::WHO;
use super::super::tail::Tail;
use super::Worker;

impl Worker {
    /// Lines that were entered wait for this, where a rule may stop them. One that freezes the session
    /// waits until it is frozen.
    pub(super) fn answer(&self, tsid: Tsid, tail: &mut Tail, fresh: &[Finding]) {
        let Some(mut checked) = tail.checked() else { return };
        let Some(session) = self.recorder.registry().by_tsid(tsid) else { return };
        let entered = checked.seq;
        let rule_that = |act: Act| {
            let is = |finding: &&Finding| {
                let rule = self.law.rules().get(&finding.rule);
                let acts = rule.is_some_and(|rule| rule.act() == act);
                acts && finding.source == Source::Typed && finding.seq == entered
            };
            fresh.iter().find(is).map(|finding| Untrusted::from(finding.rule.as_str()))
        };
        checked.rule = rule_that(Act::Reject);
        if checked.rule.is_some() || rule_that(Act::Freeze).is_none() {
            session.check(checked);
        }
    }

    /// Other rules are in force: where none may stop a line, none waits any more. Otherwise each session is
    /// told when they look at it, and what is entered until then waits.
    pub(super) fn release_lines(&self) {
        if self.law.rules().may_stop_lines() {
            return;
        }
        for tsid in self.running.keys() {
            if let Some(session) = self.recorder.registry().by_tsid(*tsid) {
                session.check(Checked::default());
            }
        }
    }

    /// Does what rules order of a session that began before they looked at it, as far as it is fresh:
    /// what was ordered long ago is not ordered again because a server starts anew, and nothing is
    /// because other rules come into force. When something happened to it cannot be told any more.
    pub(super) fn catch_up(&mut self, tsid: Tsid, more: bool) {
        let (Some(tail), Some(last)) = (self.running.get(&tsid), self.overtaken.get(&tsid)) else {
            return;
        };
        if more && tail.seq() < *last {
            return;
        }
        let last = *last;
        self.overtaken.remove(&tsid);
        if let Some(before) = self.earlier.forget(tsid)
            && let Err(error) = self.look_at_level_once(tsid, before)
        {
            tracing::error!("session {tsid}: it is not told how risky it is: {error}");
        }
        let Some(tail) = self.running.get(&tsid) else { return };
        // What came behind it was done at once.
        for finding in tail.findings().iter().filter(|finding| finding.seq <= last) {
            let age = Duration::from_nanos(tail.elapsed_ns().saturating_sub(finding.elapsed_ns));
            let is_fresh = age <= ACT_WITHIN && finding.source != Source::Event;
            if is_fresh && !tail.was_ordered(&why(finding), finding.seq) {
                self.act(tsid, finding);
            }
        }
    }

    /// Does what the rule orders that found something.
    pub(super) fn act(&self, tsid: Tsid, finding: &Finding) {
        let kind = match self.law.rules().get(&finding.rule).map(|rule| rule.act()) {
            Some(Act::Freeze) => OrderKind::Freeze,
            Some(Act::Reject) => OrderKind::Terminate,
            Some(Act::Notify) | None => return,
        };
        let why = why(finding);
        tracing::warn!("SECURITY: session {tsid}: {kind:?} by {}", why.escaped());
        // It is carried out when it is durable; the rules do not wait for the disk.
        drop(self.recorder.order(tsid, kind, WHO, &why));
    }
}

/// The reason of what a rule orders.
fn why(finding: &Finding) -> Untrusted {
    format!("rule {}", finding.rule).as_str().into()
}

/// What a rule orders is done when it was found so soon.
const ACT_WITHIN: Duration = Duration::from_secs(10);
