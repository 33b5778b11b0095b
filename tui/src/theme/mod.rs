//! How things look: roles in place of colours, themes from `themes/*.toml` and from the operator's own
//! directory, how many colours the terminal has, and which signs.

mod depth;
mod embedded;
mod file;
mod glyphs;
mod role;
mod shelf;

#[cfg(test)]
mod contrast_tests;

use ratatui::style::Style;

pub use depth::Depth;
pub(crate) use depth::rgb_of as xterm_rgb;
pub use file::ThemeFileError;
pub use glyphs::{Borders, Glyphs};
pub use role::Role;
pub use shelf::Shelf;

/// A theme: one style for each role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    about: String,
    styles: [Style; Role::ALL.len()],
}

/// A theme that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// There is none of that name.
    #[error("there is no theme {name:?}{}; there are {}", meant(.name, .known), .known.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// Names of those there are.
        known: Vec<String>,
    },
    /// Its file is wrong.
    #[error("theme {name}: {reason}")]
    File {
        /// The theme.
        name: String,
        /// What is wrong, in the words of [`ThemeFileError`].
        reason: String,
    },
}

fn meant(name: &str, known: &[String]) -> String {
    let near = crate::nearest::nearest(name, known.iter().map(String::as_str));
    near.map_or_else(String::new, |near| format!(" (did you mean {near}?)"))
}

impl Theme {
    /// The name of the theme that is used unless another one is asked for.
    pub const DEFAULT: &'static str = "terminal-16";

    /// One of our own themes.
    ///
    /// # Errors
    /// [`ThemeError::Unknown`] lists those that there are.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        Shelf::embedded().theme(name)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in a few words, escaped; empty when its file does not say.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Color, Modifier};

    #[test]
    fn every_theme_is_whole() {
        let shelf = Shelf::embedded();
        assert_eq!(shelf.faults(), Vec::<String>::new().as_slice());
        assert_eq!(shelf.themes().len(), embedded::EMBEDDED.len());
        for theme in shelf.themes() {
            assert_eq!(Theme::named(theme.name()).unwrap(), *theme);
            assert!(!theme.about().is_empty(), "{}", theme.name());
        }
        let error = Theme::named("drak").unwrap_err().to_string();
        assert!(error.contains("did you mean dark?") && error.contains("mono"), "{error}");
    }

    #[test]
    fn mono_has_no_colour_and_the_default_only_the_terminals_own() {
        let theme = |name| Theme::named(name).unwrap();
        for role in Role::ALL {
            let style = theme("mono").style(role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
            let style = theme(Theme::DEFAULT).style(role);
            assert!(!matches!(style.fg, Some(Color::Rgb(..) | Color::Indexed(_))), "{role:?}");
            assert_eq!(style.bg, None, "{role:?}");
        }
        assert!(theme("mono").style(Role::Selected).add_modifier.contains(Modifier::REVERSED));
    }
}
