//! What is left out of everything that is told: names replaced, or parts of texts.

use regex::{NoExpand, Regex, RegexBuilder};
use sha2::{Digest as _, Sha256};

use crate::alert::item::Item;
use crate::document::{DocumentError, Spot, one_line};
use crate::limits::RULE_REGEX_BYTES_MAX;
use crate::untrusted::encode_hex;

/// Replaces what some fields hold, or what in them fits an expression.
#[derive(Clone, Debug)]
pub struct Mask {
    fields: Vec<Masked>,
    part: Option<Regex>,
    by: By,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Masked {
    Host,
    User,
    RunUser,
    Command,
    Tty,
    Text,
}

#[derive(Clone, Debug)]
enum By {
    Text(String),
    /// The same for the same, and not to be guessed without a list of all names.
    Hash,
}

impl Mask {
    pub(super) fn read(spot: Spot) -> Result<Self, DocumentError> {
        let mut fields = spot.fields(&["fields", "re", "with", "hash"])?;
        let mark = fields.mark().clone();
        let names = [
            ("host", Masked::Host),
            ("user", Masked::User),
            ("run_user", Masked::RunUser),
            ("command", Masked::Command),
            ("tty", Masked::Tty),
            ("text", Masked::Text),
        ];
        let masked = fields.need("fields")?.one_or_more()?;
        let masked: Vec<_> = masked
            .into_iter()
            .map(|spot| spot.word(names.into_iter()))
            .collect::<Result<_, _>>()?;
        let with = fields.optional("with", Spot::text)?;
        let hash = fields.optional("hash", Spot::yes_or_no)?.unwrap_or(false);
        let by = match (with, hash) {
            (Some(_), true) => return mark.refuse("`with` or `hash`, not both"),
            (None, true) => By::Hash,
            (with, false) => By::Text(with.unwrap_or_else(|| "***".to_owned())),
        };
        Ok(Self { fields: masked, part: fields.optional("re", expression)?, by })
    }

    /// Masks what is told of an entry.
    pub(in crate::alert) fn apply(&self, item: &mut Item) {
        for field in &self.fields {
            let whole = matches!(field, Masked::Host | Masked::User | Masked::RunUser);
            let place = match field {
                Masked::Host => &mut item.host,
                Masked::User => &mut item.user,
                Masked::RunUser => &mut item.run_user,
                Masked::Command => &mut item.command,
                Masked::Tty => &mut item.tty,
                Masked::Text => &mut item.text,
            };
            if place.is_empty() {
                continue;
            }
            let masked = match &self.part {
                None => self.by.instead_of(place),
                Some(part) => {
                    let found = part.find(place).map(|found| found.as_str().to_owned());
                    let Some(found) = found else { continue };
                    part.replace_all(place, NoExpand(&self.by.instead_of(&found))).into_owned()
                }
            };
            let before = std::mem::replace(place, masked.clone());
            // A name often stands in the sentence and in the command too.
            if whole && self.part.is_none() {
                item.text = item.text.replace(&before, &masked);
                item.command = item.command.replace(&before, &masked);
                item.label = String::new();
            }
            if *field == Masked::User {
                item.uid = None;
            }
        }
    }
}

impl By {
    fn instead_of(&self, text: &str) -> String {
        match self {
            Self::Text(with) => with.clone(),
            Self::Hash => {
                let digest = encode_hex(&Sha256::digest(text.as_bytes()));
                format!("~{}", digest.get(..HASH_DIGITS).unwrap_or_default())
            }
        }
    }
}

fn expression(spot: Spot) -> Result<Regex, DocumentError> {
    let mark = spot.mark.clone();
    let text = spot.text()?;
    let built = RegexBuilder::new(&text).size_limit(RULE_REGEX_BYTES_MAX).build();
    built.or_else(|error| mark.refuse(one_line(&error.to_string())))
}

const HASH_DIGITS: usize = 10;
