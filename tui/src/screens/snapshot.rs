//! Whole screens as they are kept beside the code: every state of every screen at 80 by 24 and at 200
//! by 60, text and styles.

use std::path::{Path, PathBuf};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

use crate::app::App;
use crate::theme::Glyphs;

/// The two sizes, columns first.
const SIZES: [(u16, u16); 2] = [(80, 24), (200, 60)];

/// The console in a terminal of that size.
pub(crate) fn drawn(app: &App, columns: u16, lines: u16) -> Buffer {
    let area = Rect::new(0, 0, columns, lines);
    let mut buffer = Buffer::empty(area);
    super::view(app, area, &mut buffer);
    buffer
}

/// The text, and below it each style with where it stands, so that colours are tested too.
pub(crate) fn dump(buffer: &Buffer) -> String {
    let mut text = String::new();
    let mut styles = String::new();
    for row in buffer.area.rows() {
        let mut line = String::new();
        let mut last = None;
        let mut covered = 0;
        for at in row.columns().map(|cell| (cell.x, cell.y)) {
            let cell = &buffer[at];
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = cell.symbol().width().saturating_sub(1);
            line.push_str(cell.symbol());
            let style = (cell.fg, cell.bg, cell.modifier);
            if last.replace(style) != Some(style) && style != PLAIN {
                let (fg, bg, modifier) = style;
                styles.push_str(&format!("{},{} {fg:?} {bg:?} {modifier:?}\n", at.1, at.0));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    format!("{text}---\n{styles}")
}

const PLAIN: (Color, Color, Modifier) = (Color::Reset, Color::Reset, Modifier::empty());

/// Compares the console at both sizes with the files of this state in a screen's folder. Whatever it shows can
/// be shown by a terminal of ASCII too, and by one that is tiny.
pub(crate) fn at_both_sizes(screen: &str, state: &str, app: &App) {
    for (columns, lines) in SIZES {
        let name = format!("{state}-{columns}x{lines}.txt");
        let buffer = drawn(app, columns, lines);
        matches(screen, &name, &dump(&buffer));
        in_ascii(&name, buffer);
    }
    in_ascii(state, drawn(app, 40, 10));
}

/// Nothing but what ASCII has, each sign in its place.
fn in_ascii(name: &str, before: Buffer) {
    let mut buffer = before.clone();
    Glyphs::Ascii.reduce(&mut buffer);
    let wrong = |symbol: &str| !symbol.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    for (cell, before) in buffer.content.iter().zip(&before.content) {
        assert!(!wrong(cell.symbol()), "{name}: {:?} for {:?}", cell.symbol(), before.symbol());
    }
}

/// Compares with a file of a screen's folder; `UPDATE_SNAPSHOTS=1 cargo test` writes it anew.
pub(crate) fn matches(screen: &str, name: &str, shown: &str) {
    let path = screens().join(screen).join("snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, shown).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(shown, kept, "{screen}: {name}");
}

fn screens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/screens")
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_state_of_every_screen_is_kept_at_both_sizes_with_styles() {
    let [small, large] = SIZES.map(|(columns, lines)| format!("{columns}x{lines}.txt"));
    let mut wrong = Vec::new();
    // A folder without a view is drawn by others.
    let drawn = |screen: &PathBuf| screen.join("view.rs").exists();
    for screen in entries(&screens()).into_iter().filter(drawn) {
        let kept = entries(&screen.join("snapshots"));
        let states = |size: &str| {
            let of_size =
                |path: &PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(size)?.to_owned());
            let mut states: Vec<String> = kept.iter().filter_map(of_size).collect();
            states.sort();
            states
        };
        let (small, large) = (states(&small), states(&large));
        if small.is_empty() || small != large {
            wrong.push(format!("{}: {small:?} and {large:?}", screen.display()));
        }
        let plain = |path: &&PathBuf| !std::fs::read_to_string(path).unwrap().contains("\n---\n");
        wrong
            .extend(kept.iter().filter(plain).map(|path| format!("{}: no styles", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
