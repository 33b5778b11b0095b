//! The command is born inside the session's cgroup; sudo itself stays outside.

use sudolog_tests::command::run;
use sudolog_tests::{Pty, World, wait};

#[test]
fn the_command_is_inside_and_sudo_is_outside() {
    let world = World::start().unwrap();
    let root = world.cgroup_root().file_name().unwrap().to_str().unwrap().to_owned();
    // $PPID is the monitor when there is a terminal, sudo itself without one.
    let script =
        "grep ^0:: /proc/self/cgroup /proc/$PPID/cgroup; sh -c '(grep ^0:: /proc/self/cgroup)'";
    let piped = run(&mut world.sudo.command(&["sh", "-c", script])).unwrap().success().unwrap();
    check(&piped.text(), &root);

    let mut sudo = Pty::spawn(&world.sudo.command(&["sh", "-c", script]), 24, 200).unwrap();
    sudo.wait(wait::PATIENCE).unwrap();
    check(&String::from_utf8_lossy(&sudo.shown()), &root);
}

fn check(text: &str, root: &str) {
    let lines: Vec<&str> = text.lines().filter(|l| l.contains("0::")).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].contains(root), "the command is inside: {text}");
    assert!(!lines[1].contains(root), "its parent, sudo, is outside: {text}");
    assert!(lines[2].contains(root), "children are inside: {text}");
}

#[test]
fn a_background_sudo_keeps_itself_outside_too() {
    let world = World::start().unwrap();
    let root = world.cgroup_root().file_name().unwrap().to_str().unwrap().to_owned();
    let out = world.path("out");
    let script = format!(
        "(grep ^0:: /proc/self/cgroup /proc/$PPID/cgroup; grep ^0:: /proc/self/cgroup) > {}",
        out.display()
    );
    run(&mut world.sudo.command(&["-b", "sh", "-c", &script])).unwrap().success().unwrap();
    world.finished().unwrap();
    check(&std::fs::read_to_string(out).unwrap(), &root);
}
