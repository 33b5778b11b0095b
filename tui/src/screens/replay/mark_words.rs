//! Marks in words, escaped.

use std::time::Duration;

use sudolog_core::session::{Incident, IncidentKind};
use sudolog_core::term::{Mark, MarkKind};
use sudolog_core::time::Position;
use sudolog_core::untrusted::Untrusted;

use super::marks::{Marks, is_command};
use crate::widgets::Tick;

/// All of these in one line, each with the sign that it has on the bar.
pub(super) fn caption(marks: &[&Mark]) -> String {
    let words: Vec<String> = marks
        .iter()
        .take(SPOKEN_MAX)
        .map(|mark| format!("{} {}", sign(&mark.kind), words(mark)))
        .collect();
    let more = marks.len().saturating_sub(SPOKEN_MAX);
    let more = if more > 0 { format!("  +{more}") } else { String::new() };
    words.join("  ") + &more
}

/// How many marks there are, and what one must not overlook among them.
pub(super) fn summary(marks: &Marks) -> String {
    let all = marks.all().iter().filter(|mark| mark.kind != MarkKind::Start);
    let count = all.clone().count();
    let mut text = match count {
        0 => "no marks".to_owned(),
        1 => "1 mark".to_owned(),
        count => format!("{count} marks"),
    };
    let lengths: Vec<Duration> = all.clone().filter_map(frozen).collect();
    if !lengths.is_empty() {
        let whole = lengths.iter().fold(Duration::ZERO, |sum, length| sum.saturating_add(*length));
        text.push_str(&format!(", ■ frozen {}x, {} in all", lengths.len(), length(whole)));
    }
    if marks.still_since().is_some() {
        text.push_str(", ■ frozen now");
    }
    let alarms = all.filter(|mark| is_alarm(&mark.kind)).count();
    if alarms > 0 {
        text.push_str(&format!(", ! {alarms} to look at"));
    }
    text
}

/// True for what makes the recording or the session doubtful.
pub(super) fn is_alarm(kind: &MarkKind) -> bool {
    match kind {
        MarkKind::ParserReset | MarkKind::Approximate | MarkKind::HiddenText => true,
        MarkKind::Incident { incident, .. } => {
            let is_end =
                matches!(incident.kind, IncidentKind::Terminating | IncidentKind::OrderTerminate);
            is_end || incident.kind.is_doubtful()
        }
        MarkKind::Finding { points, .. } => *points >= GRAVE_POINTS,
        _ => false,
    }
}

fn sign(kind: &MarkKind) -> &'static str {
    match kind {
        MarkKind::Incident { incident, .. } if incident.kind == IncidentKind::Frozen => "■",
        kind => tick(kind).sign(),
    }
}

/// Its sign on the bar.
pub(super) fn tick(kind: &MarkKind) -> Tick {
    match kind {
        kind if is_alarm(kind) => Tick::Warning,
        kind if is_command(kind) => Tick::Command,
        MarkKind::Own => Tick::Own,
        _ => Tick::Event,
    }
}

fn words(mark: &Mark) -> String {
    match &mark.kind {
        MarkKind::Start => "start".to_owned(),
        MarkKind::Resize { lines, columns } => format!("window {columns}x{lines}"),
        MarkKind::Suspend(signal) => {
            format!("SIG{}", Untrusted::from(signal.as_str()).escaped())
        }
        MarkKind::Gap(gap) => format!("nothing for {}", length(*gap)),
        MarkKind::ParserReset => "from here on it may differ from what the user saw".to_owned(),
        MarkKind::Approximate => "more was drawn than can be shown: approximate".to_owned(),
        MarkKind::HiddenText => "text was hidden here".to_owned(),
        MarkKind::HiddenLine => "a line typed unseen: a password?".to_owned(),
        MarkKind::CommandStart => "a command begins".to_owned(),
        MarkKind::CommandEnd(Some(value)) => format!("a command ends, exit {value}"),
        MarkKind::CommandEnd(None) => "a command ends".to_owned(),
        MarkKind::Incident { incident, lasted } => incident_words(incident, *lasted),
        MarkKind::SubCommand(command) => format!("runs {}", command.escaped()),
        MarkKind::Finding { rule, points, text } => {
            let rule = Untrusted::from(rule.as_str());
            format!("{points} {}: {}", rule.escaped(), text.escaped())
        }
        MarkKind::Note { who, text } => format!("{} notes: {}", who.escaped(), text.escaped()),
        MarkKind::Own => "your mark".to_owned(),
    }
}

/// `frozen 12.4 s: the log server is not heard`, `freeze ordered by olga: why`.
fn incident_words(incident: &Incident, lasted: Option<Duration>) -> String {
    let mut text = incident.kind.words().to_owned();
    if let Some(lasted) = lasted {
        text.push_str(&format!(" {}", length(lasted)));
    }
    if let Some(who) = &incident.who {
        text.push_str(&format!(" by {}", who.escaped()));
    }
    if !incident.text.is_empty() {
        text.push_str(&format!(": {}", incident.text.escaped()));
    }
    text
}

fn frozen(mark: &Mark) -> Option<Duration> {
    match mark.kind {
        MarkKind::Incident { lasted, .. } => lasted,
        _ => None,
    }
}

/// `12.4 s`, `03:05`.
fn length(time: Duration) -> String {
    if time < MINUTE { format!("{:.1} s", time.as_secs_f64()) } else { Position(time).to_string() }
}

/// A rule that counts so much has found what somebody must look at: level high.
const GRAVE_POINTS: u8 = 50;
const MINUTE: Duration = Duration::from_secs(60);
/// A line holds no more.
const SPOKEN_MAX: usize = 3;
