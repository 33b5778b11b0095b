//! A letter as an HTTP request.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::json;

use super::chat;
use super::told::Told;
use crate::alert::letter::Letter;
use crate::alert::plan::{Apprise, Chat, TargetKind, Webhook, WebhookBody, Words};
use crate::eventlog::Severity;

/// What is sent; the address and what keeps it secret are the sender's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `POST` or `PUT`.
    pub method: String,
    /// Beside those that every request has.
    pub headers: Vec<(String, String)>,
    /// Of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// The request that tells a letter; `None` for a target that does not speak HTTP.
///
/// # Errors
/// What is wrong with a template, when it cannot be filled in.
pub fn request(kind: &TargetKind, letter: &Letter) -> Result<Option<Request>, String> {
    let value = match kind {
        TargetKind::Webhook(webhook) => return webhook_request(webhook, letter).map(Some),
        TargetKind::Chat(Chat::Discord(_)) => chat::discord(letter),
        TargetKind::Chat(Chat::Slack(_)) => chat::slack(letter),
        TargetKind::Chat(Chat::Mattermost(_)) => chat::mattermost(letter),
        TargetKind::Chat(Chat::Teams(_)) => chat::teams(letter),
        TargetKind::Ntfy(ntfy) => json!({
            "topic": ntfy.topic,
            "title": letter.title,
            "message": letter.text(),
            "priority": priority(letter.severity),
            "tags": [letter.severity.name()],
        }),
        TargetKind::Apprise(Apprise::Api { tag, .. }) => {
            let mut value = json!({
                "title": letter.title,
                "body": letter.text(),
                "type": apprise_type(letter.severity),
                "format": "text",
            });
            if let (Some(object), Some(tag)) = (value.as_object_mut(), tag) {
                object.insert("tag".to_owned(), tag.as_str().into());
            }
            value
        }
        _ => return Ok(None),
    };
    Ok(Some(Request {
        method: "POST".to_owned(),
        headers: Vec::new(),
        content_type: JSON,
        body: value.to_string().into_bytes(),
    }))
}

/// Apprise's word for a severity.
pub fn apprise_type(severity: Severity) -> &'static str {
    match severity {
        Severity::Info | Severity::Notice | Severity::Other => "info",
        Severity::Warning => "warning",
        Severity::High | Severity::Critical => "failure",
    }
}

/// ntfy's number for a severity, 1 to 5.
fn priority(severity: Severity) -> u8 {
    match severity {
        Severity::Info => 2,
        Severity::Notice | Severity::Other => 3,
        Severity::Warning | Severity::High => 4,
        Severity::Critical => 5,
    }
}

fn webhook_request(webhook: &Webhook, letter: &Letter) -> Result<Request, String> {
    let told = Told::new(letter);
    let (content_type, body) = match &webhook.body {
        WebhookBody::Whole => (JSON, serde_json::to_vec(&told).unwrap_or_default()),
        WebhookBody::Fields(fields) => {
            let said: Vec<(&str, String)> = fields
                .iter()
                .map(|(name, words)| Ok((name.as_str(), Words::say(words, &told)?)))
                .collect::<Result<_, String>>()?;
            (JSON, serde_json::to_vec(&InOrder(said)).unwrap_or_default())
        }
        WebhookBody::Text(words) => ("text/plain; charset=utf-8", words.say(&told)?.into_bytes()),
    };
    let agent = webhook.user_agent.iter().map(|agent| ("User-Agent".to_owned(), agent.clone()));
    let headers = webhook.headers.iter().cloned().chain(agent).collect();
    Ok(Request { method: webhook.method.clone(), headers, content_type, body })
}

/// An object whose keys stay in the order of the file.
struct InOrder<'a>(Vec<(&'a str, String)>);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, said) in &self.0 {
            map.serialize_entry(name, said)?;
        }
        map.end()
    }
}

/// Some services take a body for something else, or for too long, without the charset.
const JSON: &str = "application/json; charset=utf-8";
