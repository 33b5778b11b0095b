//! What the dialog knows and how it changes.

use std::path::PathBuf;
use std::time::Duration;

use sudolog_core::limits::{REDACT_RULE_BYTES_MAX, SENTENCE_BYTES_MAX};
use sudolog_core::redact::Rules;
use sudolog_core::session::Tsid;

use crate::cli::ExportFormat;
use crate::source::About;
use crate::widgets::{Edit, Input};

/// The dialog.
#[derive(Clone, Debug)]
pub struct Exporting {
    tsid: Option<Tsid>,
    title: String,
    /// What the file is called without its ending.
    name: String,
    /// The moment that a picture shows.
    at: Duration,
    form: usize,
    file: Input,
    /// The file was named by the operator.
    named: bool,
    rule: Input,
    field: Field,
    trouble: Option<String>,
}

/// Where one types or chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// As what.
    Form,
    /// Where to.
    File,
    /// Without what.
    Rule,
}

/// What the operator does in it beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExportAction {
    /// To the next field.
    Next,
    /// To the field before.
    Previous,
    /// Writes the file.
    Write,
    /// Writes nothing.
    Cancel,
}

/// A file to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportRequest {
    /// The session of the server; absent for the directory that is played.
    pub tsid: Option<Tsid>,
    /// As what.
    pub format: ExportFormat,
    /// Where to; `~/` is the operator's home.
    pub file: PathBuf,
    /// A regular expression for what is to be hidden.
    pub rule: Option<String>,
    /// The moment that a picture shows.
    pub at: Duration,
}

impl Exporting {
    /// Asks what to do with this recording, which shows this moment.
    pub fn new(about: &About, at: Duration) -> Self {
        let (user, host) = (about.user.escaped(), about.host.escaped());
        let title =
            format!("{user}@{host} as {}: {}", about.run_user.escaped(), about.command.escaped());
        let name = about.name.escaped().to_string();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '-' };
        let name = name.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let name: String = name.chars().map(plain).collect();
        let (file, rule) = (Input::new(SENTENCE_BYTES_MAX), Input::new(REDACT_RULE_BYTES_MAX));
        let (tsid, form, field) = (about.tsid, 0, Field::Form);
        let (named, trouble) = (false, None);
        let mut dialog = Self { tsid, title, name, at, form, file, named, rule, field, trouble };
        dialog.name_file();
        dialog
    }

    /// Who did what; safe to show.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// As what, in a word and in words.
    pub fn form(&self) -> (&'static str, &'static str) {
        FORMS.get(self.form).map_or(("", ""), |(_, name, words)| (name, words))
    }

    /// The moment that a picture would show, when it is to be one.
    pub fn moment(&self) -> Option<Duration> {
        (self.format() == ExportFormat::Svg).then_some(self.at)
    }

    /// Where to.
    pub fn file(&self) -> &Input {
        &self.file
    }

    /// Without what.
    pub fn rule(&self) -> &Input {
        &self.rule
    }

    /// Where one types or chooses.
    pub fn field(&self) -> Field {
        self.field
    }

    /// What stands in the way, safe to show.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Types a character; where a form is chosen a blank takes the next one.
    pub fn insert(&mut self, c: char) {
        match self.field {
            Field::Form if c == ' ' => self.choose(1),
            _ => self.change(|input| input.insert(c)),
        }
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.change(|input| input.paste(text));
    }

    /// Changes the text, or the form.
    pub fn edit(&mut self, edit: Edit) {
        match (self.field, edit) {
            (Field::Form, Edit::Left) => self.choose(FORMS.len() - 1),
            (Field::Form, Edit::Right) => self.choose(1),
            _ => self.change(|input| input.edit(edit)),
        }
    }

    /// Goes to another field.
    pub fn go(&mut self, action: ExportAction) {
        self.field = match (action, self.field) {
            (ExportAction::Next, Field::Form) | (ExportAction::Previous, Field::Rule) => {
                Field::File
            }
            (ExportAction::Next, Field::File) | (ExportAction::Previous, Field::Form) => {
                Field::Rule
            }
            (ExportAction::Next, Field::Rule) | (ExportAction::Previous, Field::File) => {
                Field::Form
            }
            (ExportAction::Write | ExportAction::Cancel, field) => field,
        };
    }

    /// What is to be written now, if that can be.
    pub fn request(&mut self) -> Option<ExportRequest> {
        let (file, rule) = (self.file.text().trim(), self.rule.text());
        if file.is_empty() {
            (self.field, self.trouble) = (Field::File, Some("Name a file.".to_owned()));
            return None;
        }
        let rule = Some(rule.to_owned()).filter(|rule| !rule.is_empty());
        if let Some(Err(error)) = rule.as_ref().map(|rule| Rules::parse(&[rule])) {
            (self.field, self.trouble) = (Field::Rule, Some(format!("{error}.")));
            return None;
        }
        let (tsid, format, file, at) = (self.tsid, self.format(), file.into(), self.at);
        Some(ExportRequest { tsid, format, file, rule, at })
    }

    fn format(&self) -> ExportFormat {
        FORMS.get(self.form).map_or(ExportFormat::Html, |(format, ..)| *format)
    }

    fn choose(&mut self, on: usize) {
        self.form = (self.form + on) % FORMS.len();
        self.trouble = None;
        if !self.named {
            self.name_file();
        }
    }

    /// Names the file after the recording and the form.
    fn name_file(&mut self) {
        let ending = match self.format() {
            ExportFormat::Cast | ExportFormat::Cast3 => "cast",
            _ => self.form().0,
        };
        self.file = Input::new(SENTENCE_BYTES_MAX);
        self.file.paste(&format!("{}.{ending}", self.name));
    }

    fn change(&mut self, change: impl FnOnce(&mut Input)) {
        self.trouble = None;
        match self.field {
            Field::Form => {}
            Field::File => {
                self.named = true;
                change(&mut self.file);
            }
            Field::Rule => change(&mut self.rule),
        }
    }
}

/// What is offered. What is signed goes with a key, and is exported by the command.
const FORMS: [(ExportFormat, &str, &str); 7] = [
    (ExportFormat::Html, "html", "a page that plays in any browser"),
    (ExportFormat::Gif, "gif", "an animation, drawn by agg"),
    (ExportFormat::Cast, "cast", "asciicast 2"),
    (ExportFormat::Cast3, "cast3", "asciicast 3"),
    (ExportFormat::Txt, "txt", "what the screen showed, as text"),
    (ExportFormat::Svg, "svg", "a picture of this moment"),
    (ExportFormat::Json, "json", "one event a line, without typed input"),
];
