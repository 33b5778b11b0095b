//! Theme files: `[palette]` gives names to colours, `[roles]` a style to each role.
//!
//! A colour is a name of the palette, one of the sixteen of the terminal (`red`, `bright-red`),
//! `default`, a number from 0 to 255, or `#rrggbb`. A style has `fg`, `bg`, `bold`, `dim`,
//! `italic`, `underline` and `reverse`.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

use super::role::Role;

/// A theme file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeFileError {
    /// Not TOML of the right form.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// Not a colour.
    #[error("{place} = {value:?} is not a colour: red, bright-red, default, 0 to 255, #rrggbb")]
    Colour {
        /// The role or palette entry.
        place: String,
        /// What stands there.
        value: String,
    },
    /// Roles that have no style.
    #[error("no style for {0}")]
    Missing(String),
    /// A name that is no role.
    #[error("{0:?} is not a role")]
    Unknown(String),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    #[serde(default)]
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    roles: BTreeMap<String, RoleForm>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RoleForm {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// The style of each role, in the order of [`Role::ALL`].
pub(super) fn parse(text: &str) -> Result<[Style; Role::ALL.len()], ThemeFileError> {
    let form: Form = toml::from_str(text)?;
    let known = |name: &str| Role::ALL.iter().any(|role| role.name() == name);
    if let Some(name) = form.roles.keys().find(|name| !known(name)) {
        return Err(ThemeFileError::Unknown(name.clone()));
    }
    let mut styles = [Style::new(); Role::ALL.len()];
    let mut missing = Vec::new();
    for (style, role) in styles.iter_mut().zip(Role::ALL) {
        match form.roles.get(role.name()) {
            Some(written) => *style = written.style(role.name(), &form.palette)?,
            None => missing.push(role.name()),
        }
    }
    if missing.is_empty() { Ok(styles) } else { Err(ThemeFileError::Missing(missing.join(", "))) }
}

impl RoleForm {
    fn style(
        &self,
        role: &str,
        palette: &BTreeMap<String, String>,
    ) -> Result<Style, ThemeFileError> {
        let colour = |side: &str, name: &Option<String>| {
            let Some(name) = name else { return Ok(None) };
            let value = palette.get(name).unwrap_or(name);
            parse_colour(value).map(Some).ok_or_else(|| ThemeFileError::Colour {
                place: format!("{role}.{side}"),
                value: value.clone(),
            })
        };
        let modifiers = [
            (self.bold, Modifier::BOLD),
            (self.dim, Modifier::DIM),
            (self.italic, Modifier::ITALIC),
            (self.underline, Modifier::UNDERLINED),
            (self.reverse, Modifier::REVERSED),
        ];
        let mut style =
            Style { fg: colour("fg", &self.fg)?, bg: colour("bg", &self.bg)?, ..Style::new() };
        for (_, modifier) in modifiers.into_iter().filter(|(set, _)| *set) {
            style = style.add_modifier(modifier);
        }
        Ok(style)
    }
}

fn parse_colour(value: &str) -> Option<Color> {
    match value {
        "default" => Some(Color::Reset),
        value => value.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(role: &str, style: &str) -> String {
        let others = Role::ALL.iter().filter(|r| r.name() != role);
        let others: String = others.map(|r| format!("\"{}\" = {{}}\n", r.name())).collect();
        format!("[palette]\nsea = \"#0000ff\"\n[roles]\n{others}\"{role}\" = {style}\n")
    }

    #[test]
    fn colours_are_read_in_every_form() {
        for (written, colour) in [
            ("sea", Color::Rgb(0, 0, 255)),
            ("bright-red", Color::LightRed),
            ("bright-black", Color::DarkGray),
            ("default", Color::Reset),
            ("208", Color::Indexed(208)),
        ] {
            let styles = parse(&with("text", &format!("{{ fg = \"{written}\" }}")));
            assert_eq!(
                styles.map(|s| s[0].fg).map_err(|e| e.to_string()),
                Ok(Some(colour)),
                "{written}"
            );
        }
    }

    #[test]
    fn faults_say_where() {
        let fault = |text: &str| parse(text).unwrap_err().to_string();
        assert!(fault(&with("text", "{ fg = \"reddish\" }")).starts_with("text.fg = \"reddish\""));
        assert!(fault(&with("text", "{ blink = true }")).contains("blink"));
        assert!(fault(&with("sky", "{}")).contains("\"sky\" is not a role"));
        assert_eq!(fault("[roles]\ntext = {}").split(", ").count(), Role::ALL.len() - 1);
    }
}
