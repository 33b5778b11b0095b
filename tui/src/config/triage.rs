//! `[triage]` of the configuration file: filters that are used again and again.

use std::collections::BTreeMap;
use std::path::Path;

use sudolog_core::time::Timestamp;
use sudolog_core::untrusted::Untrusted;

use super::line_of;
use crate::calendar;

/// `[triage]` as serde reads it.
#[derive(Default, serde::Deserialize)]
pub(super) struct TriageForm {
    /// `operator`: the operator's own name on the server.
    pub(super) operator: Option<String>,
    /// `[triage.filters]`: a name and what is asked for.
    #[serde(default)]
    filters: BTreeMap<String, toml::Value>,
    #[serde(flatten)]
    unknown: toml::Table,
}

/// The filters by name, and what is wrong with others, one sentence each.
pub(super) fn filters(
    form: TriageForm,
    text: &str,
    file: &Path,
) -> (Vec<(String, String)>, Vec<String>) {
    let (mut filters, mut wrong) = (Vec::new(), Vec::new());
    let place = |key: &str| format!("{}, line {}", file.display(), line_of(text, key));
    for (name, query) in form.filters {
        let shown = Untrusted::from(name.as_str()).escaped().to_string();
        let toml::Value::String(query) = query else {
            wrong.push(format!("{}: the filter `{shown}` is no text in quotes", place(&name)));
            continue;
        };
        // Whatever the time: what is wrong with a filter is wrong at any.
        match calendar::filter(&query, Timestamp::default()) {
            Ok(_) => filters.push((shown, query)),
            Err(error) => wrong.push(format!("{}: the filter `{shown}`: {error}", place(&name))),
        }
    }
    for key in form.unknown.keys() {
        let shown = key.escape_debug();
        wrong.push(format!("{}: the key `{shown}` of [triage] is unknown", place(key)));
    }
    (filters, wrong)
}
