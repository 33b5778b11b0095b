//! What files say, and what is refused.

use super::*;
use crate::alert::item::Item;
use crate::alert::item::tests::stored;
use crate::eventlog::{Kind, Severity, Source};

const TARGETS: &str = "version: 1
targets:
  soc: {kind: webhook, url: \"http://127.0.0.1:1/\"}
";

fn refused(file: &str) -> String {
    Plan::parse(file.as_bytes()).unwrap_err().to_string()
}

fn plan(rest: &str) -> Plan {
    Plan::parse(format!("{TARGETS}{rest}").as_bytes()).unwrap()
}

#[test]
fn the_example_of_the_documentation_is_legal() {
    let plan = Plan::parse(include_bytes!("example.yaml")).unwrap();
    let kinds: Vec<_> = plan.targets().iter().map(|target| target.kind.name()).collect();
    for kind in [
        "webhook",
        "discord",
        "slack",
        "mattermost",
        "teams",
        "ntfy",
        "smtp",
        "sendmail",
        "syslog",
        "journal",
        "apprise",
    ] {
        assert!(kinds.contains(&kind), "{kind}");
    }
    assert_eq!(plan.routes().len(), 4);
    let quiet = plan.routes()[0].quiet.as_ref().unwrap();
    assert_eq!((quiet.raise_after, quiet.renotify.as_secs()), (2, 4 * 3600));
}

#[test]
fn what_is_wrong_is_told_with_line_and_key() {
    for (rest, words) in [
        ("routes: []\nroute: []\n", "line 5, route: no such key"),
        ("routes:\n- {to: [soc, nobody]}\n", "routes[0].to[1]: there is no target \"nobody\""),
        ("routes:\n- {when: {severity: loud}, to: [soc]}\n", "a severity is info"),
        ("routes:\n- {when: {event: teleport}, to: [soc]}\n", "an event is one of"),
        ("routes:\n- {when: {colour: red}, to: [soc]}\n", "no such key"),
        ("routes:\n- {to: [soc], dedup: {key: [mood], window: 1m}}\n", "one of rule, kind"),
        ("routes:\n- {to: [soc], dedup: {key: [host], window: 10}}\n", "text is wanted"),
        ("routes:\n- {to: [soc], template: nice}\n", "full, short, json"),
        ("routes: []\nquiet: {raise_after: 0}\n", "quiet.raise_after: 1 to 1000"),
        ("routes: []\ntemplates: {mine: {line: \"{{ nobody.x }}\"}}\n", "templates.mine.line"),
        (
            "routes: []\ntemplates: {mine: {line: \"{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}\"}}\n",
            "fuel",
        ),
        ("routes: []\nmasks: [{fields: [user], re: \"(\"}]\n", "masks[0].re"),
        ("routes: []\nmasks: [{fields: [id]}]\n", "one of host, user"),
        ("routes: &a []\n", "anchors and aliases"),
        ("", "`routes` is missing"),
    ] {
        let told = refused(&format!("{TARGETS}{rest}"));
        assert!(told.contains(words), "{rest}: {told}");
    }
    assert!(refused("version: 2\ntargets: {}\nroutes: []\n").contains("version 1"));
    let twice = format!("{TARGETS}  soc: {{kind: journal}}\nroutes: []\n");
    assert!(refused(&twice).contains("twice"), "{}", refused(&twice));
    assert!(refused(&" ".repeat(ALERTS_FILE_BYTES_MAX + 1)).contains("bytes at most"));
}

#[test]
fn targets_are_checked() {
    for (target, words) in [
        ("{kind: pigeon}", "one of webhook, discord"),
        ("{kind: journal, topic: x}", "no such key for a journal"),
        ("{kind: webhook}", "`url_file`"),
        ("{kind: webhook, url: \"http://example.test/\"}", "https://"),
        ("{kind: webhook, url: \"https://x/\", url_file: /x}", "one of `url_file`"),
        ("{kind: discord, url: \"https://discord.com/api/webhooks/1/secret\"}", "is a secret"),
        ("{kind: discord, url_file: discord_url}", "begins with /"),
        ("{kind: webhook, url: \"https://x/\", headers: {Host: y}}", "none of Host"),
        ("{kind: webhook, url: \"https://x/\", headers: {X: \"a\\r\\nb\"}}", "plain text"),
        ("{kind: webhook, url: \"https://x/\", body: {a: \"{{ nope }}\"}}", "body.a"),
        ("{kind: smtp, host: mx, tls: none, from: a@b, to: [c@d]}", "insecure: true"),
        ("{kind: smtp, host: mx, from: a@b, to: [\"c@d\\nBcc: e\"]}", "an address like"),
        ("{kind: sendmail, to: [-oQ/tmp]}", "an address like"),
        ("{kind: sendmail, path: sendmail, to: [root]}", "begins with /"),
        ("{kind: syslog, proto: tcp, addr: siem}", "a name or an address and a port"),
        ("{kind: syslog, proto: pigeon, addr: \"siem:1\"}", "one of udp, tcp, tls"),
        ("{kind: apprise, mode: cli, config: /a, tags: [a, b]}", "one tag"),
        ("{kind: apprise, mode: cli, config: /a}", "`tags`"),
        ("{kind: journal, rate: {per: 1s, burst: 0}}", "rate.burst"),
    ] {
        let told = refused(&format!("version: 1\ntargets: {{x: {target}}}\nroutes: []\n"));
        assert!(told.contains(words), "{target}: {told}");
        assert!(told.starts_with("line 2, targets.x"), "{told}");
        assert!(!told.contains("secret\""), "{told}");
    }
    let told = refused("version: 1\ntargets: {\"../x\": {kind: journal}}\nroutes: []\n");
    assert!(told.contains("1 to 64 of"), "{told}");
}

#[test]
fn conditions_are_fulfilled_by_what_they_say() {
    let fits = |when: &str, stored: &crate::eventlog::Stored| {
        let plan = plan(&format!("routes:\n- {{when: {when}, to: [soc]}}\n"));
        !plan.told(&stored.entry).is_empty()
    };
    let mut stored = stored(1, Kind::Finding, Severity::High);
    stored.entry.by = "log-delete".into();
    stored.entry.argv = vec!["rm".into(), "/var/log/x".into()];
    stored.entry.risk = Some(crate::risk::Score::capped(70));
    for (when, expected) in [
        ("{}", true),
        ("{severity: \">=high\"}", true),
        ("{severity: high}", true),
        ("{severity: [info, critical]}", false),
        ("{severity: \">=critical\"}", false),
        ("{rule: log-delete}", true),
        ("{rule: [log-*]}", true),
        ("{rule: finding}", true),
        ("{rule: divergence}", false),
        ("{kind: [finding, frozen]}", true),
        ("{event: frozen}", false),
        ("{source: server}", true),
        ("{source: sudo}", false),
        ("{host: web*}", true),
        ("{host: [db*, mail]}", false),
        ("{user: alice, host: web1}", true),
        ("{user: alice, host: web2}", false),
        ("{command: \"rm *\"}", true),
        ("{command: \"ls *\"}", false),
        ("{risk_from: 70}", true),
        ("{risk_from: 71}", false),
        ("{not: {user: alice}}", false),
        ("{not: {user: bob}}", true),
        ("{any: [{user: bob}, {host: web1}]}", true),
        ("{any: [{user: bob}, {host: web2}]}", false),
    ] {
        assert_eq!(fits(when, &stored), expected, "{when}");
    }
    stored.entry.kind = Kind::Unrecorded;
    stored.entry.source = Source::Kernel;
    assert!(fits("{rule: divergence}", &stored));
}

#[test]
fn masks_hide_names_wherever_they_stand() {
    let mut stored = stored(1, Kind::Request, Severity::Info);
    stored.entry.uid = Some(1000);
    stored.entry.text = "alice wants it".into();
    stored.entry.argv =
        vec!["mysql".into(), "--password=hunter2".into(), "-u".into(), "alice".into()];
    let plan = plan(
        "routes: []\nlabels: {users: {alice: contractor}}\nmasks:\n- {fields: [user], hash: yes}\n\
         - {fields: command, re: \"password=\\\\S+\", with: \"password=***\"}\n",
    );
    let item = Item::new(&stored, &plan);
    let line = item.line();
    assert!(
        !line.contains("alice") && !line.contains("hunter2") && !line.contains("1000"),
        "{line}"
    );
    assert!(item.user.starts_with('~') && item.text.starts_with(&item.user), "{line}");
    assert_eq!(Item::new(&stored, &plan).user, item.user, "the same for the same");
    assert!(item.command.contains("--password=*** "), "{line}");
}

#[test]
fn labels_tell_what_is_known_of_hosts_and_users() {
    let stored = stored(1, Kind::Request, Severity::Info);
    let plan = plan("routes: []\nlabels: {hosts: {web*: shop}, users: {alice: contractor}}\n");
    assert_eq!(Item::new(&stored, &plan).label, "shop, contractor");
}

#[test]
fn own_words_make_title_and_line() {
    let stored = stored(9, Kind::Finding, Severity::High);
    let plan = plan(
        "templates: {mine: {title: \"{{ host }}!\", line: \"{{ number }} {{ severity }} {{ user }}\"}}\n\
         routes: [{to: [soc], template: mine}]\n",
    );
    let item = Item::new(&stored, &plan);
    let wording = &plan.routes()[0].wording;
    assert_eq!(wording.lines(&item), ["9 high alice"]);
    assert_eq!(wording.title(&item).as_deref(), Some("web1!"));
}
