//! No server, no sudo: when the recording cannot be proven, the command does not run.

use sudolog_tests::World;
use sudolog_tests::command::{Finished, run};

/// Runs a command that would leave a file, and asserts that it was refused.
fn refused(world: &World) -> Finished {
    let canary = world.path("canary");
    let finished = run(&mut world.sudo.command(&["touch", canary.to_str().unwrap()])).unwrap();
    assert_eq!(finished.code, Some(1), "{}\n{}", finished.stderr, world.logs());
    assert!(!canary.exists(), "the command ran: {}", finished.stderr);
    assert!(finished.stderr.to_lowercase().contains("sudolog"), "{}", finished.stderr);
    finished
}

#[test]
fn without_a_server_nothing_runs() {
    let mut world = World::prepare().unwrap();
    world.start_shipper().unwrap();
    refused(&world);
}

#[test]
fn without_a_shipper_nothing_runs() {
    let mut world = World::prepare().unwrap();
    world.start_server().unwrap();
    let finished = refused(&world);
    assert!(finished.stderr.contains("plugin.sock"), "names the socket: {}", finished.stderr);
}

#[test]
fn a_server_with_another_acknowledgement_key_is_not_believed() {
    let world = World::start().unwrap();
    let other = sudolog_core::ack::AckSigner::from_seed(&[5; 32]);
    let key = world.path("other.pub");
    std::fs::write(&key, other.verifier().to_line()).unwrap();
    let conf = world.sudo.conf().unwrap();
    let old = world.path("pki/ack-verify.pub");
    world.sudo.set_conf(&conf.replace(old.to_str().unwrap(), key.to_str().unwrap())).unwrap();
    let finished = refused(&world);
    assert!(finished.stderr.contains("other.pub"), "names the file: {}", finished.stderr);
}

#[test]
fn a_host_that_is_not_its_certificate_is_refused() {
    let world = World::start().unwrap();
    let enter = std::fs::read_to_string(world.path("etc/enter")).unwrap();
    std::fs::write(world.path("etc/enter"), enter.replace("echo \"$host\"", "echo web2")).unwrap();
    refused(&world);
}

#[test]
fn a_bad_option_in_sudo_conf_is_named() {
    let world = World::start().unwrap();
    let conf = world.sudo.conf().unwrap();
    world.sudo.set_conf(&conf.replace("key=", "kee=")).unwrap();
    let finished = refused(&world);
    assert!(finished.stderr.contains("kee"), "{}", finished.stderr);
}

#[test]
fn a_plugin_without_its_audit_half_still_records() {
    let world = World::start().unwrap();
    let conf = world.sudo.conf().unwrap();
    let without: String =
        conf.lines().filter(|l| !l.contains("sudolog_audit")).map(|l| format!("{l}\n")).collect();
    world.sudo.set_conf(&without).unwrap();
    run(&mut world.sudo.command(&["true"])).unwrap().success().unwrap();
    world.finished().unwrap();
}

#[test]
fn an_audit_plugin_without_its_recording_half_refuses() {
    let world = World::start().unwrap();
    let conf = world.sudo.conf().unwrap();
    let without: String =
        conf.lines().filter(|l| !l.contains("sudolog_io")).map(|l| format!("{l}\n")).collect();
    world.sudo.set_conf(&without).unwrap();
    refused(&world);
}
