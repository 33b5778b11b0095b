//! Who may see what. Everything that is not allowed is forbidden.

use std::collections::BTreeMap;

use serde::Deserialize;
use sudolog_core::eventlog::Entry;
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

/// What an operator can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// Lists.
    List,
    /// All about one session.
    Show,
    /// A whole recording.
    Read,
    /// A recording piece by piece.
    Play,
    /// What a recording showed.
    Search,
    /// A session as it happens.
    Watch,
    /// A session's risk, and what was said of it.
    Review,
    /// Sums.
    Summary,
    /// What changes.
    Changes,
    /// Who looked at what.
    Views,
    /// The event log.
    Events,
    /// Saying something of sessions.
    Judge,
    /// Acting on running sessions.
    Order,
    /// Reading and trying the rules.
    Rules,
    /// Changing them.
    SetRules,
    /// What became of alerts.
    Alerts,
    /// Doing something about them.
    Alert,
}

impl Right {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::List,
        Self::Show,
        Self::Read,
        Self::Play,
        Self::Search,
        Self::Watch,
        Self::Review,
        Self::Summary,
        Self::Changes,
        Self::Views,
        Self::Events,
        Self::Judge,
        Self::Order,
        Self::Rules,
        Self::SetRules,
        Self::Alerts,
        Self::Alert,
    ];

    /// The table: the lowest role that has it. Each role has what those before it have.
    pub fn least(self) -> Role {
        match self {
            Self::List | Self::Show | Self::Read | Self::Play | Self::Search | Self::Watch => {
                Role::Viewer
            }
            Self::Review | Self::Summary | Self::Changes | Self::Events => Role::Viewer,
            Self::Views | Self::Judge | Self::Rules | Self::Alerts => Role::Auditor,
            Self::Order | Self::SetRules | Self::Alert => Role::Admin,
        }
    }

    /// Its name in the access log.
    pub fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Show => "show",
            Self::Read => "read",
            Self::Play => "play",
            Self::Search => "search",
            Self::Watch => "watch",
            Self::Review => "review",
            Self::Summary => "summary",
            Self::Changes => "changes",
            Self::Views => "views",
            Self::Events => "events",
            Self::Judge => "judge",
            Self::Order => "order",
            Self::Rules => "rules",
            Self::SetRules => "set rules",
            Self::Alerts => "alerts",
            Self::Alert => "alert",
        }
    }

    /// What to tell whoever has it not.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Order => "only an admin may give orders",
            Self::Judge => "only an auditor or an admin may judge",
            Self::Rules => "only an auditor or an admin may read the rules",
            Self::SetRules => "only an admin may change the rules",
            Self::Views => "only an auditor or an admin may see who looked at what",
            Self::Alerts => "only an auditor or an admin may see what became of alerts",
            Self::Alert => "only an admin may do something about alerts",
            _ => "only an operator may look at sessions",
        }
    }
}

impl Operators {
    /// True when there is an operator of that name.
    pub fn has(&self, name: &str) -> bool {
        self.0.keys().any(|known| known.as_str() == name)
    }

    /// How many operators have that right.
    pub fn who_may(&self, right: Right) -> usize {
        self.0.values().filter(|grant| grant.role >= right.least()).count()
    }

    /// The operator of that name; `None` is a refusal.
    pub fn by_name(&self, name: &OperatorName) -> Option<Operator> {
        self.0.get(name).map(|grant| Operator { name: name.clone(), grant: grant.clone() })
    }

    /// Their names, in the order of the letters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(OperatorName::as_str)
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
    /// True when the role has that right; the patterns say of which sessions.
    pub fn may(&self, right: Right) -> bool {
        self.grant.role >= right.least()
    }

    /// True when this operator may see that session.
    pub fn may_see(&self, session: &SessionRow) -> bool {
        let allows = |patterns: &[String], value: &Untrusted| {
            patterns.iter().any(|pattern| matches(pattern.as_bytes(), value.as_bytes()))
        };
        allows(&self.grant.hosts, &session.host) && allows(&self.grant.users, &session.user)
    }

    /// True when this operator may see that entry of the event log: as a session of its host and
    /// user. One that is of no host, or of no user, is for those from whom nothing is hidden there.
    pub fn may_see_entry(&self, entry: &Entry) -> bool {
        let allows = |patterns: &[String], value: &Untrusted| {
            patterns.iter().any(|pattern| matches(pattern.as_bytes(), value.as_bytes()))
        };
        allows(&self.grant.hosts, &entry.host) && allows(&self.grant.users, &entry.user)
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
    use crate::store::sample;

    fn operators() -> Operators {
        toml::from_str(
            "[olga]\nrole = \"admin\"\nuids = [1000]\n\
             [vic]\nrole = \"viewer\"\nhosts = [\"web*\"]\nusers = [\"alice\", \"b*b\"]\n",
        )
        .unwrap()
    }

    fn row(host: &str, user: &str) -> SessionRow {
        SessionRow { user: user.into(), host: host.into(), ..sample::row() }
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
    fn every_role_has_the_rights_of_the_table_and_no_others() {
        let table = [
            (Right::List, [true, true, true]),
            (Right::Show, [true, true, true]),
            (Right::Read, [true, true, true]),
            (Right::Play, [true, true, true]),
            (Right::Search, [true, true, true]),
            (Right::Watch, [true, true, true]),
            (Right::Review, [true, true, true]),
            (Right::Summary, [true, true, true]),
            (Right::Changes, [true, true, true]),
            (Right::Views, [false, true, true]),
            (Right::Events, [true, true, true]),
            (Right::Judge, [false, true, true]),
            (Right::Order, [false, false, true]),
            (Right::Rules, [false, true, true]),
            (Right::SetRules, [false, false, true]),
            (Right::Alerts, [false, true, true]),
            (Right::Alert, [false, false, true]),
        ];
        assert_eq!(table.map(|(right, _)| right), Right::ALL);
        let olga = operators().by_name(&"olga".parse().unwrap()).unwrap();
        for (right, cells) in table {
            for (role, allowed) in [Role::Viewer, Role::Auditor, Role::Admin].iter().zip(cells) {
                let grant = Grant { role: *role, ..olga.grant.clone() };
                let operator = Operator { grant, ..olga.clone() };
                assert_eq!(operator.may(right), allowed, "{role:?} {right:?}");
            }
        }
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
