//! How things look: roles in place of colours, themes from `themes/*.toml`, and how many colours
//! the terminal has.

mod depth;
mod file;
mod role;

use ratatui::style::Style;

pub use depth::Depth;
pub use role::Role;

use self::file::ThemeFileError;

/// A theme: one style for each role.
#[derive(Clone, Debug)]
pub struct Theme {
    name: &'static str,
    styles: [Style; Role::ALL.len()],
}

/// A name that no theme has.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// Not one of ours.
    #[error("there is no theme {name:?}; there are {}", Theme::names().collect::<Vec<_>>().join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// The file inside this program is wrong.
    #[error("theme {name}: {source}")]
    File {
        /// The theme.
        name: &'static str,
        /// What is wrong.
        source: ThemeFileError,
    },
}

impl Theme {
    /// The name of the theme that is used unless another one is asked for.
    pub const DEFAULT: &'static str = "terminal-16";

    /// Names of all themes.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.into_iter().map(|(name, _)| name)
    }

    /// The theme of that name.
    ///
    /// # Errors
    /// [`ThemeError::Unknown`] lists those that there are.
    pub fn named(name: &str) -> Result<Self, ThemeError> {
        let embedded = EMBEDDED.into_iter().find(|(known, _)| *known == name);
        let (name, text) = embedded.ok_or_else(|| ThemeError::Unknown { name: name.to_owned() })?;
        let styles = file::parse(text).map_err(|source| ThemeError::File { name, source })?;
        Ok(Self { name, styles })
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

const EMBEDDED: [(&str, &str); 4] = [
    (Theme::DEFAULT, include_str!("../../../themes/terminal-16.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("mono", include_str!("../../../themes/mono.toml")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Color, Modifier};

    #[test]
    fn every_theme_is_whole() {
        for name in Theme::names() {
            assert_eq!(Theme::named(name).unwrap().name(), name);
        }
        assert!(Theme::named("neon").unwrap_err().to_string().contains("mono"));
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
