//! What the dialog knows and how it changes. It keeps the session that it was opened for, whatever
//! happens to the screen under it.

use sudolog_core::limits::SENTENCE_BYTES_MAX;
use sudolog_core::session::{SessionState, Tsid};
use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::SessionRow;

use super::Order;
use crate::source::About;
use crate::widgets::{Edit, Input};

/// The session that is ordered about, as it was when the dialog was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which.
    pub tsid: Tsid,
    /// Where it stood.
    pub state: SessionState,
    /// Submit user.
    pub user: Untrusted,
    /// Submit host.
    pub host: Untrusted,
    /// Run user.
    pub run_user: Untrusted,
    /// Command and arguments.
    pub command: Untrusted,
}

/// An order on its way to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderRequest {
    /// Which session.
    pub tsid: Tsid,
    /// What.
    pub order: Order,
    /// Why.
    pub why: Untrusted,
}

/// Why an order was not recorded, or may not have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The server's words, escaped.
    pub reason: String,
    /// It is about the operator: the next order will fare no better.
    pub forbidden: bool,
}

/// The dialog.
#[derive(Clone, Debug)]
pub struct Dialog {
    order: Order,
    target: Target,
    reason: Input,
    proof: Input,
    step: Step,
    trouble: Option<String>,
}

/// What the dialog waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The reason.
    Reason,
    /// The session's number, typed by somebody who means it.
    Proof,
    /// The server's answer.
    Answer,
}

/// What the operator does in it beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DialogAction {
    /// Goes on: to the server, or to the question that comes before.
    Send,
    /// Closes it.
    Cancel,
}

impl Dialog {
    /// Asks for a reason.
    pub fn new(order: Order, target: Target) -> Self {
        Self {
            order,
            target,
            reason: Input::new(SENTENCE_BYTES_MAX),
            proof: Input::new(PROOF_BYTES_MAX),
            step: Step::Reason,
            trouble: None,
        }
    }

    /// The same with what the server said of an earlier order, before a reason is typed in vain.
    #[must_use]
    pub fn warned(mut self, reason: Option<&str>) -> Self {
        self.trouble = reason.map(|reason| format!("The last order was refused: {reason}"));
        self
    }

    /// What is ordered.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Of which session.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What it waits for.
    pub fn step(&self) -> Step {
        self.step
    }

    /// The reason as it is typed.
    pub fn reason(&self) -> &Input {
        &self.reason
    }

    /// The number as it is typed.
    pub fn proof(&self) -> &Input {
        &self.proof
    }

    /// What stands in the way, escaped.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Changes the line that is being typed.
    pub fn edit(&mut self, edit: Edit) {
        self.change(|input| input.edit(edit));
    }

    /// Types a character.
    pub fn insert(&mut self, c: char) {
        self.change(|input| input.insert(c));
    }

    /// Takes pasted text.
    pub fn paste(&mut self, text: &str) {
        self.change(|input| input.paste(text));
    }

    /// Goes on; gives the order once there is nothing left to ask.
    pub fn send(&mut self) -> Option<OrderRequest> {
        match self.step {
            Step::Answer => return None,
            Step::Reason if self.reason.text().trim().is_empty() => {
                self.trouble = Some(match self.order {
                    Order::Message => "There is nothing to send yet.".to_owned(),
                    _ => "An order needs a reason: it is recorded and shown.".to_owned(),
                });
                return None;
            }
            Step::Reason if self.order.is_final() => {
                (self.step, self.trouble) = (Step::Proof, None);
                return None;
            }
            Step::Proof if !self.is_proven() => {
                let text = format!("Only {} ends it.", self.target.tsid);
                self.trouble = Some(text);
                return None;
            }
            Step::Reason | Step::Proof => {}
        }
        (self.step, self.trouble) = (Step::Answer, None);
        let why = Untrusted::from(self.reason.text().trim());
        Some(OrderRequest { tsid: self.target.tsid, order: self.order, why })
    }

    /// The server has refused, or has not answered: what it said, escaped. The reason stays, so that
    /// it can be sent again.
    pub fn refused(&mut self, reason: String) {
        (self.step, self.trouble) = (Step::Reason, Some(reason));
        self.proof = Input::new(PROOF_BYTES_MAX);
    }

    fn is_proven(&self) -> bool {
        self.proof.text().trim().eq_ignore_ascii_case(&self.target.tsid.to_string())
    }

    fn change(&mut self, change: impl FnOnce(&mut Input)) {
        let input = match self.step {
            Step::Reason => &mut self.reason,
            Step::Proof => &mut self.proof,
            Step::Answer => return,
        };
        change(input);
        let full = input.is_full().then(|| "There is no room for more.".to_owned());
        self.trouble = full;
    }
}

impl From<&SessionRow> for Target {
    fn from(row: &SessionRow) -> Self {
        Self {
            tsid: row.tsid,
            state: row.state,
            user: row.user.clone(),
            host: row.host.clone(),
            run_user: row.run_user.clone(),
            command: row.command.clone(),
        }
    }
}

impl Target {
    /// The session that a replay shows; `None` when no server has it.
    pub fn of_replay(about: &About) -> Option<Self> {
        Some(Self {
            tsid: about.tsid?,
            state: about.state,
            user: about.user.clone(),
            host: about.host.clone(),
            run_user: about.run_user.clone(),
            command: about.command.clone(),
        })
    }
}

/// A session's number, and some room for typing it wrong.
const PROOF_BYTES_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::live::sample::row;

    fn dialog(order: Order) -> Dialog {
        Dialog::new(order, Target::from(&row(46, SessionState::Live)))
    }

    fn say(dialog: &mut Dialog, text: &str) {
        text.chars().for_each(|c| dialog.insert(c));
    }

    #[test]
    fn a_reason_is_needed_and_sent_once() {
        let mut dialog = dialog(Order::Freeze);
        assert_eq!(dialog.send(), None);
        assert!(dialog.trouble().unwrap().contains("needs a reason"));
        say(&mut dialog, "  ");
        assert_eq!(dialog.trouble(), None);
        assert_eq!(dialog.send(), None, "blanks are no reason");
        say(&mut dialog, "odd ");
        let why = "odd".into();
        let tsid = "00001A".parse().unwrap();
        assert_eq!(dialog.send(), Some(OrderRequest { tsid, order: Order::Freeze, why }));
        assert_eq!((dialog.step(), dialog.send()), (Step::Answer, None));
        say(&mut dialog, "more");
        assert_eq!(dialog.reason().text(), "  odd ", "what was sent does not change");
    }

    #[test]
    fn the_end_is_ordered_by_typing_the_number_too() {
        let mut dialog = dialog(Order::Terminate);
        say(&mut dialog, "malware");
        assert_eq!((dialog.send(), dialog.step()), (None, Step::Proof));
        assert_eq!(dialog.send(), None);
        say(&mut dialog, "00001B");
        assert_eq!(dialog.send(), None);
        assert!(dialog.trouble().unwrap().contains("00001A"));
        dialog.edit(Edit::Backspace);
        say(&mut dialog, "a");
        assert_eq!(dialog.send().unwrap().order, Order::Terminate);
        assert_eq!(dialog.reason().text(), "malware");
    }

    #[test]
    fn a_refusal_keeps_the_reason_and_asks_for_the_number_again() {
        let mut dialog = dialog(Order::Terminate);
        dialog.paste("mal\nware");
        dialog.send();
        dialog.paste("00001A\n");
        assert!(dialog.send().is_some());
        dialog.refused("only an admin may give orders".to_owned());
        assert_eq!((dialog.step(), dialog.reason().text()), (Step::Reason, "mal ware"));
        assert_eq!(dialog.trouble(), Some("only an admin may give orders"));
        dialog.send();
        assert_eq!((dialog.step(), dialog.send()), (Step::Proof, None), "the number is gone");
    }
}
