//! What services are told, each in its own words: prefixes, templates, masks and labels, seen at the receiver.

use sudolog_core::eventlog::{Kind, Severity};

use super::desk::{Desk, secret};
use super::sink::Sink;

#[test]
fn two_servers_are_told_apart_by_their_prefix() {
    let sink = Sink::start();
    for (path, prefix) in [("/one", "[north]"), ("/two", "[south]")] {
        let desk = Desk::start(&format!(
            "version: 1\nprefix: \"{prefix}\"\ntargets: {{soc: {{kind: webhook, url: \"{}\"}}}}\n\
             routes: [{{to: soc}}]\nlabels: {{hosts: {{web1: the shop}}}}\n",
            sink.url(path)
        ));
        desk.happens(Kind::Frozen, Severity::Warning);
        let got = sink.wait(path, |got| !got.is_empty());
        let told = got[0].json();
        assert!(told["title"].as_str().unwrap().starts_with(prefix), "{told}");
        assert!(told["text"].as_str().unwrap().contains("[the shop]"), "{told}");
    }
}

#[test]
fn one_file_serves_services_each_in_words_of_its_own_and_hides_what_is_masked() {
    let sink = Sink::start();
    let dir = tempfile::tempdir().unwrap();
    let [slack, discord] = ["slack", "discord"].map(|name| {
        let file = secret(dir.path(), name, &sink.url(&format!("/{name}")));
        format!("  {name}: {{kind: {name}, batch: no, url_file: {}}}\n", file.display())
    });
    let plan = format!(
        "version: 1\ntargets:\n{slack}{discord}  hook: {{kind: webhook, url: \"{}\", text: \"{{{{ text }}}}\"}}\n\
         routes:\n- {{to: slack, template: brief, continue: yes}}\n- {{to: discord, template: short, continue: yes}}\n\
         - {{to: hook, template: full}}\n\
         templates: {{brief: {{line: \"{{{{ host }}}} has {{{{ kind }}}} ({{{{ label }}}})\"}}}}\n\
         masks:\n- {{fields: [user], hash: yes}}\n- {{fields: [command], re: \"password=\\\\S+\", with: \"password=***\"}}\n\
         labels: {{hosts: {{web1: \"the shop\"}}}}\n",
        sink.url("/hook")
    );
    let desk = Desk::start_in(dir, &plan);
    let mut entry = desk.log.entry(Kind::Finding, Severity::High);
    (entry.host, entry.user) = ("web1".into(), "alice".into());
    entry.argv = vec!["mysql".into(), "password=hunter2".into()];
    desk.log.append(entry);
    let texts = ["/slack", "/discord", "/hook"].map(|path| {
        let got = sink.wait(path, |got| !got.is_empty()).remove(0);
        String::from_utf8(got.body).unwrap()
    });
    for text in &texts {
        assert!(!text.contains("alice") && !text.contains("hunter2"), "{text}");
    }
    // What is known of whom would say who that is.
    assert!(texts[0].contains("web1 has finding ()"), "{}", texts[0]);
    assert!(texts[1].contains("HIGH: ~"), "{}", texts[1]);
    let hook = &texts[2];
    assert!(hook.contains("mysql password=***") && !hook.contains("the shop"), "{hook}");
    assert!(hook.contains("~2bd806c97f on web1"), "the same name everywhere: {hook}");
}
