//! `export`: a recording in another form.

mod cast;
mod events;
mod raw;
mod sink;
mod transcript;

use std::io;
use std::time::Duration;

use sudolog_core::session::Event;

use super::opening::with_recording;
use super::{Asked, Failure, complain};
use crate::cli::{self, ExportFormat};
use crate::exit::Exit;
use crate::source::archive::Leftovers;
use crate::source::{About, Recording, Standing};

pub(super) use sink::Sink;

pub(super) fn run(asked: &Asked, arguments: cli::Export) -> Result<Exit, Failure> {
    let place = asked.locate(arguments.recording)?;
    let (format, output, force) = (arguments.format, arguments.output, arguments.force);
    with_recording(place, Leftovers::Show, move |recording| {
        // After the recording is open: a name that is wrong leaves no empty file.
        let mut sink = match output {
            Some(path) => Sink::file(&path, force)?,
            None => Sink::stdout(),
        };
        write(recording, format, &mut sink)
    })
}

/// Writes a recording, as much of it as there is.
pub(super) fn write(
    mut recording: Box<dyn Recording>,
    format: ExportFormat,
    sink: &mut Sink,
) -> Result<Exit, Failure> {
    let about = recording.about().clone();
    let mut encoder: Box<dyn Encoder> = match format {
        ExportFormat::Cast => Box::new(cast::Cast::new(&about)),
        ExportFormat::Txt => Box::new(transcript::Transcript::new(&about)),
        ExportFormat::Raw => Box::new(raw::Raw),
        ExportFormat::Json => Box::new(events::Events),
    };
    let mut written = encoder.begin(sink, &about);
    if written.is_ok() {
        each_event(recording.as_mut(), |event, elapsed| {
            written = encoder.event(sink, event, elapsed);
            written.is_ok()
        })?;
    }
    let written = written.and_then(|()| encoder.end(sink)).and_then(|()| sink.finish());
    let exit = super::written(written)?;
    Ok(if exit == Exit::Done { judge(recording.standing()) } else { exit })
}

/// One form of a recording.
trait Encoder {
    /// Before the first event.
    fn begin(&mut self, _out: &mut Sink, _about: &About) -> io::Result<()> {
        Ok(())
    }

    /// One event, so long after the start.
    fn event(&mut self, out: &mut Sink, event: &Event, elapsed: Duration) -> io::Result<()>;

    /// After the last event.
    fn end(&mut self, _out: &mut Sink) -> io::Result<()> {
        Ok(())
    }
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
        Standing::Whole | Standing::Growing => Exit::Done,
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
