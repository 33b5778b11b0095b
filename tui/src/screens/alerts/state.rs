//! What the alerts screen knows and how it changes: by the server's answers and by the operator. No clock and
//! no connection.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

use sudolog_core::limits::{ALERT_NUMBERS_MAX, BROWSE_PAGE_ROWS};
use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{
    AlertAct, Alerts, AlertsQuery, Delivery, DeliveryState, TargetStatus,
};

use super::Question;
use crate::screens::{Answer, FilterAction, Numbered, Perusal, Step, Stretch};
use crate::source::server::{Ask, LinkState, PageNews};

/// The alerts screen.
pub struct Board {
    query: AlertsQuery,
    perusal: Perusal<AlertsQuery, Delivery>,
    targets: Vec<TargetStatus>,
    /// Place of the chosen target.
    target: usize,
    /// The keys go through the targets.
    is_in_targets: bool,
    marked: BTreeSet<u64>,
    question: Option<Question>,
    collapsed: u64,
    /// What is wrong with the outbox.
    outbox: Untrusted,
    /// The message whose whole text was asked for last, as it was then.
    whole: Option<(u64, Untrusted)>,
}

/// What the operator does on this screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertsAction {
    /// To the targets and back.
    Switch,
    /// Messages to the chosen target; or the log where the chosen message comes from.
    Open,
    /// Marks the chosen message, or not any more.
    Mark,
    /// Marks all messages that are here, or none any more.
    MarkAll,
    /// Tries the marked messages again, or the chosen one.
    Retry,
    /// Forgets the marked messages, or the chosen one: dead ones.
    Discard,
    /// Sends a test to the chosen target.
    Test,
    /// So many lines down in what is read.
    Scroll(isize),
    /// Chooses the message with this number.
    Choose(u64),
    /// Chooses the target at this place.
    ChooseTarget(usize),
}

/// What the application is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertsIntent {
    /// Tell the server.
    Tell(AlertAct),
    /// Show the log from this entry on.
    Log(u64),
    /// Say that it cannot be done, for this reason.
    Say(String),
}

impl Numbered for Delivery {
    fn number(&self) -> u64 {
        self.number
    }

    fn bytes(&self) -> usize {
        let texts = self.title.len() + self.body.len() + self.error.len() + self.target.len();
        size_of::<Self>() + texts + 8 * self.entries.len()
    }
}

impl Board {
    /// A screen that has not heard anything yet.
    pub fn new(link: LinkState) -> Self {
        Self {
            query: AlertsQuery { limit: BROWSE_PAGE_ROWS, ..AlertsQuery::default() },
            perusal: Perusal::new(link),
            targets: Vec::new(),
            target: 0,
            is_in_targets: false,
            marked: BTreeSet::new(),
            question: None,
            collapsed: 0,
            outbox: Untrusted::default(),
            whole: None,
        }
    }

    /// What to ask for, the most wanted first: how the messages around the chosen one stand, what follows
    /// there, and what is new.
    pub fn wanted(&self) -> Vec<Ask> {
        let chosen = self.trail.chosen().map(|delivery| delivery.number);
        let rows = u64::from(BROWSE_PAGE_ROWS);
        let newest = self.trail.newest();
        // The same page for as long as the chosen one is in it.
        let around = chosen
            .filter(|chosen| newest.saturating_sub(*chosen) >= rows)
            .map(|chosen| (chosen / rows + 1) * rows);
        let next = self.trail.wanted().map(|stretch| stretch.before);
        let mut pages: Vec<u64> = around.into_iter().chain(next).collect();
        pages.push(0);
        pages.dedup();
        let mut asks: Vec<Ask> =
            pages.into_iter().map(|before| Ask::Alerts(self.page(before))).collect();
        asks.extend(self.missing().map(|number| Ask::Alerts(AlertsQuery::whole(number))));
        asks
    }

    /// The chosen message, while more of its text is wanted than a list has.
    fn missing(&self) -> Option<u64> {
        let chosen = self.trail.chosen().filter(|chosen| chosen.body_left > 0)?;
        let is_here = self.whole.as_ref().is_some_and(|(number, _)| *number == chosen.number);
        (!is_here).then_some(chosen.number)
    }

    /// The text of a message, whole where it was asked for.
    pub fn body<'a>(&'a self, delivery: &'a Delivery) -> &'a Untrusted {
        let whole = self.whole.as_ref().filter(|(number, _)| *number == delivery.number);
        whole.map_or(&delivery.body, |(_, body)| body)
    }

    fn page(&self, before: u64) -> AlertsQuery {
        AlertsQuery { before, ..self.query.clone() }
    }

    /// The targets.
    pub fn targets(&self) -> &[TargetStatus] {
        &self.targets
    }

    /// The place of the chosen target.
    pub fn target(&self) -> usize {
        self.target
    }

    /// True while the keys go through the targets.
    pub fn is_in_targets(&self) -> bool {
        self.is_in_targets
    }

    /// True for a message that is marked.
    pub fn is_marked(&self, number: u64) -> bool {
        self.marked.contains(&number)
    }

    /// How many are.
    pub fn marked(&self) -> usize {
        self.marked.len()
    }

    /// What is being asked.
    pub fn question(&self) -> Option<&Question> {
        self.question.as_ref()
    }

    /// Alerts for which there was no room.
    pub fn collapsed(&self) -> u64 {
        self.collapsed
    }

    /// What is wrong with the outbox; empty when nothing is.
    pub fn outbox(&self) -> &Untrusted {
        &self.outbox
    }

    /// Takes what the server says.
    pub fn learn(&mut self, news: PageNews) {
        match news {
            PageNews::Link(link) => self.link = link,
            PageNews::Alerts(query, alerts) if self.is_asked(&query) => {
                self.trouble = None;
                self.take(query.before, alerts);
            }
            PageNews::Alerts(query, alerts) => {
                let is_it = |delivery: &Delivery| query == AlertsQuery::whole(delivery.number);
                let whole = alerts.deliveries.into_iter().find(is_it);
                self.whole = whole.map(|whole| (whole.number, whole.body)).or(self.whole.take());
            }
            PageNews::NoPage(Ask::Alerts(query), error) if self.is_asked(&query) => {
                self.trouble = Some(error.to_string());
            }
            _ => {}
        }
    }

    fn take(&mut self, before: u64, alerts: Alerts) {
        let Alerts { targets, deliveries, more, collapsed, trouble } = alerts;
        let chosen = self.targets.get(self.target).map(|target| target.name.clone());
        let at = targets.iter().position(|target| Some(&target.name) == chosen.as_ref());
        (self.target, self.targets) = (at.unwrap_or(0), targets);
        (self.collapsed, self.outbox) = (collapsed, trouble);
        if before == 0 && self.trail.is_cut() {
            // The newest ones are far above what is here.
            return;
        }
        let asked = self.trail.wanted().filter(|stretch| stretch.before == before);
        let stretch = asked.unwrap_or(Stretch { after: 0, before });
        self.trail.learn(stretch, Answer { rows: deliveries, more, reached: 0, newest: 0 });
        // What is about to be done is done to the message that was seen to be chosen.
        self.trail.hold();
    }

    /// Goes through the messages, of which so many are shown, or through the targets.
    pub fn step(&mut self, step: Step, shown: usize) {
        self.scrolled = 0;
        if !self.is_in_targets {
            if step == Step::Rows(isize::MIN) {
                self.trail.to_top();
                return self.trail.hold();
            }
            return self.trail.step(step, shown);
        }
        let by = match step {
            Step::Rows(by) => by,
            Step::Halves(by) => by.saturating_mul(TARGETS_STEP),
        };
        let last = self.targets.len().saturating_sub(1);
        self.target = self.target.saturating_add_signed(by).min(last);
    }

    /// Does what the operator wants with the filter.
    pub fn filter_by(&mut self, action: FilterAction, now: Timestamp) {
        if let Some(query) = self.filter.act(action, now) {
            self.put_in_force(query);
        }
    }

    /// Does what the operator wants.
    pub fn act(&mut self, action: AlertsAction) -> Option<AlertsIntent> {
        match action {
            AlertsAction::Switch => {
                (self.is_in_targets, self.scrolled) = (!self.is_in_targets, 0);
            }
            AlertsAction::Open => return self.open(),
            AlertsAction::Mark => self.mark(),
            AlertsAction::MarkAll => self.mark_all(),
            AlertsAction::Retry => {
                return Some(match self.meant(|state| state != DeliveryState::Sent) {
                    Ok(numbers) => AlertsIntent::Tell(AlertAct::Retry { numbers }),
                    Err(reason) => AlertsIntent::Say(reason),
                });
            }
            AlertsAction::Discard => match self.meant(|state| state == DeliveryState::Dead) {
                Ok(numbers) => self.question = Some(Question::new(AlertAct::Discard { numbers })),
                Err(reason) => return Some(AlertsIntent::Say(reason)),
            },
            AlertsAction::Test => {
                let Some(target) = self.meant_target() else {
                    return Some(AlertsIntent::Say("there is no target to test".to_owned()));
                };
                self.question = Some(Question::new(AlertAct::Test { target }));
            }
            AlertsAction::Scroll(by) => {
                self.scroll(by);
            }
            AlertsAction::Choose(number) => {
                (self.is_in_targets, self.scrolled) = (false, 0);
                self.trail.choose(number);
            }
            AlertsAction::ChooseTarget(at) => {
                (self.is_in_targets, self.scrolled) = (true, 0);
                self.target = at.min(self.targets.len().saturating_sub(1));
            }
        }
        None
    }

    /// What is sent once the question was answered.
    pub fn send(&mut self) -> Option<AlertAct> {
        self.question.as_mut()?.send()
    }

    /// Puts the question away; true when what it asked for may happen all the same.
    pub fn cancel(&mut self) -> bool {
        self.question.take().is_some_and(|question| question.is_sent())
    }

    /// The server has recorded an act, or has not, for this reason; gives the reason back when nobody here
    /// waits for it.
    pub fn answered(&mut self, act: &AlertAct, answer: Result<(), String>) -> Result<(), String> {
        let is_asked = self.question.as_ref().is_some_and(|asked| asked.act() == act);
        match answer {
            Ok(()) => {
                if is_asked {
                    self.question = None;
                }
                if let AlertAct::Retry { numbers } | AlertAct::Discard { numbers } = act {
                    self.marked.retain(|number| !numbers.contains(number));
                }
                Ok(())
            }
            Err(reason) => match self.question.as_mut().filter(|_| is_asked) {
                Some(question) => {
                    question.refused(reason);
                    Ok(())
                }
                None => Err(reason),
            },
        }
    }

    /// Messages to the chosen target, or the log where the chosen message comes from.
    fn open(&mut self) -> Option<AlertsIntent> {
        if !self.is_in_targets {
            let delivery = self.trail.chosen()?;
            return Some(match delivery.entries.iter().max() {
                Some(entry) => AlertsIntent::Log(*entry),
                None => AlertsIntent::Say("no entry of the log is in this message".to_owned()),
            });
        }
        let name = self.targets.get(self.target)?.name.clone();
        let text = format!("target:\"{name}\"");
        match self.filter.set(&text, Timestamp::default()) {
            Ok(query) => self.put_in_force(query),
            Err(reason) => return Some(AlertsIntent::Say(reason)),
        }
        self.is_in_targets = false;
        None
    }

    fn put_in_force(&mut self, query: AlertsQuery) {
        self.query = AlertsQuery { before: 0, limit: BROWSE_PAGE_ROWS, ..query };
        self.begin_anew();
        self.marked.clear();
    }

    fn mark(&mut self) {
        let Some(number) = self.trail.chosen().map(|delivery| delivery.number) else { return };
        if !self.marked.remove(&number) && self.marked.len() < ALERT_NUMBERS_MAX {
            self.marked.insert(number);
        }
        self.trail.step(Step::Rows(1), 0);
    }

    fn mark_all(&mut self) {
        if self.marked.is_empty() {
            let here = self.trail.rows().map(Numbered::number);
            self.marked = here.take(ALERT_NUMBERS_MAX).collect();
        } else {
            self.marked.clear();
        }
    }

    /// The numbers of the marked messages that this can be done to, or that of the chosen one.
    fn meant(&self, fits: impl Fn(DeliveryState) -> bool) -> Result<Vec<u64>, String> {
        let is_possible = |number: &u64| {
            // One that is not here any more may have any state: the server knows.
            self.trail.get(*number).is_none_or(|delivery| fits(delivery.state))
        };
        if !self.marked.is_empty() {
            let numbers: Vec<u64> = self.marked.iter().copied().filter(is_possible).collect();
            return match numbers.is_empty() {
                true => Err("none of the marked messages is one for that".to_owned()),
                false => Ok(numbers),
            };
        }
        let chosen = self.trail.chosen().ok_or("there is no message to choose")?;
        match fits(chosen.state) {
            true => Ok(vec![chosen.number]),
            false => {
                let (_, name) = super::STATES
                    .into_iter()
                    .find(|(state, _)| *state == chosen.state)
                    .unwrap_or((chosen.state, "of a state that this console does not know"));
                Err(format!("message {} is {name}: nothing to do about it", chosen.number))
            }
        }
    }

    /// The chosen target; among messages, that of the chosen one.
    fn meant_target(&self) -> Option<String> {
        let chosen = self.trail.chosen().filter(|_| !self.is_in_targets);
        let of_message = chosen.map(|delivery| delivery.target.clone());
        of_message.or_else(|| self.targets.get(self.target).map(|target| target.name.clone()))
    }

    /// True for a page of what is asked for now.
    fn is_asked(&self, query: &AlertsQuery) -> bool {
        AlertsQuery { before: 0, ..query.clone() } == self.query
    }
}

/// Targets gone over by half a page.
const TARGETS_STEP: isize = 5;

impl Deref for Board {
    type Target = Perusal<AlertsQuery, Delivery>;

    fn deref(&self) -> &Self::Target {
        &self.perusal
    }
}

impl DerefMut for Board {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.perusal
    }
}
