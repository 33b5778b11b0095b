//! A shipper for tests: accepts one session, keeps what it is sent, and acknowledges with a key of
//! its own.

use sudolog_core::ack::{AckSigner, AckVerifiers, Chain, SignedAck};
use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::session::{Event, SessionEnd, SessionStart, Tsid};
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Checked, Opened, Welcome};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use super::player::Player;

pub(super) struct FakeShipper {
    directory: tempfile::TempDir,
    listener: UnixListener,
    signer: AckSigner,
}

impl FakeShipper {
    pub(super) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join("plugin.sock")).unwrap();
        Self { directory, listener, signer: AckSigner::from_seed(&[3; 32]) }
    }

    /// Someone who plays to this shipper, with util-linux's setsid(1) in place of the console's
    /// own executable, which a unit test does not have.
    pub(super) fn player(&self) -> Player {
        Player {
            socket: self.directory.path().join("plugin.sock"),
            keys: AckVerifiers::new(vec![self.signer.verifier()]),
            host: "web1".parse().unwrap(),
            launcher: vec!["setsid".into(), "-c".into()],
            home: self.directory.path().to_owned(),
            search_path: "/usr/bin:/bin".into(),
            frozen: tokio::sync::watch::Sender::new(0),
        }
    }

    /// Takes one whole session.
    pub(super) async fn record(&self) -> (Vec<Event>, SessionEnd) {
        let (mut socket, _) = self.listener.accept().await.unwrap();
        let mut deframer = Deframer::new();
        let mut events = Vec::new();
        let mut open: Option<(SessionStart, Chain)> = None;
        loop {
            match next(&mut socket, &mut deframer).await {
                Message::Hello(_) => say(&mut socket, &Message::Welcome(welcome())).await,
                Message::Open(start) => {
                    open = Some((*start.clone(), Chain::start(&start)));
                    say(&mut socket, &Message::Opened(opened(&start))).await;
                    let checked = Checked { wait: true, ..Checked::default() };
                    say(&mut socket, &Message::Checked(checked)).await;
                }
                Message::Event(event) => {
                    let (start, chain) = open.as_mut().unwrap();
                    *chain = chain.event(&event);
                    let ack =
                        SignedAck::sign(&self.signer, start.session_id, event.seq(), 0, *chain);
                    say(&mut socket, &Message::Ack(ack)).await;
                    events.push(event);
                }
                Message::Close(end) => {
                    let (start, chain) = open.unwrap();
                    let (seq, chain) = (end.final_seq + 1, chain.end(&end));
                    let ack = SignedAck::sign(&self.signer, start.session_id, seq, 0, chain);
                    say(&mut socket, &Message::Ack(ack)).await;
                    return (events, end);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

async fn next(socket: &mut UnixStream, deframer: &mut Deframer) -> Message {
    loop {
        if let Some(frame) = deframer.next_frame().unwrap() {
            return Message::decode(frame).unwrap();
        }
        assert_ne!(socket.read_buf(deframer.buffer_mut()).await.unwrap(), 0, "it hung up");
    }
}

async fn say(socket: &mut UnixStream, message: &Message) {
    socket.write_all(&message.to_bytes(0)).await.unwrap();
}

fn welcome() -> Welcome {
    Welcome {
        protocol: PROTOCOL_VERSION,
        server_id: "fake".to_owned(),
        server_time: Timestamp::default(),
        ack_key_ids: Vec::new(),
        role: None,
    }
}

fn opened(start: &SessionStart) -> Opened {
    let tsid = Tsid::from_seq(1).unwrap();
    Opened { session_id: start.session_id, tsid, cgroup: None, parent: None, wait: false }
}
