//! Acknowledgements: signed by the server, verified by shipper, plugin and `sudolog-tui verify`.
//!
//! A [`SignedAck`] is only bytes that claim something. What the state machines take is a
//! [`VerifiedAck`], and the only way to get one is [`SignedAck::verify`].

use serde::{Deserialize, Serialize};

use super::{AckSigner, AckVerifiers, Chain, KeyId};
use crate::session::SessionId;
use crate::untrusted::{decode_hex, encode_hex};

/// An acknowledgement as it comes over the wire or from the `acks` file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedAck {
    /// Everything up to this event is durable; `final seq + 1` covers the end as well.
    pub seq: u64,
    /// The server's wall clock when it signed, nanoseconds since the epoch. Informative.
    pub timestamp_ns: u64,
    /// Which key signed.
    pub key_id: KeyId,
    /// The chain's value at `seq`.
    pub chain: Chain,
    /// ed25519 over [`signed_bytes`](Self::signed_bytes).
    #[serde(with = "hex_signature")]
    pub signature: [u8; 64],
}

/// An acknowledgement that proves nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AckError {
    /// Signed by a key that is not trusted here.
    #[error("acknowledgement signed by the unknown key {0}")]
    UnknownKey(KeyId),
    /// The signature does not fit the content and this session.
    #[error("acknowledgement of event {0} has a wrong signature")]
    Signature(u64),
    /// The chain differs from ours at that event: something else was stored.
    #[error("acknowledgement of event {0} covers other content than was sent")]
    Chain(u64),
    /// It covers events that were not sent.
    #[error("acknowledgement of event {seq}, but the last event sent is {last}")]
    Future {
        /// What the acknowledgement covers.
        seq: u64,
        /// What was sent.
        last: u64,
    },
    /// It goes back behind an earlier one.
    #[error("acknowledgement of event {seq} after one of event {acked}")]
    Backwards {
        /// What the acknowledgement covers.
        seq: u64,
        /// What was already covered.
        acked: u64,
    },
}

impl SignedAck {
    /// Signs that everything of `session` up to `seq` is durable.
    pub fn sign(
        signer: &AckSigner,
        session: SessionId,
        seq: u64,
        timestamp_ns: u64,
        chain: Chain,
    ) -> Self {
        let mut ack = Self { seq, timestamp_ns, key_id: signer.id(), chain, signature: [0; 64] };
        ack.signature = signer.sign(&ack.signed_bytes(session));
        ack
    }

    /// Checks key and signature for this session.
    ///
    /// # Errors
    /// [`AckError::UnknownKey`] or [`AckError::Signature`].
    pub fn verify(&self, keys: &AckVerifiers, session: SessionId) -> Result<VerifiedAck, AckError> {
        let key = keys.get(self.key_id).ok_or(AckError::UnknownKey(self.key_id))?;
        if key.accepts(&self.signed_bytes(session), &self.signature) {
            Ok(VerifiedAck { seq: self.seq, chain: self.chain, timestamp_ns: self.timestamp_ns })
        } else {
            Err(AckError::Signature(self.seq))
        }
    }

    /// `"sudolog ack 1\0" ‖ key_id ‖ session id (36 characters) ‖ 0x00 ‖ seq ‖ timestamp_ns ‖ chain`.
    pub fn signed_bytes(&self, session: SessionId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend(DOMAIN);
        bytes.extend(self.key_id.0.to_be_bytes());
        bytes.extend(session.to_string().bytes());
        bytes.push(0);
        bytes.extend(self.seq.to_be_bytes());
        bytes.extend(self.timestamp_ns.to_be_bytes());
        bytes.extend(self.chain.as_bytes());
        bytes
    }
}

/// An acknowledgement whose signature was checked for one session. Whether it covers what was
/// sent is for the [`Window`](super::Window) to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedAck {
    seq: u64,
    chain: Chain,
    timestamp_ns: u64,
}

impl VerifiedAck {
    /// Everything up to this event is durable.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The chain's value there.
    pub fn chain(&self) -> Chain {
        self.chain
    }

    /// When the server signed, by its own clock, nanoseconds since the epoch.
    pub fn timestamp_ns(&self) -> u64 {
        self.timestamp_ns
    }
}

mod hex_signature {
    use super::{decode_hex, encode_hex};
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub fn serialize<S: Serializer>(bytes: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode_hex(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
        decode_hex(&String::deserialize(deserializer)?)
            .and_then(|bytes| bytes.try_into().ok())
            .ok_or_else(|| de::Error::custom("a signature is 128 hexadecimal digits"))
    }
}

const DOMAIN: &[u8] = b"sudolog ack 1\0";

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (AckSigner, AckVerifiers) {
        let signer = AckSigner::from_seed(&[9; 32]);
        let verifiers = AckVerifiers::new(vec![signer.verifier()]);
        (signer, verifiers)
    }

    #[test]
    fn any_changed_field_breaks_the_signature() {
        let (signer, keys) = keys();
        let session = SessionId::from_bytes([1; 16]);
        let ack = SignedAck::sign(&signer, session, 7, 8, Chain::from_bytes([2; 32]));
        assert_eq!(ack.verify(&keys, session).unwrap().seq(), 7);

        let other = SessionId::from_bytes([2; 16]);
        assert_eq!(ack.verify(&keys, other), Err(AckError::Signature(7)));
        let changed = [
            SignedAck { seq: 8, ..ack.clone() },
            SignedAck { timestamp_ns: 9, ..ack.clone() },
            SignedAck { chain: Chain::from_bytes([3; 32]), ..ack.clone() },
            SignedAck { signature: [0; 64], ..ack.clone() },
        ];
        for ack in changed {
            assert!(matches!(ack.verify(&keys, session), Err(AckError::Signature(_))));
        }
        let stranger = SignedAck { key_id: KeyId(1), ..ack };
        assert_eq!(stranger.verify(&keys, session), Err(AckError::UnknownKey(KeyId(1))));
    }

    #[test]
    fn json_form_round_trips() {
        let (signer, _) = keys();
        let ack = SignedAck::sign(
            &signer,
            SessionId::from_bytes([1; 16]),
            7,
            8,
            Chain::from_bytes([2; 32]),
        );
        let json = serde_json::to_string(&ack).unwrap();
        assert_eq!(serde_json::from_str::<SignedAck>(&json).unwrap(), ack);
    }
}
