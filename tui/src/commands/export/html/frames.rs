//! The frames of a page, as JSON that is made of numbers and escaped text: rows that are not as in the frame
//! before, the cursor, and the size where it is another.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use sudolog_core::term::{SafeScreen, Style};
use sudolog_core::untrusted::is_misleading;

use super::super::svg::colours::{GROUND, INK, colours};

/// The frames up to now.
#[derive(Default)]
pub(super) struct Frames {
    /// The frames themselves, with commas between them.
    json: String,
    /// Styles as JSON, by their number.
    styles: Vec<String>,
    numbers: HashMap<String, usize>,
    rows: Vec<String>,
    size: Option<(u16, u16)>,
    cursor: String,
}

impl Frames {
    /// Adds the screen as it is so long after the beginning of the page, unless it looks as before.
    pub(super) fn add(&mut self, screen: &SafeScreen, at: Duration) {
        let size = (screen.lines(), screen.columns());
        let resized = self.size.replace(size) != Some(size);
        self.rows.resize(size.0.into(), "[]".to_owned());
        let mut changed = String::new();
        for number in 0..size.0 {
            let row = self.row(screen, number);
            let before = self.rows.get_mut(usize::from(number));
            if let Some(before) = before.filter(|before| **before != row) {
                let comma = if changed.is_empty() { "" } else { "," };
                put(&mut changed, format_args!("{comma}[{number},{row}]"));
                *before = row;
            }
        }
        let at_cursor = screen.cursor();
        let visible = u8::from(at_cursor.visible);
        let cursor = format!("[{},{},{visible}]", at_cursor.row, at_cursor.column);
        let moved = self.cursor != cursor;
        if !resized && changed.is_empty() && !moved {
            return;
        }
        let comma = if self.json.is_empty() { "" } else { ",\n" };
        let ms = at.as_millis();
        put(&mut self.json, format_args!("{comma}[{ms},[{changed}],{cursor}"));
        if resized {
            put(&mut self.json, format_args!(",[{},{}]", size.0, size.1));
        }
        self.json.push(']');
        self.cursor = cursor;
    }

    /// How much there is by now.
    pub(super) fn bytes(&self) -> usize {
        self.json.len()
    }

    /// All of it, as one object; `from` is the time of the recording at which the page begins.
    pub(super) fn finish(&self, from: Duration) -> String {
        let (ms, styles) = (from.as_millis(), self.styles.join(","));
        format!("{{\"from\":{ms},\"styles\":[{styles}],\"frames\":[\n{}\n]}}", self.json)
    }

    /// The runs of a row, without the blanks at its end.
    fn row(&mut self, screen: &SafeScreen, number: u16) -> String {
        let mut row = String::from("[");
        let mut run: Option<(usize, String)> = None;
        let mut blanks = String::new();
        for cell in screen.row(number).filter(|cell| cell.width() > 0) {
            let symbol = cell.symbol();
            if symbol == " " && cell.style() == Style::default() {
                blanks.push(' ');
                continue;
            }
            let style = self.style(cell.style());
            if !blanks.is_empty() {
                let (default, blank) = (self.style(Style::default()), std::mem::take(&mut blanks));
                end(&mut row, run.take());
                run = Some((default, blank));
            }
            let plain = cell.width() == 1 && symbol.is_ascii();
            match &mut run {
                Some((same, text)) if plain && *same == style => text.push_str(&symbol),
                _ => {
                    end(&mut row, run.take());
                    if plain {
                        run = Some((style, symbol.into_owned()));
                    } else {
                        let text = escaped(&symbol);
                        comma(&mut row);
                        put(&mut row, format_args!("[{style},\"{text}\",{}]", cell.width()));
                    }
                }
            }
        }
        end(&mut row, run);
        row.push(']');
        row
    }

    /// The number of a style: colours, where they are not the page's own, and bits for the rest.
    fn style(&mut self, style: Style) -> usize {
        let (ink, ground) = colours(style);
        let colour = |colour: &str, own: &str| match colour == own {
            true => "0".to_owned(),
            false => format!("\"{colour}\""),
        };
        let flags = [(style.bold, 1), (style.dim, 2), (style.italic, 4), (style.underline, 8)];
        let bits: u8 = flags.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum();
        let json = format!("[{},{},{bits}]", colour(&ink, INK), colour(&ground, GROUND));
        let next = self.styles.len();
        *self.numbers.entry(json).or_insert_with_key(|json| {
            self.styles.push(json.clone());
            next
        })
    }
}

fn end(row: &mut String, run: Option<(usize, String)>) {
    if let Some((style, text)) = run {
        comma(row);
        put(row, format_args!("[{style},\"{}\"]", escaped(&text)));
    }
}

fn comma(row: &mut String) {
    if !row.ends_with('[') {
        row.push(',');
    }
}

/// Text within a JSON string within a page: nothing in it ends the string, the element or a line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' | '<' | '>' | '&' | '\'' => {}
            c if is_misleading(c) => {}
            c => {
                escaped.push(c);
                continue;
            }
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            put(&mut escaped, format_args!("\\u{unit:04x}"));
        }
    }
    escaped
}

fn put(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = text.write_fmt(more);
}
