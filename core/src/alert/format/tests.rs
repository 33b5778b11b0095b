//! Hostile names in every form, against golden files. `UPDATE_SNAPSHOTS=1` writes them anew.

use std::path::PathBuf;

use serde_json::Value;

use super::*;
use crate::alert::item::tests::stored;
use crate::alert::{Desk, Letter, Plan, TargetKind};
use crate::eventlog::{Kind, Severity, Stored};
use crate::untrusted::{Untrusted, is_misleading};

/// All that some receiver's format gives a meaning to.
const HOSTILE: &[u8] = b"a\"b\\c]d\r\nBcc: e@f\x1b]0;t\x07\x00\xff\xe2\x80\xae\xe2\x80\x8b\xc2\x9b<!channel>@everyone&amp;```x````[l](http://h)*b*_i_{{ 7 }}=?utf-8?Q?x?=\n.\n\xf0\x9d\x84\x9e";

const PLAN: &str = r#"version: 1
targets:
  webhook: {kind: webhook, url: "https://x/", headers: {X-Team: soc}, user_agent: u}
  fields: {kind: webhook, url: "https://x/", body: {z: "{{ time }} {{ text }}", a: "{{ user }}"}}
  text: {kind: webhook, url: "https://x/", text: "{{ time }} {{ title }}"}
  discord: {kind: discord, url_file: /x, batch: no}
  slack: {kind: slack, url_file: /x, batch: no}
  mattermost: {kind: mattermost, url_file: /x, batch: no}
  teams: {kind: teams, url_file: /x, batch: no}
  ntfy: {kind: ntfy, url: "https://x/", topic: t, batch: no}
  apprise: {kind: apprise, mode: api, url: "https://x/", tags: soc, batch: no}
  mail: {kind: sendmail, to: [root, soc@example.test], batch: no}
  syslog: {kind: syslog, proto: udp, addr: "x:514"}
  journald: {kind: journal}
  classic: {kind: journal, socket: /dev/log}
routes:
- {to: [webhook, fields, text, discord, slack, mattermost, teams, ntfy, apprise, mail, syslog, journald, classic]}
"#;

fn hostile() -> Stored {
    let mut stored = stored(7, Kind::Finding, Severity::High);
    let text = Untrusted::new(HOSTILE);
    for field in [&mut stored.entry.host, &mut stored.entry.user, &mut stored.entry.run_user] {
        *field = text.clone();
    }
    stored.entry.tty = text.clone();
    stored.entry.by = text.clone();
    stored.entry.text = text.clone();
    stored.entry.argv = vec!["rm".into(), text];
    stored
}

fn letters() -> (Plan, Vec<Letter>) {
    let plan = Plan::parse(PLAN.as_bytes()).unwrap();
    let mut desk = Desk::new(plan.clone().into(), Default::default());
    let now = std::time::Instant::now();
    let entry = hostile();
    desk.take(&entry, now, entry.stored);
    (plan, desk.letters(now, entry.stored))
}

fn formed(kind: &TargetKind, letter: &Letter) -> Vec<Vec<u8>> {
    match kind {
        TargetKind::Sendmail(sendmail) => vec![mail(letter, &sendmail.mail, "logs.example.test")],
        TargetKind::Syslog(syslog) => {
            let messages = rfc5424(letter, syslog.facility, "logs", 8192);
            messages.iter().map(|message| octet_counted(message)).collect()
        }
        TargetKind::Journal { socket } if socket.ends_with("log") => local(letter, Local::Classic),
        TargetKind::Journal { .. } => local(letter, Local::Journald),
        other => vec![request(other, letter).unwrap().unwrap().body],
    }
}

#[test]
fn hostile_names_stay_text_in_every_form() {
    let (plan, letters) = letters();
    assert_eq!(letters.len(), plan.targets().len());
    for letter in letters {
        let target = plan.target(&letter.target).unwrap();
        let pieces = formed(&target.kind, &letter);
        let bytes = pieces.join(b"\n--\n".as_slice());
        let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("src/alert/format/golden")
            .join(&target.name);
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::create_dir_all(golden.parent().unwrap()).unwrap();
            std::fs::write(&golden, &bytes).unwrap();
        }
        let wanted = std::fs::read(&golden).unwrap();
        let (shown, wanted) =
            (String::from_utf8(bytes).unwrap(), String::from_utf8(wanted).unwrap());
        assert_eq!(shown, wanted, "{}", target.name);
        let is_bad = |c: char| is_misleading(c) && !matches!(c, '\n' | '\r' | '\u{feff}');
        assert!(!shown.chars().any(is_bad), "{}: {shown}", target.name);
    }
}

#[test]
fn no_chat_acts_on_what_a_name_says() {
    let (plan, letters) = letters();
    let body = |name: &str| -> Value {
        let letter = letters.iter().find(|letter| letter.target == name).unwrap();
        let kind = &plan.target(name).unwrap().kind;
        serde_json::from_slice(&request(kind, letter).unwrap().unwrap().body).unwrap()
    };
    let discord = body("discord");
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
    assert_eq!(discord["content"].as_str().unwrap().matches("```").count(), 2);
    assert!(discord["content"].as_str().unwrap().chars().count() <= 2000);
    assert!(!body("slack")["text"].as_str().unwrap().contains('<'));
    let mattermost = body("mattermost");
    let text = mattermost["text"].as_str().unwrap();
    assert!(text.contains("\n`````text\n") && text.ends_with("\n`````"), "{text}");
    let card = body("teams");
    let blocks = card["attachments"][0]["content"]["body"].as_array().unwrap().clone();
    assert!(blocks.iter().all(|block| block["type"] == "RichTextBlock"));
    let fields = body("fields");
    assert_eq!(fields["a"], body("webhook")["user"]);
}

#[test]
fn a_mail_has_the_headers_that_it_was_given_and_no_line_is_long() {
    let (plan, letters) = letters();
    let letter = letters.iter().find(|letter| letter.target == "mail").unwrap();
    let bytes = formed(&plan.target("mail").unwrap().kind, letter).concat();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let names: Vec<_> = head
        .split("\r\n")
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Date",
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Auto-Submitted",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding"
        ]
    );
    assert!(head.contains("Message-ID: <7.e7.r0@logs.example.test>"), "{head}");
    assert!(text.split("\r\n").all(|line| line.len() <= 78 && line.is_ascii()), "{text}");
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']));
    assert!(!body.contains("\r\n."), "{body}");
}

#[test]
fn a_syslog_message_is_cut_to_what_is_taken_and_keeps_its_head() {
    let (_, letters) = letters();
    let letter = letters.iter().find(|letter| letter.target == "syslog").unwrap();
    for most in [1024, 2048, 8192] {
        let message = rfc5424(letter, 10, "logs", most).concat();
        assert!(message.len() <= most && message.starts_with(b"<83>1 2026-11-21T19:50:00.000Z "));
        assert!(std::str::from_utf8(&message).is_ok());
    }
    assert_eq!(octet_counted(b"abc"), b"3 abc");
}
