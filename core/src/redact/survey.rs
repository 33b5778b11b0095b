//! Finds out what is to be hidden, before anything is exported: a secret is known when its last character
//! stands, and hidden from its first one on.

use super::grid::Grid;
use super::lineage::Lineage;
use super::redactor::Redaction;
use super::rules::Rules;
use super::secrets::{Hidden, Secrets, Texts};
use super::{RedactError, shows};
use crate::limits::REDACT_LINE_BYTES_MAX;
use crate::session::Event;
use crate::term::SafeScreen;

/// A reading of a recording, from its first event to its last.
pub struct Survey {
    size: (u16, u16),
    screen: SafeScreen,
    lineage: Lineage,
    hidden: Hidden,
    /// What was known before this reading, and what is known now.
    known: Texts,
    found: Texts,
    secrets: Secrets,
    /// A line that scrolls away in pieces.
    scrolled: String,
    last: u64,
}

/// What a reading brought.
pub enum Surveyed {
    /// Texts were found that may stand elsewhere: the same events must be read once more.
    Again(Box<Survey>),
    /// All is known.
    Done(Box<Redaction>),
}

impl Survey {
    /// A recording that begins with this many lines and columns.
    pub fn new(rules: Rules, lines: u16, columns: u16) -> Result<Self, RedactError> {
        let secrets = Secrets::new(rules, &Texts::default())?;
        Ok(Self::of((lines, columns), secrets, Texts::default(), 0))
    }

    fn of(size: (u16, u16), secrets: Secrets, known: Texts, last: u64) -> Self {
        let mut screen = SafeScreen::new(size.0, size.1);
        screen.keep_scrolled();
        let (lineage, hidden) = (Lineage::default(), Hidden::default());
        let (found, scrolled) = (known.clone(), String::new());
        Self { size, screen, lineage, hidden, known, found, secrets, scrolled, last }
    }

    /// Looks at something that is told of the session beside its events: its command, its user.
    ///
    /// # Errors
    /// [`RedactError`], here and below, when more is to be hidden than can be kept in mind.
    pub fn name(&mut self, text: &str) -> Result<(), RedactError> {
        learn(&self.secrets, &mut self.found, text)
    }

    /// Looks at the screen after the next event. False when this one was not there in the first reading:
    /// nothing is known of what follows.
    ///
    /// # Errors
    /// [`RedactError`]
    pub fn look(&mut self, event: &Event) -> Result<bool, RedactError> {
        if self.known.is_empty() {
            self.last = event.seq();
        } else if event.seq() > self.last {
            return Ok(false);
        }
        self.screen.apply(event);
        if shows(event.kind()) {
            self.scrolled_away()?;
            self.compare()?;
        }
        Ok(true)
    }

    /// The recording was read to its end, or as far as before.
    ///
    /// # Errors
    /// [`RedactError`]
    pub fn finish(self) -> Result<Surveyed, RedactError> {
        let Self { size, hidden, known, found, secrets, last, .. } = self;
        if found == known {
            return Ok(Surveyed::Done(Box::new(Redaction::new(size, secrets, hidden, last))));
        }
        let secrets = Secrets::new(secrets.rules().clone(), &found)?;
        Ok(Surveyed::Again(Box::new(Self::of(size, secrets, found, last))))
    }

    /// What scrolled away within one event stood on no screen.
    fn scrolled_away(&mut self) -> Result<(), RedactError> {
        let text = self.screen.take_scrolled() + &self.screen.take_scrolled_alternate();
        let mut pieces = text.split('\n');
        if let Some(first) = pieces.next().filter(|first| !first.is_empty())
            && self.scrolled.len() < REDACT_LINE_BYTES_MAX
        {
            self.scrolled.push_str(first);
        }
        for piece in pieces {
            let line = std::mem::replace(&mut self.scrolled, piece.to_owned());
            learn(&self.secrets, &mut self.found, &line)?;
        }
        Ok(())
    }

    fn compare(&mut self) -> Result<(), RedactError> {
        let step = self.lineage.step(Grid::of(&self.screen));
        let Some(grid) = self.lineage.grid() else { return Ok(()) };
        let wrapped = grid.lines_by(Grid::wraps);
        // Programs wrap lines as well, and the terminal does not know.
        let filled = grid.lines_by(|grid, row| grid.wraps(row) || grid.is_full(row));
        let more = filled.into_iter().filter(|rows| !wrapped.contains(rows)).collect::<Vec<_>>();
        for rows in wrapped.iter().chain(&more) {
            // A line may also be new because the one above it no longer goes on with it.
            let since = rows.start.saturating_sub(1);
            let changed = step.changed.get(since..rows.end).unwrap_or_default();
            if !changed.contains(&true) {
                continue;
            }
            let line = grid.text(grid.cells(rows));
            // Where a line ends, not where the screen does.
            let text = line.text.trim_end_matches(' ');
            learn(&self.secrets, &mut self.found, text)?;
            for part in self.secrets.matches(text) {
                let cells = line.cells(&part);
                let read =
                    cells.filter(|cell| grid.glyphs().get(*cell).is_some_and(|g| !g.is_empty()));
                for id in read.filter_map(|cell| self.lineage.id(cell)) {
                    self.hidden.add(id)?;
                }
            }
        }
        Ok(())
    }
}

/// Keeps what the rules match.
fn learn(secrets: &Secrets, found: &mut Texts, line: &str) -> Result<(), RedactError> {
    let rules = secrets.rules();
    rules
        .matches(line)
        .into_iter()
        .try_for_each(|part| found.add(line.get(part).unwrap_or_default()))
}
