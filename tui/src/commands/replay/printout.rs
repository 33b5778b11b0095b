//! A recording as lines, for whoever reads them one after the other: a screen reader, a log, a terminal that
//! can do no more. Made of the emulator's cells, so that there is no control in them.
//!
//! A line is told once the cursor has left it; of a full-screen program, what is new on its screen whenever
//! nothing happens for a while or a line is entered, and when it ends. One that has no end is told in pieces.

use std::collections::HashSet;

use sudolog_core::limits::PRINTOUT_LINE_BYTES_MAX;
use sudolog_core::session::{Event, EventKind};
use sudolog_core::term::{SafeScreen, usual_size};

use crate::source::About;

pub(super) struct Printout {
    screen: SafeScreen,
    /// The line that scrolled away last; whether it ends there is known when the next one does.
    open: Option<String>,
    /// So many lines were told, of that one and those that stand above the cursor.
    told: usize,
    /// What a full-screen program showed when it was told last.
    picture: Vec<String>,
}

impl Printout {
    pub(super) fn new(about: &About) -> Self {
        let (lines, columns) = usual_size(about.lines, about.columns);
        let mut screen = SafeScreen::new(lines, columns);
        screen.keep_scrolled();
        Self { screen, open: None, told: 0, picture: Vec::new() }
    }

    /// The lines that are to be told after an event.
    pub(super) fn take(&mut self, event: &Event) -> Vec<String> {
        let full = self.screen.alternate_screen();
        if event.kind() == EventKind::Ttyin && event.data().contains(&b'\r') {
            // What was entered is carried out, and may be wiped away.
            return self.rest();
        }
        let before = if full { self.screen.text_lines() } else { Vec::new() };
        self.screen.apply(event);
        // Nobody reads what scrolls within a full-screen program.
        self.screen.take_scrolled_alternate();
        let mut lines = self.scrolled();
        if full && !self.screen.alternate_screen() {
            lines.extend(self.fresh(before));
            self.picture.clear();
        }
        if !self.screen.alternate_screen() {
            lines.extend(self.above());
        }
        lines
    }

    /// The same when nothing happens for a while.
    pub(super) fn rest(&mut self) -> Vec<String> {
        if !self.screen.alternate_screen() {
            return Vec::new();
        }
        let picture = self.screen.text_lines();
        self.fresh(picture)
    }

    /// What is left at the end.
    pub(super) fn finish(&mut self) -> Vec<String> {
        if self.screen.alternate_screen() {
            return self.rest();
        }
        let (mut lines, _) = self.untold(self.screen.lines());
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
        lines
    }

    /// Lines that scrolled away and were not told.
    fn scrolled(&mut self) -> Vec<String> {
        let text = self.screen.take_scrolled();
        let mut pieces = text.split('\n');
        let first = pieces.next().unwrap_or_default();
        if !first.is_empty() {
            if self.open.is_some() && self.told > 1 {
                // What were two lines until now is one.
                self.told -= 1;
            }
            self.open.get_or_insert_default().push_str(first);
        }
        let mut lines = Vec::new();
        for piece in pieces {
            let line = self.open.replace(piece.to_owned()).unwrap_or_default();
            match self.told.checked_sub(1) {
                Some(left) => self.told = left,
                None => lines.push(line),
            }
        }
        if self.told == 0 && self.open.as_ref().is_some_and(|l| l.len() > PRINTOUT_LINE_BYTES_MAX) {
            lines.extend(self.open.take());
        }
        lines
    }

    /// Lines above the cursor that were not told.
    fn above(&mut self) -> Vec<String> {
        let mut row = self.screen.cursor().row;
        while row > 0 && self.screen.row_wraps(row - 1) {
            row -= 1;
        }
        if row == 0 {
            // The one that scrolled away last may go on where the cursor is.
            self.told = self.told.min(self.open.iter().len());
            return Vec::new();
        }
        let (fresh, all) = self.untold(row);
        self.told = all;
        fresh
    }

    /// What was not told of the line that scrolled away last and of those of these rows; and how many lines
    /// they all are.
    fn untold(&self, rows: u16) -> (Vec<String>, usize) {
        let mut lines: Vec<String> = Vec::new();
        let mut goes_on = false;
        for row in 0..rows {
            let text = self.screen.row_text(row);
            match lines.last_mut().filter(|_| goes_on) {
                Some(line) => line.push_str(&text),
                None => lines.push(text),
            }
            goes_on = self.screen.row_wraps(row);
        }
        let all = lines.len() + self.open.iter().len();
        let Some(told) = self.told.checked_sub(self.open.iter().len()) else {
            // What scrolled away can be much: it is looked at no more than it must.
            return (self.open.iter().cloned().chain(lines).collect(), all);
        };
        (lines.split_off(told.min(lines.len())), all)
    }

    /// What is on a full-screen program's screen and was not when it was told last.
    fn fresh(&mut self, picture: Vec<String>) -> Vec<String> {
        let known: HashSet<&String> = self.picture.iter().collect();
        let is_new = |line: &String| !line.is_empty() && !known.contains(line);
        let mut lines: Vec<String> = picture.iter().filter(|line| is_new(line)).cloned().collect();
        // A row that is there many times is told once.
        let mut told = HashSet::new();
        lines.retain(|line| told.insert(line.clone()));
        self.picture = picture;
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::replay::sample::about;

    fn told(pieces: &[&str]) -> (Vec<Vec<String>>, Vec<String>) {
        let mut printout = Printout::new(&about());
        let event = |piece: &&str| {
            Event::new(1, 0, EventKind::Ttyout, piece.as_bytes().to_vec().into()).unwrap()
        };
        let told = pieces.iter().map(|piece| printout.take(&event(piece))).collect();
        (told, printout.finish())
    }

    #[test]
    fn a_line_is_told_once_when_the_cursor_has_left_it() {
        let (told, rest) = told(&["$ l", "s\r\n", "a\r\nb\r\n", "$ "]);
        let empty = Vec::<&str>::new();
        assert_eq!(told, [empty.clone(), vec!["$ ls"], vec!["a", "b"], empty]);
        assert_eq!(rest, ["$"]);
    }

    #[test]
    fn lines_that_scroll_are_told_once_and_whole() {
        let many: String = (0..100).map(|n| format!("line {n}\r\n")).collect();
        for size in [1, 7, 100, 4000] {
            let pieces: Vec<String> =
                many.as_bytes().chunks(size).map(|p| String::from_utf8_lossy(p).into()).collect();
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let (told, rest) = told(&pieces);
            let want: Vec<String> = (0..100).map(|n| format!("line {n}")).collect();
            assert_eq!((told.concat(), rest), (want, Vec::new()), "{size}");
        }
    }

    #[test]
    fn a_wrapped_line_is_one() {
        let long = "0123456789".repeat(20);
        let (told, _) = told(&[&long[..90], &long[90..], "\r\nnext\r\n"]);
        assert_eq!(told.concat(), [long, "next".to_owned()]);
    }

    #[test]
    fn a_line_without_an_end_is_told_in_pieces_and_whole() {
        let piece = "0123456789".repeat(5000);
        let pieces = ["$ yes\r\n", &piece, &piece, &piece, &piece, "\r\nnext\r\n$ "];
        let (told, rest) = told(&pieces);
        let before: usize = told[..5].concat().iter().map(String::len).sum();
        assert!(before + PRINTOUT_LINE_BYTES_MAX + 24 * 80 > 4 * piece.len(), "{before}");
        let lines = told.concat();
        let most = PRINTOUT_LINE_BYTES_MAX + piece.len();
        assert!(lines.iter().all(|line| line.len() <= most));
        assert_eq!(
            (lines.first().unwrap().as_str(), lines.last().unwrap().as_str()),
            ("$ yes", "next")
        );
        assert_eq!(lines[1..lines.len() - 1].concat(), piece.repeat(4));
        assert_eq!(rest, ["$"]);
    }

    #[test]
    fn a_cleared_screen_begins_anew_and_controls_stay_out() {
        let (told, _) = told(&["a\r\n", "\x1b[2J\x1b[H", "\x1b]0;t\x07b\u{202e}\x1b[31m\r\n"]);
        assert_eq!(told.concat(), ["a", "b"]);
    }

    #[test]
    fn a_full_screen_program_is_told_when_it_rests_and_when_it_ends() {
        let mut printout = Printout::new(&about());
        let mut take = |text: &str| {
            let event =
                Event::new(1, 0, EventKind::Ttyout, text.as_bytes().to_vec().into()).unwrap();
            (printout.take(&event), printout.rest())
        };
        let none = Vec::<String>::new();
        assert_eq!(take("$ vi\r\n").0, ["$ vi"]);
        let (now, at_rest) = take("\x1b[?1049h\x1b[2J\x1b[Hone\x1b[5;1Htwo");
        assert_eq!((now, at_rest), (none.clone(), vec!["one".to_owned(), "two".to_owned()]));
        assert_eq!(take("\x1b[5;4H!").1, ["two!"]);
        assert_eq!(take("\x1b[6;1Hlast").1, ["last"]);
        assert_eq!(take("\x1b[?1049l$ ").0, none);
        assert_eq!(printout.finish(), ["$"]);
    }
}
