//! Signs for terminals that show nothing but ASCII: the one place where what is drawn is put into it.
//!
//! Every sign that the console draws has a stand-in of its own here, one column wide as the sign is. What
//! is recorded and has none becomes `?`.

use ratatui::buffer::{Buffer, Cell};
use unicode_width::UnicodeWidthStr as _;

/// Which signs the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// All.
    #[default]
    Unicode,
    /// Those of ASCII.
    Ascii,
}

/// What the operator wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Borders {
    /// What the locale says.
    #[default]
    Auto,
    /// All signs, whatever it says.
    Unicode,
    /// ASCII alone.
    Ascii,
}

impl Borders {
    /// Its name in a configuration file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Unicode => "unicode",
            Self::Ascii => "ascii",
        }
    }
}

impl Glyphs {
    /// What to use: `auto` means ASCII where the locale is named and is not one of UTF-8. Where none is named, as in
    /// many containers, terminals show all signs nonetheless.
    pub fn choose(borders: Borders, variable: impl Fn(&str) -> Option<String>) -> Self {
        let named = LOCALE.into_iter().find_map(|name| variable(name).filter(|it| !it.is_empty()));
        let is_utf8 = |locale: String| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        match borders {
            Borders::Unicode => Self::Unicode,
            Borders::Ascii => Self::Ascii,
            Borders::Auto if named.is_none_or(is_utf8) => Self::Unicode,
            Borders::Auto => Self::Ascii,
        }
    }

    /// Replaces the signs that the terminal has not by those that stand for them.
    pub fn reduce(self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width).max(1);
        if self == Self::Ascii {
            buffer.content.chunks_mut(width).for_each(reduce_row);
        }
    }
}

fn reduce_row(row: &mut [Cell]) {
    spell_dots(row);
    let mut covered = 0;
    for cell in row {
        if covered > 0 {
            covered -= 1;
            cell.set_char(UNKNOWN);
            continue;
        }
        if cell.symbol().is_ascii() {
            continue;
        }
        covered = cell.symbol().width().saturating_sub(1);
        let mut chars = cell.symbol().chars();
        let alone = chars.next().filter(|_| chars.next().is_none());
        cell.set_char(alone.and_then(stand_in).unwrap_or(UNKNOWN));
    }
}

/// Where there is room for them, three dots say best that something goes on.
fn spell_dots(row: &mut [Cell]) {
    let free = |window: &[Cell]| {
        let symbols = window.iter().map(Cell::symbol);
        symbols.eq([" ", "…", " ", " "])
    };
    let places: Vec<usize> =
        row.windows(4).enumerate().filter(|(_, it)| free(it)).map(|(at, _)| at + 1).collect();
    for place in places {
        let style = row.get(place).map(Cell::style).unwrap_or_default();
        for cell in row.iter_mut().skip(place).take(3) {
            cell.set_char('.').set_style(style);
        }
    }
}

/// What stands for a sign.
fn stand_in(sign: char) -> Option<char> {
    Some(match sign {
        ' '..='~' => sign,
        '\u{a0}' => ' ',
        '…' => '~',
        // How a session, a message, a check stands.
        '●' => '*',
        '○' => 'o',
        '■' => '#',
        '◐' => '%',
        '✓' => '+',
        '·' => '.',
        // Where something leads, which way it is sorted, how it is played.
        '→' | '▸' | '▶' | '›' => '>',
        '←' | '‹' => '<',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '‖' => '"',
        // On the time bar.
        '━' | '═' => '=',
        '╍' => ':',
        '┄' => '.',
        '╳' => 'X',
        '▒' | '▓' => '%',
        '◆' => '^',
        '┼' => '|',
        // How much there was.
        '▁' => '_',
        '▂' => ',',
        '▃' => ';',
        '▄' => 'o',
        '▅' => 'O',
        '▆' => '8',
        '▇' => '@',
        '█' => '#',
        '▀' => '"',
        '░' => '.',
        // Typed keys.
        '␣' => '_',
        '•' => '*',
        '⏎' => '$',
        // What recorded programs draw with and write.
        '─' | '╌' | '┅' | '┈' | '┉' | '╴' | '╶' | '╸' | '╺' | '╼' | '╾' => {
            '-'
        }
        '│' | '┃' | '║' | '┆' | '┇' | '┊' | '┋' | '╎' | '╏' | '╵' | '╷' | '╹' | '╻' | '╽' | '╿' => {
            '|'
        }
        '╱' => '/',
        '╲' => '\\',
        '\u{2500}'..='\u{257f}' => '+',
        '‐'..='―' => '-',
        '‘' | '’' | '‚' => '\'',
        '“' | '”' | '„' => '"',
        '×' => 'x',
        _ => return None,
    })
}

/// What the system asks for the locale of characters, the first one that is set.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];
/// Stands for what has no sign of its own.
const UNKNOWN: char = '?';

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};

    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;

    fn choose(borders: Borders, pairs: &[(&str, &str)]) -> Glyphs {
        Glyphs::choose(borders, |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_locale_decides_unless_the_operator_does() {
        use Borders::{Ascii, Auto, Unicode};
        assert_eq!(choose(Auto, &[]), Glyphs::Unicode);
        assert_eq!(choose(Auto, &[("LANG", "de_DE.UTF-8")]), Glyphs::Unicode);
        assert_eq!(choose(Auto, &[("LANG", "C.utf8"), ("LC_ALL", "")]), Glyphs::Unicode);
        assert_eq!(choose(Auto, &[("LANG", "C.UTF-8"), ("LC_ALL", "C")]), Glyphs::Ascii);
        assert_eq!(choose(Auto, &[("LC_CTYPE", "de_DE@euro")]), Glyphs::Ascii);
        assert_eq!(choose(Unicode, &[("LANG", "C")]), Glyphs::Unicode);
        assert_eq!(choose(Ascii, &[("LANG", "C.UTF-8")]), Glyphs::Ascii);
    }

    fn reduced(text: &str, columns: u16) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 1));
        buffer.set_string(0, 0, text, Style::new().fg(Color::Red));
        Glyphs::Ascii.reduce(&mut buffer);
        buffer.content.iter().map(Cell::symbol).collect()
    }

    #[test]
    fn a_sign_keeps_its_column_and_what_is_unknown_can_be_seen() {
        assert_eq!(reduced("│ ● live  a→b │", 15), "| * live  a>b |");
        assert_eq!(reduced("日本 Größe e\u{301}", 13), "???? Gr??e ? ");
        assert_eq!(reduced("joining …", 12), "joining ... ");
        assert_eq!(reduced("/etc/ho… x", 10), "/etc/ho~ x");
    }

    #[test]
    fn signs_that_stand_beside_each_other_differ() {
        let beside = ["●■◐✓·○!?", "●╳━╍─┄▒◆┬┼▼!›▁▂▃▄▅", "·▁▂▃▄▅▆▇█", " ▀▄█", "▶‖■", "▲▼"];
        for signs in beside {
            let all: HashSet<char> = signs.chars().map(|c| stand_in(c).unwrap()).collect();
            assert_eq!(all.len(), signs.chars().count(), "{signs}: {all:?}");
        }
    }

    fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
        for path in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            let is_source = path.extension().is_some_and(|it| it == "rs");
            match path.is_dir() {
                true => sources(&path, found),
                false if is_source => found.push(path),
                false => {}
            }
        }
    }

    #[test]
    fn every_sign_that_is_drawn_has_a_stand_in() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        let mut seen = 0;
        for file in files {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            if name.contains("tests") || name == "sample" {
                continue;
            }
            let text = std::fs::read_to_string(&file).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let line = line.split(" // ").next().unwrap();
                for sign in line.chars().filter(|c| !c.is_ascii()) {
                    seen += 1;
                    assert!(stand_in(sign).is_some(), "{}: {sign} in {line}", file.display());
                }
            }
        }
        assert!(seen > 50, "{seen} signs");
    }
}
