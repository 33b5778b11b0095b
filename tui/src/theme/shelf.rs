//! All themes there are: ours, and those in the operator's directory, where a theme may have the name of one
//! of ours and take its place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sudolog_core::limits::{THEME_FILE_BYTES_MAX, THEMES_MAX};
use sudolog_core::untrusted::Untrusted;

use super::embedded::EMBEDDED;
use super::file::Form;
use super::{Theme, ThemeError, ThemeFileError};

/// Themes that can be chosen, and what is wrong with the others.
#[derive(Debug, Default)]
pub struct Shelf {
    themes: Vec<Theme>,
    /// Names, and what is wrong.
    broken: BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Shelf {
    /// Our own.
    pub fn embedded() -> Self {
        Self::of(BTreeMap::new())
    }

    /// Our own and those of a directory, which need not be there.
    pub fn with_directory(directory: Option<&Path>) -> Self {
        let (mut files, mut faults) = (BTreeMap::new(), Vec::new());
        if let Some(directory) = directory {
            for (name, path) in listed(directory, &mut faults) {
                files.insert(name, read(&path));
            }
        }
        let mut shelf = Self::of(files);
        shelf.faults.splice(0..0, faults);
        shelf
    }

    /// Ours first, in our order, then the others by name.
    pub fn themes(&self) -> &[Theme] {
        &self.themes
    }

    /// What cannot be used, one sentence each, safe to show.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The theme of that name.
    ///
    /// # Errors
    /// [`ThemeError`]: there is none, or its file is wrong.
    pub fn theme(&self, name: &str) -> Result<Theme, ThemeError> {
        if let Some(theme) = self.themes.iter().find(|theme| theme.name == name) {
            return Ok(theme.clone());
        }
        let name = name.to_owned();
        Err(match self.broken.get(&name).cloned() {
            Some(reason) => ThemeError::File { name, reason },
            None => {
                let known = self.themes.iter().map(|theme| theme.name.clone()).collect();
                ThemeError::Unknown { name, known }
            }
        })
    }

    fn of(files: BTreeMap<String, Result<String, ThemeFileError>>) -> Self {
        let names = EMBEDDED.iter().map(|(name, _)| (*name).to_owned());
        let own = |name: &&String| EMBEDDED.iter().all(|(ours, _)| ours != name);
        let names: Vec<String> = names.chain(files.keys().filter(own).cloned()).collect();
        let library = Library { files };
        let mut shelf = Self::default();
        for name in names {
            match library.theme(&name) {
                Ok(theme) => shelf.themes.push(theme),
                Err(error) => {
                    shelf.faults.push(format!("theme {name}: {error}"));
                    shelf.broken.insert(name, error.to_string());
                }
            }
        }
        shelf
    }
}

/// The operator's files, before ours.
struct Library {
    files: BTreeMap<String, Result<String, ThemeFileError>>,
}

impl Library {
    fn theme(&self, name: &str) -> Result<Theme, ThemeFileError> {
        let form = self.form(name, &mut Vec::new())?;
        let styles = form.styles()?;
        Ok(Theme { name: name.to_owned(), about: form.about_shown(), styles })
    }

    /// A file with all that it inherits. A theme that has the name of one of ours may inherit from ours.
    fn form(&self, name: &str, children: &mut Vec<String>) -> Result<Form, ThemeFileError> {
        let ours = EMBEDDED.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        let seen = children.iter().any(|child| child == name);
        let text = match (self.files.get(name).filter(|_| !seen), ours) {
            (Some(Ok(text)), _) => text,
            (Some(Err(error)), _) => return Err(ThemeFileError::Unreadable(error.to_string())),
            (None, Some(text)) => text,
            (None, None) if seen => return Err(ThemeFileError::Circle(name.to_owned())),
            (None, None) => return Err(ThemeFileError::NoParent(name.to_owned())),
        };
        let form = Form::parse(text)?;
        let Some(parent) = form.inherits.clone() else { return Ok(form) };
        children.push(name.to_owned());
        if children.len() > THEMES_MAX {
            return Err(ThemeFileError::Circle(parent));
        }
        Ok(form.over(self.form(&parent, children)?))
    }
}

/// `NAME.toml` in a directory, by name.
fn listed(directory: &Path, faults: &mut Vec<String>) -> Vec<(String, std::path::PathBuf)> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            faults.push(format!("cannot read the themes in {}: {error}", directory.display()));
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_theme = path.extension().is_some_and(|extension| extension == "toml");
        let name = path.file_stem().and_then(|name| name.to_str()).filter(|_| is_theme);
        if let Some(name) = name {
            found.push((name.to_owned(), path));
        }
    }
    found.sort();
    let room = THEMES_MAX.saturating_sub(EMBEDDED.len());
    if found.len() > room {
        faults.push(format!("only the first {room} themes of {} count", directory.display()));
        found.truncate(room);
    }
    let (good, bad) = found.into_iter().partition(|(name, _)| is_name(name));
    let bad: Vec<(String, std::path::PathBuf)> = bad;
    faults.extend(bad.iter().map(|(name, _)| {
        let name = Untrusted::from(name.as_str()).escaped().to_string();
        format!("theme {name}: a theme's name has 1 to 32 letters, digits, - and _")
    }));
    good
}

fn is_name(name: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.chars().all(legal)
}

fn read(path: &Path) -> Result<String, ThemeFileError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| {
        // A directory or a pipe is no theme, and nobody waits for one.
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("not a plain file"));
        }
        file.take(THEME_FILE_BYTES_MAX + 1).read_to_string(&mut text)
    });
    match read {
        Ok(count) if count as u64 > THEME_FILE_BYTES_MAX => {
            Err(ThemeFileError::Unreadable(format!("longer than {THEME_FILE_BYTES_MAX} bytes")))
        }
        Ok(_) => Ok(text),
        Err(error) => Err(ThemeFileError::Unreadable(error.to_string())),
    }
}

const NAME_BYTES_MAX: usize = 32;

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::theme::Role;

    fn shelf(files: &[(&str, &str)]) -> Shelf {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        Shelf::with_directory(Some(directory.path()))
    }

    #[test]
    fn a_theme_of_ones_own_inherits_the_rest() {
        let mine = "about = \"mine\"\ninherits = \"dark\"\n[palette]\nblue = \"#010203\"\n";
        let child = "inherits = \"mine\"\n[roles]\nok = { fg = \"blue\" }\n";
        let shelf = shelf(&[("mine.toml", mine), ("child.toml", child), ("notes.txt", "")]);
        assert_eq!(shelf.faults(), Vec::<String>::new().as_slice());
        let names: Vec<&str> = shelf.themes().iter().map(Theme::name).collect();
        assert_eq!(names[0], Theme::DEFAULT);
        assert_eq!(names[EMBEDDED.len()..], ["child", "mine"]);
        let child = shelf.theme("child").unwrap();
        let own = Some(Color::Rgb(1, 2, 3));
        assert_eq!((child.style(Role::Ok).fg, child.style(Role::Key).fg), (own, own));
        assert_eq!(child.about(), "");
    }

    #[test]
    fn a_theme_may_take_the_place_of_one_of_ours() {
        let dark = "inherits = \"dark\"\n[palette]\nink = \"#ffffff\"\n";
        let shelf = shelf(&[("dark.toml", dark)]);
        assert_eq!(shelf.faults(), Vec::<String>::new().as_slice());
        assert_eq!(shelf.themes().len(), EMBEDDED.len());
        let dark = shelf.theme("dark").unwrap();
        assert_eq!(dark.style(Role::Text).fg, Some(Color::Rgb(255, 255, 255)));
    }

    #[test]
    fn what_is_wrong_is_told_and_the_others_can_be_used() {
        let long = " ".repeat(THEME_FILE_BYTES_MAX as usize + 1);
        let shelf = shelf(&[
            ("a.toml", "inherits = \"b\""),
            ("b.toml", "inherits = \"a\""),
            ("half.toml", "[roles]\ntext = {}"),
            ("lost.toml", "inherits = \"nowhere\""),
            ("form.toml", "[colours]"),
            ("long.toml", &long),
            ("x\u{1b}[2J.toml", ""),
        ]);
        let told = shelf.faults().join("\n");
        for part in [
            "theme a: it inherits from itself",
            "theme b: it inherits from itself",
            "theme half: no style for faint",
            "theme lost: it inherits from \"nowhere\"",
            "theme form: ",
            "theme long: longer than",
            "theme x\\u{1b}[2J: a theme's name",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(shelf.themes().len(), EMBEDDED.len());
        let error = shelf.theme("half").unwrap_err().to_string();
        assert!(error.starts_with("theme half: no style"), "{error}");
    }
}
