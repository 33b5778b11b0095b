//! What a console asks about the rules: what they are, what others would change, and to change them.

use sudolog_core::untrusted::Untrusted;
use sudolog_core::wire::message::{Outcome, RequestBody, RulesInForce, RulesTrial};

use super::{Client, ClientError};
use crate::screens::order::Refusal;

/// Something that is asked about the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesAsk {
    /// What they are.
    Look,
    /// The same, in a while: something is under way.
    LookLater,
    /// The same, later: somebody else may have changed them.
    LookNowAndThen,
    /// What others would change.
    Try {
        /// A file of rules.
        text: String,
    },
    /// That others shall be in force.
    Set {
        /// The hash of those that they are to replace.
        base: String,
        /// A file of rules.
        text: String,
        /// Why.
        why: Untrusted,
    },
}

/// What is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum RulesAnswer {
    /// What they are, or why that is not known, escaped.
    Rules(Result<Box<RulesInForce>, String>),
    /// What those of this text would change, or why that is not known, escaped.
    Tried(String, Result<Box<RulesTrial>, String>),
    /// The server has put those of this text into force, or has not.
    Set(String, Result<(), Refusal>),
}

impl Client {
    /// The rules in force.
    ///
    /// # Errors
    /// [`ClientError`] when the server cannot be asked or refuses.
    pub async fn rules(&self) -> Result<RulesInForce, ClientError> {
        match self.ask(RequestBody::Rules).await? {
            Outcome::Rules(rules) => Ok(*rules),
            other => Err(self.unexpected(&other)),
        }
    }

    /// What other rules would change. Takes as long as the server needs for its newest recordings.
    ///
    /// # Errors
    /// As [`rules`](Self::rules).
    pub async fn try_rules(&self, text: String) -> Result<RulesTrial, ClientError> {
        match self.ask_patiently(RequestBody::TryRules { text }).await? {
            Outcome::Trial(trial) => Ok(*trial),
            other => Err(self.unexpected(&other)),
        }
    }

    /// Puts other rules into force in place of those with the hash `base`: recorded when this returns.
    /// Never sent twice.
    ///
    /// # Errors
    /// [`ClientError::Failed`] when the server refuses; with any other they may be in force all the same.
    pub async fn set_rules(
        &self,
        base: String,
        text: String,
        why: Untrusted,
    ) -> Result<(), ClientError> {
        match self.ask(RequestBody::SetRules { base, text, why }).await? {
            Outcome::Done => Ok(()),
            other => Err(self.unexpected(&other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sudolog_core::limits::CONSOLE_SILENCE;
    use sudolog_core::wire::message::{Cause, Failure};

    use super::super::fake::FakeServer;
    use super::*;

    #[tokio::test]
    async fn what_is_asked_is_what_is_answered() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let (rules, ()) = tokio::join!(client.rules(), async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::Rules);
            let rules = RulesInForce { left: 7, ..RulesInForce::default() };
            peer.reply(id, Outcome::Rules(Box::new(rules))).await;
        });
        assert_eq!(rules.unwrap().left, 7);
        let [base, text] = ["ab", "version: 1"].map(str::to_owned);
        let set = client.set_rules(base.clone(), text.clone(), "noise".into());
        let (set, ()) = tokio::join!(set, async {
            let (id, body) = peer.request().await;
            assert_eq!(body, RequestBody::SetRules { base, text, why: "noise".into() });
            let text = "the rules were changed meanwhile".into();
            peer.fail(id, Failure { cause: Cause::Malformed, text }).await;
        });
        assert!(matches!(set, Err(ClientError::Failed(_))), "{set:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_trial_that_takes_long_is_no_lost_server() {
        let server = FakeServer::start();
        let (client, mut peer) = tokio::join!(Client::connect(server.address()), server.welcome());
        let client = client.unwrap();
        let (trial, ()) = tokio::join!(client.try_rules("version: 1".to_owned()), async {
            let (id, _) = peer.request().await;
            tokio::time::sleep(CONSOLE_SILENCE + Duration::from_secs(60)).await;
            let trial = RulesTrial { tried: 2000, ..RulesTrial::default() };
            peer.reply(id, Outcome::Trial(Box::new(trial))).await;
        });
        assert_eq!(trial.unwrap().tried, 2000);
    }
}
