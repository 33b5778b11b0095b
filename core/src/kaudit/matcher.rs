//! Which events somebody waits for.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Seen;

/// What an event must have. What a rule does not ask for does not matter to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// One of its keys.
    pub key: Option<KeyTest>,
    /// Who had logged in. An event without a login has none of these.
    pub auid: Vec<RangeInclusive<u32>>,
    /// Its program, one of these paths.
    pub exe: Vec<String>,
    /// How it ended.
    pub result: Option<Outcome>,
}

/// How a key is compared. An empty key of a rule matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTest {
    /// With what.
    pub text: String,
    /// How.
    pub asked: Asked,
}

/// How.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// It is the text.
    #[default]
    Exact,
    /// It begins with the text.
    Prefix,
    /// The text occurs in it.
    Contains,
    /// It occurs in the text: `alert` and `alert2` for the text `alert2`. So the classic plugin asked.
    Within,
}

/// How something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it was meant to.
    Success,
    /// It did not.
    Failed,
}

impl Rule {
    /// The rule of `sudolog-audisp KEY`.
    pub fn classic(key: &str) -> Self {
        Self { key: Some(KeyTest { text: key.into(), asked: Asked::Within }), ..Self::default() }
    }

    /// True when the event has all that is asked for.
    pub fn matches(&self, seen: &Seen) -> bool {
        let key = self
            .key
            .as_ref()
            .is_none_or(|test| seen.keys.iter().any(|key| test.fits(key.as_bytes())));
        let is_one = |auid| self.auid.iter().any(|range| range.contains(&auid));
        let auid = self.auid.is_empty() || seen.auid.is_some_and(is_one);
        let program = seen.exe.as_ref().map(|exe| exe.as_bytes());
        let exe = self.exe.is_empty() || self.exe.iter().any(|exe| program == Some(exe.as_bytes()));
        let wanted = |outcome: Outcome| seen.success == Some(outcome == Outcome::Success);
        key && auid && exe && self.result.is_none_or(wanted)
    }
}

impl KeyTest {
    /// True for such a key.
    pub fn fits(&self, key: &[u8]) -> bool {
        let text = self.text.as_bytes();
        let occurs =
            |part: &[u8], whole: &[u8]| whole.windows(part.len()).any(|window| window == part);
        if key.is_empty() || text.is_empty() {
            return false;
        }
        match self.asked {
            Asked::Exact => key == text,
            Asked::Prefix => key.starts_with(text),
            Asked::Contains => occurs(text, key),
            Asked::Within => occurs(key, text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Ending, Event, Record};
    use super::*;

    fn seen(fields: &str) -> Seen {
        let line = format!("type=SYSCALL msg=audit(1.000:1): {fields}");
        let record = Record::parse(line.as_bytes(), false).unwrap();
        let (stamp, records) = (record.stamp.clone(), vec![record]);
        Seen::of(&Event { stamp, records, ending: Ending::Whole, left_out: 0 }).unwrap()
    }

    #[test]
    fn a_key_is_compared_in_four_ways() {
        for (asked, text, yes, no) in [
            (Asked::Exact, "alert", "alert", "alert2"),
            (Asked::Prefix, "alert", "alert2", "xalert"),
            (Asked::Contains, "alert", "xalert2", "aler"),
            (Asked::Within, "alert2", "alert", "alert23"),
        ] {
            let test = KeyTest { text: text.into(), asked };
            assert!(test.fits(text.as_bytes()) && test.fits(yes.as_bytes()), "{asked:?}");
            assert!(!test.fits(no.as_bytes()) && !test.fits(b""), "{asked:?}");
        }
        assert!(!Rule::classic("").matches(&seen("key=\"alert\"")));
    }

    #[test]
    fn each_of_several_keys_counts() {
        let both = seen("key=616C657274017365636F6E645F6B6579");
        assert!(
            Rule::classic("alert").matches(&both) && Rule::classic("second_key").matches(&both)
        );
        assert!(
            !Rule::classic("third").matches(&both)
                && !Rule::classic("alert").matches(&seen("key=(null)"))
        );
    }

    #[test]
    fn all_that_is_asked_for_must_be_there() {
        let rule = Rule {
            key: Some(KeyTest { text: "k".into(), asked: Asked::Exact }),
            auid: vec![1000..=1999, 4001..=4001],
            exe: vec!["/usr/bin/w".into()],
            result: Some(Outcome::Success),
        };
        let good = "auid=4001 success=yes exe=\"/usr/bin/w\" key=\"k\"";
        assert!(rule.matches(&seen(good)));
        for (from, to) in [
            ("4001", "4002"),
            ("4001", "4294967295"),
            ("yes", "no"),
            ("/w", "/ww"),
            ("\"k\"", "(null)"),
        ] {
            assert!(!rule.matches(&seen(&good.replace(from, to))), "{to}");
        }
    }
}
