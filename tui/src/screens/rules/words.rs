//! What stands beside the list, as lines of a width: a rule in words, the difference, the trial, the
//! history. All of it is escaped.

use jiff::tz::TimeZone;
use ratatui::text::{Line, Span};
use sudolog_core::risk::{Act, On, Rule};
use sudolog_core::untrusted::{Untrusted, is_misleading};
use sudolog_core::wire::message::{RuleTally, RulesTrial, RulesTrialRow};

use super::{Book, Changed, Pane, Rulebook, Trial};
use crate::screens::words::local;
use crate::screens::{badges, row_in_words};
use crate::theme::{Role, Theme};
use crate::widgets::wrap;

/// The heading and the lines of what is read.
pub(super) fn lines(
    screen: &Rulebook,
    theme: &Theme,
    columns: usize,
) -> (String, Vec<Line<'static>>) {
    let page = Page { theme, columns };
    match (screen.pane(), screen.book()) {
        (_, None) => (String::new(), Vec::new()),
        (Pane::Rule, Some(_)) => match screen.rule() {
            Some(rule) => (escaped(rule.id()), page.rule(rule, screen.tally(rule))),
            None => (String::new(), Vec::new()),
        },
        (Pane::Difference, Some(book)) => {
            ("Difference of the draft".to_owned(), page.difference(book))
        }
        (Pane::Trial, Some(_)) => ("Trial of the draft".to_owned(), page.trial(screen.trial())),
        (Pane::History, Some(book)) => {
            ("Who changed the rules".to_owned(), page.history(book, &screen.zone))
        }
    }
}

/// What lines are made with.
struct Page<'a> {
    theme: &'a Theme,
    columns: usize,
}

impl Page<'_> {
    fn rule(&self, rule: &Rule, tally: Option<&RuleTally>) -> Vec<Line<'static>> {
        let used = if rule.enabled() { "on" } else { "off: kept, but not used" };
        let counts = format!("{} points, {}, {used}", rule.points(), rule.category().name());
        let mut lines = self.labelled("Counts", &counts);
        lines.extend(self.labelled("Looks at", looks_at(rule.on())));
        lines.extend(self.labelled("Looks for", &readable(&rule.condition())));
        lines.extend(self.labelled("Does", does(rule.act())));
        lines.extend(self.labelled("Found", &found(tally)));
        if !rule.attack().is_empty() {
            lines.extend(self.labelled("ATT&CK", &escaped(&rule.attack().join(", "))));
        }
        if !rule.false_positives().is_empty() {
            lines.extend(self.labelled("Also finds", &escaped(rule.false_positives())));
        }
        for (label, examples) in [("Must find", rule.hits()), ("Must not", rule.misses())] {
            let labels = std::iter::once(label).chain(std::iter::repeat(""));
            for (example, label) in examples.iter().zip(labels) {
                lines.extend(self.labelled(label, &readable(example)));
            }
        }
        lines
    }

    fn difference(&self, book: &Book) -> Vec<Line<'static>> {
        let changed = book.draft.changed();
        if changed.is_empty() {
            return self.wrapped("The draft is as the rules in force.", Role::Faint);
        }
        let line = |Changed { comes, number, text, .. }: &Changed| {
            let (sign, role) = if *comes { ('+', Role::Ok) } else { ('-', Role::Error) };
            // The blanks in front tell the depth.
            let depth = text.len() - text.trim_start_matches(' ').len();
            let text = format!(
                "{sign}{number:>5} {:depth$}{}",
                "",
                readable(text.trim_start_matches(' '))
            );
            self.wrapped(&text, role)
        };
        // Each rule stands over the lines that change in it.
        let (mut lines, mut above) = (Vec::new(), None);
        for change in &changed {
            if above != Some(&change.rule) {
                let name = change.rule.as_deref().map_or_else(|| BEFORE.to_owned(), escaped);
                lines.extend(self.wrapped(&name, Role::Title));
                above = Some(&change.rule);
            }
            lines.extend(line(change));
        }
        lines
    }

    fn trial(&self, trial: &Trial) -> Vec<Line<'static>> {
        match trial {
            Trial::None => self.wrapped("The draft was not tried yet.", Role::Faint),
            Trial::Asked => {
                self.wrapped("… the server tries it on its newest recordings", Role::Title)
            }
            Trial::Failed(reason) => self.wrapped(&format!("! {reason}"), Role::Error),
            Trial::Done(trial) => self.tried(trial),
        }
    }

    fn tried(&self, trial: &RulesTrial) -> Vec<Line<'static>> {
        let RulesTrial { tried, changed, rows, faults } = trial;
        let shown = match rows.len() as u64 {
            0 => ".".to_owned(),
            shown if shown < *changed => format!("; the {shown} largest differences:"),
            _ => ":".to_owned(),
        };
        let said = format!("{changed} of the {tried} newest recordings would change{shown}");
        let mut lines: Vec<_> = faults
            .iter()
            .flat_map(|fault| self.wrapped(&format!("! example: {}", fault.escaped()), Role::Error))
            .collect();
        lines.extend(self.wrapped(&said, Role::Title));
        lines.extend(rows.iter().map(|row| self.row(row)));
        lines
    }

    fn row(&self, tried: &RulesTrialRow) -> Line<'static> {
        let (who, tsid) = row_in_words(&tried.row);
        Line::from(vec![
            Span::styled(format!("{tsid} "), self.theme.style(Role::Faint)),
            badges::risk_span(tried.row.risk, self.theme),
            Span::raw(" -> "),
            badges::risk_span(tried.risk, self.theme),
            Span::raw(format!("  {who}")),
        ])
    }

    fn history(&self, book: &Book, zone: &TimeZone) -> Vec<Line<'static>> {
        let changes = &book.in_force.changes;
        if changes.is_empty() {
            let text = "Nobody has changed the rules from a console.";
            return self.wrapped(text, Role::Faint);
        }
        let line = |change: &sudolog_core::wire::message::RulesChange| {
            let [from, to] = [&change.from, &change.to].map(|hash| short(hash));
            let at = local(change.at, zone, "%Y-%m-%d %H:%M:%S");
            let mut lines = self
                .wrapped(&format!("{at}  {}  {from} -> {to}", change.who.escaped()), Role::Title);
            lines.extend(self.wrapped(&format!("  {}", change.why.escaped()), Role::Text));
            lines
        };
        changes.iter().flat_map(line).collect()
    }

    /// A text with its label before it.
    fn labelled(&self, label: &str, text: &str) -> Vec<Line<'static>> {
        let texts = wrap(text, self.columns.saturating_sub(LABEL_COLUMNS), TEXT_LINES_MAX);
        let labels = std::iter::once(label).chain(std::iter::repeat(""));
        let line = |(text, label): (String, &str)| {
            let label = format!("{label:<LABEL_COLUMNS$}");
            Line::from(vec![
                Span::styled(label, self.theme.style(Role::Faint)),
                Span::styled(text, self.theme.style(Role::Text)),
            ])
        };
        texts.into_iter().zip(labels).map(line).collect()
    }

    fn wrapped(&self, text: &str, role: Role) -> Vec<Line<'static>> {
        let lines = wrap(text, self.columns, TEXT_LINES_MAX);
        let line = |line| Line::from(Span::styled(line, self.theme.style(role)));
        lines.into_iter().map(line).collect()
    }
}

/// The first digits of a hash; it is the server's, and safe to show.
pub(super) fn short(hash: &str) -> String {
    escaped(hash).chars().take(HASH_DIGITS).collect()
}

fn escaped(text: &str) -> String {
    Untrusted::from(text).escaped().to_string()
}

/// A rule's text as it stands in the file: a backslash is one, and only what would act is written out.
fn readable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if is_misleading(c) || c == '\n' || c == '\t' => {
                shown.push_str(&Untrusted::from(c.to_string()).escaped().to_string());
            }
            c => shown.push(c),
        }
    }
    shown
}

fn looks_at(on: On) -> &'static str {
    match on {
        On::Cmdline => "the command, and every line that is entered",
        On::Argv0 => "the name of the program",
        On::Typed => "every line that is entered",
        On::Output => "every line that the screen shows",
        On::Raw => "every line of output as it is written",
        On::Meta => "the session as a whole",
        On::Event => "what happens to the session",
    }
}

/// In how many sessions it found something, and what people made of those.
fn found(tally: Option<&RuleTally>) -> String {
    let Some(tally) = tally else { return "nothing in any session so far".to_owned() };
    let sessions = match tally.sessions {
        1 => "something in 1 session".to_owned(),
        sessions => format!("something in {sessions} sessions"),
    };
    let Some(agreed) = tally.agreement() else { return format!("{sessions}, none judged yet") };
    let verdicts = [
        (tally.incident, "incident"),
        (tally.suspicious, "suspicious"),
        (tally.benign, "benign"),
        (tally.false_positive, "false positive"),
    ];
    let said: Vec<String> = verdicts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{sessions}, {} judged: {}; {agreed} % agreed", tally.judged(), said.join(", "))
}

fn does(act: Act) -> &'static str {
    match act {
        Act::Notify => "notify: tells it",
        Act::Freeze => "freeze: tells it and freezes the session",
        Act::Reject => "reject: tells it and ends the session",
    }
}

/// What stands in a file before the first rule.
const BEFORE: &str = "settings";
const LABEL_COLUMNS: usize = 11;
const HASH_DIGITS: usize = 12;
/// A regular expression may be long, and the operator can scroll.
const TEXT_LINES_MAX: usize = 20;
