//! HELLO and WELCOME: before anything else both sides say who they are and which protocol they speak.

use sudolog_core::limits::PROTOCOL_VERSION;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{DenyCode, Hello, Welcome};
use sudolog_core::wire::{Deframer, Message};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::ConnectionError;
use super::handler::{Handler, denied};
use crate::clock::now_ns;

impl Handler {
    /// Reads HELLO and answers it.
    ///
    /// # Errors
    /// [`ConnectionError::Hello`] when it is not what it should be.
    pub(super) async fn greet(
        &mut self,
        reading: &mut (impl AsyncRead + Unpin),
        deframer: &mut Deframer,
    ) -> Result<(), ConnectionError> {
        let frame = loop {
            if let Some(frame) = deframer.next_frame()? {
                break frame;
            }
            if reading.read_buf(deframer.buffer_mut()).await? == 0 {
                return Err(ConnectionError::Hello("the host hung up".into()));
            }
        };
        match Message::decode(frame) {
            Ok(Message::Hello(hello)) => self.welcome(&hello),
            Ok(other) => Err(ConnectionError::Hello(format!("{} came first", other.name()))),
            Err(error) => Err(ConnectionError::Hello(error.to_string())),
        }
    }

    fn welcome(&mut self, hello: &Hello) -> Result<(), ConnectionError> {
        if hello.protocol != PROTOCOL_VERSION {
            let text =
                format!("protocol {} is not spoken here, only {PROTOCOL_VERSION}", hello.protocol);
            self.deny(0, denied(DenyCode::Malformed, &text));
            return Err(ConnectionError::Hello(text));
        }
        if let Some(name) = hello.host.as_ref().filter(|name| **name != self.host) {
            let text = format!("the certificate is for {}, not for {name}", self.host);
            self.deny(0, denied(DenyCode::Identity, &text));
            return Err(ConnectionError::Hello(text));
        }
        let welcome = Welcome {
            protocol: PROTOCOL_VERSION,
            server_id: concat!("sudolog-server ", env!("CARGO_PKG_VERSION")).to_owned(),
            server_time: Timestamp::from_nanos(now_ns()),
            ack_key_ids: vec![self.recorder.signer().id()],
            role: None,
        };
        self.outlet.send(&Message::Welcome(welcome), 0);
        self.outlet.instance = hello.instance;
        if let Some(instance) = hello.instance {
            self.recorder.started_anew(&self.host, instance);
        }
        Ok(())
    }
}
