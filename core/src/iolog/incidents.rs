//! The `incidents` file: what happened to the session from outside, one JSON line each.

use crate::limits::INCIDENTS_MAX;
use crate::session::Incident;

/// The line of one incident, with its newline.
pub fn encode_incident(incident: &Incident) -> Vec<u8> {
    // An incident has no part that cannot be JSON.
    let mut line = serde_json::to_vec(incident).unwrap_or_default();
    line.push(b'\n');
    line
}

/// All incidents of a file in their order. Lines that are none are passed over: what they would say is
/// beside the recording, not in it.
pub fn parse_incidents(content: &[u8]) -> Vec<Incident> {
    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter_map(|line| serde_json::from_slice(line).ok()).take(INCIDENTS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::IncidentKind;
    use crate::time::Timestamp;

    #[test]
    fn what_is_written_is_read_and_a_torn_line_costs_only_itself() {
        let incident = |seq, kind| Incident {
            at: Timestamp::from_nanos(5),
            after_seq: seq,
            kind,
            who: (seq == 2).then(|| "olga".into()),
            text: "a\n\x1b[31m".into(),
        };
        let all = [incident(1, IncidentKind::Frozen), incident(2, IncidentKind::OrderThaw)];
        let mut content: Vec<u8> = all.iter().flat_map(encode_incident).collect();
        assert_eq!(parse_incidents(&content), all);
        content.splice(3..3, *b"\n");
        assert_eq!(parse_incidents(&content), all[1..]);
        let newer = br#"{"at":{"seconds":1,"nanoseconds":0},"after_seq":1,"kind":"x","y":0}"#;
        assert_eq!(parse_incidents(newer)[0].kind, IncidentKind::Other);
    }
}
