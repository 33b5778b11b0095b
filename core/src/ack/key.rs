//! ed25519 keys (RFC 8032) that sign and verify acknowledgements, and their file form.
//!
//! A key file is one line: `sudolog-ack-sign-1 <64 hex digits>` for the secret seed,
//! `sudolog-ack-verify-1 <64 hex digits>` for the public key.

use std::fmt;

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use crate::untrusted::{decode_hex, encode_hex};

/// Short name of a public key: the first four bytes of its SHA-256. Chooses a key; proves nothing.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A key file that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum KeyError {
    /// Not the one line that the file should hold.
    #[error("expected one line '{0} <64 hexadecimal digits>'")]
    Form(&'static str),
    /// 32 bytes that are no point of the curve.
    #[error("the public key is not a valid ed25519 point")]
    Point,
}

/// The server's secret key.
pub struct AckSigner {
    key: SigningKey,
    id: KeyId,
}

impl AckSigner {
    /// The key of a 32-byte random seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        Self { id: key_id(&key.verifying_key()), key }
    }

    /// Reads the one line of `ack-sign.key`.
    ///
    /// # Errors
    /// [`KeyError::Form`]; the secret is not repeated in it.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        parse_line(text, SIGN_TAG).map(|seed| Self::from_seed(&seed))
    }

    /// The line for `ack-sign.key`. Secret: write it 0600 and nowhere else.
    pub fn to_secret_line(&self) -> String {
        format!("{SIGN_TAG} {}\n", encode_hex(&self.key.to_bytes()))
    }

    /// The public half.
    pub fn verifier(&self) -> AckVerifier {
        AckVerifier { key: self.key.verifying_key(), id: self.id }
    }

    /// Short name of the public half.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl fmt::Debug for AckSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AckSigner({})", self.id)
    }
}

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckVerifier {
    key: VerifyingKey,
    id: KeyId,
}

impl AckVerifier {
    /// Reads the one line of `ack-verify.pub`.
    ///
    /// # Errors
    /// [`KeyError`] when the line is not of its form or the key is no point of the curve.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = parse_line(text, VERIFY_TAG)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Point)?;
        Ok(Self { id: key_id(&key), key })
    }

    /// The line for `ack-verify.pub`.
    pub fn to_line(&self) -> String {
        format!("{VERIFY_TAG} {}\n", encode_hex(self.key.as_bytes()))
    }

    /// Short name of the key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn accepts(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

/// The public keys that a host trusts: the current one, and the next while keys are rotated.
#[derive(Clone, Debug, Default)]
pub struct AckVerifiers(Vec<AckVerifier>);

impl AckVerifiers {
    /// Trusts these keys.
    pub fn new(keys: Vec<AckVerifier>) -> Self {
        Self(keys)
    }

    /// Reads a file with one public key a line; empty lines and lines with `#` are skipped.
    ///
    /// # Errors
    /// [`KeyError`] of the first bad line; a file without any key is [`KeyError::Form`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
        let keys = lines.map(AckVerifier::parse).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(KeyError::Form(VERIFY_TAG)) } else { Ok(Self(keys)) }
    }

    /// Adds the keys of another file.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The key of that name.
    pub fn get(&self, id: KeyId) -> Option<&AckVerifier> {
        self.0.iter().find(|key| key.id == id)
    }

    /// The names of all keys.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.0.iter().map(|key| key.id)
    }
}

fn key_id(key: &VerifyingKey) -> KeyId {
    let [a, b, c, d, ..] = <[u8; 32]>::from(Sha256::digest(key.as_bytes()));
    KeyId(u32::from_be_bytes([a, b, c, d]))
}

fn parse_line(text: &str, tag: &'static str) -> Result<[u8; 32], KeyError> {
    let hex = text.trim().strip_prefix(tag).and_then(|rest| rest.strip_prefix(' '));
    hex.and_then(|hex| decode_hex(hex.trim()))
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(KeyError::Form(tag))
}

const SIGN_TAG: &str = "sudolog-ack-sign-1";
const VERIFY_TAG: &str = "sudolog-ack-verify-1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_round_trip() {
        let signer = AckSigner::from_seed(&[3; 32]);
        assert_eq!(AckSigner::parse(&signer.to_secret_line()).unwrap().id(), signer.id());
        let keys =
            AckVerifiers::parse(&format!("# old\n\n{}", signer.verifier().to_line())).unwrap();
        assert_eq!(keys.get(signer.id()), Some(&signer.verifier()));
    }

    #[test]
    fn bad_files_are_refused() {
        for text in ["", "sudolog-ack-verify-1", "sudolog-ack-verify-1 00", "ssh-ed25519 AAAA"] {
            assert!(AckVerifiers::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            AckSigner::parse("sudolog-ack-sign-1 zz").unwrap_err(),
            KeyError::Form(SIGN_TAG)
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let signer = AckSigner::from_seed(&[3; 32]);
        assert!(!format!("{signer:?}").contains("0303"));
    }
}
