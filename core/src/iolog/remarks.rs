//! The `remarks` file: what operators said of the session, one JSON line each.

use crate::limits::{REMARKS_MAX, SENTENCE_BYTES_MAX};
use crate::triage::{Remark, RemarkKind};

/// The line of one remark, with its newline.
pub fn encode_remark(remark: &Remark) -> Vec<u8> {
    // A remark has no part that cannot be JSON.
    let mut line = serde_json::to_vec(remark).unwrap_or_default();
    line.push(b'\n');
    line
}

/// All remarks of a file in their order. Lines that are none are passed over, and so are those that
/// no server would have taken: whoever changes the file can do no more than take remarks away.
pub fn parse_remarks(content: &[u8]) -> Vec<Remark> {
    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let remarks = lines.filter_map(|line| serde_json::from_slice(line).ok());
    remarks.filter(is_sound).take(REMARKS_MAX).collect()
}

fn is_sound(remark: &Remark) -> bool {
    let known = remark.kind == RemarkKind::Unknown || remark.kind.check().is_ok();
    known && remark.who.len() <= SENTENCE_BYTES_MAX
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::Verdict;
    use crate::untrusted::Untrusted;
    use proptest::prelude::*;

    fn remark(act: u64, kind: RemarkKind) -> Remark {
        Remark { act, at: Default::default(), who: "olga".into(), kind }
    }

    fn note(text: &[u8]) -> RemarkKind {
        RemarkKind::Note { elapsed_ns: 5, text: Untrusted::new(text) }
    }

    #[test]
    fn what_is_written_is_read_whatever_it_says() {
        let verdict = RemarkKind::Verdict { verdict: Some(Verdict::Incident), why: "\n\"}".into() };
        let all = [
            remark(u64::MAX, verdict),
            remark(2, note(b"\xff\x00\x1b]0;x\x07\n{\"act\":9}")),
            remark(3, RemarkKind::Assign { to: Some("a\nb".into()) }),
            remark(4, RemarkKind::TakeBack { taken: 2 }),
        ];
        let content: Vec<u8> = all.iter().flat_map(encode_remark).collect();
        assert_eq!(content.iter().filter(|byte| **byte == b'\n').count(), all.len());
        assert_eq!(parse_remarks(&content), all);
    }

    #[test]
    fn a_torn_or_foreign_line_costs_only_itself() {
        let all = [remark(1, note(b"a")), remark(2, note(b"b")), remark(3, note(b"c"))];
        let mut content = encode_remark(&all[0]);
        content.extend(&encode_remark(&all[1])[..20]);
        content.extend(b"\n[]\n\xff\xfe\n{}\nnull\n");
        content.extend(encode_remark(&all[2]));
        content.extend(b"{\"act\":4,\"at\":");
        assert_eq!(parse_remarks(&content), [all[0].clone(), all[2].clone()]);
    }

    #[test]
    fn what_no_server_would_have_taken_is_not_taken_from_a_file_either() {
        let hostile = [
            remark(1, RemarkKind::Tag { tag: "two words".into() }),
            remark(2, note(&vec![b'x'; SENTENCE_BYTES_MAX + 1])),
            Remark { who: "x".repeat(SENTENCE_BYTES_MAX + 1).into(), ..remark(3, note(b"x")) },
        ];
        let content: Vec<u8> = hostile.iter().flat_map(encode_remark).collect();
        assert_eq!(parse_remarks(&content), []);
        let many = encode_remark(&remark(1, note(b"x"))).repeat(REMARKS_MAX + 5);
        assert_eq!(parse_remarks(&many).len(), REMARKS_MAX);
        let newer = encode_remark(&remark(1, RemarkKind::Unknown));
        assert_eq!(parse_remarks(&newer)[0].kind, RemarkKind::Unknown);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(content: Vec<u8>) {
            parse_remarks(&content);
        }
    }
}
