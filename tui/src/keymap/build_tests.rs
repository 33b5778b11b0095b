//! Keymap files, good ones and others, and what is told of them.

use super::super::{Keymap, REGISTRY, Scope, parse};
use super::*;
use crate::screens::replay::ReplayAction;

/// The keymap of a file, and what is told of it: first what is wrong, then notes.
fn read(text: &str) -> (Keymap, Vec<String>, Vec<String>) {
    let (overrides, mut faults) = parse(text);
    let (keymap, more) = Keymap::with(&overrides);
    faults.extend(more);
    let told =
        |wrong| faults.iter().filter(|f| f.is_wrong == wrong).map(Fault::to_string).collect();
    (keymap, told(true), told(false))
}

fn means(keymap: &Keymap, scope: Scope, key: &str) -> Option<Intent> {
    keymap.intent(scope, key.parse().unwrap())
}

#[test]
fn what_is_shipped_has_no_conflicts() {
    let (keymap, faults) = Keymap::with(&[]);
    assert_eq!((keymap, faults), (Keymap::default(), Vec::new()));
    let all: String = Scope::ALL
        .into_iter()
        .map(|scope| {
            let own = REGISTRY.iter().filter(|entry| entry.scope == scope);
            let lines = own.map(|entry| format!("{} = {:?}\n", entry.name, entry.keys));
            format!("[keys.{}]\n{}", scope.name(), lines.collect::<String>())
        })
        .collect();
    let (keymap, wrong, notes) = read(&all);
    assert_eq!((keymap, wrong, notes), (Keymap::default(), Vec::new(), Vec::new()), "{all}");
}

#[test]
fn every_scope_has_a_name_of_its_own() {
    let names: std::collections::HashSet<&str> = Scope::ALL.into_iter().map(Scope::name).collect();
    assert_eq!(names.len(), Scope::ALL.len());
    assert!(REGISTRY.iter().all(|entry| Scope::ALL.contains(&entry.scope)));
    let quit = REGISTRY.iter().find(|entry| entry.intent == Intent::Quit).unwrap();
    assert!(Binding::of(quit).contains(&Binding::Key(WAY_OUT)));
}

#[test]
fn a_file_changes_what_it_names_and_nothing_else() {
    let (keymap, wrong, notes) = read(
        "theme = \"dark\"\n[keys.replay]\nseek_back = [\"Alt-b\", \"Left\"]\nidle_limit = []\n\
         [keys.everywhere]\nsuspend = \"Ctrl-Alt-z\"\n",
    );
    assert_eq!((wrong, notes), (Vec::new(), Vec::new()));
    let back = Some(Intent::Replay(ReplayAction::Back));
    assert_eq!(means(&keymap, Scope::Replay, "Alt-b"), back);
    assert_eq!(means(&keymap, Scope::Replay, "Left"), back);
    assert_eq!(means(&keymap, Scope::Replay, "h"), None);
    assert_eq!(means(&keymap, Scope::Replay, "i"), None);
    assert_eq!(means(&keymap, Scope::Replay, "l"), Some(Intent::Replay(ReplayAction::Forward)));
    assert_eq!(means(&keymap, Scope::Live, "Ctrl-Alt-z"), Some(Intent::Suspend));
    let entry = REGISTRY.iter().find(|entry| entry.name == "seek_back").unwrap();
    assert_eq!(keymap.keys_shown(Scope::Replay, entry), ["Alt-b", "←"]);
    assert_eq!(keymap.keys_written(entry), ["Alt-b", "Left"]);
}

#[test]
fn a_key_that_two_want_is_told_with_both_lines() {
    let (keymap, wrong, notes) = read(
        "[keys.replay]\n\nslower = \"Alt-s\"\nfaster = [\"Alt-s\", \"Alt-f\"]\nseek_back = \"l\"\n",
    );
    assert_eq!(wrong, ["line 4: Alt-s has `slower` already, by line 3"]);
    assert_eq!(notes, ["line 5: l was the key of `seek_forward`, which keeps Right"]);
    assert_eq!(means(&keymap, Scope::Replay, "Alt-s"), Some(Intent::Replay(ReplayAction::Slower)));
    assert_eq!(means(&keymap, Scope::Replay, "Alt-f"), Some(Intent::Replay(ReplayAction::Faster)));
    assert_eq!(means(&keymap, Scope::Replay, "l"), Some(Intent::Replay(ReplayAction::Back)));
    let (_, wrong, notes) = read("[keys.replay]\nslower = \"q\"\nseek_back = \".\"\n");
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(
        notes,
        [
            "line 2: q hides `back` in [keys.replay]",
            "line 3: . was the key of `step_forward`, which has no key any more",
        ]
    );
}

#[test]
fn what_is_not_understood_is_told_with_what_was_meant() {
    let (keymap, wrong, _) = read(
        "[keys.repaly]\nslower = \"s\"\n[keys.live]\nseek_back = \"s\"\nopne = \"o\"\nxyzzy = \"o\"\n\
         [keys.replay]\nfaster = [\"Sapce\", \"Alt-f\"]\nslower = 7\ntenth = \"t\"\nrestart = \"0-9\"\n\
         [keys]\nfreeze = \"f\"\nlive2 = 1\nscreen = 4\n\"\u{202e}x\" = 1\n",
    );
    let expected = [
        "line 1: there is no `repaly` to have keys: did you mean [keys.replay]?",
        "line 4: the action `seek_back` stands under [keys.replay]",
        "line 5: there is no action `opne`: did you mean `open`?",
        "line 6: there is no action `xyzzy`; [keys.live] has ",
        "line 8: a key is one character or a name such as Space, Left or Ctrl-c, not \"Sapce\": did",
        "line 9: `slower` takes a key or a list of keys",
        "line 10: `tenth` can only have the keys 0-9, not t",
        "line 11: `restart` cannot have a range of keys",
        "line 13: the action `freeze` stands under [keys.session]",
        "line 14: there is no `live2` to have keys: did you mean [keys.live]?",
        "line 15: `screen` is a table: write [keys.screen]",
    ];
    for part in expected {
        assert!(wrong.iter().any(|text| text.starts_with(part)), "{part}: {wrong:#?}");
    }
    assert!(wrong.iter().all(|text| !text.contains('\u{202e}')), "{wrong:#?}");
    assert_eq!(means(&keymap, Scope::Replay, "Alt-f"), Some(Intent::Replay(ReplayAction::Faster)));
}

#[test]
fn nobody_is_locked_in() {
    let (keymap, wrong, notes) = read(
        "[keys.everywhere]\nquit = []\n[keys.screen]\nback = []\n[keys.replay]\nslower = \"Ctrl-C\"\n\
         [keys.dialog]\nsend = \"x\"\n",
    );
    for scope in Scope::ALL {
        assert_eq!(means(&keymap, scope, "Ctrl-c"), Some(Intent::Quit), "{scope:?}");
    }
    assert_eq!(notes, ["line 2: Ctrl-c leaves the console in any case"]);
    assert!(wrong[0].starts_with("line 6: Ctrl-c always leaves"), "{wrong:?}");
    assert!(wrong[1].starts_with("line 8: x is text where one types"), "{wrong:?}");
}
