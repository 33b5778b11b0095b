//! The question that comes before something which cannot be taken back.

use sudolog_core::wire::message::AlertAct;

/// What is asked, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    act: AlertAct,
    is_sent: bool,
    trouble: Option<String>,
}

/// What the operator answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuestionAction {
    /// Yes.
    Do,
    /// No.
    Cancel,
}

impl Question {
    /// Asks whether this shall be done.
    pub fn new(act: AlertAct) -> Self {
        Self { act, is_sent: false, trouble: None }
    }

    /// What would be done.
    pub fn act(&self) -> &AlertAct {
        &self.act
    }

    /// True while the server's answer is waited for.
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// What stands in the way, escaped.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// What is sent, once.
    pub fn send(&mut self) -> Option<AlertAct> {
        if self.is_sent {
            return None;
        }
        (self.is_sent, self.trouble) = (true, None);
        Some(self.act.clone())
    }

    /// The server has refused, or has not answered: what it said, escaped.
    pub fn refused(&mut self, reason: String) {
        (self.is_sent, self.trouble) = (false, Some(reason));
    }
}
