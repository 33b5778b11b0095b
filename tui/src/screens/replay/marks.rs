//! The marks of a recording in their order: those in it, and what happened to the session from
//! outside, put where it came in between.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::session::{Incident, IncidentKind};
use sudolog_core::term::{Mark, MarkKind, Track};

/// All marks, as far as the recording was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    all: Vec<Mark>,
    stretches: Vec<(Duration, Duration)>,
    still_since: Option<Duration>,
}

/// How much is known of a recording's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It is still being read.
    Reading,
    /// It is read, and may grow.
    Growing,
    /// It is read and ends here.
    Ended,
}

impl Marks {
    /// Puts both together. An incident behind the last event stands at the end, once it is known where
    /// that is.
    pub(super) fn new(
        recorded: &[Mark],
        incidents: &[Incident],
        track: &impl Track,
        reach: Reach,
    ) -> Self {
        let known = |incident: &&Incident| {
            reach != Reach::Reading || incident.after_seq <= track.last_seq()
        };
        let incidents: Vec<&Incident> = incidents.iter().filter(known).collect();
        let freezes = Freezes::among(&incidents);
        let mut marks = Self { all: recorded.to_vec(), ..Self::default() };
        for (at, incident) in incidents.iter().enumerate() {
            if incident.kind == IncidentKind::Thawed && freezes.ends.contains(&at) {
                // It says nothing that the length of its freeze does not.
                continue;
            }
            let seq = incident.after_seq.min(track.last_seq());
            let elapsed = track.elapsed(seq);
            let end = freezes.end_of.get(&at).and_then(|end| incidents.get(*end));
            let lasted = end.map(|end| between(incident, end));
            let lasts = freezes.open == Some(at) && reach == Reach::Growing;
            if lasted.is_some() || lasts {
                let to = end.map_or(Duration::MAX, |end| {
                    // The recording goes on with the event after it.
                    let next = track.elapsed(end.after_seq.saturating_add(1));
                    elapsed.saturating_add(between(incident, end)).min(next)
                });
                let to = to.min(track.elapsed(track.last_seq()));
                marks.stretches.push((elapsed, to.max(elapsed)));
            }
            if lasts {
                marks.still_since = Some(elapsed);
            }
            let incident = Arc::new((*incident).clone());
            marks.all.push(Mark { seq, elapsed, kind: MarkKind::Incident { incident, lasted } });
        }
        marks.all.sort_by_key(|mark| mark.elapsed);
        marks
    }

    /// Adds marks that are not in the recording; those behind its end stand there, once it is known
    /// where that is.
    pub(super) fn add(&mut self, marks: impl Iterator<Item = Mark>, total: Duration, reach: Reach) {
        let known = marks.filter(|mark| reach != Reach::Reading || mark.elapsed <= total);
        self.all.extend(known.map(|mark| Mark { elapsed: mark.elapsed.min(total), ..mark }));
        self.all.sort_by_key(|mark| mark.elapsed);
    }

    /// The marks, in order.
    pub(super) fn all(&self) -> &[Mark] {
        &self.all
    }

    /// Times in which the command stood still.
    pub(super) fn stretches(&self) -> &[(Duration, Duration)] {
        &self.stretches
    }

    /// Since when the command stands still, while it does.
    pub(super) fn still_since(&self) -> Option<Duration> {
        self.still_since
    }

    /// When the first mark after a moment is.
    pub(super) fn next(&self, moment: Duration) -> Option<Duration> {
        self.stops().find(|at| *at > moment)
    }

    /// When the last mark before a moment is.
    pub(super) fn previous(&self, moment: Duration) -> Option<Duration> {
        self.stops().take_while(|at| *at < moment).last()
    }

    /// Commands are too many: they have keys of their own.
    fn stops(&self) -> impl Iterator<Item = Duration> {
        let stops = self.all.iter().filter(|mark| !is_command(&mark.kind));
        stops.map(|mark| mark.elapsed)
    }

    /// What there is to say of a moment: the marks passed last, for `linger` after them, and whatever
    /// still lasts. What happened from outside comes first.
    pub(super) fn around(&self, moment: Duration, linger: Duration) -> Vec<&Mark> {
        let passed = self.all.partition_point(|mark| mark.elapsed <= moment);
        let passed = self.all.get(..passed).unwrap_or_default();
        let last = passed.last().map(|mark| mark.elapsed);
        let last = last.filter(|at| moment.saturating_sub(*at) < linger);
        let mut around: Vec<&Mark> = passed
            .iter()
            .filter(|mark| mark.kind != MarkKind::Start)
            .filter(|mark| Some(mark.elapsed) == last || self.lasts(mark, moment))
            .collect();
        around.sort_by_key(|mark| !matches!(mark.kind, MarkKind::Incident { .. }));
        around
    }

    fn lasts(&self, mark: &Mark, moment: Duration) -> bool {
        match &mark.kind {
            MarkKind::Incident { lasted: Some(lasted), .. } => {
                moment < mark.elapsed.saturating_add(*lasted)
            }
            MarkKind::Incident { incident, lasted: None } => {
                incident.kind == IncidentKind::Frozen && self.still_since == Some(mark.elapsed)
            }
            _ => false,
        }
    }
}

/// Which incidents are freezes and which end them, by their places.
#[derive(Default)]
struct Freezes {
    end_of: HashMap<usize, usize>,
    ends: HashSet<usize>,
    /// The one whose end is not known.
    open: Option<usize>,
}

impl Freezes {
    fn among(incidents: &[&Incident]) -> Self {
        let mut freezes = Self::default();
        for (at, incident) in incidents.iter().enumerate() {
            match incident.kind {
                IncidentKind::Frozen => freezes.open = freezes.open.or(Some(at)),
                IncidentKind::Thawed | IncidentKind::FreezeTimeout => {
                    if let Some(frozen) = freezes.open.take() {
                        freezes.end_of.insert(frozen, at);
                        freezes.ends.insert(at);
                    }
                }
                _ => {}
            }
        }
        freezes
    }
}

/// True where a command begins.
pub(super) fn is_command(kind: &MarkKind) -> bool {
    matches!(kind, MarkKind::CommandStart | MarkKind::SubCommand(_))
}

fn between(from: &Incident, to: &Incident) -> Duration {
    Duration::from_nanos(to.at.as_nanos().saturating_sub(from.at.as_nanos()))
}
