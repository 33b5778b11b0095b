//! Checking a stored recording against the server's signatures, with the public key alone.

use crate::ack::{AckVerifiers, Chain, KeyId, SignedAck};
use crate::session::{Event, SessionEnd, SessionStart};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Every checkpoint fits and nothing is missing that should be there.
    pub ok: bool,
    /// The session has an end, and the end is signed.
    pub complete: bool,
    /// Events in the recording.
    pub events: u64,
    /// Number of the last event that a signature covers.
    pub last_seq: u64,
    /// The first event that may differ from what was acknowledged: the one after the last
    /// checkpoint that fits.
    pub first_bad_seq: Option<u64>,
    /// What is wrong or missing, in one sentence.
    pub reason: Option<String>,
    /// How many checkpoints fit.
    pub checkpoints: u64,
    /// The keys whose signatures are good, each once: of those, and of the first that does not fit.
    pub keys: Vec<KeyId>,
    /// What kind of thing is wrong, when something is.
    pub fault: Option<Fault>,
}

/// What can be wrong with a recording that is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something differs between the last checkpoint that fits and this event.
    Changed {
        /// The event of the checkpoint that does not fit; one more than there are for the end.
        up_to: u64,
    },
    /// Events up to this one were acknowledged and are not there.
    Missing {
        /// The event of the first checkpoint that nothing stands for.
        up_to: u64,
    },
    /// A checkpoint is not signed by one of the keys, or stands in the wrong place.
    Checkpoint,
    /// The end of the session is not signed, or counts other events than there are.
    End,
    /// The files cannot be read further, or nothing in them was ever signed.
    Unreadable,
}

/// Takes a recording's events one by one and compares the chain at each checkpoint.
pub struct Verifier<'a> {
    start: &'a SessionStart,
    keys: &'a AckVerifiers,
    acks: std::iter::Peekable<std::slice::Iter<'a, SignedAck>>,
    chain: Chain,
    seq: u64,
    proven: u64,
    checkpoints: u64,
    signed_by: Vec<KeyId>,
    fault: Option<(u64, Fault, String)>,
}

impl<'a> Verifier<'a> {
    /// A check of the recording that starts like this and has these checkpoints.
    pub fn new(start: &'a SessionStart, acks: &'a [SignedAck], keys: &'a AckVerifiers) -> Self {
        let chain = Chain::start(start);
        let mut this = Self {
            start,
            keys,
            acks: acks.iter().peekable(),
            chain,
            seq: 0,
            proven: 0,
            checkpoints: 0,
            signed_by: Vec::new(),
            fault: None,
        };
        this.compare(0, chain);
        this
    }

    /// Takes the next event.
    pub fn event(&mut self, event: &Event) {
        if self.fault.is_some() {
            return;
        }
        if event.seq() != self.seq + 1 {
            let up_to = event.seq().saturating_sub(1).max(self.seq + 1);
            let reason = format!("event {} follows event {}", event.seq(), self.seq);
            self.fail(Fault::Missing { up_to }, reason);
            return;
        }
        self.seq = event.seq();
        self.chain = self.chain.event(event);
        self.compare(self.seq, self.chain);
    }

    /// The last event that a checkpoint covers so far; one more than there are when it covers the end.
    pub fn proven(&self) -> u64 {
        self.proven
    }

    /// Gives the result. `end` is what the recording says of its end.
    pub fn finish(mut self, end: Option<&SessionEnd>) -> Verification {
        let mut complete = false;
        if let Some(end) = end
            && self.fault.is_none()
        {
            if end.final_seq == self.seq {
                self.compare(self.seq + 1, self.chain.end(end));
            } else {
                let fault = match end.final_seq > self.seq {
                    true => Fault::Missing { up_to: end.final_seq },
                    false => Fault::End,
                };
                let reason = format!(
                    "the end counts {} events, the recording has {}",
                    end.final_seq, self.seq
                );
                self.fail(fault, reason);
            }
            complete = self.fault.is_none() && self.proven == self.seq + 1;
            if !complete {
                self.fail(Fault::End, "the end of the session is not signed".into());
            }
        }
        if let Some(ack) = self.acks.next() {
            let reason = format!("event {} was acknowledged and is not in the recording", ack.seq);
            self.fail(Fault::Missing { up_to: ack.seq }, reason);
        }
        let (first_bad_seq, fault, reason) = match self.fault {
            Some((seq, fault, reason)) => (Some(seq), Some(fault), Some(reason)),
            None => (None, None, None),
        };
        let unfinished = || match self.proven {
            0 => "no end, and no event is signed".to_owned(),
            1 => "no end: only event 1 is signed".to_owned(),
            last => format!("no end: only events 1 to {last} are signed"),
        };
        Verification {
            ok: first_bad_seq.is_none(),
            complete,
            events: self.seq,
            last_seq: self.proven.min(self.seq),
            first_bad_seq,
            reason: reason.or_else(|| (!complete).then(unfinished)),
            checkpoints: self.checkpoints,
            keys: self.signed_by,
            fault,
        }
    }

    /// Compares all checkpoints at this point.
    fn compare(&mut self, seq: u64, chain: Chain) {
        while self.fault.is_none() {
            let Some(ack) = self.acks.next_if(|ack| ack.seq <= seq) else { return };
            let signed = ack.verify(self.keys, self.start.session_id);
            if signed.is_ok() && !self.signed_by.contains(&ack.key_id) {
                self.signed_by.push(ack.key_id);
            }
            match signed {
                Err(error) => self.fail(Fault::Checkpoint, error.to_string()),
                Ok(_) if ack.seq < seq => {
                    let seq = ack.seq;
                    let reason = format!("the checkpoint of event {seq} is out of order");
                    self.fail(Fault::Checkpoint, reason);
                }
                Ok(_) if ack.chain != chain => {
                    let up_to = match seq > self.seq {
                        true => "its end".to_owned(),
                        false => format!("event {seq}"),
                    };
                    let reason =
                        format!("the recording differs from what was acknowledged up to {up_to}");
                    self.fail(Fault::Changed { up_to: seq }, reason);
                }
                Ok(_) => {
                    self.proven = seq;
                    self.checkpoints += 1;
                }
            }
        }
    }

    fn fail(&mut self, fault: Fault, reason: String) {
        let first_bad = self.proven + 1;
        self.fault.get_or_insert((first_bad, fault, reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ack::AckSigner;
    use crate::session::{EventKind, sample};

    struct Recorded {
        start: SessionStart,
        events: Vec<Event>,
        end: SessionEnd,
        acks: Vec<SignedAck>,
        keys: AckVerifiers,
    }

    /// Six events with checkpoints at 2, 4 and the end.
    fn recorded() -> Recorded {
        let (signer, start) = (AckSigner::from_seed(&[1; 32]), sample::start());
        let event =
            |seq: u64| Event::new(seq, seq, EventKind::Ttyout, vec![b'x'; 9].into()).unwrap();
        let events: Vec<_> = (1..=6).map(event).collect();
        let end = sample::end(6);
        let mut chain = Chain::start(&start);
        let mut acks = Vec::new();
        for event in &events {
            chain = chain.event(event);
            if matches!(event.seq(), 2 | 4) {
                acks.push(SignedAck::sign(&signer, start.session_id, event.seq(), 0, chain));
            }
        }
        acks.push(SignedAck::sign(&signer, start.session_id, 7, 0, chain.end(&end)));
        Recorded { start, events, end, acks, keys: AckVerifiers::new(vec![signer.verifier()]) }
    }

    fn verify(recorded: &Recorded, with_end: bool) -> Verification {
        let mut verifier = Verifier::new(&recorded.start, &recorded.acks, &recorded.keys);
        recorded.events.iter().for_each(|event| verifier.event(event));
        verifier.finish(with_end.then_some(&recorded.end))
    }

    #[test]
    fn a_whole_recording_is_proven() {
        let found = verify(&recorded(), true);
        assert!(found.ok && found.complete, "{found:?}");
        assert_eq!((found.events, found.last_seq, found.first_bad_seq), (6, 6, None));
        let signer = AckSigner::from_seed(&[1; 32]);
        assert_eq!((found.checkpoints, found.keys), (3, vec![signer.id()]));
    }

    #[test]
    fn a_changed_event_is_found_behind_the_last_good_checkpoint() {
        let mut recorded = recorded();
        recorded.events[2] = Event::new(3, 3, EventKind::Ttyout, vec![b'y'; 9].into()).unwrap();
        let found = verify(&recorded, true);
        assert!(!found.ok);
        assert_eq!((found.first_bad_seq, found.last_seq), (Some(3), 2));
        assert_eq!((found.checkpoints, found.fault), (1, Some(Fault::Changed { up_to: 4 })));
        recorded.acks.remove(0);
        let found = verify(&recorded, true);
        assert_eq!((found.checkpoints, found.keys.len()), (0, 1), "the signature is good");
    }

    #[test]
    fn what_is_missing_is_noticed() {
        let mut cut = recorded();
        cut.events.truncate(3);
        let found = verify(&cut, false);
        assert_eq!(found.fault, Some(Fault::Missing { up_to: 4 }));
        assert!(!found.ok && found.reason.unwrap().contains("event 4"));

        let mut gap = recorded();
        gap.events.remove(1);
        assert_eq!(verify(&gap, true).first_bad_seq, Some(1));

        let mut unsigned = recorded();
        unsigned.acks.pop();
        let found = verify(&unsigned, true);
        assert!(!found.ok && !found.complete);
        assert_eq!(found.fault, Some(Fault::End));
    }

    #[test]
    fn what_no_signature_covers_is_not_called_proven() {
        let mut recorded = recorded();
        recorded.acks.clear();
        let found = verify(&recorded, false);
        assert!(found.ok && !found.complete && found.last_seq == 0, "{found:?}");
        assert_eq!(found.reason.as_deref(), Some("no end, and no event is signed"));
    }

    #[test]
    fn an_unfinished_recording_is_good_as_far_as_it_goes() {
        let mut recorded = recorded();
        recorded.acks.pop();
        let found = verify(&recorded, false);
        assert!(found.ok && !found.complete, "{found:?}");
        assert_eq!(found.last_seq, 4);
    }

    #[test]
    fn who_and_how_it_ended_are_covered() {
        let mut other_user = recorded();
        other_user.start.submit_user = "mallory".into();
        assert_eq!(verify(&other_user, true).first_bad_seq, Some(1));
        let mut other_end = recorded();
        other_end.end.exit_value = Some(1);
        assert_eq!(verify(&other_end, true).fault, Some(Fault::Changed { up_to: 7 }));
        let mut other_key = recorded();
        other_key.keys = AckVerifiers::new(vec![AckSigner::from_seed(&[2; 32]).verifier()]);
        assert!(verify(&other_key, true).reason.unwrap().contains("unknown key"));
    }
}
