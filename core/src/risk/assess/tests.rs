//! What is found in sessions, what it counts, and what it costs.

use bytes::Bytes;

use super::*;
use crate::limits::{FINDING_TEXT_BYTES_MAX, FINDINGS_MAX};
use crate::time::Timestamp;
use crate::untrusted::Untrusted;

/// A session that is put together by hand.
pub(super) struct Session {
    pub(super) assessor: Assessor,
    seq: u64,
}

impl Session {
    pub(super) fn new(rules: &Arc<Rules>, argv: &[&str]) -> Self {
        Self::of(rules, argv, "alice", Circumstances::default())
    }

    fn of(rules: &Arc<Rules>, argv: &[&str], user: &str, circumstances: Circumstances) -> Self {
        let (user, root): (Untrusted, Untrusted) = (user.into(), "root".into());
        let argv: Vec<Untrusted> = argv.iter().map(|text| (*text).into()).collect();
        let who = Who {
            user: &user,
            host: b"web1",
            run_user: &root,
            run_uid: Some(0),
            command: &argv[0],
            argv: &argv,
            tty: Some(&root),
            lines: 24,
            columns: 80,
        };
        Self { assessor: Assessor::new(Arc::clone(rules), &who, circumstances), seq: 0 }
    }

    pub(super) fn event(&mut self, delay_ms: u64, kind: EventKind, data: &[u8]) -> &mut Self {
        self.seq += 1;
        let data = Bytes::copy_from_slice(data);
        let event = Event::new(self.seq, delay_ms * 1_000_000, kind, data).unwrap();
        self.assessor.push(&event);
        self
    }

    fn shows(&mut self, text: &str) -> &mut Self {
        self.event(1, EventKind::Ttyout, text.as_bytes())
    }

    fn types(&mut self, text: &str) -> &mut Self {
        self.event(50, EventKind::Ttyin, text.as_bytes())
    }

    /// Types a command at a prompt, echoed.
    fn runs(&mut self, command: &str) -> &mut Self {
        self.shows("[root@web1 /tmp/x]# ").types(command).shows(command).types("\r").shows("\r\n")
    }

    fn found(&mut self) -> Vec<(String, Source)> {
        let findings = self.assessor.take_findings();
        findings.into_iter().map(|finding| (finding.rule, finding.source)).collect()
    }

    fn happens(&mut self, kind: IncidentKind) -> &mut Self {
        let at = Timestamp { seconds: 1, nanoseconds: 0 };
        let text = Untrusted::default();
        self.assessor.happened(&Incident { at, after_seq: 0, kind, who: None, text });
        self
    }
}

pub(super) fn built_in() -> Arc<Rules> {
    Arc::new(Rules::built_in())
}

pub(super) fn rules(list: &str) -> Arc<Rules> {
    Arc::new(Rules::parse(format!("version: 1\nrules:\n{list}\n").as_bytes()).unwrap())
}

fn pairs(list: &[(&str, Source)]) -> Vec<(String, Source)> {
    list.iter().map(|(rule, source)| ((*rule).to_owned(), *source)).collect()
}

#[test]
fn any_thread_may_score() {
    fn is_sent<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    is_sent::<Assessor>();
    is_shared::<Rules>();
}

#[test]
fn the_command_of_sudo_is_looked_at() {
    let rules = built_in();
    let mut session = Session::new(&rules, &["/usr/bin/rm", "-rf", "/var/log/auth.log"]);
    assert_eq!(session.found(), pairs(&[("log-delete", Source::Command)]));
    let finding = &session.assessor.findings()[0];
    assert_eq!((finding.points, finding.seq, finding.elapsed_ns), (70, 0, 0));
    assert_eq!(finding.text, "/usr/bin/rm -rf /var/log/auth.log".into());
    assert_eq!(session.assessor.score().points(), 70);
    assert_eq!(session.assessor.anomalies(), [Anomaly::HighRisk]);

    let mut shell = Session::new(&rules, &["/bin/bash", "-c", "rm\\ -rf\\ \\/etc"]);
    assert_eq!(
        shell.found(),
        pairs(&[("rm-root", Source::Command), ("root-shell", Source::Command)])
    );
    assert_eq!(shell.assessor.anomalies(), [Anomaly::HighRisk, Anomaly::RootShell]);
    let mut script = Session::new(&rules, &["/bin/true", "cd /\nvisudo"]);
    assert_eq!(script.found(), pairs(&[("sudoers-edit", Source::Command)]));
}

#[test]
fn lines_that_are_entered_are_looked_at_without_their_prompt() {
    let rules = built_in();
    let mut session = Session::new(&rules, &["/bin/bash"]);
    session.found();
    session.runs("ls /etc").runs("/tmp/x").runs("cat /etc/shadow").runs("cat /etc/shadow");
    assert_eq!(
        session.found(),
        pairs(&[("exec-from-tmp", Source::Typed), ("shadow-touch", Source::Typed)])
    );
    let texts: Vec<_> = session.assessor.findings().iter().map(|f| f.text.clone()).collect();
    assert_eq!(texts, ["bash".into(), "/tmp/x".into(), "cat /etc/shadow".into()]);
    // 20 for the shell, 45 for what was run and 55 for what was read.
    assert_eq!(session.assessor.score(), Score::MAX);
    assert_eq!(session.assessor.findings()[1].seq, 9);
}

#[test]
fn line_editing_and_continued_lines_are_understood() {
    let rules = built_in();
    let mut session = Session::new(&rules, &["/bin/true"]);
    session.shows("# ").types("rm -fx\x7fr /etc\r").shows("rm -fx\x08r /etc\r\n");
    session.shows("# ").types("cat \\\r").shows("cat \\\r\n> ");
    session.types("/etc/shadow\r").shows("/etc/shadow\r\n");
    assert_eq!(
        session.found(),
        pairs(&[("rm-root", Source::Typed), ("shadow-touch", Source::Typed)])
    );
}

#[test]
fn what_was_not_echoed_is_never_told() {
    let rules = rules("  - {id: a, cat: shell, score: 1, on: typed, re: '.'}");
    let mut session = Session::new(&rules, &["/bin/sh"]);
    session.shows("Password: ").types("Hunt3r2").types("\r").shows("\r\nSorry\r\n");
    assert!(session.found().is_empty());
    session.types("x").types("Hunt3r2\r").shows("x\r\n");
    session.assessor.end(Ending::incomplete());
    let told = format!("{:?}", session.assessor.findings());
    assert!(told.contains("\"x\"") && !told.contains("Hunt3r2"), "{told}");
}

#[test]
fn what_is_piped_into_a_shell_is_a_command() {
    let rules = built_in();
    let mut shell = Session::new(&rules, &["/bin/sh"]);
    shell.found();
    shell.event(1, EventKind::Stdin, b"cd /\nvis").event(1, EventKind::Stdin, b"udo\n");
    assert_eq!(shell.found(), pairs(&[("sudoers-edit", Source::Typed)]));
    let mut slow = Session::new(&rules, &["/bin/sh"]);
    slow.found();
    slow.event(1, EventKind::Stdin, b"rm -rf /").assessor.rest();
    assert_eq!(slow.found(), [], "who knows what follows");
    slow.event(1, EventKind::Stdin, b"tmp/x\nvisudo").assessor.end(Ending::incomplete());
    assert!(slow.found().contains(&("sudoers-edit".to_owned(), Source::Typed)));
    assert!(slow.assessor.findings().iter().all(|finding| finding.rule != "rm-root"));
    let mut other = Session::new(&rules, &["/usr/bin/tee"]);
    other.event(1, EventKind::Stdin, b"visudo\n");
    assert!(other.found().is_empty());
}

#[test]
fn the_best_of_each_category_counts() {
    let rules = rules(
        "  - {id: a, cat: tamper, score: 30, on: cmdline, re: a}
  - {id: b, cat: tamper, score: 20, on: cmdline, re: b}
  - {id: c, cat: shell, score: 15, on: cmdline, re: c, act: freeze}
  - {id: d, cat: recon, score: 90, on: cmdline, re: d, enabled: false}",
    );
    for (command, points) in [("x", 0), ("b", 20), ("ab", 30), ("bc", 35), ("abcd", 45)] {
        let session = Session::new(&rules, &[command]);
        assert_eq!(session.assessor.score().points(), points, "{command}");
        let act = if command.contains('c') { Act::Freeze } else { Act::Notify };
        assert_eq!(session.assessor.act(), act);
    }
    let file = b"version: 1\nsettings: {cap: 25}\nrules:\n  - {id: a, cat: tamper, score: 30, on: cmdline, re: a}";
    let capped = Session::new(&Arc::new(Rules::parse(file).unwrap()), &["a"]);
    assert_eq!(capped.assessor.score().points(), 25);
}

#[test]
fn rules_hold_for_whom_they_say() {
    let rules = rules(
        "  - {id: a, cat: tamper, score: 1, on: cmdline, re: x, users: [al*]}
  - {id: b, cat: tamper, score: 1, on: cmdline, re: x, hosts: [db*]}
  - {id: c, cat: tamper, score: 1, on: cmdline, re: x, runas: [root], not: y}",
    );
    let found =
        |user, command| Session::of(&rules, &[command], user, Circumstances::default()).found();
    assert_eq!(found("alice", "x"), pairs(&[("a", Source::Command), ("c", Source::Command)]));
    assert_eq!(found("bob", "x"), pairs(&[("c", Source::Command)]));
    assert_eq!(found("bob", "xy"), []);
}

#[test]
fn several_different_matches_are_wanted_in_time() {
    let rules = rules(
        "  - {id: a, cat: recon, score: 1, on: cmdline, re: '\\b(id|who|uname)\\b', min_distinct: 3, within_s: 60}",
    );
    let mut session = Session::new(&rules, &["/bin/true"]);
    session.runs("id").runs("id").runs("who; id");
    assert!(session.found().is_empty());
    session.event(61_000, EventKind::Ttyout, b"\r\n").runs("uname");
    assert!(session.found().is_empty(), "too late");
    session.runs("id").runs("who");
    assert_eq!(session.found(), pairs(&[("a", Source::Typed)]));
}

#[test]
fn circumstances_and_the_course_count() {
    let rules = built_in();
    let circumstances =
        Circumstances { after_hours: true, first_seen: true, rejects_before: 3, clock_skew_s: 121 };
    let mut session = Session::of(&rules, &["/bin/true"], "alice", circumstances);
    let meta =
        |list: &[&str]| list.iter().map(|id| ((*id).to_owned(), Source::Meta)).collect::<Vec<_>>();
    assert_eq!(
        session.found(),
        meta(&["clock-skew", "after-hours", "first-seen", "failed-auth-then-ok"])
    );
    session.event(1_801_000, EventKind::Ttyin, b"x");
    for _ in 0..5 {
        session.event(1, EventKind::Ttyin, &[b'x'; 1000]);
    }
    assert_eq!(session.found(), meta(&["long-idle", "paste-large"]));
    for _ in 0..800 {
        session.event(1, EventKind::Stdout, &[b'x'; 64 * 1024]);
    }
    session.assessor.pass(28_801_000_000_000);
    assert_eq!(session.found(), meta(&["bulk-output", "very-long"]));
    session.assessor.end(Ending::incomplete());
    assert_eq!(session.found(), meta(&["incomplete"]));
    use Anomaly::{AfterHours, FirstSeen, HighRisk, Incomplete, VeryLong};
    assert_eq!(
        session.assessor.anomalies(),
        [Incomplete, HighRisk, AfterHours, VeryLong, FirstSeen]
    );
}

#[test]
fn time_that_passes_without_an_event_is_counted_once() {
    let rules = rules(
        "  - {id: idle, cat: context, score: 1, on: meta, when: {idle_s_gt: 100}}
  - {id: long, cat: context, score: 1, on: meta, when: {duration_s_gt: 100}}
  - {id: word, cat: context, score: 1, on: raw, re: xyzzy}",
    );
    let mut session = Session::new(&rules, &["/bin/true"]);
    session.assessor.pass(60_000_000_000);
    session.event(60_000, EventKind::Ttyin, b"x");
    session.assessor.pass(90_000_000_000);
    session.event(30_000, EventKind::Stdout, b"xyzzy\n");
    assert_eq!(session.found(), pairs(&[("word", Source::Raw)]));
    assert_eq!(session.assessor.findings()[0].elapsed_ns, 90_000_000_000);
    session.assessor.pass(101_000_000_000);
    assert_eq!(session.found(), pairs(&[("long", Source::Meta)]));
}

#[test]
fn an_outage_is_no_offence() {
    let rules = built_in();
    let mut session = Session::new(&rules, &["/bin/true"]);
    session.happens(IncidentKind::OrderFreeze).happens(IncidentKind::Frozen);
    session.happens(IncidentKind::Thawed);
    assert!(session.assessor.anomalies().is_empty(), "an operator wanted it");
    session.happens(IncidentKind::Frozen);
    session.assessor.end(Ending { kind: Some(EndKind::FreezeTimeout), run_time_ns: None });
    assert_eq!(session.found(), pairs(&[("network-timeout", Source::Meta)]));
    assert_eq!(
        (session.assessor.score(), session.assessor.anomalies()),
        (Score::NONE, vec![Anomaly::Outage])
    );
}

#[test]
fn what_happens_to_a_session_counts_once() {
    let rules = built_in();
    let mut session = Session::new(&rules, &["/bin/true"]);
    session
        .happens(IncidentKind::Escape)
        .happens(IncidentKind::Escape)
        .happens(IncidentKind::BadAck);
    session.assessor.occurred(Happening::Unrecorded, b"/bin/ls");
    session.shows("\x1b]52;c;eA==\x07");
    let event = |id| (id, Source::Event);
    assert_eq!(
        session.found(),
        pairs(&["freeze-tamper", "wrong-ack", "unrecorded", "terminal-attack"].map(event))
    );
    use Anomaly::{Escape, HighRisk, Unrecorded, WrongAck};
    assert_eq!(session.assessor.anomalies(), [HighRisk, Escape, WrongAck, Unrecorded]);
    assert_eq!(session.assessor.findings()[2].text, "/bin/ls".into());
}

#[test]
fn what_nobody_recorded_or_looked_at_has_its_score() {
    use IncidentKind::{AuditTampered, Divergence, OtherRoot, PolicyReplaced, SeqGap};
    use IncidentKind::{Unchecked, Unrecorded, Unwitnessed};
    for (kind, rule, points, anomaly) in [
        (Unrecorded, "unrecorded", 90, Some(Anomaly::Unrecorded)),
        (PolicyReplaced, "policy-replaced", 95, Some(Anomaly::Unrecorded)),
        (OtherRoot, "other-root", 60, Some(Anomaly::Unrecorded)),
        (Unwitnessed, "unwitnessed", 20, None),
        (AuditTampered, "audit-tampered", 70, None),
        (Divergence, "divergence", 90, Some(Anomaly::Divergence)),
        (SeqGap, "seq-gap", 70, Some(Anomaly::SeqGap)),
        (Unchecked, "unchecked", 30, Some(Anomaly::Unchecked)),
    ] {
        let mut session = Session::new(&built_in(), &["/bin/true"]);
        session.happens(kind).happens(kind);
        assert_eq!(session.found(), pairs(&[(rule, Source::Event)]));
        assert_eq!(session.assessor.score().points(), points);
        let mut anomalies = session.assessor.anomalies();
        anomalies.retain(|anomaly| *anomaly != Anomaly::HighRisk);
        assert_eq!(anomalies, Vec::from_iter(anomaly));
    }
}

#[test]
fn clocks_that_differ_count_as_far_as_they_do() {
    let mut session = Session::new(&built_in(), &["/bin/true"]);
    session.assessor.clocks_differ(120);
    assert_eq!(session.found(), []);
    session.assessor.clocks_differ(121);
    session.assessor.clocks_differ(3);
    assert_eq!(session.found(), pairs(&[("clock-skew", Source::Meta)]));
}

#[test]
fn shown_and_raw_lines_are_looked_at() {
    let rules = rules(
        "  - {id: shown, cat: exfil, score: 9, on: output, re: '^MySecret$'}
  - {id: raw, cat: exfil, score: 9, on: raw, re: 'My.*Secret'}",
    );
    let mut session = Session::new(&rules, &["/bin/true"]);
    session.shows("My").shows("\x1b[1mSec").shows("ret\r\n");
    session.assessor.rest();
    assert_eq!(session.found(), pairs(&[("raw", Source::Raw), ("shown", Source::Shown)]));
    let moments: Vec<_> = session.assessor.findings().iter().map(|f| f.seq).collect();
    assert_eq!(moments, [3, 3]);
    let mut unfinished = Session::new(&rules, &["/bin/true"]);
    unfinished.shows("My").shows("Secret");
    assert_eq!(unfinished.found(), []);
    unfinished.assessor.rest();
    assert_eq!(unfinished.found().len(), 2);
}

#[test]
fn a_resting_session_takes_little_and_goes_on() {
    let rules = built_in();
    let mut session = Session::new(&rules, &["/bin/bash"]);
    for line in 0..200 {
        session.shows(&format!("\x1b[3{}mline {line} of many\x1b[m\r\n", line % 8));
    }
    session.shows("# ").types("cat /etc").shows("cat /etc");
    session.assessor.sleep();
    assert!(session.assessor.bytes() < 16 * 1024, "{}", session.assessor.bytes());
    session.types("/shadow\r").shows("/shadow\r\n");
    assert_eq!(session.found().pop(), Some(("shadow-touch".to_owned(), Source::Typed)));
}

#[test]
fn hostile_text_takes_linear_time() {
    let slow = rules(
        "  - {id: a, cat: shell, score: 1, on: cmdline, re: 'a*a*a*a*a*b'}
  - {id: b, cat: shell, score: 1, on: raw, re: '(a|a?)+b', min_distinct: 9}",
    );
    let long = "a".repeat(1024 * 1024);
    for rules in [slow, built_in()] {
        let began = std::time::Instant::now();
        let mut session = Session::new(&rules, &["/bin/sh", &long]);
        for piece in long.as_bytes().chunks(64 * 1024) {
            session.event(0, EventKind::Ttyout, piece).event(0, EventKind::Stdin, piece);
        }
        session.assessor.end(Ending::incomplete());
        // Milliseconds as a rule; what backtracks would take years.
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    }
}

#[test]
fn hostile_sessions_take_bounded_memory() {
    let list: String = (0..500)
        .map(|n| {
            let on = ["cmdline", "typed", "output", "raw"][n % 4];
            format!(
                "  - {{id: r{n}, cat: shell, score: {}, on: {on}, re: 'x.', min_distinct: 2}}\n",
                n % 100
            )
        })
        .collect();
    let mut session = Session::new(&rules(&list), &["/bin/bash"]);
    for n in 0..3_000_u32 {
        session.event(0, EventKind::Ttyin, format!("x{n}\r").as_bytes());
        session.event(0, EventKind::Ttyout, &format!("x{n} xa xb xc").into_bytes().repeat(20));
        session.event(0, EventKind::Stdin, b"x1 x2 x3");
    }
    session.assessor.end(Ending::incomplete());
    let findings = session.assessor.findings();
    assert_eq!(findings.len(), FINDINGS_MAX);
    assert!(findings.iter().all(|f| f.points >= 50 && f.text.len() <= FINDING_TEXT_BYTES_MAX));
    assert!(session.assessor.take_findings().len() <= FINDINGS_MAX);
    assert!(session.assessor.bytes() < 1024 * 1024, "{}", session.assessor.bytes());
}
