//! The `acks` file: the server's signed checkpoints beside the recording, one JSON line each.

use crate::ack::SignedAck;

/// The line of one checkpoint, with its newline.
pub fn encode_ack(ack: &SignedAck) -> Vec<u8> {
    // A checkpoint has no part that cannot be JSON.
    let mut line = serde_json::to_vec(ack).unwrap_or_default();
    line.push(b'\n');
    line
}

/// All checkpoints of a file in their order, and the number of the first line that is none. A last
/// line without its newline was torn by a crash and is passed over.
pub fn parse_acks(content: &[u8]) -> (Vec<SignedAck>, Option<usize>) {
    let mut acks = Vec::new();
    let whole = content.iter().rposition(|b| *b == b'\n').map_or(0, |end| end + 1);
    let lines = content.get(..whole).unwrap_or_default().split_inclusive(|b| *b == b'\n');
    for (index, line) in lines.enumerate() {
        match serde_json::from_slice(line) {
            Ok(ack) => acks.push(ack),
            Err(_) => return (acks, Some(index + 1)),
        }
    }
    (acks, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ack::{AckSigner, Chain};
    use crate::session::SessionId;

    #[test]
    fn lines_round_trip_and_a_torn_one_is_passed_over() {
        let signer = AckSigner::from_seed(&[1; 32]);
        let make = |seq| {
            SignedAck::sign(
                &signer,
                SessionId::from_bytes([1; 16]),
                seq,
                9,
                Chain::from_bytes([2; 32]),
            )
        };
        let mut file = [encode_ack(&make(1)), encode_ack(&make(2))].concat();
        assert_eq!(parse_acks(&file), (vec![make(1), make(2)], None));
        file.extend_from_slice(&encode_ack(&make(3))[..50]);
        assert_eq!(parse_acks(&file).0.len(), 2);
        file.extend_from_slice(b"\n");
        assert_eq!(parse_acks(&file).1, Some(3));
    }
}
