//! What a package is made of beside the program: completions, manual pages, and a configuration that can be
//! looked at.

use std::fs;

use sudolog_tui::keymap::Scope;
use sudolog_tui::theme::{Role, Shelf};

use super::program::{run_in, told};

const COMMANDS: [&str; 9] =
    ["live", "replay", "browse", "list", "export", "screen", "verify", "config", "completions"];

#[test]
fn every_shell_completes_every_command() {
    let home = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, text) = told(&run_in(home.path(), &["completions", shell]));
        assert_eq!(code, Some(0), "{shell}");
        for word in COMMANDS.iter().chain(&["bundle", "cast3", "max-wait"]) {
            assert!(text.contains(word), "{shell} lacks {word}");
        }
    }
    assert_eq!(run_in(home.path(), &["completions", "cmd"]).status.code(), Some(2));
}

#[test]
fn bash_completes_what_is_behind_a_command() {
    let home = tempfile::tempdir().unwrap();
    let (_, script) = told(&run_in(home.path(), &["completions", "bash"]));
    let asked = "COMP_WORDS=(sudolog-tui list --js); COMP_CWORD=2; \
                 _sudolog__tui sudolog-tui --js list; echo \"${COMPREPLY[@]}\"";
    let script = format!("{script}\n{asked}\n");
    let output = std::process::Command::new("bash").arg("-c").arg(script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "--json", "{output:?}");
}

#[test]
fn every_command_has_a_page_and_every_key_is_in_one() {
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("new/man");
    let man = ["man", place.to_str().unwrap()];
    assert_eq!(told(&run_in(home.path(), &man)), (Some(0), String::new()));
    let page = |name: &str| fs::read_to_string(place.join(name)).unwrap();
    let first = page("sudolog-tui.1");
    for command in COMMANDS {
        // A hyphen is written as `\-`.
        assert!(first.contains(&format!("sudolog\\-tui\\-{command}(1)")), "{command}: {first}");
        assert!(page(&format!("sudolog-tui-{command}.1")).contains(".SH SYNOPSIS"), "{command}");
    }
    assert!(page("sudolog-tui-export.1").contains("asciicast"));
    let keys = page("sudolog-tui-keys.7");
    for word in ["toggle_play", "Space", "[keys.replay]", "Ctrl\\-c"] {
        assert!(keys.contains(word), "{word}: {keys}");
    }
    assert!(!place.join("sudolog-tui-man.1").exists(), "hidden commands have no page");
    let again = run_in(home.path(), &man);
    assert_eq!(again.status.code(), Some(0), "pages are written anew");
}

#[test]
fn the_page_of_the_console_names_what_there_is() {
    let page = include_str!("../../../docs/console.md");
    let roles = Role::ALL.into_iter().map(Role::name);
    let scopes = Scope::ALL.into_iter().map(Scope::name);
    let formats = ["cast", "cast3", "txt", "raw", "json", "svg", "bundle"];
    let words = roles.chain(scopes).chain(formats).map(str::to_owned);
    let shelf = Shelf::embedded();
    for word in words.chain(shelf.themes().iter().map(|theme| theme.name().to_owned())) {
        let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
        assert!(page.split(ends).any(|found| found == word), "docs/console.md lacks {word}");
    }
}

#[test]
fn what_is_wrong_with_a_configuration_is_told_at_once() {
    let home = tempfile::tempdir().unwrap();
    let (code, text) = told(&run_in(home.path(), &["config", "check"]));
    assert_eq!((code, text.as_str()), (Some(0), "no configuration file\nnothing is wrong\n"));
    let place = home.path().join(".config/sudolog");
    fs::create_dir_all(place.join("themes")).unwrap();
    fs::write(
        place.join("tui.toml"),
        "server = \"logs:1\"\ntheme = \"drak\"\ncolour = 1\n[keys.replay]\nsek_back = \"b\"\nslower = \"q\"\n",
    )
    .unwrap();
    fs::write(place.join("themes/mine.toml"), "inherits = \"dark\"\n[roles]\ntitel = {}\n")
        .unwrap();
    let (code, text) = told(&run_in(home.path(), &["config", "check"]));
    assert_eq!(code, Some(2), "{text}");
    for part in [
        "tui.toml, line 3: the key `colour` is unknown",
        "tui.toml, line 5: there is no action `sek_back`: did you mean `seek_back`?",
        "note: ",
        "line 6: q hides `back`",
        "tui.toml, line 2: there is no theme \"drak\" (did you mean dark?)",
        "theme mine: not a role: \"titel\" (did you mean \"title\"?)",
        "`server` needs [tls]",
        "5 things are wrong",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    fs::write(place.join("tui.toml"), "server = \n").unwrap();
    let (code, text) = told(&run_in(home.path(), &["config", "check"]));
    assert!(code == Some(2) && text.contains("line 1"), "{text}");
}

#[test]
fn what_is_dumped_is_a_configuration_that_says_the_same() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("tui.toml");
    let name = file.to_str().unwrap();
    fs::write(
        &file,
        "theme = \"mono\"\nsocket = \"a \\\"b\\\"\"\n[keys.replay]\nslower = [\"s\", \"Ctrl-s\"]\n",
    )
    .unwrap();
    let dump = |file: &str| {
        let (code, text) = told(&run_in(home.path(), &["config", "dump", "--config", file]));
        assert_eq!(code, Some(0), "{text}");
        text
    };
    let first = dump(name);
    for part in
        ["theme = \"mono\"", "slower = [\"s\", \"Ctrl-s\"]", "faster = [\">\"]", "[keys.live]"]
    {
        assert!(first.contains(part), "{part}: {first}");
    }
    fs::write(&file, &first).unwrap();
    assert_eq!(dump(name), first);
    let (code, text) = told(&run_in(home.path(), &["config", "check", "--config", name]));
    assert!(code == Some(0) && text.ends_with("nothing is wrong\n"), "{text}");
    let (_, text) = told(&run_in(home.path(), &["config", "dump", "--theme", "light"]));
    assert!(text.contains("theme = \"light\""), "the command line counts: {text}");
}
