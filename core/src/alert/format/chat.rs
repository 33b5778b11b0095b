//! A letter as chats take it. What has a meaning in their markup has none in a letter.

use serde_json::{Value, json};

use crate::alert::letter::Letter;

/// Nobody is mentioned, whatever the text says. Discord knows no longer fence than three, so three
/// backticks in the text become quotes.
pub(super) fn discord(letter: &Letter) -> Value {
    let text = letter.text().replace("```", "'''");
    // A last backtick would lengthen the fence.
    let content = format!("**{}**\n```\n{text}\n```", escaped_markdown(&letter.title));
    json!({ "content": content, "allowed_mentions": { "parse": [] } })
}

/// Plain text; `<`, `>` and `&` are all that Slack acts on then.
pub(super) fn slack(letter: &Letter) -> Value {
    let text = format!("{}\n{}", letter.title, letter.text());
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({ "text": text, "mrkdwn": false, "unfurl_links": false, "unfurl_media": false })
}

/// A fence longer than any inside; in it nothing is a mention or a link.
pub(super) fn mattermost(letter: &Letter) -> Value {
    let text = letter.text();
    let fence = fence(&text);
    let title = escaped_markdown(&letter.title);
    json!({ "text": format!("**{title}**\n{fence}text\n{text}\n{fence}") })
}

/// Runs of text, in which Teams reads no markup.
pub(super) fn teams(letter: &Letter) -> Value {
    let run = |text: &str, weight: &str| {
        json!({
            "type": "RichTextBlock",
            "inlines": [{ "type": "TextRun", "text": text, "weight": weight }],
        })
    };
    let mut body = vec![run(&letter.title, "Bolder")];
    body.extend(letter.lines.iter().map(|line| run(line, "Default")));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    })
}

/// Backticks, more than there are anywhere in the text in a row.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(3))
}

/// Every character that Markdown may act on, as itself. An `@` is kept from those that it would call.
fn escaped_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_{}[]<>()#+-.!|~:@/".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}
