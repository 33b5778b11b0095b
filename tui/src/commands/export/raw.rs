//! The recorded output as it was: terminal output, stdout and stderr in their order. The one form
//! that may steer a terminal, and is meant to.

use std::io::{self, Write};
use std::time::Duration;

use sudolog_core::session::{Event, EventKind};

use super::Encoder;

pub(super) struct Raw;

impl Encoder for Raw {
    fn event(&mut self, out: &mut dyn Write, event: &Event, _at: Duration) -> io::Result<()> {
        match event.kind() {
            EventKind::Ttyout | EventKind::Stdout | EventKind::Stderr => {
                out.write_all(event.data())
            }
            EventKind::Stdin | EventKind::Ttyin | EventKind::Winsize | EventKind::Suspend => Ok(()),
        }
    }
}
