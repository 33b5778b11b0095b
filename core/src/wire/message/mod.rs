//! Every message of protocol version 1, its code and its form.
//!
//! Control messages are JSON: unknown fields are ignored and missing optional ones defaulted, so
//! that a newer and an older host can talk. EVENT, ACK, heartbeats, KEYFRAME and MOMENTS are fixed
//! binary.

mod alerts;
mod binary;
mod console;
mod control;
mod events;
mod facets;
mod moments;
mod outline;
mod rules;
mod search;
mod triage;

use bytes::{Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Frame, FrameError};
use crate::ack::SignedAck;
use crate::kaudit::Sighting;
use crate::session::{Event, EventError, LengthError, SessionEnd, SessionStart, check_sentences};

pub use crate::filter::{Condition, SortBy};
pub use alerts::{
    AlertAct, Alerts, AlertsQuery, Delivery, DeliveryState, TargetHealth, TargetStatus,
};
pub use binary::ScreenDump;
pub use console::{
    Cause, Detail, Failure, Listing, Outcome, Query, Reply, Request, RequestBody, SessionRow,
};
pub use control::{
    Checked, Denied, DenyCode, Hello, Instance, Notice, NoticeKind, Opened, Order, OrderKind,
    Resume, Resumed, Role, Welcome,
};
pub use events::{Audit, Audited, Events, EventsQuery};
pub use facets::{Among, FacetList, FacetOf, FacetValue, Facets, FindQuery, PlaceQuery};
pub use moments::{Moments, Step};
pub use outline::{
    Outline, OutlineKey, OutlineKeyKind, OutlineKnown, OutlineLine, OutlineMark, OutlineMarkKind,
};
pub use rules::{RuleTally, RulesChange, RulesInForce, RulesTrial, RulesTrialRow};
pub use search::{FoundHit, Hits};
pub use triage::{
    Assessment, Change, Judgement, Review, Summary, SummaryBy, SummaryQuery, SummaryRow,
    SummarySort, View, Views, ViewsQuery,
};

/// One message, on its stream or on the connection itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// 0x01: who speaks, first on every connection.
    Hello(Hello),
    /// 0x02: the answer to HELLO.
    Welcome(Welcome),
    /// 0x03: a session wants to start.
    Open(Box<SessionStart>),
    /// 0x04: it may.
    Opened(Opened),
    /// 0x05: it may not, or cannot go on.
    Denied(Denied),
    /// 0x06: something happened in it.
    Event(Event),
    /// 0x07: it ended.
    Close(SessionEnd),
    /// 0x08: it goes on over a new connection.
    Resume(Resume),
    /// 0x09: from here.
    Resumed(Resumed),
    /// 0x0a: proof of storage.
    Ack(SignedAck),
    /// 0x0b: is anybody there?
    Heartbeat(u64),
    /// 0x0c: yes.
    HeartbeatAck(u64),
    /// 0x0d: an operator's order.
    Order(Order),
    /// 0x0e: what the shipper did or saw.
    Notice(Notice),
    /// 0x0f: something that a host saw, for the event log.
    Audit(Box<Audit>),
    /// 0x10: a console asks.
    Request(Request),
    /// 0x11: the server answers.
    Reply(Reply),
    /// 0x12: the screen that a late joiner starts from.
    Keyframe(ScreenDump),
    /// 0x13: when events happened.
    Moments(Moments),
    /// 0x14: what a search found.
    Hits(Hits),
    /// 0x15: a session stands differently than before.
    Change(Box<Change>),
    /// 0x18: the rules have looked at what was entered.
    Checked(Checked),
    /// 0x16: entries of the event log are kept.
    Audited(Audited),
    /// 0x17: what the kernel's audit saw of sudo, to be compared with sessions.
    Witness(Box<Sighting>),
}

/// Bytes that are no message.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not even a frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A code that this protocol version does not have.
    #[error("message code {0:#04x} is unknown")]
    Code(u8),
    /// A binary message that is too short or too long.
    #[error("{name} with {bytes} bytes of payload is not of its form")]
    Length {
        /// The message's name.
        name: &'static str,
        /// What came.
        bytes: usize,
    },
    /// JSON that does not say what it must.
    #[error("{name}: {source}")]
    Json {
        /// The message's name.
        name: &'static str,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// An event that breaks the rules of its kind.
    #[error(transparent)]
    Event(#[from] EventError),
    /// A string inside that is too long.
    #[error("{name}: {source}")]
    Text {
        /// The message's name.
        name: &'static str,
        /// Which limit.
        source: LengthError,
    },
}

impl Message {
    /// The code in the frame's header.
    pub fn code(&self) -> u8 {
        match self {
            Self::Hello(_) => code::HELLO,
            Self::Welcome(_) => code::WELCOME,
            Self::Open(_) => code::OPEN,
            Self::Opened(_) => code::OPENED,
            Self::Denied(_) => code::DENIED,
            Self::Event(_) => code::EVENT,
            Self::Close(_) => code::CLOSE,
            Self::Resume(_) => code::RESUME,
            Self::Resumed(_) => code::RESUMED,
            Self::Ack(_) => code::ACK,
            Self::Heartbeat(_) => code::HEARTBEAT,
            Self::HeartbeatAck(_) => code::HEARTBEAT_ACK,
            Self::Order(_) => code::ORDER,
            Self::Notice(_) => code::NOTICE,
            Self::Audit(_) => code::AUDIT,
            Self::Request(_) => code::REQUEST,
            Self::Reply(_) => code::REPLY,
            Self::Keyframe(_) => code::KEYFRAME,
            Self::Moments(_) => code::MOMENTS,
            Self::Hits(_) => code::HITS,
            Self::Change(_) => code::CHANGE,
            Self::Audited(_) => code::AUDITED,
            Self::Checked(_) => code::CHECKED,
            Self::Witness(_) => code::WITNESS,
        }
    }

    /// The message's name as the protocol page prints it.
    pub fn name(&self) -> &'static str {
        name(self.code())
    }

    /// Appends the whole frame to `out`.
    pub fn encode(&self, stream: u32, out: &mut BytesMut) {
        let code = self.code();
        match self {
            Self::Hello(body) => put_json(out, code, stream, body),
            Self::Welcome(body) => put_json(out, code, stream, body),
            Self::Open(body) => put_json(out, code, stream, body),
            Self::Opened(body) => put_json(out, code, stream, body),
            Self::Denied(body) => put_json(out, code, stream, body),
            Self::Close(body) => put_json(out, code, stream, body),
            Self::Resume(body) => put_json(out, code, stream, body),
            Self::Resumed(body) => put_json(out, code, stream, body),
            Self::Order(body) => put_json(out, code, stream, body),
            Self::Notice(body) => put_json(out, code, stream, body),
            Self::Audit(body) => put_json(out, code, stream, body),
            Self::Request(body) => put_json(out, code, stream, body),
            Self::Reply(body) => put_json(out, code, stream, body),
            Self::Hits(body) => put_json(out, code, stream, body),
            Self::Change(body) => put_json(out, code, stream, body),
            Self::Checked(body) => put_json(out, code, stream, body),
            Self::Audited(body) => put_json(out, code, stream, body),
            Self::Witness(body) => put_json(out, code, stream, body),
            Self::Event(event) => binary::put_event(out, stream, event),
            Self::Ack(ack) => binary::put_ack(out, stream, ack),
            Self::Heartbeat(nonce) | Self::HeartbeatAck(nonce) => {
                Frame::put(out, code, stream, &[&nonce.to_be_bytes()]);
            }
            Self::Keyframe(dump) => binary::put_keyframe(out, stream, dump),
            Self::Moments(moments) => moments::put(out, stream, moments),
        }
    }

    /// The whole frame as bytes of its own.
    pub fn to_bytes(&self, stream: u32) -> Bytes {
        let mut out = BytesMut::new();
        self.encode(stream, &mut out);
        out.freeze()
    }

    /// Gives a frame its meaning. Every length inside is checked; event data is shared with the
    /// frame, not copied.
    ///
    /// # Errors
    /// [`DecodeError`] with the message's name. The framing itself is unharmed, so a server may
    /// refuse the one session and go on with the others.
    pub fn decode(frame: Frame) -> Result<Self, DecodeError> {
        let payload = frame.payload;
        let message = match frame.code {
            code::HELLO => Self::Hello(json(frame.code, &payload)?),
            code::WELCOME => Self::Welcome(json(frame.code, &payload)?),
            code::OPEN => Self::Open(json(frame.code, &payload)?),
            code::OPENED => Self::Opened(json(frame.code, &payload)?),
            code::DENIED => Self::Denied(json(frame.code, &payload)?),
            code::EVENT => Self::Event(binary::event(payload)?),
            code::CLOSE => Self::Close(json(frame.code, &payload)?),
            code::RESUME => Self::Resume(json(frame.code, &payload)?),
            code::RESUMED => Self::Resumed(json(frame.code, &payload)?),
            code::ACK => Self::Ack(binary::ack(&payload)?),
            code::HEARTBEAT => Self::Heartbeat(binary::nonce(frame.code, &payload)?),
            code::HEARTBEAT_ACK => Self::HeartbeatAck(binary::nonce(frame.code, &payload)?),
            code::ORDER => Self::Order(json(frame.code, &payload)?),
            code::NOTICE => Self::Notice(json(frame.code, &payload)?),
            code::AUDIT => Self::Audit(json(frame.code, &payload)?),
            code::REQUEST => Self::Request(json(frame.code, &payload)?),
            code::REPLY => Self::Reply(json(frame.code, &payload)?),
            code::KEYFRAME => Self::Keyframe(binary::keyframe(payload)?),
            code::MOMENTS => Self::Moments(moments::take(payload)?),
            code::HITS => Self::Hits(json(frame.code, &payload)?),
            code::CHANGE => Self::Change(json(frame.code, &payload)?),
            code::CHECKED => Self::Checked(json(frame.code, &payload)?),
            code::AUDITED => Self::Audited(json(frame.code, &payload)?),
            code::WITNESS => Self::Witness(json(frame.code, &payload)?),
            other => return Err(DecodeError::Code(other)),
        };
        message.check().map_err(|source| DecodeError::Text { name: message.name(), source })?;
        Ok(message)
    }

    /// Bounds what is stored or passed on: a string may be written longer than it was read.
    fn check(&self) -> Result<(), LengthError> {
        match self {
            Self::Open(start) => start.check(),
            Self::Close(end) => end.check(),
            Self::Denied(denied) => check_sentences([&denied.text]),
            Self::Order(order) => check_sentences([&order.who, &order.why]),
            Self::Notice(notice) => check_sentences([&notice.text]),
            Self::Checked(checked) => check_sentences(&checked.rule),
            Self::Audit(audit) => audit.entry.check(),
            Self::Witness(sighting) => sighting.check(),
            _ => Ok(()),
        }
    }
}

fn put_json(out: &mut BytesMut, code: u8, stream: u32, body: &impl Serialize) {
    // These types have string keys and no fallible Serialize, so this cannot fail.
    let json = serde_json::to_vec(body).unwrap_or_default();
    Frame::put(out, code, stream, &[&json]);
}

fn json<T: DeserializeOwned>(code: u8, payload: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(payload).map_err(|source| DecodeError::Json { name: name(code), source })
}

/// The name of a code, `"?"` for one that is not in this version.
pub fn name(code: u8) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == code).map_or("?", |(_, name)| name)
}

/// Every code and name; the protocol page is checked against it.
pub const NAMES: [(u8, &str); 24] = [
    (code::HELLO, "HELLO"),
    (code::WELCOME, "WELCOME"),
    (code::OPEN, "OPEN"),
    (code::OPENED, "OPENED"),
    (code::DENIED, "DENIED"),
    (code::EVENT, "EVENT"),
    (code::CLOSE, "CLOSE"),
    (code::RESUME, "RESUME"),
    (code::RESUMED, "RESUMED"),
    (code::ACK, "ACK"),
    (code::HEARTBEAT, "HEARTBEAT"),
    (code::HEARTBEAT_ACK, "HEARTBEAT_ACK"),
    (code::ORDER, "ORDER"),
    (code::NOTICE, "NOTICE"),
    (code::AUDIT, "AUDIT"),
    (code::REQUEST, "REQUEST"),
    (code::REPLY, "REPLY"),
    (code::KEYFRAME, "KEYFRAME"),
    (code::MOMENTS, "MOMENTS"),
    (code::HITS, "HITS"),
    (code::CHANGE, "CHANGE"),
    (code::AUDITED, "AUDITED"),
    (code::CHECKED, "CHECKED"),
    (code::WITNESS, "WITNESS"),
];

mod code {
    pub(super) const HELLO: u8 = 0x01;
    pub(super) const WELCOME: u8 = 0x02;
    pub(super) const OPEN: u8 = 0x03;
    pub(super) const OPENED: u8 = 0x04;
    pub(super) const DENIED: u8 = 0x05;
    pub(super) const EVENT: u8 = 0x06;
    pub(super) const CLOSE: u8 = 0x07;
    pub(super) const RESUME: u8 = 0x08;
    pub(super) const RESUMED: u8 = 0x09;
    pub(super) const ACK: u8 = 0x0a;
    pub(super) const HEARTBEAT: u8 = 0x0b;
    pub(super) const HEARTBEAT_ACK: u8 = 0x0c;
    pub(super) const ORDER: u8 = 0x0d;
    pub(super) const NOTICE: u8 = 0x0e;
    pub(super) const AUDIT: u8 = 0x0f;
    pub(super) const REQUEST: u8 = 0x10;
    pub(super) const REPLY: u8 = 0x11;
    pub(super) const KEYFRAME: u8 = 0x12;
    pub(super) const MOMENTS: u8 = 0x13;
    pub(super) const HITS: u8 = 0x14;
    pub(super) const CHANGE: u8 = 0x15;
    pub(super) const AUDITED: u8 = 0x16;
    pub(super) const CHECKED: u8 = 0x18;
    pub(super) const WITNESS: u8 = 0x17;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ack::{AckSigner, Chain};
    use crate::session::{EventKind, SessionId, sample};
    use crate::wire::Deframer;
    use proptest::prelude::*;

    fn round_trip(message: &Message) -> Message {
        let mut deframer = Deframer::new();
        deframer.push(&message.to_bytes(7));
        let frame = deframer.next_frame().unwrap().unwrap();
        assert_eq!(frame.stream, 7);
        Message::decode(frame).unwrap()
    }

    #[test]
    fn messages_survive_the_wire() {
        let signer = AckSigner::from_seed(&[1; 32]);
        let id = SessionId::from_bytes([4; 16]);
        let event = Event::new(9, u64::MAX, EventKind::Ttyin, Bytes::from_static(b"\x03")).unwrap();
        let messages = [
            Message::Open(Box::new(sample::start())),
            Message::Event(event),
            Message::Ack(SignedAck::sign(&signer, id, 9, 5, Chain::from_bytes([8; 32]))),
            Message::Heartbeat(u64::MAX),
            Message::HeartbeatAck(0),
            Message::Keyframe(ScreenDump {
                seq: 3,
                elapsed_ns: 4,
                lines: 24,
                columns: 80,
                state: Bytes::from_static(b"\x1b[H"),
            }),
            Message::Moments(Moments {
                first_seq: 4,
                elapsed_ns: 9,
                packed: Bytes::from_static(&[1, 0]),
            }),
            Message::Denied(Denied { code: DenyCode::Identity, text: "no".into() }),
        ];
        for message in messages {
            assert_eq!(round_trip(&message), message);
        }
    }

    #[test]
    fn event_is_the_documented_layout() {
        let event = Event::new(1, 2, EventKind::Stdout, Bytes::from_static(b"hi")).unwrap();
        let mut want = vec![0, 0, 0, 24, 6, 0, 0, 0, 5];
        want.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 1, b'h', b'i']);
        assert_eq!(Message::Event(event).to_bytes(5).as_ref(), want);
    }

    #[test]
    fn an_unknown_code_is_named() {
        let frame = Frame { code: 0x7f, stream: 0, payload: Bytes::new() };
        assert_eq!(Message::decode(frame).unwrap_err().to_string(), "message code 0x7f is unknown");
    }

    proptest! {
        #[test]
        fn hostile_payloads_are_errors_not_panics(code: u8, payload: Vec<u8>) {
            let _ = Message::decode(Frame { code, stream: 1, payload: payload.into() });
        }
    }
}
