//! A session before its command runs: asked for, and not yet allowed.
//!
//! Invariant: [`Step::Ready`] comes only when the server has opened the session and its cgroup
//! exists. Everything else ends in a refusal with one sentence for the user, in good time.

use std::sync::Arc;
use std::time::Instant;

use sudolog_core::limits::{START_ANSWER_WAIT, START_LINK_WAIT};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Denied, DenyCode, Opened};

use super::link::{Link, Outage};

/// One start.
#[derive(Debug)]
pub struct Opening {
    asked_at: Instant,
    /// Failed tries of the outage in which the start began: only a later one counts against it.
    failures_before: u32,
    /// Why there was no link when last looked at.
    why: Arc<str>,
    /// The connection over which OPEN went.
    sent_over: Option<u64>,
    opened: Option<Opened>,
    group: Option<Option<Untrusted>>,
}

/// What happens to a start.
#[derive(Debug)]
pub enum Input {
    /// The link changed, or is as it is.
    Link(Link),
    /// The server opened the session.
    Opened(Opened),
    /// The server refused it.
    Denied(Denied),
    /// The session's cgroup exists; `None` where the host runs without.
    Group(Option<Untrusted>),
    /// The session's cgroup could not be made.
    NoGroup(String),
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait.
    Wait,
    /// Send OPEN over the connection of that number.
    Ask(u64),
    /// Tell the plugin no.
    Refuse(Denied),
    /// Tell the plugin yes; the session runs over the connection of that number.
    Ready(Opened, u64),
}

impl Opening {
    /// A start that was asked for now.
    pub fn new(now: Instant, link: &Link) -> Self {
        let (failures_before, why) = match link {
            Link::Up(_) => (0, CUT.into()),
            Link::Down(outage) => (outage.failures, outage.why.clone()),
        };
        Self { asked_at: now, failures_before, why, sent_over: None, opened: None, group: None }
    }

    /// Takes an input and says what follows from it.
    pub fn handle(&mut self, now: Instant, input: Input) -> Step {
        match input {
            Input::Link(link) => return self.link(now, &link),
            Input::Opened(opened) => self.opened = Some(opened),
            Input::Group(path) => self.group = Some(path),
            Input::Denied(denied) => return Step::Refuse(denied),
            Input::NoGroup(why) => return refuse(DenyCode::Storage, no_group(&why)),
            Input::Tick => {}
        }
        self.ready().unwrap_or_else(|| self.late(now))
    }

    /// The server has opened the session.
    pub fn is_opened(&self) -> bool {
        self.opened.is_some()
    }

    /// When to tick.
    pub fn next_wake(&self) -> Instant {
        let wait = if self.sent_over.is_some() { START_ANSWER_WAIT } else { START_LINK_WAIT };
        self.asked_at + wait
    }

    fn link(&mut self, now: Instant, link: &Link) -> Step {
        if let Link::Down(outage) = link {
            self.why = outage.why.clone();
        }
        match (link, self.sent_over) {
            (Link::Up(connection), None) => {
                self.sent_over = Some(*connection);
                Step::Ask(*connection)
            }
            (Link::Up(connection), Some(sent)) if *connection == sent => Step::Wait,
            (Link::Down(outage), None) if !self.is_hopeless(now, outage) => Step::Wait,
            (Link::Down(_), _) => refuse(DenyCode::Unreachable, unreachable(&self.why)),
            (Link::Up(_), Some(_)) => refuse(DenyCode::Unreachable, unreachable(CUT)),
        }
    }

    /// A server that has been away for long and was tried in vain for this very start will not be
    /// back in a moment, so the user need not wait.
    fn is_hopeless(&self, now: Instant, outage: &Outage) -> bool {
        let tried = outage.failures > self.failures_before;
        now >= self.next_wake() || (tried && now >= outage.since + START_LINK_WAIT)
    }

    fn ready(&mut self) -> Option<Step> {
        let (mut opened, cgroup, sent) =
            (self.opened.clone()?, self.group.clone()?, self.sent_over?);
        opened.cgroup = cgroup;
        Some(Step::Ready(opened, sent))
    }

    fn late(&self, now: Instant) -> Step {
        if now < self.next_wake() {
            return Step::Wait;
        }
        match (self.sent_over, &self.opened) {
            (None, _) => refuse(DenyCode::Unreachable, unreachable(&self.why)),
            (Some(_), None) => refuse(DenyCode::Unreachable, unreachable("it is too slow")),
            (Some(_), Some(_)) => refuse(DenyCode::Storage, no_group("it takes too long")),
        }
    }
}

fn refuse(code: DenyCode, text: String) -> Step {
    Step::Refuse(Denied { code, text: text.into() })
}

fn unreachable(why: &str) -> String {
    format!(
        "the log server cannot be reached ({why}), so the command was not run; try again, or ask \
         whoever runs the log server"
    )
}

fn no_group(why: &str) -> String {
    format!(
        "the session's cgroup cannot be made ({why}), so the command was not run; see the log of \
         sudolog-shipper"
    )
}

const CUT: &str = "the connection was cut while the session started";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sudolog_core::session::SessionId;

    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn down(since: Instant, failures: u32) -> Link {
        Link::Down(Outage { heard_at: since, since, failures, why: "h:1: refused".into() })
    }

    fn opened() -> Opened {
        Opened {
            session_id: SessionId::from_bytes([1; 16]),
            tsid: "000001".parse().unwrap(),
            cgroup: Some("/from/the/network".into()),
            parent: None,
            wait: false,
        }
    }

    fn sentence(step: Step) -> String {
        match step {
            Step::Refuse(denied) => denied.text.escaped().to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn server_and_cgroup_in_either_order() {
        let t = Instant::now();
        for group_first in [true, false] {
            let mut start = Opening::new(t, &Link::Up(3));
            assert_eq!(start.handle(t, Input::Link(Link::Up(3))), Step::Ask(3));
            let mut inputs = vec![Input::Opened(opened()), Input::Group(Some("/cg".into()))];
            if group_first {
                inputs.reverse();
            }
            let second = inputs.pop().unwrap();
            assert_eq!(start.handle(t, inputs.pop().unwrap()), Step::Wait);
            let want = Opened { cgroup: Some("/cg".into()), ..opened() };
            assert_eq!(start.handle(t, second), Step::Ready(want, 3));
        }
    }

    #[test]
    fn a_short_outage_is_waited_out() {
        let t = Instant::now();
        let mut start = Opening::new(t, &down(t, 0));
        assert_eq!(start.handle(t, Input::Link(down(t, 0))), Step::Wait);
        assert_eq!(start.handle(t + MS(500), Input::Link(down(t, 4))), Step::Wait);
        assert_eq!(start.handle(t + MS(900), Input::Link(Link::Up(1))), Step::Ask(1));
    }

    #[test]
    fn a_long_outage_is_refused_after_one_more_try() {
        let t = Instant::now();
        let later = t + MS(60_000);
        let mut start = Opening::new(later, &down(t, 40));
        assert_eq!(start.handle(later, Input::Link(down(t, 40))), Step::Wait);
        let text = sentence(start.handle(later + MS(5), Input::Link(down(t, 41))));
        assert!(text.contains("h:1: refused") && text.contains("not run"), "{text}");
    }

    #[test]
    fn every_wait_ends() {
        let t = Instant::now();
        let mut start = Opening::new(t, &down(t, 0));
        assert_eq!(start.handle(t + MS(1_999), Input::Tick), Step::Wait);
        assert!(sentence(start.handle(t + MS(2_000), Input::Tick)).contains("h:1: refused"));

        let mut start = Opening::new(t, &Link::Up(1));
        start.handle(t, Input::Link(Link::Up(1)));
        assert_eq!(start.handle(t + MS(4_499), Input::Tick), Step::Wait);
        assert!(sentence(start.handle(t + MS(4_500), Input::Tick)).contains("too slow"));
        start.handle(t, Input::Opened(opened()));
        assert!(sentence(start.handle(t + MS(4_500), Input::Tick)).contains("cgroup"));
    }

    #[test]
    fn a_cut_after_open_is_a_refusal() {
        let t = Instant::now();
        for link in [down(t, 0), Link::Up(2)] {
            let mut start = Opening::new(t, &Link::Up(1));
            start.handle(t, Input::Link(Link::Up(1)));
            sentence(start.handle(t, Input::Link(link)));
        }
    }

    #[test]
    fn refusals_pass_through() {
        let t = Instant::now();
        let mut start = Opening::new(t, &Link::Up(1));
        let denied = Denied { code: DenyCode::Identity, text: "wrong host".into() };
        assert_eq!(start.handle(t, Input::Denied(denied.clone())), Step::Refuse(denied));
        assert!(sentence(start.handle(t, Input::NoGroup("EROFS".into()))).contains("EROFS"));
    }
}
