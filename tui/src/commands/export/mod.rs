//! `export`: a recording in another form, or a part of it.

mod cast;
mod drawing;
mod events;
mod gif;
mod html;
mod range;
mod raw;
mod redacting;
mod sink;
mod svg;
mod transcript;

#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use sudolog_core::redact::{Redaction, Rules};
use sudolog_core::session::Event;
use sudolog_core::time::Position;

use self::cast::{Cast, Version};
use self::range::Place;
use self::redacting::{Events, HiddenLines};
use super::opening::{shown, with_recording};
use super::{Asked, Failure, bundle, complain};
use crate::cli::{self, ExportFormat};
use crate::exit::Exit;
use crate::screens::export::ExportRequest;
use crate::source::archive::Leftovers;
use crate::source::{About, Recording, Standing};
use crate::verification::Subject;

pub(crate) use range::Range;
pub(crate) use redacting::Hide;
pub(crate) use sink::Sink;

pub(super) fn run(asked: &Asked, arguments: cli::Export) -> Result<Exit, Failure> {
    check(&arguments)?;
    if arguments.format == ExportFormat::Bundle {
        return bundle::run(asked, arguments);
    }
    let form = Form::of(&arguments)?;
    let place = asked.locate(arguments.recording)?;
    let (output, force) = (arguments.output, arguments.force);
    with_recording(place, Leftovers::Show, move |recording| {
        // After the recording is open: a name that is wrong leaves no empty file.
        let sink = match output {
            Some(path) => Sink::file(&path, force)?,
            None => Sink::stdout(),
        };
        write(recording, form, sink)
    })
}

/// What is exported, and as what.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) format: ExportFormat,
    pub(crate) range: Range,
    pub(crate) hide: Hide,
    /// The program that makes an animation, once it is found.
    agg: Option<PathBuf>,
}

impl Form {
    /// A form that needs no program, or one whose program is on the `PATH`.
    pub(crate) fn new(format: ExportFormat, range: Range, hide: Hide) -> Result<Self, Failure> {
        Self::with(format, range, hide, None)
    }

    fn with(
        format: ExportFormat,
        range: Range,
        hide: Hide,
        agg: Option<PathBuf>,
    ) -> Result<Self, Failure> {
        let agg = match format {
            ExportFormat::Gif => Some(gif::program(agg.as_deref())?),
            _ => None,
        };
        Ok(Self { format, range, hide, agg })
    }

    fn of(arguments: &cli::Export) -> Result<Self, Failure> {
        let frame = arguments.format == ExportFormat::Svg;
        let to = if frame { arguments.at } else { arguments.to };
        let range = Range::new(arguments.from, to)?;
        let rules = match arguments.redact.as_slice() {
            [] => None,
            rules => Some(Rules::parse(rules)?),
        };
        let hide = Hide { rules, input: arguments.redact_input };
        Self::with(arguments.format, range, hide, arguments.agg.clone())
    }

    fn encoder(
        &self,
        about: &About,
        redaction: Option<&Redaction>,
    ) -> io::Result<Box<dyn Encoder>> {
        let told = self.hide.told();
        let note = told.as_ref().and_then(redacting::Redacted::words);
        // Casts never have what was typed: to say that it was left out would be to say that others have it.
        let in_cast = told.clone().filter(|_| redaction.is_some());
        Ok(match self.format {
            ExportFormat::Cast => Box::new(Cast::new(Version::Two, about, in_cast)),
            ExportFormat::Cast3 => Box::new(Cast::new(Version::Three, about, in_cast)),
            ExportFormat::Txt => {
                let transcript = transcript::Transcript::new(about);
                match redaction {
                    Some(redaction) => {
                        Box::new(HiddenLines::new(transcript, redaction.lines(), note))
                    }
                    None => Box::new(transcript),
                }
            }
            // A bundle is no stream; its command writes it.
            ExportFormat::Raw | ExportFormat::Bundle => Box::new(raw::Raw),
            ExportFormat::Json => Box::new(events::Events { redacted: told }),
            ExportFormat::Svg => {
                Box::new(svg::Frame::new(about, self.range.to().map(Position), note))
            }
            ExportFormat::Html => Box::new(html::Html::new(about, note)),
            ExportFormat::Gif => {
                let cast = Cast::new(Version::Two, about, in_cast);
                Box::new(gif::Gif::new(cast, self.agg.clone().unwrap_or_default(), note)?)
            }
        })
    }

    fn events(&self, redaction: Option<&Redaction>) -> Events {
        match redaction {
            // Lines of a transcript are hidden in one by one.
            Some(_) if self.format == ExportFormat::Txt => Events::All,
            Some(redaction) => Events::Drawn(Box::new(redaction.redactor())),
            None if self.hide.input => Events::Output,
            None => Events::All,
        }
    }
}

/// Writes what the player exports; gives words for it.
pub(crate) fn to_file(subject: Subject, request: ExportRequest) -> Result<String, Failure> {
    let ExportRequest { format, file, rule, at, .. } = request;
    let rules = rule.map(|rule| Rules::parse(&[rule])).transpose()?;
    // The dialog offers no forms that have more than output and a way to leave the rest out.
    let hide = Hide { rules, input: true };
    let until = Some(Position(at)).filter(|_| format == ExportFormat::Svg);
    let form = Form::with(format, Range::new(None, until)?, hide, None)?;
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let file = match (file.strip_prefix("~"), home) {
        (Ok(below), Some(home)) => home.join(below),
        _ => file,
    };
    let mut recording = subject.open(Leftovers::Show)?;
    let name = shown(&file);
    if file.symlink_metadata().is_ok() {
        return Err(Failure::Usage(format!("{name} exists already; name another file")));
    }
    let mut sink = Sink::file(&file, false)?;
    let whole = encode(recording.as_mut(), &form, &mut sink)?;
    Ok(match recording.standing() {
        Standing::Damaged(reason) if whole => {
            format!("exported what can be read to {name}: {reason}")
        }
        Standing::Growing if whole => format!("exported to {name}, as far as it is recorded"),
        _ => format!("exported to {name}"),
    })
}

/// What goes with which format.
fn check(arguments: &cli::Export) -> Result<(), Failure> {
    let format = arguments.format;
    let (frame, bundle) = (format == ExportFormat::Svg, format == ExportFormat::Bundle);
    let ranged = arguments.from.or(arguments.to).is_some();
    let redacted = !arguments.redact.is_empty() || arguments.redact_input;
    let recorded = bundle || format == ExportFormat::Raw;
    let wrong = [
        (arguments.at.is_some() && !frame, "--at is for --format svg; others take --from and --to"),
        (ranged && frame, "a picture is of one moment: give --at instead of --from and --to"),
        (ranged && bundle, "a part of a recording cannot be verified: a bundle holds all of it"),
        (arguments.key.is_some() && !bundle, "--key is for --format bundle"),
        (arguments.agg.is_some() && format != ExportFormat::Gif, "--agg is for --format gif"),
        (
            redacted && recorded,
            "raw and bundle are what was recorded, and signed: nothing can be hidden in them; \
             redact another format",
        ),
        (arguments.force && bundle, "a bundle never overwrites anything, not even with --force"),
        (arguments.key.is_none() && bundle, "a bundle needs --key FILE, the server's public keys"),
        (
            arguments.output.is_none() && bundle,
            "a bundle needs -o DIR or -o FILE.tar, which must not exist yet",
        ),
    ];
    let said = wrong.into_iter().find_map(|(wrong, text)| wrong.then_some(text));
    said.map_or(Ok(()), |text| Err(Failure::Usage(text.to_owned())))
}

/// Writes a recording, as much of it as there is in the range. A file has its name once it is
/// whole.
pub(crate) fn write(
    mut recording: Box<dyn Recording>,
    form: Form,
    mut sink: Sink,
) -> Result<Exit, Failure> {
    let whole = encode(recording.as_mut(), &form, &mut sink)?;
    Ok(if whole { judge(recording.standing()) } else { Exit::Done })
}

/// True when the recording was read to its end, and somebody reads what was written.
fn encode(recording: &mut dyn Recording, form: &Form, sink: &mut Sink) -> Result<bool, Failure> {
    let range = form.range;
    let redaction = form.hide.survey(recording)?;
    let names = |about: &About| match &redaction {
        Some(redaction) => redacting::names(about, redaction),
        None => about.clone(),
    };
    let known = redaction.as_ref().map_or(u64::MAX, Redaction::last);
    let about = names(recording.about());
    let encoder = form.encoder(&about, redaction.as_ref());
    let mut encoder = encoder.map_err(|source| Failure::Io { what: CANNOT.to_owned(), source })?;
    let mut events = form.events(redaction.as_ref());
    let (mut begun, mut whole, mut written) = (false, true, Ok(()));
    each_event(recording, |event, at| {
        let place = if event.seq() > known { Place::Behind } else { range.place(at) };
        if place == Place::Behind {
            whole = false;
            return false;
        }
        for event in events.of(event) {
            if place == Place::Before {
                encoder.before(&event);
                continue;
            }
            if !std::mem::replace(&mut begun, true) {
                written = encoder.begin(sink, &about, range.from());
            }
            if written.is_ok() {
                written = encoder.event(sink, &event, at);
            }
        }
        written.is_ok()
    })?;
    if !begun && written.is_ok() {
        written = encoder.begin(sink, &about, range.from());
    }
    let ending = Ending { about: &names(recording.about()), whole };
    let written = written.and_then(|()| encoder.end(sink, ending)).and_then(|()| sink.finish());
    let read = written.is_ok();
    super::written(written)?;
    Ok(read && whole)
}

/// Who did what.
fn title(about: &About) -> String {
    let (user, host) = (about.user.escaped(), about.host.escaped());
    format!("{user}@{host} as {}: {}", about.run_user.escaped(), about.command.escaped())
}

const CANNOT: &str = "cannot write";

/// One form of a recording. Times are those of the recording.
trait Encoder {
    /// One event before the range, which sets the stage for it.
    fn before(&mut self, _event: &Event) {}

    /// The range begins here.
    fn begin(&mut self, _out: &mut dyn Write, _about: &About, _from: Duration) -> io::Result<()> {
        Ok(())
    }

    /// One event of the range, so long after the start of the recording.
    fn event(&mut self, out: &mut dyn Write, event: &Event, at: Duration) -> io::Result<()>;

    /// After the last event.
    fn end(&mut self, _out: &mut dyn Write, _ending: Ending<'_>) -> io::Result<()> {
        Ok(())
    }
}

/// What is known at the end.
#[derive(Clone, Copy)]
struct Ending<'a> {
    /// The session as it stands now.
    about: &'a About,
    /// True when the recording was read to its end.
    whole: bool,
}

/// Gives every event there is now, with its time, until `more` says that it was enough.
pub(in crate::commands) fn each_event(
    recording: &mut dyn Recording,
    mut more: impl FnMut(&Event, Duration) -> bool,
) -> Result<(), Failure> {
    let mut elapsed = Duration::ZERO;
    let mut next = 1;
    loop {
        let events = recording.read(next)?;
        let Some(last) = events.last() else { return Ok(()) };
        next = last.seq().saturating_add(1);
        for event in &events {
            elapsed = elapsed.saturating_add(Duration::from_nanos(event.delay_ns()));
            if !more(event, elapsed) {
                return Ok(());
            }
        }
    }
}

/// Says what is wrong with what was read to its end.
pub(super) fn judge(standing: &Standing) -> Exit {
    match standing {
        Standing::Whole | Standing::Growing | Standing::Silent(_) => Exit::Done,
        Standing::Unfinished(reason) => {
            complain(&format!("the recording is unfinished: {reason}"));
            Exit::Done
        }
        Standing::Damaged(reason) => {
            complain(&format!("the recording is damaged, this is what can be read: {reason}"));
            Exit::Incomplete
        }
    }
}
