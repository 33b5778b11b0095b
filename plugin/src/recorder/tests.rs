//! The recorder against a shipper made of a socket and a key.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use bytes::BytesMut;
use sudolog_core::ack::{AckSigner, Chain, SignedAck};
use sudolog_core::limits::UNACKED_BYTES_MAX;
use sudolog_core::session::{Tsid, sample};
use sudolog_core::wire::Deframer;
use sudolog_core::wire::message::{Checked, Opened};

use super::*;

/// Reads messages and answers as told.
struct Shipper {
    socket: UnixStream,
    deframer: Deframer,
    signer: AckSigner,
    chain: Chain,
}

impl Shipper {
    /// The next message that is no heartbeat; those are answered.
    fn next(&mut self) -> Option<Message> {
        let mut buffer = [0; 65536];
        loop {
            if let Some(frame) = self.deframer.next_frame().unwrap() {
                match Message::decode(frame).unwrap() {
                    Message::Heartbeat(nonce) => {
                        let answer = Message::HeartbeatAck(nonce).to_bytes(0);
                        self.socket.write_all(&answer).unwrap();
                        continue;
                    }
                    message => return Some(message),
                }
            }
            match self.socket.read(&mut buffer).unwrap() {
                0 => return None,
                count => self.deframer.push(&buffer[..count]),
            }
        }
    }

    fn ack(&mut self, seq: u64) {
        let ack = SignedAck::sign(&self.signer, sample::start().session_id, seq, 0, self.chain);
        self.socket.write_all(&Message::Ack(ack).to_bytes(0)).unwrap();
    }

    /// Acknowledges everything until the end, and gives the events.
    fn store_all(mut self) -> (Vec<Event>, SessionEnd) {
        let mut events = Vec::new();
        loop {
            match self.next().expect("the plugin hung up before CLOSE") {
                Message::Event(event) => {
                    self.chain = self.chain.event(&event);
                    let seq = event.seq();
                    events.push(event);
                    self.ack(seq);
                }
                Message::Close(end) => {
                    self.chain = self.chain.end(&end);
                    self.ack(end.final_seq + 1);
                    return (events, end);
                }
                other => panic!("{}", other.name()),
            }
        }
    }
}

fn pair() -> (Recorder, Shipper) {
    pair_that(false)
}

/// Lines wait for the rules from the first event on, or only when it is said.
fn pair_that(wait: bool) -> (Recorder, Shipper) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let signer = AckSigner::from_seed(&[1; 32]);
    let keys = AckVerifiers::new(vec![signer.verifier()]);
    let opened = Opened {
        session_id: sample::start().session_id,
        tsid: Tsid::from_seq(1).unwrap(),
        cgroup: None,
        parent: None,
        wait,
    };
    let connection = Connection { socket: ours, deframer: Deframer::new(), opened };
    let recorder = Recorder::new(&sample::start(), connection, keys, true).unwrap();
    let chain = Chain::start(&sample::start());
    (recorder, Shipper { socket: theirs, deframer: Deframer::new(), signer, chain })
}

#[test]
fn a_session_is_sent_whole_and_in_order() {
    let (mut recorder, shipper) = pair();
    let shipper = std::thread::spawn(move || shipper.store_all());
    let long = vec![b'x'; EVENT_DATA_BYTES_MAX + 1];
    recorder.log(EventKind::Ttyout, b"hello").unwrap();
    recorder.log(EventKind::Stdin, &long).unwrap();
    recorder.record(EventKind::Winsize, Event::winsize_data(50, 100)).unwrap();
    recorder.close(Ended::Ran(3 << 8)).unwrap();
    let (events, end) = shipper.join().unwrap();
    let kinds: Vec<_> = events.iter().map(|e| (e.seq(), e.kind(), e.data().len())).collect();
    assert_eq!(
        kinds,
        [
            (1, EventKind::Ttyout, 5),
            (2, EventKind::Stdin, EVENT_DATA_BYTES_MAX),
            (3, EventKind::Stdin, 1),
            (4, EventKind::Winsize, 4)
        ]
    );
    assert_eq!((end.final_seq, end.exit_value, end.signal), (4, Some(3), None));
}

#[test]
fn a_session_without_events_needs_no_thread() {
    let (recorder, shipper) = pair();
    let shipper = std::thread::spawn(move || shipper.store_all());
    recorder.close(Ended::Ran(libc::SIGKILL)).unwrap();
    let (events, end) = shipper.join().unwrap();
    assert!(events.is_empty());
    assert_eq!((end.exit_value, end.signal), (None, Some("KILL".into())));
}

#[test]
fn a_command_that_could_not_be_run_says_why() {
    let (recorder, shipper) = pair();
    let shipper = std::thread::spawn(move || shipper.store_all());
    recorder.close(Ended::NotRun(libc::ENOEXEC)).unwrap();
    let (_, end) = shipper.join().unwrap();
    assert_eq!(end.reason.as_str(), EndReason::EXEC_ERROR);
    assert!(end.error.unwrap().escaped().to_string().contains("Exec format error"));
}

#[test]
fn a_full_window_holds_the_command_and_an_acknowledgement_lets_it_go() {
    let (mut recorder, mut shipper) = pair();
    let writer = std::thread::spawn(move || {
        let mut sent = 0;
        while sent < 2 * UNACKED_BYTES_MAX {
            recorder.log(EventKind::Stdout, &[0; 60_000]).unwrap();
            sent += 60_000;
        }
        recorder.close(Ended::Ran(0))
    });
    let mut held = 0;
    let mut last = 0;
    while held < UNACKED_BYTES_MAX {
        let Some(Message::Event(event)) = shipper.next() else { panic!("no event") };
        shipper.chain = shipper.chain.event(&event);
        held += event.data().len() + sudolog_core::limits::UNACKED_EVENT_OVERHEAD_BYTES;
        last = event.seq();
    }
    let (mut buffer, mut more) = ([0; 65536], BytesMut::new());
    shipper.socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    while let Ok(count @ 1..) = shipper.socket.read(&mut buffer) {
        more.extend_from_slice(&buffer[..count]);
    }
    assert!(more.len() < 1000, "the command was not held: {} bytes came", more.len());
    assert!(!writer.is_finished());
    shipper.socket.set_read_timeout(None).unwrap();
    shipper.deframer.push(&more);
    shipper.ack(last);
    shipper.store_all();
    writer.join().unwrap().unwrap();
}

#[test]
fn what_is_entered_waits_for_the_rules() {
    let (mut recorder, mut shipper) = pair();
    recorder.watch().unwrap();
    let mut checked = |seq, rule: Option<&str>| {
        let message = Checked { seq, wait: true, rule: rule.map(Untrusted::from) };
        shipper.socket.write_all(&Message::Checked(message).to_bytes(0)).unwrap();
    };
    checked(0, None);
    while !recorder.shared.lock().waits {
        std::thread::yield_now();
    }
    assert_eq!(recorder.log(EventKind::Ttyin, b"ls"), Ok(true), "nothing is entered yet");
    checked(2, None);
    assert_eq!(recorder.log(EventKind::Ttyin, b"\r"), Ok(true));
    let entered = std::thread::spawn(move || {
        let allowed = recorder.log(EventKind::Ttyin, b"rm\r");
        (recorder, allowed)
    });
    checked(3, Some("no-rm"));
    let (recorder, allowed) = entered.join().unwrap();
    assert_eq!(allowed, Ok(false));
    let reason = recorder.shared.lock().end_reason.clone();
    assert_eq!(reason, EndReason::new(EndReason::TERMINATED));
    let closing = std::thread::spawn(move || recorder.close(Ended::Ran(libc::SIGKILL)));
    let (events, _) = shipper.store_all();
    closing.join().unwrap().unwrap();
    assert_eq!(events.len(), 3, "what was forbidden is recorded");
}

#[test]
fn a_line_that_waits_is_not_given_to_the_command_when_the_recording_breaks() {
    let (mut recorder, mut shipper) = pair_that(true);
    recorder.watch().unwrap();
    let shared = Arc::clone(&recorder.shared);
    let entered = std::thread::spawn(move || (recorder.log(EventKind::Ttyin, b"rm\r"), recorder));
    assert!(matches!(shipper.next(), Some(Message::Event(_))));
    shared.lock().broken = Some("lost".to_owned());
    shared.notify();
    let (allowed, recorder) = entered.join().unwrap();
    assert_eq!(allowed, Ok(false));
    assert_eq!(recorder.close(Ended::Ran(0)), Err("lost".to_owned()));
}

#[test]
fn what_did_not_wait_for_the_rules_is_told_once() {
    let (mut recorder, mut shipper) = pair_that(true);
    recorder.watch().unwrap();
    let entered = std::thread::spawn(move || {
        let lines = [b"a\r", b"b\r"].map(|line| recorder.log(EventKind::Ttyin, line));
        assert_eq!(lines, [Ok(true), Ok(true)]);
        recorder.close(Ended::Ran(0))
    });
    let mut told = Vec::new();
    loop {
        match shipper.next().unwrap() {
            Message::Notice(notice) => told.push((notice.kind, notice.after_seq)),
            Message::Event(event) => {
                shipper.chain = shipper.chain.event(&event);
                shipper.ack(event.seq());
            }
            Message::Close(end) => {
                shipper.chain = shipper.chain.end(&end);
                shipper.ack(3);
                break;
            }
            other => panic!("{}", other.name()),
        }
    }
    entered.join().unwrap().unwrap();
    assert_eq!(told, [(NoticeKind::Unchecked, Some(1))], "once");
}

#[test]
fn a_lost_shipper_breaks_the_session() {
    let (recorder, shipper) = pair();
    drop(shipper);
    let error = recorder.close(Ended::Ran(0)).unwrap_err();
    assert!(error.contains("lost"), "{error}");
}

#[test]
fn a_wrong_proof_breaks_the_session_and_is_reported() {
    let (recorder, mut shipper) = pair();
    let closing = std::thread::spawn(move || recorder.close(Ended::Ran(0)));
    assert!(matches!(shipper.next(), Some(Message::Close(_))));
    shipper.ack(1);
    assert!(
        matches!(shipper.next(), Some(Message::Notice(notice)) if notice.kind == sudolog_core::wire::message::NoticeKind::BadAck)
    );
    let error = closing.join().unwrap().unwrap_err();
    assert!(error.contains("not proven"), "{error}");
}
