//! Makes a plan of what a file says.

use std::collections::HashMap;

use super::condition::Condition;
use super::mask::Mask;
use super::route::{Dedup, Quiet, Route, Wording};
use super::service::target;
use super::{Label, Plan};
use crate::document::{DocumentError, Spot};
use crate::limits::{ALERT_ROUTES_MAX, ALERT_TARGETS_MAX};

pub(super) fn plan(root: Spot) -> Result<Plan, DocumentError> {
    let mut fields = root.fields(&[
        "version",
        "prefix",
        "targets",
        "routes",
        "quiet",
        "templates",
        "masks",
        "labels",
    ])?;
    let version = fields.need("version")?;
    let mark = version.mark.clone();
    if version.number(0, u64::MAX)? != 1 {
        return mark.refuse("this build reads version 1");
    }
    let prefix = fields.optional("prefix", prefix)?.unwrap_or_else(|| "[Sudolog]".to_owned());
    let spot = fields.need("targets")?;
    let mark = spot.mark.clone();
    let named = spot.named()?;
    if named.len() > ALERT_TARGETS_MAX {
        return mark.refuse(format!("{ALERT_TARGETS_MAX} targets at most, not {}", named.len()));
    }
    let mut targets = Vec::with_capacity(named.len());
    for (name, spot) in named {
        if !is_name(&name) {
            return spot.mark.refuse(format!("1 to {NAME_BYTES_MAX} of a-z, A-Z, 0-9, - and _"));
        }
        targets.push(target(name, spot)?);
    }
    let mut wordings = HashMap::from([
        ("full".to_owned(), Wording::Full),
        ("short".to_owned(), Wording::Short),
        ("json".to_owned(), Wording::Json),
    ]);
    for (name, spot) in fields.optional("templates", Spot::named)?.unwrap_or_default() {
        let mark = spot.mark.clone();
        if wordings.insert(name, Wording::read(spot)?).is_some() {
            return mark.refuse("there is a template of that name already");
        }
    }
    let base = Quiet::default();
    let quiet = fields.optional("quiet", |spot| Quiet::read(spot, &base))?;
    let names: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
    let reader = Routes { targets: &names, wordings: &wordings, quiet: quiet.as_ref() };
    let spot = fields.need("routes")?;
    let mark = spot.mark.clone();
    let spots = spot.list()?;
    if spots.len() > ALERT_ROUTES_MAX {
        return mark.refuse(format!("{ALERT_ROUTES_MAX} routes at most, not {}", spots.len()));
    }
    let routes = spots.into_iter().map(|spot| reader.route(spot)).collect::<Result<_, _>>()?;
    let masks = |spot: Spot| spot.list()?.into_iter().map(Mask::read).collect();
    let masks = fields.optional("masks", masks)?.unwrap_or_default();
    let labels = fields.optional("labels", labels)?.unwrap_or_default();
    Ok(Plan { prefix, targets, routes, masks, labels })
}

/// What a route may name.
struct Routes<'a> {
    targets: &'a [&'a str],
    wordings: &'a HashMap<String, Wording>,
    quiet: Option<&'a Quiet>,
}

impl Routes<'_> {
    fn route(&self, spot: Spot) -> Result<Route, DocumentError> {
        let mut fields =
            spot.fields(&["when", "to", "continue", "sync", "each", "template", "dedup", "quiet"])?;
        let mark = fields.mark().clone();
        let mut to = Vec::new();
        for spot in fields.need("to")?.one_or_more()? {
            let mark = spot.mark.clone();
            let name = spot.text()?;
            if !self.targets.contains(&name.as_str()) {
                return mark.refuse(format!("there is no target {name:?} in `targets`"));
            }
            to.push(name);
        }
        let sync = fields.optional("sync", Spot::yes_or_no)?;
        let each = fields.optional("each", Spot::yes_or_no)?;
        if sync.is_some() && each.is_some() {
            return mark.refuse("`each` is another word for `sync`; one of them is enough");
        }
        let wording = |spot: Spot| {
            let mark = spot.mark.clone();
            let name = spot.text()?;
            match self.wordings.get(&name) {
                Some(wording) => Ok(wording.clone()),
                None => {
                    mark.refuse(format!("full, short, json or one of `templates`, not {name:?}"))
                }
            }
        };
        let base = self.quiet.cloned().unwrap_or_default();
        let quiet = |spot: Spot| {
            if spot.is_mapping() {
                return Quiet::read(spot, &base).map(Some);
            }
            Ok(spot.yes_or_no()?.then(|| base.clone()))
        };
        Ok(Route {
            when: fields.optional("when", Condition::read)?.unwrap_or_default(),
            to,
            goes_on: fields.optional("continue", Spot::yes_or_no)?.unwrap_or(false),
            sync: sync.or(each).unwrap_or(false),
            wording: fields.optional("template", wording)?.unwrap_or_default(),
            dedup: fields.optional("dedup", Dedup::read)?,
            quiet: match fields.take("quiet") {
                Some(spot) => quiet(spot)?,
                None => self.quiet.cloned(),
            },
        })
    }
}

fn prefix(spot: Spot) -> Result<String, DocumentError> {
    let mark = spot.mark.clone();
    let prefix = spot.text()?;
    if prefix.len() > PREFIX_BYTES_MAX || prefix.chars().any(crate::untrusted::is_misleading) {
        return mark.refuse(format!("{PREFIX_BYTES_MAX} bytes of plain text at most"));
    }
    Ok(prefix)
}

fn labels(spot: Spot) -> Result<Vec<Label>, DocumentError> {
    let mut fields = spot.fields(&["hosts", "users"])?;
    let mut labels = Vec::new();
    for (key, of_user) in [("hosts", false), ("users", true)] {
        for (pattern, spot) in fields.optional(key, Spot::named)?.unwrap_or_default() {
            let mark = spot.mark.clone();
            let text = spot.text()?;
            if text.chars().any(crate::untrusted::is_misleading) {
                return mark.refuse("plain text is wanted, in one line");
            }
            labels.push(Label { of_user, pattern, text });
        }
    }
    Ok(labels)
}

fn is_name(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(legal)
}

const NAME_BYTES_MAX: usize = 64;
const PREFIX_BYTES_MAX: usize = 64;
