//! Who may see what. Everything that is not allowed is forbidden.

use std::collections::BTreeMap;

use serde::Deserialize;
use sudolog_core::filter::{Column, Condition, matches};
use sudolog_core::untrusted::Untrusted;
pub use sudolog_core::wire::message::Role;
use sudolog_core::wire::message::SessionRow;

use crate::identity::OperatorName;

/// One entry of `[operators]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Hosts whose sessions may be seen: names, `*` for any run of characters. All by default.
    #[serde(default = "everything")]
    pub hosts: Vec<String>,
    /// Submit users whose sessions may be seen, in the same form. All by default.
    #[serde(default = "everything")]
    pub users: Vec<String>,
    /// Local user ids that are this operator on the server's own socket.
    #[serde(default)]
    pub uids: Vec<u32>,
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// All operators that the server knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Operators(BTreeMap<OperatorName, Grant>);

/// A known operator and what they may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name, for the access log.
    pub name: OperatorName,
    /// What was granted.
    pub grant: Grant,
}

impl Operators {
    /// The operator of that name; `None` is a refusal.
    pub fn by_name(&self, name: &OperatorName) -> Option<Operator> {
        self.0.get(name).map(|grant| Operator { name: name.clone(), grant: grant.clone() })
    }

    /// The operator who is that local user; `None` is a refusal.
    pub fn by_uid(&self, uid: u32) -> Option<Operator> {
        let (name, grant) = self.0.iter().find(|(_, grant)| grant.uids.contains(&uid))?;
        Some(Operator { name: name.clone(), grant: grant.clone() })
    }

    /// Two operators with one uid would make the access log lie.
    pub fn shared_uid(&self) -> Option<u32> {
        let mut seen = std::collections::BTreeSet::new();
        self.0.values().flat_map(|grant| &grant.uids).copied().find(|uid| !seen.insert(*uid))
    }
}

impl Operator {
    /// True when this operator may see that session.
    pub fn may_see(&self, session: &SessionRow) -> bool {
        let allows = |patterns: &[String], value: &Untrusted| {
            patterns.iter().any(|pattern| matches(pattern.as_bytes(), value.as_bytes()))
        };
        allows(&self.grant.hosts, &session.host) && allows(&self.grant.users, &session.user)
    }

    /// The same as conditions of a list.
    pub fn visible(&self) -> Vec<Condition> {
        if self.sees_all() {
            return Vec::new();
        }
        let Grant { hosts, users, .. } = &self.grant;
        vec![
            Condition::like(Column::Host, hosts.clone()),
            Condition::like(Column::User, users.clone()),
        ]
    }

    /// True when nothing is hidden from this operator.
    pub fn sees_all(&self) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|p| p == "*");
        any(&self.grant.hosts) && any(&self.grant.users)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operators() -> Operators {
        toml::from_str(
            "[olga]\nrole = \"admin\"\nuids = [1000]\n\
             [vic]\nrole = \"viewer\"\nhosts = [\"web*\"]\nusers = [\"alice\", \"b*b\"]\n",
        )
        .unwrap()
    }

    fn row(host: &str, user: &str) -> SessionRow {
        SessionRow {
            tsid: "000001".parse().unwrap(),
            session_id: None,
            state: sudolog_core::session::SessionState::Live,
            user: user.into(),
            host: host.into(),
            run_user: "root".into(),
            command: "x".into(),
            tty: None,
            start: Default::default(),
            duration_s: 0.0,
            events: 0,
            exit_value: None,
            signal: None,
            risk: Default::default(),
            anomalies: Vec::new(),
            standing: Default::default(),
        }
    }

    #[test]
    fn strangers_are_refused() {
        assert_eq!(operators().by_name(&"mallory".parse().unwrap()), None);
        assert_eq!(operators().by_uid(0), None);
        assert_eq!(operators().by_uid(1000).unwrap().name.as_str(), "olga");
    }

    #[test]
    fn patterns_decide_what_is_seen() {
        let vic = operators().by_name(&"vic".parse().unwrap()).unwrap();
        for (host, user, allowed) in [
            ("web1", "alice", true),
            ("web", "bob", true),
            ("web2", "bb", true),
            ("db1", "alice", false),
            ("web1", "carol", false),
            ("aweb1", "alice", false),
            ("web1", "alice2", false),
        ] {
            let row = row(host, user);
            assert_eq!(vic.may_see(&row), allowed, "{user}@{host}");
            assert_eq!(row.subject().fits("", &vic.visible()), allowed, "{user}@{host}");
        }
        assert!(!vic.sees_all());
        let olga = operators().by_name(&"olga".parse().unwrap()).unwrap();
        assert!(olga.may_see(&row("any", "body")) && olga.sees_all());
    }

    #[test]
    fn roles_are_ordered_and_unknown_ones_refused() {
        assert!(Role::Viewer < Role::Auditor && Role::Auditor < Role::Admin);
        assert!(toml::from_str::<Operators>("[x]\nrole = \"root\"\n").is_err());
        assert!(toml::from_str::<Operators>("[\"../x\"]\nrole = \"admin\"\n").is_err());
        assert!(toml::from_str::<Operators>("[x]\nrole = \"admin\"\nhost = [\"a\"]\n").is_err());
        let shared = "[a]\nrole = \"admin\"\nuids = [1]\n[b]\nrole = \"admin\"\nuids = [1]\n";
        assert_eq!(toml::from_str::<Operators>(shared).unwrap().shared_uid(), Some(1));
    }
}
