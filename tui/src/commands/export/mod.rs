//! `export`: a recording in another form, or a part of it.

mod cast;
mod events;
mod range;
mod raw;
mod sink;
mod svg;
mod transcript;

use std::io::{self, Write};
use std::time::Duration;

use sudolog_core::session::Event;
use sudolog_core::time::Position;

use self::cast::{Cast, Version};
use self::range::Place;
use super::opening::with_recording;
use super::{Asked, Failure, bundle, complain};
use crate::cli::{self, ExportFormat};
use crate::exit::Exit;
use crate::source::archive::Leftovers;
use crate::source::{About, Recording, Standing};

pub(super) use range::Range;
pub(super) use sink::Sink;

pub(super) fn run(asked: &Asked, arguments: cli::Export) -> Result<Exit, Failure> {
    check(&arguments)?;
    if arguments.format == ExportFormat::Bundle {
        return bundle::run(asked, arguments);
    }
    let frame = arguments.format == ExportFormat::Svg;
    let to = if frame { arguments.at } else { arguments.to };
    let range = Range::new(arguments.from, to)?;
    let place = asked.locate(arguments.recording)?;
    let (format, output, force) = (arguments.format, arguments.output, arguments.force);
    with_recording(place, Leftovers::Show, move |recording| {
        // After the recording is open: a name that is wrong leaves no empty file.
        let mut sink = match output {
            Some(path) => Sink::file(&path, force)?,
            None => Sink::stdout(),
        };
        write(recording, format, range, &mut sink)
    })
}

/// What goes with which format.
fn check(arguments: &cli::Export) -> Result<(), Failure> {
    let format = arguments.format;
    let (frame, bundle) = (format == ExportFormat::Svg, format == ExportFormat::Bundle);
    let ranged = arguments.from.or(arguments.to).is_some();
    let wrong = [
        (arguments.at.is_some() && !frame, "--at is for --format svg; others take --from and --to"),
        (ranged && frame, "a picture is of one moment: give --at instead of --from and --to"),
        (ranged && bundle, "a part of a recording cannot be verified: a bundle holds all of it"),
        (arguments.key.is_some() && !bundle, "--key is for --format bundle"),
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

/// Writes a recording, as much of it as there is in the range.
pub(super) fn write(
    mut recording: Box<dyn Recording>,
    format: ExportFormat,
    range: Range,
    sink: &mut Sink,
) -> Result<Exit, Failure> {
    let about = recording.about().clone();
    let mut encoder = encoder(format, &about, range);
    let (mut begun, mut whole, mut written) = (false, true, Ok(()));
    each_event(recording.as_mut(), |event, at| {
        match range.place(at) {
            Place::Before => encoder.before(event),
            Place::Behind => whole = false,
            Place::Within => {
                if !std::mem::replace(&mut begun, true) {
                    written = encoder.begin(sink, &about, range.from());
                }
                if written.is_ok() {
                    written = encoder.event(sink, event, at);
                }
            }
        }
        whole && written.is_ok()
    })?;
    if !begun && written.is_ok() {
        written = encoder.begin(sink, &about, range.from());
    }
    let ending = Ending { about: recording.about(), whole };
    let written = written.and_then(|()| encoder.end(sink, ending)).and_then(|()| sink.finish());
    let exit = super::written(written)?;
    Ok(if exit == Exit::Done && whole { judge(recording.standing()) } else { exit })
}

fn encoder(format: ExportFormat, about: &About, range: Range) -> Box<dyn Encoder> {
    match format {
        ExportFormat::Cast => Box::new(Cast::new(Version::Two, about)),
        ExportFormat::Cast3 => Box::new(Cast::new(Version::Three, about)),
        ExportFormat::Txt => Box::new(transcript::Transcript::new(about)),
        // A bundle is no stream; its command writes it.
        ExportFormat::Raw | ExportFormat::Bundle => Box::new(raw::Raw),
        ExportFormat::Json => Box::new(events::Events),
        ExportFormat::Svg => Box::new(svg::Frame::new(about, range.to().map(Position))),
    }
}

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
pub(super) fn each_event(
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
