//! Exports without what is to be hidden: which events and names they are made of, and what they say about it.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;
use sudolog_core::redact::{Lines, Redaction, Redactor, Rules, Survey, Surveyed};
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::usual_size;
use sudolog_core::untrusted::Untrusted;

use super::{Encoder, Ending, each_event};
use crate::commands::Failure;
use crate::commands::json::text;
use crate::source::{About, Recording};

/// What is to be hidden.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hide {
    /// What these match.
    pub(crate) rules: Option<Rules>,
    /// What was typed or came from standard input. Rules hide it as well: with keys that change and move what
    /// was typed before, nobody can tell what it says.
    pub(crate) input: bool,
}

/// What an export says about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Redacted {
    rules: usize,
    input: &'static str,
}

impl Hide {
    /// What an export says about it; nothing when nothing is hidden.
    pub(super) fn told(&self) -> Option<Redacted> {
        let rules = self.rules.as_ref();
        let count = rules.map_or(0, Rules::count);
        (self.input || count > 0).then_some(Redacted { rules: count, input: "left out" })
    }

    /// Reads a recording for what the rules match, once or twice.
    pub(super) fn survey(
        &self,
        recording: &mut dyn Recording,
    ) -> Result<Option<Redaction>, Failure> {
        let Some(rules) = &self.rules else { return Ok(None) };
        let about = recording.about();
        let (lines, columns) = usual_size(about.lines, about.columns);
        let mut survey = Survey::new(rules.clone(), lines, columns)?;
        let names = [&about.user, &about.host, &about.run_user, &about.command];
        names.into_iter().chain(&about.tty).try_for_each(|name| survey.name(&text(name)))?;
        loop {
            let mut looked = Ok(true);
            each_event(recording, |event, _| {
                looked = survey.look(event);
                looked == Ok(true)
            })?;
            looked?;
            match survey.finish()? {
                Surveyed::Again(again) => survey = *again,
                Surveyed::Done(redaction) => return Ok(Some(*redaction)),
            }
        }
    }
}

impl Redacted {
    /// In words; for forms that have no rules, nothing needs to be said of input that they never have.
    pub(super) fn words(&self) -> Option<String> {
        let count = match self.rules {
            0 => return None,
            1 => "1 rule".to_owned(),
            many => format!("{many} rules"),
        };
        Some(format!("redacted: what {count} matched is hidden"))
    }
}

/// The names of a session without it.
pub(super) fn names(about: &About, redaction: &Redaction) -> About {
    let hide = |name: &Untrusted| Untrusted::from(redaction.hide(&text(name)));
    About {
        // A path may have them in it.
        name: hide(&about.name),
        user: hide(&about.user),
        host: hide(&about.host),
        run_user: hide(&about.run_user),
        command: hide(&about.command),
        tty: about.tty.as_ref().map(hide),
        ..about.clone()
    }
}

/// Events as they are exported.
pub(super) enum Events {
    /// As they are.
    All,
    /// Without what was typed.
    Output,
    /// Drawn anew.
    Drawn(Box<Redactor>),
}

impl Events {
    pub(super) fn of(&mut self, event: &Event) -> Vec<Event> {
        match self {
            Self::Output if matches!(event.kind(), EventKind::Ttyin | EventKind::Stdin) => {
                Vec::new()
            }
            Self::All | Self::Output => vec![event.clone()],
            Self::Drawn(redactor) => redactor.redact(event),
        }
    }
}

/// A transcript is hidden in line by line: what scrolled by is on no screen.
pub(super) struct HiddenLines<T> {
    transcript: T,
    lines: Lines,
    note: Option<String>,
}

impl<T: Encoder> HiddenLines<T> {
    pub(super) fn new(transcript: T, lines: Lines, note: Option<String>) -> Self {
        Self { transcript, lines, note }
    }

    fn hide(&mut self, out: &mut dyn Write, written: &[u8]) -> io::Result<()> {
        out.write_all(self.lines.push(&String::from_utf8_lossy(written)).as_bytes())
    }
}

impl<T: Encoder> Encoder for HiddenLines<T> {
    fn before(&mut self, event: &Event) {
        self.transcript.before(event);
    }

    fn begin(&mut self, out: &mut dyn Write, about: &About, from: Duration) -> io::Result<()> {
        if let Some(note) = &self.note {
            writeln!(out, "[{note}]")?;
        }
        let mut written = Vec::new();
        self.transcript.begin(&mut written, about, from)?;
        self.hide(out, &written)
    }

    fn event(&mut self, out: &mut dyn Write, event: &Event, at: Duration) -> io::Result<()> {
        let mut written = Vec::new();
        self.transcript.event(&mut written, event, at)?;
        self.hide(out, &written)
    }

    fn end(&mut self, out: &mut dyn Write, ending: Ending<'_>) -> io::Result<()> {
        let mut written = Vec::new();
        self.transcript.end(&mut written, ending)?;
        self.hide(out, &written)?;
        out.write_all(self.lines.finish().as_bytes())
    }
}
