//! Words of a plugin of `auditd`, whose standard error nobody reads: to the system's log (`/dev/log`,
//! RFC 3164 as every local daemon takes it), facility authpriv.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;

use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

/// Where words go.
#[derive(Clone, Debug)]
pub(super) struct Syslog {
    socket: Option<Arc<UnixDatagram>>,
}

/// One message with its severity.
#[derive(Debug)]
pub(super) struct Message<'a> {
    log: &'a Syslog,
    severity: u8,
}

impl Syslog {
    /// Without a system log words go to standard error.
    pub(super) fn open() -> Self {
        let socket = UnixDatagram::unbound().and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok(Arc::new(socket))
        });
        Self { socket: socket.ok() }
    }
}

impl<'a> MakeWriter<'a> for Syslog {
    type Writer = Message<'a>;

    fn make_writer(&'a self) -> Message<'a> {
        Message { log: self, severity: 6 }
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Message<'a> {
        let severity = match *meta.level() {
            Level::ERROR => 3,
            Level::WARN => 4,
            Level::INFO => 6,
            _ => 7,
        };
        Message { log: self, severity }
    }
}

impl io::Write for Message<'_> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let head =
            format!("<{}>sudolog-audisp[{}]: ", AUTHPRIV * 8 + self.severity, std::process::id());
        let message = [head.as_bytes(), text.trim_ascii_end()].concat();
        let sent = self.log.socket.as_ref().map(|socket| socket.send_to(&message, "/dev/log"));
        if !matches!(sent, Some(Ok(_))) {
            io::stderr().write_all(text)?;
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `syslog(3)`.
const AUTHPRIV: u8 = 10;
