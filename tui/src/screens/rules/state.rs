//! What the rules screen knows and how it changes: by the server's answers and by the operator. No clock
//! and no connection.
//!
//! Invariant: a draft is lost only when the operator says so, or when it has come into force.

use jiff::tz::TimeZone;
use sudolog_core::risk::{Rule, Rules};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{RuleTally, RulesInForce, RulesTrial};

use super::book::UNCHANGED;
use super::{Book, Draft, Reason};
use crate::screens::order::Refusal;
use crate::source::server::{LinkState, RulesAnswer, RulesAsk};

/// The rules screen.
pub struct Rulebook {
    link: LinkState,
    book: Option<Book>,
    chosen: usize,
    pane: Pane,
    scrolled: usize,
    trial: Trial,
    reason: Option<Reason>,
    /// The hash of what was put into force from here, until the server says so.
    awaited: Option<String>,
    trouble: Option<String>,
    /// The draft was made from rules that are not in force any more.
    is_overtaken: bool,
    /// The operator was told that leaving loses the draft.
    is_leaving: bool,
    pub(super) zone: TimeZone,
}

/// What stands beside the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// The chosen rule in words.
    Rule,
    /// The difference of the draft.
    Difference,
    /// What the draft would change.
    Trial,
    /// Who changed the rules.
    History,
}

/// What the draft would change.
pub enum Trial {
    /// Nobody has asked.
    None,
    /// The server is at work.
    Asked,
    /// This.
    Done(Box<RulesTrial>),
    /// It is not known, for this reason, escaped.
    Failed(String),
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RulesAction {
    /// So many rules down, or lines of what is read.
    Move(isize),
    /// So many lines down in what is read.
    Scroll(isize),
    /// Chooses the rule at this place.
    Choose(u32),
    /// Switches the chosen rule off, or on.
    Switch,
    /// Edits the draft.
    Edit,
    /// Shows the difference.
    Difference,
    /// Tries the draft.
    Try,
    /// Shows who changed the rules.
    History,
    /// Asks for the reason with which the draft comes into force.
    Enforce,
    /// Throws the draft away.
    Discard,
    /// Asks for the rules once more.
    Again,
}

/// What the application is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesIntent {
    /// Ask the server.
    Ask(RulesAsk),
    /// Let the operator edit this.
    Write(String),
    /// Say that it cannot be done, for this reason.
    Say(String),
}

impl Rulebook {
    /// A screen that has not heard anything yet.
    pub fn new(link: LinkState) -> Self {
        Self {
            link,
            book: None,
            chosen: 0,
            pane: Pane::Rule,
            scrolled: 0,
            trial: Trial::None,
            reason: None,
            awaited: None,
            trouble: None,
            is_overtaken: false,
            is_leaving: false,
            zone: TimeZone::system(),
        }
    }

    /// Whether the server can be asked.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// The rules, once they are here.
    pub fn book(&self) -> Option<&Book> {
        self.book.as_ref()
    }

    /// The rules that are listed: the draft's; those in force while it holds none.
    pub fn rules(&self) -> Option<&Rules> {
        self.book.as_ref().and_then(|book| book.draft.rules().ok().or(book.rules.as_ref()))
    }

    /// The place of the chosen one among them.
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// The chosen one.
    pub fn rule(&self) -> Option<&Rule> {
        self.rules()?.iter().nth(self.chosen)
    }

    /// How often a rule in force found something, and what people made of it.
    pub fn tally(&self, rule: &Rule) -> Option<&RuleTally> {
        let tallies = &self.book.as_ref()?.in_force.tallies;
        tallies.iter().find(|tally| tally.rule == rule.id())
    }

    /// What stands beside the list.
    pub fn pane(&self) -> Pane {
        self.pane
    }

    /// Lines of it that lie above the first one shown, if there are as many.
    pub fn scrolled(&self) -> usize {
        self.scrolled
    }

    /// What the draft would change.
    pub fn trial(&self) -> &Trial {
        &self.trial
    }

    /// True while the server tries the draft.
    pub fn is_trying(&self) -> bool {
        matches!(self.trial, Trial::Asked)
    }

    /// The dialog in which a reason is typed.
    pub fn reason(&self) -> Option<&Reason> {
        self.reason.as_ref()
    }

    /// The same, to type in it.
    pub fn reason_mut(&mut self) -> Option<&mut Reason> {
        self.reason.as_mut()
    }

    /// True while rules that were sent from here are not told to be in force.
    pub fn awaits(&self) -> bool {
        self.awaited.is_some()
    }

    /// What is wrong, escaped: why the rules could not be had, or what the draft lacks.
    pub fn trouble(&self) -> Option<String> {
        if let Some(trouble) = &self.trouble {
            return Some(trouble.clone());
        }
        let book = self.book.as_ref()?;
        let what = if book.draft.is_changed() { "the draft holds" } else { "this console reads" };
        let error = book.draft.rules().err()?;
        Some(format!("{what} no rules: {}", Untrusted::from(error).escaped()))
    }

    /// True when the draft was made from rules that are not in force any more.
    pub fn is_overtaken(&self) -> bool {
        self.is_overtaken
    }

    /// Takes whether the server can be asked; gives what to ask once it can be again.
    pub fn learn_link(&mut self, link: LinkState) -> Option<RulesAsk> {
        let is_back = matches!((&self.link, &link), (LinkState::Down { .. }, LinkState::Up { .. }));
        self.link = link;
        is_back.then_some(RulesAsk::Look)
    }

    /// Takes what the server says; gives what to ask next.
    pub fn learn(&mut self, answer: RulesAnswer) -> Option<RulesAsk> {
        match answer {
            RulesAnswer::Rules(Ok(rules)) => self.learn_rules(*rules),
            RulesAnswer::Rules(Err(reason)) => {
                self.trouble = Some(format!("the rules could not be had: {reason}"));
                let soon = self.awaited.is_some();
                Some(if soon { RulesAsk::LookLater } else { RulesAsk::LookNowAndThen })
            }
            RulesAnswer::Tried(text, tried) => {
                // An answer about a draft that is not any more says nothing.
                let is_asked = self.book.as_ref().is_some_and(|book| book.draft.text() == text);
                if is_asked && matches!(self.trial, Trial::Asked) {
                    self.trial = tried.map_or_else(Trial::Failed, Trial::Done);
                }
                None
            }
            RulesAnswer::Set(text, set) => self.learn_set(&text, set),
        }
    }

    fn learn_rules(&mut self, rules: RulesInForce) -> Option<RulesAsk> {
        self.trouble = None;
        let is_awaited = self.awaited.as_ref().is_some_and(|hash| *hash == rules.hash);
        let goes_on = rules.left > 0;
        match &mut self.book {
            Some(book) if book.in_force.hash == rules.hash => book.in_force = rules,
            Some(book) => {
                if book.is_kept() && book.draft.text() != rules.text {
                    book.rules = Rules::parse(rules.text.as_bytes()).ok();
                    book.draft.rebase(&rules.text);
                    book.in_force = rules;
                    self.is_overtaken = !is_awaited;
                } else {
                    *book = Book::new(rules);
                    (self.trial, self.is_overtaken) = (Trial::None, false);
                }
            }
            None => self.book = Some(Book::new(rules)),
        }
        if is_awaited {
            self.awaited = None;
        }
        self.choose(self.chosen);
        // Somebody else may change them at any time.
        let soon = goes_on || self.awaited.is_some();
        Some(if soon { RulesAsk::LookLater } else { RulesAsk::LookNowAndThen })
    }

    fn learn_set(&mut self, text: &str, set: Result<(), Refusal>) -> Option<RulesAsk> {
        match set {
            Ok(()) => {
                self.reason = None;
                self.awaited = Rules::parse(text.as_bytes()).ok().map(|r| r.hash().to_owned());
            }
            Err(Refusal { reason, .. }) => match self.reason.as_mut().filter(|r| r.is_sent()) {
                Some(dialog) => dialog.refused(reason),
                None => self.trouble = Some(reason),
            },
        }
        // Also after a refusal: others may have been faster, and the difference is to those.
        Some(RulesAsk::Look)
    }

    /// Does what the operator wants.
    pub fn act(&mut self, action: RulesAction) -> Option<RulesIntent> {
        self.is_leaving = false;
        match action {
            RulesAction::Move(by) if self.pane == Pane::Rule => {
                self.choose(self.chosen.saturating_add_signed(by));
            }
            RulesAction::Move(by) | RulesAction::Scroll(by) => {
                self.scrolled = self.scrolled.saturating_add_signed(by).min(self.lines_max());
            }
            RulesAction::Choose(at) => self.choose(at as usize),
            RulesAction::Difference => {
                self.is_overtaken = false;
                self.show(Pane::Difference);
            }
            RulesAction::History => self.show(Pane::History),
            RulesAction::Again => return Some(RulesIntent::Ask(RulesAsk::Look)),
            RulesAction::Switch => return self.switch().err().map(RulesIntent::Say),
            RulesAction::Edit => {
                let text = self.book.as_ref().map(|book| book.draft.text().to_owned());
                return Some(text.map_or_else(not_here, RulesIntent::Write));
            }
            RulesAction::Try => return self.try_draft(),
            RulesAction::Enforce => return self.ask_why().err().map(RulesIntent::Say),
            RulesAction::Discard => return Some(self.discard()),
        }
        None
    }

    /// Takes what the operator has written.
    pub fn write(&mut self, text: String) {
        if let Some(book) = &mut self.book {
            book.draft.write(text);
            self.redrafted();
        }
    }

    /// Puts the dialog away.
    pub fn cancel(&mut self) {
        self.reason = None;
    }

    /// What is sent once there is a reason.
    pub fn send(&mut self) -> Option<RulesAsk> {
        let dialog = self.reason.as_mut()?;
        if self.is_overtaken {
            dialog.refused(OVERTAKEN.to_owned());
            return None;
        }
        let why = dialog.send()?;
        let book = self.book.as_ref()?;
        let (base, text) = (book.in_force.hash.clone(), book.draft.text().to_owned());
        Some(RulesAsk::Set { base, text, why })
    }

    /// Goes back to the rule; false when the screen is to be left.
    pub fn back(&mut self) -> bool {
        let was = std::mem::replace(&mut self.pane, Pane::Rule);
        was != Pane::Rule
    }

    /// True when leaving loses nothing, or was asked for a second time.
    pub fn may_leave(&mut self) -> bool {
        let is_kept = self.book.as_ref().is_some_and(Book::is_kept);
        std::mem::replace(&mut self.is_leaving, true) || !is_kept
    }

    /// About as many lines as what is read has: nobody scrolls further.
    fn lines_max(&self) -> usize {
        let Some(book) = &self.book else { return 0 };
        match (self.pane, &self.trial) {
            (Pane::Rule, _) => LINES_OF_A_RULE
                .max(self.rule().map_or(0, |rule| 2 * (rule.hits().len() + rule.misses().len()))),
            (Pane::Difference, _) => 2 * book.draft.changed().len(),
            (Pane::Trial, Trial::Done(trial)) => trial.rows.len() + 2 * trial.faults.len(),
            (Pane::Trial, _) => 0,
            (Pane::History, _) => 4 * book.in_force.changes.len(),
        }
    }

    fn choose(&mut self, at: usize) {
        let last = self.rules().map_or(0, Rules::len).saturating_sub(1);
        self.chosen = at.min(last);
        if self.pane == Pane::Rule {
            self.scrolled = 0;
        }
    }

    /// Shows it, or the rule again.
    fn show(&mut self, pane: Pane) {
        self.pane = if self.pane == pane { Pane::Rule } else { pane };
        self.scrolled = 0;
    }

    fn switch(&mut self) -> Result<(), String> {
        let id = self.rule().map(|rule| rule.id().to_owned()).ok_or("no rule is chosen")?;
        let book = self.book.as_mut().ok_or(NOT_HERE)?;
        book.draft.switch(&id).map_err(|reason| Untrusted::from(&*reason).escaped().to_string())?;
        self.redrafted();
        Ok(())
    }

    fn redrafted(&mut self) {
        self.trial = Trial::None;
        if self.pane == Pane::Trial {
            self.pane = Pane::Rule;
        }
        self.choose(self.chosen);
    }

    fn try_draft(&mut self) -> Option<RulesIntent> {
        let Some(book) = &self.book else { return Some(not_here()) };
        if self.pane == Pane::Trial {
            self.show(Pane::Rule);
            return None;
        }
        if let Err(reason) = book.changed() {
            return Some(RulesIntent::Say(reason));
        }
        let text = book.draft.text().to_owned();
        self.show(Pane::Trial);
        if matches!(self.trial, Trial::Asked | Trial::Done(_)) {
            return None;
        }
        self.trial = Trial::Asked;
        Some(RulesIntent::Ask(RulesAsk::Try { text }))
    }

    /// Opens the dialog when the draft can come into force.
    fn ask_why(&mut self) -> Result<(), String> {
        let book = self.book.as_ref().ok_or(NOT_HERE)?;
        if !book.in_force.is_writable {
            return Err("the server has no file of its own for rules: [risk] rules in server.toml"
                .to_owned());
        }
        let faults = book.changed()?.examine();
        if let Some(first) = faults.first() {
            let more = match faults.len() {
                1 => String::new(),
                many => format!(" (and {} more)", many - 1),
            };
            return Err(format!("the draft fails its own examples: {first}{more}"));
        }
        if self.is_overtaken {
            return Err(OVERTAKEN.to_owned());
        }
        self.reason = Some(Reason::default());
        Ok(())
    }

    fn discard(&mut self) -> RulesIntent {
        let Some(book) = &mut self.book else { return not_here() };
        if !book.draft.is_changed() {
            return RulesIntent::Say(UNCHANGED.to_owned());
        }
        book.draft = Draft::new(&book.in_force.text);
        (self.pane, self.is_overtaken) = (Pane::Rule, false);
        self.redrafted();
        RulesIntent::Ask(RulesAsk::Look)
    }
}

fn not_here() -> RulesIntent {
    RulesIntent::Say(NOT_HERE.to_owned())
}

const LINES_OF_A_RULE: usize = 30;
const NOT_HERE: &str = "the rules are not here yet";
const OVERTAKEN: &str = "the rules were changed meanwhile: look at the difference first";
