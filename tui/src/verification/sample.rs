//! Recordings as sudolog-server leaves them, for the tests of what checks them.

use std::fs;
use std::path::Path;

use sudolog_core::ack::{AckSigner, AckVerifiers, Chain, SignedAck};
use sudolog_core::iolog::{LogInfo, encode_ack, encode_timing};
use sudolog_core::session::{Event, EventKind, sample};

use super::{Report, verify};
use crate::source::RecordingError;
use crate::source::archive::{Archive, Leftovers};

/// A directory with a recording in it.
pub(crate) struct Stored(tempfile::TempDir);

impl Stored {
    /// Two events, each with a checkpoint, and a signed end.
    pub(crate) fn new() -> Self {
        Self::with(2, &[1, 2], true)
    }

    /// So many events of five bytes, checkpoints at these, and a signed end or none.
    pub(crate) fn with(events: u64, checkpoints: &[u64], ended: bool) -> Self {
        let (signer, start) = (signer(), sample::start());
        let end = sample::end(events);
        let mut chain = Chain::start(&start);
        let (mut timing, mut acks, mut data) = (Vec::new(), Vec::new(), Vec::new());
        for seq in 1..=events {
            let event = Event::new(seq, 5, EventKind::Ttyout, b"hello".as_slice().into()).unwrap();
            chain = chain.event(&event);
            encode_timing(&event, &mut timing);
            data.extend(b"hello");
            if checkpoints.contains(&seq) {
                let ack = SignedAck::sign(&signer, start.session_id, seq, 0, chain);
                acks.extend(encode_ack(&ack));
            }
        }
        if ended {
            let chain = chain.end(&end);
            let last = SignedAck::sign(&signer, start.session_id, events + 1, 0, chain);
            acks.extend(encode_ack(&last));
        }
        let stored = Self(tempfile::tempdir().unwrap());
        stored.put("timing", &timing);
        stored.put("ttyout", &data);
        stored.put("uuid", start.session_id.to_string().as_bytes());
        stored.put("log.json", &LogInfo::encode(&start, ended.then_some(&end)));
        stored.put("acks", &acks);
        stored
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes one of its files anew.
    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        fs::write(self.path().join(name), content).unwrap();
    }

    /// Removes one.
    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    /// What a check with the right key finds.
    pub(crate) fn verify(&self) -> Report {
        let keys = AckVerifiers::new(vec![signer().verifier()]);
        let archive = Archive::open(self.path(), "test").unwrap();
        let mut archive = archive.with_leftovers(Leftovers::Ignore);
        verify::<RecordingError>(&mut archive, &keys, |_| Ok(())).unwrap()
    }
}

/// The server's key.
pub(crate) fn signer() -> AckSigner {
    AckSigner::from_seed(&[7; 32])
}
