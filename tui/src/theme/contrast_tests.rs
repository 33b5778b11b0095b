//! What the themes promise to the eye: contrast (WCAG 2.2, 1.4.3 and 1.4.6), and for every kind of colour vision
//! (simulated after Machado, Oliveira and Fernandes, 2009) states that differ.

use ratatui::style::Color;

use super::{Role, Shelf, Theme};

const STATES: [Role; 5] = [
    Role::StateLive,
    Role::StateFrozen,
    Role::StateLagging,
    Role::StateComplete,
    Role::StateIncomplete,
];

/// The critical one has the colour of the high one, reversed.
const LEVELS: [Role; 3] = [Role::RiskLow, Role::RiskMedium, Role::RiskHigh];

/// Linear red, green and blue from 0 to 1.
fn linear(colour: Option<Color>) -> [f64; 3] {
    let Some(Color::Rgb(red, green, blue)) = colour else {
        panic!("{colour:?} has no fixed value")
    };
    [red, green, blue].map(|side| {
        let side = f64::from(side) / 255.0;
        if side <= 0.04045 { side / 12.92 } else { ((side + 0.055) / 1.055).powf(2.4) }
    })
}

fn luminance(colour: Option<Color>) -> f64 {
    let [red, green, blue] = linear(colour);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(theme: &Theme, role: Role) -> f64 {
    let style = theme.style(role);
    let (fg, bg) = (luminance(style.fg), luminance(style.bg));
    (fg.max(bg) + 0.05) / (fg.min(bg) + 0.05)
}

/// CIE 1976 L*a*b*.
fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let curve = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let x = curve((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047);
    let y = curve(0.2126 * red + 0.7152 * green + 0.0722 * blue);
    let z = curve((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

const VISIONS: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "protanopia",
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ],
    ),
    (
        "deuteranopia",
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ],
    ),
    (
        "tritanopia",
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ],
    ),
];

fn seen(colour: Option<Color>, vision: [[f64; 3]; 3]) -> [f64; 3] {
    let colour = linear(colour);
    lab(vision.map(|row| row.iter().zip(colour).map(|(a, b)| a * b).sum()))
}

#[test]
fn what_is_read_can_be_read() {
    let lines = [Role::Border, Role::Backdrop, Role::BarRest];
    for (name, text_least, line_least) in [
        ("dark", 4.5, 1.4),
        ("light", 4.5, 1.4),
        ("catppuccin-mocha", 4.5, 1.4),
        ("catppuccin-latte", 4.5, 1.4),
        ("gruvbox", 4.5, 1.4),
        ("nord", 4.5, 1.4),
        ("solarized-light", 4.5, 1.4),
        ("colour-blind-safe", 4.5, 1.4),
        ("high-contrast", 7.0, 7.0),
    ] {
        let theme = Theme::named(name).unwrap();
        for role in Role::ALL {
            let least = if lines.contains(&role) { line_least } else { text_least };
            let contrast = contrast(&theme, role);
            assert!(contrast >= least, "{name}: {} has {contrast:.1} to 1", role.name());
        }
    }
}

#[test]
fn states_and_levels_differ_for_every_kind_of_colour_vision() {
    differ(&STATES);
    differ(&LEVELS);
    for theme in Shelf::embedded().themes() {
        let (high, critical) = (theme.style(Role::RiskHigh), theme.style(Role::RiskCritical));
        assert_ne!(high, critical, "{}", theme.name());
    }
}

fn differ(roles: &[Role]) {
    let theme = Theme::named("colour-blind-safe").unwrap();
    for (vision, matrix) in VISIONS {
        for (at, one) in roles.iter().copied().enumerate() {
            for other in roles.iter().copied().skip(at + 1) {
                let (a, b) =
                    (seen(theme.style(one).fg, matrix), seen(theme.style(other).fg, matrix));
                let sides = a.iter().zip(b).map(|(a, b)| (a - b).powi(2));
                let distance = sides.sum::<f64>().sqrt();
                assert!(
                    distance >= 20.0,
                    "{vision}: {one:?} and {other:?} are {distance:.0} apart"
                );
            }
        }
    }
}
