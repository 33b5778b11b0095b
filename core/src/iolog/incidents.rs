//! The `incidents` file: what happened to the session from outside, one JSON line each.

use crate::limits::INCIDENTS_MAX;
use crate::session::{Incident, IncidentSort};

/// The line of one incident, with its newline.
pub fn encode_incident(incident: &Incident) -> Vec<u8> {
    // An incident has no part that cannot be JSON.
    let mut line = serde_json::to_vec(incident).unwrap_or_default();
    line.push(b'\n');
    line
}

/// The incidents of a file in their order, [`INCIDENTS_MAX`] of each sort and all orders: whoever causes a flood of one
/// sort hides none of another. Lines that are none are passed over: what they would say is beside the
/// recording, not in it. When lines are added, more is given at the end and the rest stays.
pub fn parse_incidents(content: &[u8]) -> Vec<Incident> {
    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut counted = Counted::default();
    let all = lines.filter_map(|line| serde_json::from_slice(line).ok());
    all.filter(|incident: &Incident| counted.takes(incident.kind.sort())).collect()
}

/// How many of each sort came.
#[derive(Default)]
struct Counted {
    caused: usize,
    suffered: usize,
    doubted: usize,
    witnessed: usize,
    remarked: usize,
}

impl Counted {
    /// True when there is room for one more.
    fn takes(&mut self, sort: IncidentSort) -> bool {
        let count = match sort {
            IncidentSort::Caused => &mut self.caused,
            IncidentSort::Suffered => &mut self.suffered,
            IncidentSort::Doubted => &mut self.doubted,
            IncidentSort::Witnessed => &mut self.witnessed,
            IncidentSort::Remarked => &mut self.remarked,
            IncidentSort::Ordered => return true,
        };
        *count += 1;
        *count <= INCIDENTS_MAX
    }
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

    #[test]
    fn a_flood_of_one_sort_hides_no_other_and_no_order() {
        let at = Timestamp::from_nanos(5);
        let line = |(after_seq, kind): (usize, IncidentKind)| {
            let (after_seq, text) = (after_seq as u64, "x".into());
            encode_incident(&Incident { at, after_seq, kind, who: None, text })
        };
        let flood = |kind| (0..3 * INCIDENTS_MAX).map(move |seq| (seq, kind));
        let mut content: Vec<u8> = flood(IncidentKind::Escape).flat_map(line).collect();
        let behind = [
            IncidentKind::Other,
            IncidentKind::BadAck,
            IncidentKind::Unchecked,
            IncidentKind::AuditTampered,
            IncidentKind::Frozen,
            IncidentKind::Escape,
            IncidentKind::OrderTerminate,
        ];
        content.extend(behind.into_iter().enumerate().flat_map(line));
        let kinds = |content: &[u8]| {
            let all = parse_incidents(content);
            all.into_iter().map(|incident| incident.kind).collect::<Vec<_>>()
        };
        let read = kinds(&content);
        assert_eq!(read[..INCIDENTS_MAX], [IncidentKind::Escape; INCIDENTS_MAX]);
        let others = behind.into_iter().filter(|kind| *kind != IncidentKind::Escape);
        assert!(read[INCIDENTS_MAX..].iter().copied().eq(others), "{:?}", &read[INCIDENTS_MAX..]);
        content.extend(flood(IncidentKind::OrderThaw).flat_map(line));
        let more = kinds(&content);
        assert!(more.starts_with(&read) && more.len() == read.len() + 3 * INCIDENTS_MAX);
    }
}
