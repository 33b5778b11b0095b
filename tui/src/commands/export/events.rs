//! One JSON object a line and event: `seq`, `time` (seconds since the start of the recording, also in a
//! part of it), `delay_ns`, `kind`, and
//! `data`, a string, or `{"hex": …}` where it is not UTF-8; `lines` and `columns` for window sizes,
//! `signal` for suspends. Of a redacted recording the first line says so, and what is written is drawn anew.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use sudolog_core::session::{Event, EventKind};
use sudolog_core::untrusted::Untrusted;

use super::Encoder;
use super::redacting::Redacted;
use crate::commands::json::write_line;
use crate::source::About;

#[derive(Default)]
pub(super) struct Events {
    /// What a first line says, when something is left out.
    pub(super) redacted: Option<Redacted>,
}

#[derive(Serialize)]
struct First<'a> {
    redacted: &'a Redacted,
}

#[derive(Serialize)]
struct Line<'a> {
    seq: u64,
    time: f64,
    delay_ns: u64,
    kind: &'static str,
    #[serde(flatten)]
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase", untagged)]
enum Content<'a> {
    Winsize { lines: u16, columns: u16 },
    Suspend { signal: &'a str },
    Data { data: Untrusted },
}

impl Encoder for Events {
    fn begin(&mut self, out: &mut dyn Write, _about: &About, _from: Duration) -> io::Result<()> {
        match &self.redacted {
            Some(redacted) => write_line(out, &First { redacted }),
            None => Ok(()),
        }
    }

    fn event(&mut self, out: &mut dyn Write, event: &Event, elapsed: Duration) -> io::Result<()> {
        let content = match (event.winsize(), event.signal_name()) {
            (Some((lines, columns)), _) => Content::Winsize { lines, columns },
            (_, Some(signal)) => Content::Suspend { signal },
            _ => Content::Data { data: Untrusted::new(event.data().to_vec()) },
        };
        let (seq, delay_ns, kind) = (event.seq(), event.delay_ns(), name(event.kind()));
        write_line(out, &Line { seq, time: elapsed.as_secs_f64(), delay_ns, kind, content })
    }
}

fn name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Winsize => "winsize",
        EventKind::Suspend => "suspend",
        stream => stream.file_name().unwrap_or_default(),
    }
}
