//! The `risk` file: what the rules made of the session, one JSON line each, the last one in force.

use crate::limits::FINDINGS_MAX;
use crate::wire::message::Assessment;

/// The line of one assessment, with its newline.
pub fn encode_assessment(assessment: &Assessment) -> Vec<u8> {
    // An assessment has no part that cannot be JSON.
    let mut line = serde_json::to_vec(assessment).unwrap_or_default();
    line.push(b'\n');
    line
}

/// The last assessments of a file, the one in force first. Lines that are none are passed over, also
/// the part of a line with which a piece of a file begins; further findings than there may be are
/// counted only.
pub fn parse_assessments(content: &[u8], most: usize) -> Vec<Assessment> {
    let lines = content.rsplit(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let assessments = lines.filter_map(|line| serde_json::from_slice(line).ok());
    let bounded = |mut assessment: Assessment| {
        let surplus = assessment.findings.len().saturating_sub(FINDINGS_MAX);
        assessment.findings.truncate(FINDINGS_MAX);
        assessment.left_out = assessment.left_out.saturating_add(surplus as u64);
        assessment
    };
    assessments.take(most).map(bounded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::{Category, Finding, Score, Source};
    use proptest::prelude::*;

    fn assessment(seq: u64, findings: usize) -> Assessment {
        let finding = Finding {
            rule: "r".into(),
            category: Category::Tamper,
            points: 7,
            source: Source::Typed,
            seq: 1,
            elapsed_ns: 2,
            text: "\n\x1b[2J".into(),
        };
        let risk = Score::capped(7);
        Assessment { seq, risk, findings: vec![finding; findings], ..Assessment::default() }
    }

    #[test]
    fn the_last_line_is_in_force_and_a_torn_one_is_none() {
        let all = [assessment(1, 0), assessment(2, 1), assessment(3, 2)];
        let mut content: Vec<u8> = all.iter().flat_map(encode_assessment).collect();
        content.extend(&encode_assessment(&assessment(4, 1))[..30]);
        let seqs: Vec<u64> = parse_assessments(&content, 2).iter().map(|a| a.seq).collect();
        assert_eq!(seqs, [3, 2]);
        assert_eq!(parse_assessments(&content[5..], 9).len(), 2, "its first line is a part of one");
        let score = r#"{"rules":"","at":{"seconds":0,"nanoseconds":0},"seq":1,"risk":101}"#;
        assert_eq!(parse_assessments(score.as_bytes(), 9), []);
    }

    #[test]
    fn more_findings_than_there_may_be_are_counted() {
        let many = encode_assessment(&assessment(1, FINDINGS_MAX + 3));
        let read = parse_assessments(&many, 1);
        assert_eq!((read[0].findings.len(), read[0].left_out), (FINDINGS_MAX, 3));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(content: Vec<u8>) {
            parse_assessments(&content, 8);
        }
    }
}
