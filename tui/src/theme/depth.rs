//! How many colours the terminal has, and what becomes of those it has not: the one place where
//! colours are reduced.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

use crate::cli::ColorChoice;

/// How many colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None.
    Mono,
    /// The terminal's own sixteen.
    Sixteen,
    /// The 256 of xterm.
    Palette,
    /// All.
    True,
}

impl Depth {
    /// What to use: `--color never` and `NO_COLOR` (unless `--color always`) mean none; else
    /// `COLORTERM` and `TERM` say.
    pub fn choose(choice: ColorChoice, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        match choice {
            ColorChoice::Never => return Self::Mono,
            ColorChoice::Auto if set("NO_COLOR").is_some() => return Self::Mono,
            ColorChoice::Auto | ColorChoice::Always => {}
        }
        let term = set("TERM").unwrap_or_default();
        let truecolor = matches!(set("COLORTERM").as_deref(), Some("truecolor" | "24bit"));
        match term.as_str() {
            _ if truecolor || term.ends_with("-direct") => Self::True,
            _ if term.contains("256color") => Self::Palette,
            "dumb" | "vt100" | "vt220" if choice == ColorChoice::Auto => Self::Mono,
            _ => Self::Sixteen,
        }
    }

    /// Replaces the colours that the terminal has not by the nearest ones it has.
    pub fn reduce(self, buffer: &mut Buffer) {
        if self == Self::True {
            return;
        }
        // Neighbours mostly have the same colours.
        let mut last = (Color::Reset, self.nearest(Color::Reset));
        let mut reduced = |color: Color| {
            if color != last.0 {
                last = (color, self.nearest(color));
            }
            last.1
        };
        for cell in &mut buffer.content {
            cell.fg = reduced(cell.fg);
        }
        for cell in &mut buffer.content {
            cell.bg = reduced(cell.bg);
        }
    }

    fn nearest(self, color: Color) -> Color {
        match (self, color) {
            (Self::Mono, _) => Color::Reset,
            (Self::Palette, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_256([r, g, b])),
            (Self::Sixteen, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_16([r, g, b])),
            (Self::Sixteen, Color::Indexed(index @ 16..)) => {
                Color::Indexed(nearest_of_16(rgb_of(index)))
            }
            (_, color) => color,
        }
    }
}

/// The nearest of the cube and the greys, which every terminal shows alike.
fn nearest_of_256(rgb: [u8; 3]) -> u8 {
    nearest(16..=255, rgb, rgb_of)
}

fn nearest_of_16(rgb: [u8; 3]) -> u8 {
    nearest(0..=15, rgb, |index| BASIC.get(usize::from(index)).copied().unwrap_or_default())
}

fn nearest(
    candidates: impl Iterator<Item = u8>,
    rgb: [u8; 3],
    rgb_of: impl Fn(u8) -> [u8; 3],
) -> u8 {
    let distance = |index: &u8| {
        let sides = rgb_of(*index).into_iter().zip(rgb);
        sides.map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum::<u32>()
    };
    candidates.min_by_key(distance).unwrap_or(0)
}

/// xterm's colours 16 to 255: a cube of six steps a side, then 24 greys.
pub(crate) fn rgb_of(index: u8) -> [u8; 3] {
    let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    match index {
        0..16 => BASIC.get(usize::from(index)).copied().unwrap_or_default(),
        16..232 => {
            let cube = index - 16;
            [step(cube / 36), step(cube / 6 % 6), step(cube % 6)]
        }
        232.. => [8 + 10 * (index - 232); 3],
    }
}

/// xterm's first sixteen. An operator may have others; nobody can know.
const BASIC: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Modifier, Style};

    fn choose(choice: ColorChoice, pairs: &[(&str, &str)]) -> Depth {
        Depth::choose(choice, |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_decides_unless_the_operator_does() {
        use ColorChoice::{Always, Auto, Never};
        let xterm = ("TERM", "xterm-256color");
        assert_eq!(choose(Auto, &[xterm]), Depth::Palette);
        assert_eq!(choose(Auto, &[xterm, ("COLORTERM", "truecolor")]), Depth::True);
        assert_eq!(choose(Auto, &[xterm, ("NO_COLOR", "1")]), Depth::Mono);
        assert_eq!(choose(Auto, &[xterm, ("NO_COLOR", "")]), Depth::Palette);
        assert_eq!(choose(Always, &[xterm, ("NO_COLOR", "1")]), Depth::Palette);
        assert_eq!(choose(Never, &[xterm]), Depth::Mono);
        assert_eq!(choose(Auto, &[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(choose(Auto, &[("TERM", "dumb")]), Depth::Mono);
    }

    #[test]
    fn colours_become_the_nearest_there_are() {
        assert_eq!(Depth::Palette.nearest(Color::Rgb(255, 0, 0)), Color::Indexed(196));
        assert_eq!(Depth::Palette.nearest(Color::Rgb(8, 8, 8)), Color::Indexed(232));
        assert_eq!(Depth::Sixteen.nearest(Color::Rgb(250, 5, 5)), Color::Indexed(9));
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(196)), Color::Indexed(9));
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(3)), Color::Indexed(3));
        assert_eq!(Depth::Sixteen.nearest(Color::Reset), Color::Reset);
    }

    #[test]
    fn without_colours_the_weight_stays() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        let style = Style::new().fg(Color::Red).bg(Color::Blue).add_modifier(Modifier::REVERSED);
        buffer.set_string(0, 0, "x", style);
        Depth::Mono.reduce(&mut buffer);
        let cell = &buffer[(0, 0)];
        assert_eq!(
            (cell.fg, cell.bg, cell.modifier),
            (Color::Reset, Color::Reset, Modifier::REVERSED)
        );
    }
}
