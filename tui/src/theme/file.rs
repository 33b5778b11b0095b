//! Theme files: `[palette]` gives names to colours, `[roles]` a style to each role, and `inherits` names the
//! theme that has what this one leaves out: its palette, under names that may be given anew, and its roles.
//!
//! A colour is a name of the palette, one of the sixteen of the terminal (`red`, `bright-red`),
//! `default`, a number from 0 to 255, or `#rrggbb`. A style has `fg`, `bg`, `bold`, `dim`,
//! `italic`, `underline` and `reverse`.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use sudolog_core::untrusted::Untrusted;

use super::role::Role;
use crate::nearest::nearest;

/// A theme file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeFileError {
    /// Not TOML of the right form.
    #[error("{}", .0.to_string().trim_end())]
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
    #[error("no style for {0}; `inherits = \"dark\"` takes what is missing from another theme")]
    Missing(String),
    /// Names that are no roles, each with what was meant.
    #[error("not a role: {0}")]
    Unknown(String),
    /// The theme that it inherits from is not there.
    #[error("it inherits from {0:?}, and there is no such theme")]
    NoParent(String),
    /// Themes that inherit from one another.
    #[error("it inherits from itself, by way of {0:?}")]
    Circle(String),
    /// The file cannot be read.
    #[error("{0}")]
    Unreadable(String),
}

/// A file as it is written, or with what it inherits.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, RoleForm>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
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

impl Form {
    pub(super) fn parse(text: &str) -> Result<Self, ThemeFileError> {
        Ok(toml::from_str(text)?)
    }

    /// This one, and what it leaves out from another.
    pub(super) fn over(mut self, parent: Self) -> Self {
        for (name, colour) in parent.palette {
            self.palette.entry(name).or_insert(colour);
        }
        for (name, style) in parent.roles {
            self.roles.entry(name).or_insert(style);
        }
        self
    }

    /// The style of each role, in the order of [`Role::ALL`].
    pub(super) fn styles(&self) -> Result<[Style; Role::ALL.len()], ThemeFileError> {
        let known = |name: &str| Role::ALL.iter().any(|role| role.name() == name);
        let unknown: Vec<String> =
            self.roles.keys().filter(|name| !known(name)).map(|name| meant(name)).collect();
        if !unknown.is_empty() {
            return Err(ThemeFileError::Unknown(unknown.join(", ")));
        }
        let mut styles = [Style::new(); Role::ALL.len()];
        let mut missing = Vec::new();
        for (style, role) in styles.iter_mut().zip(Role::ALL) {
            match self.roles.get(role.name()) {
                Some(written) => *style = written.style(role.name(), &self.palette)?,
                None => missing.push(role.name()),
            }
        }
        if missing.is_empty() {
            Ok(styles)
        } else {
            Err(ThemeFileError::Missing(missing.join(", ")))
        }
    }

    /// What it is for, as it may be shown.
    pub(super) fn about_shown(&self) -> String {
        Untrusted::from(self.about.as_str()).escaped().to_string()
    }
}

/// A name that is no role, and perhaps the one that is.
fn meant(name: &str) -> String {
    let near = nearest(name, Role::ALL.iter().map(|role| role.name()));
    let near = near.map_or_else(String::new, |near| format!(" (did you mean {near:?}?)"));
    format!("{name:?}{near}")
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

    fn styles(text: &str) -> Result<[Style; Role::ALL.len()], ThemeFileError> {
        Form::parse(text)?.styles()
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
            let styles = styles(&with("text", &format!("{{ fg = \"{written}\" }}")));
            assert_eq!(
                styles.map(|s| s[0].fg).map_err(|e| e.to_string()),
                Ok(Some(colour)),
                "{written}"
            );
        }
    }

    #[test]
    fn faults_say_where() {
        let fault = |text: &str| styles(text).unwrap_err().to_string();
        assert!(fault(&with("text", "{ fg = \"reddish\" }")).starts_with("text.fg = \"reddish\""));
        assert!(fault(&with("text", "{ blink = true }")).contains("blink"));
        let unknown = fault(&with("sky", "{}").replace("\"title\"", "\"titel\""));
        assert_eq!(unknown, "not a role: \"sky\", \"titel\" (did you mean \"title\"?)");
        let missing = fault("[roles]\ntext = {}");
        assert_eq!(missing.split(", ").count(), Role::ALL.len() - 1, "{missing}");
        assert!(missing.starts_with("no style for faint, title, "), "{missing}");
    }

    #[test]
    fn a_child_changes_colours_and_roles_of_its_parent() {
        let parent = Form::parse(&with("text", "{ fg = \"sea\" }")).unwrap();
        let child = Form::parse("[palette]\nsea = \"#00ffff\"\n[roles]\nkey = { fg = \"sea\" }\n");
        let styles = child.unwrap().over(parent).styles().unwrap();
        let cyan = Some(Color::Rgb(0, 255, 255));
        assert_eq!((styles[Role::Text as usize].fg, styles[Role::Key as usize].fg), (cyan, cyan));
    }
}
