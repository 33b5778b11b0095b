//! Makes rules of what a file says.

use std::collections::HashSet;

use regex::bytes::{Regex, RegexBuilder};

use super::condition::{EndKind, Fact, Happening, When};
use super::rule::{Act, On, Rule, Scope, Test};
use crate::document::{DocumentError as RulesError, one_line};
use crate::document::{Fields, Spot};
use crate::limits::{RULE_DISTINCT_MAX, RULE_REGEX_BYTES_MAX, RULES_MAX};
use crate::risk::Category;

/// The rules of a file, each with a name of its own.
pub(super) fn rules(spot: Spot) -> Result<Vec<Rule>, RulesError> {
    let mark = spot.mark.clone();
    let spots = spot.list()?;
    if spots.len() > RULES_MAX {
        return mark.refuse(format!("{RULES_MAX} rules at most, not {}", spots.len()));
    }
    let mut names = HashSet::new();
    let mut rules = Vec::with_capacity(spots.len());
    for spot in spots {
        rules.push(rule(spot, &mut names)?);
    }
    Ok(rules)
}

fn rule(spot: Spot, names: &mut HashSet<String>) -> Result<Rule, RulesError> {
    let mut fields = spot.fields(&KEYS)?;
    let id = fields.need("id")?;
    let mark = id.mark.clone();
    let id = id.text()?;
    if !is_name(&id) {
        return mark.refuse(format!("1 to {NAME_BYTES_MAX} of a-z, 0-9 and -, not {id:?}"));
    }
    if !names.insert(id.clone()) {
        return mark.refuse(format!("there is a rule {id:?} already"));
    }
    let category = fields.need("cat")?;
    let category = category.word(Category::ALL.into_iter().map(|cat| (cat.name(), cat)))?;
    let points = u8::try_from(fields.need("score")?.number(0, 100)?).unwrap_or(100);
    let on = fields.need("on")?.word(On::ALL.into_iter().map(|on| (on.name(), on)))?;
    let test = test(&mut fields, on)?;
    let is_text = matches!(test, Test::Text { .. });
    for key in ["not", "min_distinct", "within_s", "hit", "miss"] {
        if !is_text && let Some(spot) = fields.take(key) {
            return spot.mark.refuse(format!("rules on {} have no such key", on.name()));
        }
    }
    let act = |spot: Spot| spot.word(Act::ALL.into_iter().map(|act| (act.name(), act)));
    let distinct = |spot: Spot| spot.number(1, RULE_DISTINCT_MAX as u64);
    let min_distinct = fields.optional("min_distinct", distinct)?.unwrap_or(1);
    let seconds = |spot: Spot| spot.number(1, SECONDS_MAX);
    Ok(Rule {
        id,
        category,
        points,
        attack: fields.optional("attack", Spot::texts)?.unwrap_or_default(),
        on,
        test,
        not: fields.optional("not", regex)?,
        scope: Scope {
            users: fields.optional("users", Spot::texts)?.unwrap_or_default(),
            hosts: fields.optional("hosts", Spot::texts)?.unwrap_or_default(),
            run_users: fields.optional("runas", Spot::texts)?.unwrap_or_default(),
        },
        min_distinct: usize::try_from(min_distinct).unwrap_or(1),
        within_s: fields.optional("within_s", seconds)?,
        enabled: fields.optional("enabled", Spot::flag)?.unwrap_or(true),
        act: fields.optional("act", act)?.unwrap_or(Act::Notify),
        false_positives: fields.optional("fp", Spot::text)?.unwrap_or_default(),
        hits: fields.optional("hit", Spot::texts)?.unwrap_or_default(),
        misses: fields.optional("miss", Spot::texts)?.unwrap_or_default(),
    })
}

/// The one thing that a rule looks for.
fn test(fields: &mut Fields, on: On) -> Result<Test, RulesError> {
    let given: Vec<Spot> =
        ["re", "any", "when", "event"].into_iter().filter_map(|key| fields.take(key)).collect();
    let wanted = match on {
        On::Meta => "`when`",
        On::Event => "`event`",
        _ => "`re` or `any`",
    };
    let mut given = given.into_iter();
    let (Some(spot), None) = (given.next(), given.next()) else {
        return fields.mark().refuse(format!("a rule on {} has one {wanted}", on.name()));
    };
    let mark = spot.mark.clone();
    let test = match (mark.name(), on) {
        ("when", On::Meta) => Test::When(when(spot)?),
        ("event", On::Event) => {
            let words = Happening::ALL.into_iter().map(|kind| (kind.name(), kind));
            Test::Event(spot.word(words)?)
        }
        ("re", on) if !matches!(on, On::Meta | On::Event) => {
            let re = regex(spot)?;
            let words = format!("matches {re}");
            Test::Text { re, words }
        }
        ("any", on) if !matches!(on, On::Meta | On::Event) => any(spot)?,
        _ => return mark.refuse(format!("a rule on {} has one {wanted}", on.name())),
    };
    Ok(test)
}

/// ASCII counts as letters; bytes that are no UTF-8 are bytes like others.
fn regex(spot: Spot) -> Result<Regex, RulesError> {
    let mark = spot.mark.clone();
    let text = spot.text()?;
    build(&text).or_else(|what| mark.refuse(what))
}

fn build(text: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(text);
    let built = builder.unicode(false).size_limit(RULE_REGEX_BYTES_MAX).build();
    built.map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("it takes more than {limit} bytes"),
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            one_line(last.strip_prefix("error: ").unwrap_or(last))
        }
    })
}

fn any(spot: Spot) -> Result<Test, RulesError> {
    let mark = spot.mark.clone();
    let literals = spot.texts()?;
    if literals.is_empty() || literals.iter().any(String::is_empty) {
        return mark.refuse("one text or more, none of them empty");
    }
    let escaped: Vec<String> = literals.iter().map(|literal| regex::escape(literal)).collect();
    match build(&escaped.join("|")) {
        Ok(re) => Ok(Test::Text { re, words: format!("contains {}", literals.join(" or ")) }),
        Err(what) => mark.refuse(what),
    }
}

fn when(spot: Spot) -> Result<When, RulesError> {
    let mut fields = spot.fields(&FACTS)?;
    let tty = fields.optional("tty", Spot::flag)?;
    let within_s = fields.take("within_s");
    let facts: Vec<Spot> = FACTS.iter().filter_map(|name| fields.take(name)).collect();
    let mut facts = facts.into_iter();
    let (Some(spot), None) = (facts.next(), facts.next()) else {
        return fields.mark().refuse("one fact is wanted, not none or several");
    };
    let above = |spot: Spot| spot.number(0, i64::MAX as u64);
    let mark = spot.mark.clone();
    let fact = match mark.name() {
        "end" => Fact::End(ends(spot)?),
        "skew_s_gt" => Fact::SkewAbove(above(spot)?),
        "outside_business_hours" => match spot.flag()? {
            true => Fact::OutsideHours,
            false => return mark.refuse("true, or leave it out"),
        },
        "first_for" => {
            let kinds = spot.texts()?;
            if kinds != ["user", "host"] && kinds != ["user", "host", "command"] {
                return mark.refuse("[user, host] or [user, host, command]");
            }
            Fact::FirstSeen
        }
        "rejects_before_accept_gte" => {
            let count = spot.number(1, u64::from(u32::MAX))?;
            let within_s = within_s.map(|spot| spot.number(1, SECONDS_MAX)).transpose()?;
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            return Ok(When { fact: Fact::RejectsAtLeast(count, within_s.unwrap_or(600)), tty });
        }
        "idle_s_gt" => Fact::IdleAbove(above(spot)?),
        "duration_s_gt" => Fact::DurationAbove(above(spot)?),
        "out_bytes_gt" => Fact::OutputAbove(above(spot)?),
        _ => Fact::PasteAbove(above(spot)?),
    };
    match within_s {
        Some(spot) => spot.mark.refuse("only with rejects_before_accept_gte"),
        None => Ok(When { fact, tty }),
    }
}

fn ends(spot: Spot) -> Result<Vec<EndKind>, RulesError> {
    let word = |spot: Spot| spot.word(EndKind::ALL.into_iter().map(|kind| (kind.name(), kind)));
    spot.list()?.into_iter().map(word).collect()
}

fn is_name(id: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_BYTES_MAX).contains(&id.len()) && id.bytes().all(legal)
}

const NAME_BYTES_MAX: usize = 64;
/// A year.
const SECONDS_MAX: u64 = 366 * 24 * 3600;
const KEYS: [&str; 20] = [
    "id",
    "cat",
    "score",
    "attack",
    "on",
    "re",
    "any",
    "when",
    "event",
    "not",
    "users",
    "hosts",
    "runas",
    "min_distinct",
    "within_s",
    "enabled",
    "act",
    "fp",
    "hit",
    "miss",
];
const FACTS: [&str; 11] = [
    "end",
    "skew_s_gt",
    "outside_business_hours",
    "first_for",
    "rejects_before_accept_gte",
    "idle_s_gt",
    "duration_s_gt",
    "out_bytes_gt",
    "paste_bytes_gt",
    "tty",
    "within_s",
];
