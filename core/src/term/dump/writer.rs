//! Draws a screen as control sequences, so that a blank emulator of the same size becomes it.

use std::fmt::Write as _;

use vt100::Screen;

use super::probe::{Hidden, after, pen};
use crate::term::cell::{Cell, Style};

/// How much is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// All of it.
    Everything,
    /// The screen that is shown, without styles.
    Text,
    /// Cursor and modes only.
    Nothing,
}

/// The sequences for both screens, cursor and pen.
pub(super) fn draw(screen: &Screen, detail: Detail) -> String {
    let hidden = Hidden::of(screen);
    let mut out = Drawing { out: String::new(), detail, saved_pen: hidden.saved_pen };
    let alternate = screen.alternate_screen();
    if detail == Detail::Everything {
        let other = after(screen, if alternate { LEAVE } else { ENTER });
        let other_hidden = Hidden::of(other.screen());
        if alternate {
            out.screen(other.screen(), &other_hidden);
        } else if !is_pristine(other.screen(), &other_hidden) {
            out.out.push_str(ENTER);
            out.screen(other.screen(), &other_hidden);
            out.out.push_str(LEAVE);
        }
    }
    if alternate {
        out.out.push_str(ENTER);
    }
    out.screen(screen, &hidden);
    out.style(pen(screen));
    if screen.hide_cursor() {
        out.out.push_str("\x1b[?25l");
    }
    out.out
}

fn is_pristine(screen: &Screen, hidden: &Hidden) -> bool {
    let (lines, _) = screen.size();
    let blank = |row| cells(screen, row).all(|cell| is_blank(cell));
    hidden.is_pristine(lines.get()) && (0..lines.get()).all(blank)
}

fn cells(screen: &Screen, row: u16) -> impl Iterator<Item = Cell<'_>> {
    (0..screen.size().1.get()).map_while(move |column| screen.cell(row, column).map(Cell))
}

fn is_blank(cell: Cell<'_>) -> bool {
    !cell.0.has_contents() && cell.width() == 1 && cell.style() == Style::default()
}

struct Drawing {
    out: String,
    detail: Detail,
    saved_pen: Style,
}

impl Drawing {
    /// The shown screen of `screen`, onto a blank one.
    fn screen(&mut self, screen: &Screen, hidden: &Hidden) {
        let columns = screen.size().1.get();
        self.saved_cursor(hidden, columns);
        if self.detail != Detail::Nothing {
            for row in 0..screen.size().0.get() {
                self.row(screen, row);
                self.wrap(screen, row);
            }
        }
        let (top, bottom) = hidden.region;
        if (top, bottom + 1) != (0, screen.size().0.get()) {
            self.put(format_args!("\x1b[{};{}r", top + 1, bottom + 1));
        }
        if hidden.origin {
            self.put(format_args!("\x1b[?6h"));
        }
        self.cursor(screen, hidden.cursor);
    }

    /// DECSC at the right place. Done first, because a cursor that waits to wrap has to be brought
    /// there by printing. The pen counts for both screens, so it is saved even at the top left.
    fn saved_cursor(&mut self, hidden: &Hidden, columns: u16) {
        self.style(self.saved_pen);
        if hidden.saved_origin {
            self.put(format_args!("\x1b[?6h"));
        }
        let (row, column) = hidden.saved_cursor;
        self.go(row, column.min(columns - 1));
        if column >= columns {
            self.out.push(' ');
        }
        self.put(format_args!("\x1b7\x1b[?6l"));
        self.style(Style::default());
        if column >= columns {
            self.put(format_args!("\x1b[2J"));
        }
    }

    fn row(&mut self, screen: &Screen, row: u16) {
        let mut column = 0;
        let mut at = None;
        let mut style = Style::default();
        let mut cells = cells(screen, row).peekable();
        while let Some(cell) = cells.next() {
            let start = column;
            column += 1;
            if is_blank(cell) || cell.width() == 0 {
                continue;
            }
            if at != Some(start) {
                self.go(row, start);
            }
            if cell.style() != style {
                style = cell.style();
                self.style(style);
            }
            if cell.0.has_contents() {
                self.contents(cell);
                at = Some(start + cell.width());
                continue;
            }
            let same = |next: &Cell<'_>| {
                next.width() == 1 && !next.0.has_contents() && next.style() == style
            };
            while cells.next_if(same).is_some() {
                column += 1;
            }
            self.put(format_args!("\x1b[{}X", column - start));
        }
        if style != Style::default() {
            self.style(Style::default());
        }
    }

    /// That the next row goes on with this one is known only to who wraps there. The blank that does it
    /// is taken away again.
    fn wrap(&mut self, screen: &Screen, row: u16) {
        let (lines, columns) = (screen.size().0.get(), screen.size().1.get());
        if screen.row_wrapped(row) && row + 1 < lines {
            self.cursor(screen, (row, columns));
            self.out.push_str("\x1b[0m \x1b[1G\x1b[1X");
        }
    }

    fn contents(&mut self, cell: Cell<'_>) {
        match self.detail {
            Detail::Everything => self.out.push_str(cell.0.contents()),
            Detail::Text | Detail::Nothing => self.out.push_str(&cell.symbol()),
        }
    }

    /// A cursor that waits to wrap stands behind a character, which is printed once more.
    fn cursor(&mut self, screen: &Screen, (row, column): (u16, u16)) {
        let columns = screen.size().1.get();
        self.go(row, column.min(columns - 1));
        if column < columns {
            return;
        }
        let wide = screen.cell(row, columns - 1).is_some_and(vt100::Cell::is_wide_continuation);
        let start = columns - 1 - u16::from(wide);
        if let Some(cell) = screen.cell(row, start).map(Cell).filter(|cell| cell.0.has_contents()) {
            self.go(row, start);
            self.style(cell.style());
            self.contents(cell);
        }
    }

    fn go(&mut self, row: u16, column: u16) {
        self.put(format_args!("\x1b[{}d\x1b[{}G", row + 1, column + 1));
    }

    fn style(&mut self, style: Style) {
        match self.detail {
            Detail::Everything => style.push_sgr(&mut self.out),
            _ => self.out.push_str("\x1b[0m"),
        }
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.out.write_fmt(text);
    }
}

pub(super) const ENTER: &str = "\x1b[?47h";
pub(super) const LEAVE: &str = "\x1b[?47l";
